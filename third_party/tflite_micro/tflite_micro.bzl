"""@tflite_micro: TensorFlow Lite Micro (TFLM) with a BUILD file of ours, from one of two sources.

upstream: github.com/tensorflow/tflite-micro at one commit, and the three header libraries that it
needs, each at one commit (a git commit is its own hash).
registries: the crates.io package `tfmicro`, which holds TFLM of July 2020 with the same three
libraries, plus backport.patch, which gives it the names of today's API.

Both end in one repository that needs no other, with the same targets.
"""

load("//third_party:fetch.bzl", "fetch_crate", "run_client", "sources")

# folder: (git remote, commit)
_UPSTREAM = {
    ".": ("https://github.com/tensorflow/tflite-micro.git", "90b983c2b3f1480642e040bbd2ddb37b998f3424"),
    # v25.9.23: TFLM's generated schema asserts this very version.
    "deps/flatbuffers": ("https://github.com/google/flatbuffers.git", "187240970746d00bbd26b0f5873ed54d2477f9f3"),
    "deps/gemmlowp": ("https://github.com/google/gemmlowp.git", "fda83bdc38b118cc6b56753bd540caa49e570745"),
    "deps/ruy": ("https://github.com/google/ruy.git", "54774a7a2cf85963777289193629d4bd42de4a59"),
}

def _from_upstream(rctx):
    for folder, (remote, commit) in _UPSTREAM.items():
        rctx.report_progress("git fetch {} {}".format(remote, commit))
        rctx.file(folder + "/.fetching")
        for arguments in [
            ["init", "--quiet"],
            ["fetch", "--quiet", "--depth=1", remote, commit],
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

    # Their BUILD files would cut our BUILD file's globs short.
    run_client(
        rctx,
        ["find", ".", "(", "-name", "BUILD", "-o", "-name", "BUILD.bazel", "-o", "-name", "WORKSPACE*", "-o", "-name", "MODULE.bazel*", "-o", "-name", ".bazelrc", ")", "-type", "f", "-delete"],
        "apt-get install findutils",
        working_directory = ".",
    )
    rctx.file("BUILD.bazel", rctx.read(build_file))

tflite_micro_repository = repository_rule(
    implementation = _impl,
    attrs = {
        "_backport": attr.label(default = "//third_party/tflite_micro:backport.patch"),
        "_crate_build_file": attr.label(default = "//third_party/tflite_micro:crate.BUILD.bazel"),
        "_upstream_build_file": attr.label(default = "//third_party/tflite_micro:upstream.BUILD.bazel"),
    },
    doc = "TFLM as @tflite_micro//:tflite_micro; what it is, as @tflite_micro//:source_info.",
)
