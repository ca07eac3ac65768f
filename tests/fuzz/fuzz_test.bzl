# SPDX-License-Identifier: Apache-2.0
"""fuzz_test: a cc_test that runs a fuzz target for a few seconds, by the driver at hand."""

load("@rules_cc//cc:defs.bzl", "cc_test")

def fuzz_test(*, name, srcs, corpus, deps = [], args = [], **kwargs):
    """Makes a test of a fuzz target, which is a program for longer runs too.

    By default tests/fuzz/mutator_main.cc drives it, the same mutations each time. With --config=fuzz
    (which needs clang) libFuzzer does, and is given the same time.

    Args:
      name: name of the test.
      srcs: the sources, which define LLVMFuzzerTestOneInput.
      corpus: the seed files; targets of one file each.
      deps: libraries of the sources.
      args: further arguments of mutator_main.cc.
      **kwargs: passed on to cc_test.
    """
    libfuzzer = Label("//tests/fuzz:libfuzzer")
    seeds = ["$(rootpath {})".format(seed) for seed in corpus]
    cc_test(
        name = name,
        size = "small",
        srcs = srcs,
        # libFuzzer runs each file that it is given once; its seeds it takes as a list.
        args = select({
            libfuzzer: ["-max_total_time=5", "-seed_inputs=" + ",".join(seeds)],
            "//conditions:default": ["--iterations=100000", "--max_seconds=5"] + args + seeds,
        }),
        data = corpus,
        linkopts = select({
            libfuzzer: ["-fsanitize=fuzzer"],
            "//conditions:default": [],
        }),
        deps = deps + [Label("//tests/fuzz:fuzz_target")] + select({
            libfuzzer: [],
            "//conditions:default": [Label("//tests/fuzz:mutator_main")],
        }),
        **kwargs
    )
