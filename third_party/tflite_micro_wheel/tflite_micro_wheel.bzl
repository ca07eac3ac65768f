"""@tflite_micro_wheel: TFLM's official Python wheel.

The wheel of the commit that we take from upstream, 0.dev20260820164721, says cp311 but does not load
there: it needs PyObject_ClearManagedDict, which came with Python 3.13. This one, the newest that was
found to load, does.

Not through a pip hub: it depends on all of TensorFlow, for modules that we don't use.
"""

load("//third_party:fetch.bzl", "fetch_wheel")

def _tflite_micro_wheel_impl(rctx):
    fetch_wheel(
        rctx,
        package = "tflite-micro",
        version = "0.dev20260108183429",
        sha256 = "e90793d7c97075e751980710d4a2392c6482012236aac0c357da80a8b8c5646e",
    )

    # Theirs imports modules that need TensorFlow.
    rctx.file("tflite_micro/__init__.py", "")
    rctx.file("BUILD.bazel", rctx.read(rctx.attr._build_file))

tflite_micro_wheel_repository = repository_rule(
    implementation = _tflite_micro_wheel_impl,
    attrs = {
        "_build_file": attr.label(default = "//third_party/tflite_micro_wheel:wheel.BUILD.bazel"),
    },
    doc = "TFLM's official wheel as @tflite_micro_wheel//:tflite_micro_wheel.",
)
