# SPDX-License-Identifier: Apache-2.0
"""compiler_test: a pytest test that compiles models to C, and the C for the machine that tests."""

load("//tools:pytest.bzl", "pytest_test")

def compiler_test(*, name, srcs, deps = [], env = {}, **kwargs):
    """Runs pytest with the compiler, the official wheel, and the C compiler that Bazel has.

    Of tests with a parameter `seed` the first two run; with `--test_env=ALL_SEEDS=1` all do.

    Args:
      name: of the test.
      srcs: the test files.
      deps: further libraries.
      env: further environment variables.
      **kwargs: passed on.
    """
    pytest_test(
        name = name,
        srcs = srcs,
        args = [
            "-p",
            "aot.testing.seeds",
        ],
        env = {"CC": "$(CC)"} | env,
        toolchains = [Label("@bazel_tools//tools/cpp:current_cc_toolchain")],
        deps = [
            Label("//aot/testing"),
            Label("@pip_light//numpy"),
        ] + deps,
        **kwargs
    )
