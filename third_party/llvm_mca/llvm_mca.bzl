# SPDX-License-Identifier: Apache-2.0
"""@llvm_mca 19.1: LLVM's static timing of machine code, as Debian 12 packages it."""

load("//third_party/debian:availability.bzl", "availability")
load("//third_party/debian:debian.bzl", "reason_without_locked_packages", "unpack_debian_packages", "wrap_programs")

_FOLDER = "usr/lib/llvm-19/bin/"
_PROGRAMS = ["llvm-mca", "llvm-mc"]

_BUILD = """\
# The first file is llvm-mca; llvm-mc lies beside it.
filegroup(
    name = "llvm_mca",
    srcs = [{programs}] + glob(["lib/**"], allow_empty = True),
    target_compatible_with = {compatible},
    visibility = ["//visibility:public"],
)
"""

def _impl(rctx):
    reason = reason_without_locked_packages(rctx, rctx.attr._debian_packages, rctx.attr._lock)
    if reason:
        # buildifier: disable=print
        print("no llvm-mca: {}. Reports of firmware are left out".format(reason))
    else:
        unpack_debian_packages(
            rctx,
            rctx.attr._debian_packages,
            rctx.attr._lock,
            # Of 79 programs two.
            ["./usr/bin", "./usr/include", "./usr/lib/llvm-19/[!b]*", "./usr/lib/llvm-19/bin/[!l]*", "./usr/lib/llvm-19/bin/ll[!v]*", "./usr/lib/llvm-19/bin/llvm-[!m]*", "./usr/lib/llvm-19/bin/llvm-m[!c]*"],
        )
        wrap_programs(rctx, [_FOLDER + name for name in _PROGRAMS])
    files = [_FOLDER + name + end for end in ["", ".bin"] for name in _PROGRAMS]
    rctx.file("BUILD.bazel", _BUILD.format(
        compatible = ["@platforms//:incompatible"] if reason else [],
        programs = ", ".join([repr(file) for file in files]) if not reason else "",
    ) + availability(reason))

llvm_mca_repository = repository_rule(
    implementation = _impl,
    attrs = {
        "_debian_packages": attr.label(default = "//tools/bootstrap:debian_packages.sh"),
        "_lock": attr.label(default = "//third_party/llvm_mca:packages.json"),
    },
    doc = "The programs llvm-mca and llvm-mc; incompatible where Debian's packages can't be had.",
)
