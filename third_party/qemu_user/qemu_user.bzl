# SPDX-License-Identifier: Apache-2.0
"""@qemu_user 7.2: an emulator of other CPUs for single programs, as Debian 12 packages it.

QEMU publishes no binaries, so both ways of fetching take Debian's, statically linked. Only the tests
that compare CPUs need it: a machine without Debian's packages leaves them out, and says why.
"""

load("//third_party:fetch.bzl", "fetch_debian_package")
load("//third_party/debian:debian.bzl", "reason_without_packages")

_PACKAGE = "qemu-user-static"
_VERSION = "1:7.2+dfsg-7+deb12u18+b3"
_SHA256 = "c3e3ba2bd87f8c5b9a5da5ef21b5a3b82d7c63b89dd448d9ddaa4eabc5b6e402"
_PROGRAM = "usr/bin/qemu-x86_64-static"

_BUILD = """\
filegroup(
    name = "qemu_user",
    srcs = {srcs},
    target_compatible_with = {compatible},
    visibility = ["//visibility:public"],
)
"""

def _impl(rctx):
    reason = reason_without_packages(rctx, rctx.attr._debian_packages, [_SHA256])
    if reason:
        # buildifier: disable=print
        print("no emulator of other CPUs: {}. //train:cpu_test and //convert:cpu_test are left out".format(reason))
        rctx.file("BUILD.bazel", _BUILD.format(srcs = [], compatible = ["@platforms//:incompatible"]))
        return
    fetch_debian_package(
        rctx,
        script = rctx.attr._debian_packages,
        suite = "bookworm",
        package = _PACKAGE,
        version = _VERSION,
        sha256 = _SHA256,
        output = "package",
    )

    # The package emulates 40 kinds of CPU: 250 MB.
    rctx.symlink("package/" + _PROGRAM, "qemu-x86_64")
    for file in rctx.path("package/usr/bin").readdir():
        if file.basename != _PROGRAM.split("/")[-1]:
            rctx.delete(file)
    rctx.file("BUILD.bazel", _BUILD.format(srcs = ["qemu-x86_64"], compatible = []))

qemu_user_repository = repository_rule(
    implementation = _impl,
    attrs = {
        "_debian_packages": attr.label(default = "//tools/bootstrap:debian_packages.sh"),
    },
    doc = "The emulator of x86-64 CPUs as the program @qemu_user; incompatible if it is not available.",
)
