# SPDX-License-Identifier: Apache-2.0
"""@tflite_micro_wheel: TFLM's official Python wheel.

The wheels of the commit that we take from upstream, 0.dev20260820164721, and of those around it say
cp311 but do not load there: they need PyObject_ClearManagedDict, which came with Python 3.13. This one
loads; and unlike those up to February 2026 it is compiled with optimization.

Not through a pip hub: it depends on all of TensorFlow, for modules that we don't use.
"""

load("//third_party:fetch.bzl", "fetch_wheel")

_VERSION = "0.dev20261023182759"

def _tflite_micro_wheel_impl(rctx):
    fetch_wheel(
        rctx,
        package = "tflite-micro",
        version = _VERSION,
        sha256 = "15de433ac849d6bc09b314ce455347af480ebdb6335d8680e4fb8c3fd2b59af2",
    )

    # Theirs imports modules that need TensorFlow.
    rctx.file("tflite_micro/__init__.py", "__version__ = \"{}\"\n".format(_VERSION))
    rctx.file("BUILD.bazel", rctx.read(rctx.attr._build_file))

tflite_micro_wheel_repository = repository_rule(
    implementation = _tflite_micro_wheel_impl,
    attrs = {
        "_build_file": attr.label(default = "//third_party/tflite_micro_wheel:wheel.BUILD.bazel"),
    },
    doc = "TFLM's official wheel as @tflite_micro_wheel//:tflite_micro_wheel.",
)
