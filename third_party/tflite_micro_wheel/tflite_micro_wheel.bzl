"""@tflite_micro_wheel: TFLM's official Python wheel.

The wheel of the commit that we take from upstream, 0.dev20260820164721, says cp311 but does not load
there: it needs PyObject_ClearManagedDict, which came with Python 3.13. This one does load.

Not through a pip hub: it depends on all of TensorFlow, for modules that we don't use.
"""

load("//third_party:fetch.bzl", "run_client")

_VERSION = "0.dev20260108183429"
_SHA256 = "e90793d7c97075e751980710d4a2392c6482012236aac0c357da80a8b8c5646e"
_WHEEL = "tflite_micro-{}-cp311-cp311-manylinux_2_28_x86_64.whl".format(_VERSION)

def _impl(rctx):
    rctx.report_progress("fetching tflite-micro {}".format(_VERSION))
    rctx.file("fetch/.keep")
    python = str(rctx.path(rctx.attr._python))
    run_client(
        rctx,
        [python, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps", "--only-binary=:all:", "tflite-micro=={}".format(_VERSION)],
        "apt-get install python3-pip",
    )
    rctx.download_and_extract(
        url = "file://" + str(rctx.path("fetch/" + _WHEEL)),
        sha256 = _SHA256,
        type = "zip",
    )
    rctx.delete("fetch")

    # Theirs imports modules that need TensorFlow.
    rctx.file("tflite_micro/__init__.py", "")
    rctx.file("BUILD.bazel", rctx.read(rctx.attr._build_file))

tflite_micro_wheel_repository = repository_rule(
    implementation = _impl,
    attrs = {
        "_build_file": attr.label(default = "//third_party/tflite_micro_wheel:wheel.BUILD.bazel"),
        "_python": attr.label(default = "@python311//:bin/python3.11", allow_single_file = True),
    },
    doc = "TFLM's official wheel as @tflite_micro_wheel//:tflite_micro_wheel.",
)
