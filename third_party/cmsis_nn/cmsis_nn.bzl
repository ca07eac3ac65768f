# SPDX-License-Identifier: Apache-2.0
"""@cmsis_nn: CMSIS-NN, Arm's neural network kernels for Cortex-M, with a BUILD file of ours, from one of two
sources.

upstream: github.com/ARM-software/CMSIS-NN at the commit in upstream.json, for the TFLM of upstream.
registries: the wheel `bakenn` from PyPI, which contains CMSIS-NN 4.0.0 as far as it uses it, for the TFLM
of 2020.

Fetched only if something is built with these kernels: see //third_party/tflite_micro:kernels.
"""

load("//third_party:fetch.bzl", "fetch_commits", "fetch_wheel", "sources")

def _impl(rctx):
    if sources(rctx) == "upstream":
        fetch_commits(rctx, rctx.attr._upstream_pins)
        build_file = rctx.attr._upstream_build_file
    else:
        fetch_wheel(
            rctx,
            package = "bakenn",
            version = "1.0.0",
            sha256 = "b8251e71a8fc39252df0d308fe9a5837bd86f7a31f1596a7dd4a319196f30e56",
        )
        build_file = rctx.attr._wheel_build_file
    rctx.file("BUILD.bazel", rctx.read(build_file))

cmsis_nn_repository = repository_rule(
    implementation = _impl,
    attrs = {
        "_upstream_build_file": attr.label(default = "//third_party/cmsis_nn:upstream.BUILD.bazel"),
        "_upstream_pins": attr.label(default = "//third_party/cmsis_nn:upstream.json"),
        "_wheel_build_file": attr.label(default = "//third_party/cmsis_nn:wheel.BUILD.bazel"),
    },
    doc = "CMSIS-NN as @cmsis_nn//:cmsis_nn.",
)
