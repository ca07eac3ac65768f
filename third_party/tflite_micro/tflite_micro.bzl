# SPDX-License-Identifier: Apache-2.0
"""@tflite_micro: TensorFlow Lite Micro (TFLM) with a BUILD file of ours, from one of two sources.

upstream: github.com/tensorflow/tflite-micro at one commit, and the four libraries that it needs, each at
one commit (a git commit is its own hash): upstream.json names them.
registries: the crates.io package `tfmicro`, which contains TFLM of July 2020 with three of these
libraries, plus backport.patch, which gives it the names of today's API, and cmsis_nn.patch, by which its
kernels call CMSIS-NN if they are built with it.

Both end in one repository that needs no other, with the same targets.
"""

load("//third_party:fetch.bzl", "fetch_commits", "fetch_crate", "run_client", "sources")

def _from_crate(rctx):
    fetch_crate(
        rctx,
        crate = "tfmicro",
        version = "0.1.0",
        sha256 = "b2da8beabd85d11badfc2d603a31c9fb468702cda5fc034ac872fbaf43544e94",
    )
    for patch in [rctx.attr._backport, rctx.attr._cmsis_nn]:
        rctx.patch(patch, strip = 1)

def _impl(rctx):
    if sources(rctx) == "upstream":
        fetch_commits(rctx, rctx.attr._upstream_pins)
        build_file = rctx.attr._upstream_build_file
    else:
        _from_crate(rctx)
        build_file = rctx.attr._crate_build_file
    rctx.report_progress("assembling")
    run_client(
        rctx,
        ["python3.11", "-I", "-B", str(rctx.path(rctx.attr._assemble)), "."],
        "apt-get install python3.11",
        working_directory = ".",
    )
    rctx.file("BUILD.bazel", rctx.read(build_file))

tflite_micro_repository = repository_rule(
    implementation = _impl,
    attrs = {
        "_assemble": attr.label(default = "//third_party/tflite_micro:assemble.py"),
        "_backport": attr.label(default = "//third_party/tflite_micro:backport.patch"),
        "_cmsis_nn": attr.label(default = "//third_party/tflite_micro:cmsis_nn.patch"),
        "_crate_build_file": attr.label(default = "//third_party/tflite_micro:crate.BUILD.bazel"),
        "_upstream_build_file": attr.label(default = "//third_party/tflite_micro:upstream.BUILD.bazel"),
        "_upstream_pins": attr.label(default = "//third_party/tflite_micro:upstream.json"),
    },
    doc = "TFLM as @tflite_micro//:tflite_micro; what it is, as @tflite_micro//:source_info.",
)
