# SPDX-License-Identifier: Apache-2.0
"""@tflite_micro: TensorFlow Lite Micro (TFLM) with a BUILD file of ours, from one of two sources.

upstream: github.com/tensorflow/tflite-micro at one commit, and the four libraries that it needs, each at
one commit (a git commit is its own hash): upstream.json names them.
registries: the crates.io package `tfmicro`, which contains TFLM of July 2020 with three of these
libraries, plus backport.patch, which gives it the names of today's API.

Both end in one repository that needs no other, with the same targets.
"""

load("//third_party:fetch.bzl", "fetch_crate", "run_client", "sources")

def _from_upstream(rctx):
    for folder, pin in json.decode(rctx.read(rctx.attr._upstream_pins)).items():
        rctx.report_progress("git fetch {remote} {commit}".format(**pin))
        rctx.file(folder + "/.fetching")
        for arguments in [
            ["init", "--quiet"],
            ["fetch", "--quiet", "--depth=1", pin["remote"], pin["commit"]],
            ["-c", "advice.detachedHead=false", "checkout", "--quiet", "FETCH_HEAD"],
        ]:
            run_client(rctx, ["git"] + arguments, "apt-get install git", working_directory = folder)
        rctx.delete(folder + "/.git")
        rctx.delete(folder + "/.fetching")

def _from_crate(rctx):
    fetch_crate(
        rctx,
        crate = "tfmicro",
        version = "0.1.0",
        sha256 = "b2da8beabd85d11badfc2d603a31c9fb468702cda5fc034ac872fbaf43544e94",
    )
    rctx.patch(rctx.attr._backport, strip = 1)

def _impl(rctx):
    if sources(rctx) == "upstream":
        _from_upstream(rctx)
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
        "_crate_build_file": attr.label(default = "//third_party/tflite_micro:crate.BUILD.bazel"),
        "_upstream_build_file": attr.label(default = "//third_party/tflite_micro:upstream.BUILD.bazel"),
        "_upstream_pins": attr.label(default = "//third_party/tflite_micro:upstream.json"),
    },
    doc = "TFLM as @tflite_micro//:tflite_micro; what it is, as @tflite_micro//:source_info.",
)
