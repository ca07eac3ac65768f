# SPDX-License-Identifier: Apache-2.0
"""@clang 19.1: LLVM's C and C++ compiler, its linkers and two sanitizers, as Debian 12 packages them.

It compiles with the headers of the machine's C library. That library, and gcc's start-up files, are also what it
links programs of the machine with; for WebAssembly it needs nothing but `lib/clang`.
"""

load("//third_party:fetch.bzl", "run_client")
load("//third_party/debian:debian.bzl", "reason_without_locked_packages", "unpack_debian_packages", "wrap_programs")

_BIN = "usr/lib/llvm-19/bin/"

# What compiles neither C nor C++, for the machine or for WebAssembly.
_UNUSED = [
    "./usr/bin",
    "./usr/include",
    "./usr/lib/clang",
    "./usr/lib/cmake",
    "./usr/lib/llvm-19/bin/clang-*",
    "./usr/lib/llvm-19/bin/clang++",
    "./usr/lib/llvm-19/bin/ld64.lld",
    "./usr/lib/llvm-19/bin/lld-link",
    "./usr/lib/llvm-19/lib/*.so*",
    "./usr/lib/llvm-19/lib/cmake",
    "./usr/lib/llvm-19/share",
    # Of the libraries of run time those of two sanitizers.
    "*/lib/linux/*i386*",
    "*/lib/linux/clang_rt.*",
    "*/lib/linux/lib*.so",
    "*/lib/linux/libclang_rt.[!au]*",
    "*/lib/linux/libclang_rt.ubsan_minimal*",
    "*/lib/linux/liborc*",
]

# /proc/self/exe is the loader of wrap_programs, so clang must find its files by the name that it is started by.
_FRONT = """\
#!/bin/sh
# So that clang looks for its files beside this one.
exec "${{0%/*}}/clang-19" -no-canonical-prefixes {}"$@"
"""

_FRONTS = {"clang": "", "clang++": "--driver-mode=g++ "}

_BUILD = """\
load("{macro}", "wasm_toolchain")

# All that it needs. clang++, ld.lld and wasm-ld lie beside it.
filegroup(
    name = "clang",
    srcs = glob(["lib/**", "usr/**"], allow_empty = True),
    target_compatible_with = {compatible},
    visibility = ["//visibility:public"],
)

# clang alone, to name it.
filegroup(
    name = "program",
    srcs = glob(["{program}"], allow_empty = True),
    target_compatible_with = {compatible},
    visibility = ["//visibility:public"],
)

# For WebAssembly.
wasm_toolchain(name = "wasm32")

# Targets that depend on it are left out if the machine can't fetch clang.
filegroup(
    name = "available",
    target_compatible_with = {compatible},
    visibility = ["//visibility:public"],
)
"""

def _impl(rctx):
    reason = reason_without_locked_packages(rctx, rctx.attr._debian_packages, rctx.attr._lock)
    if reason:
        # buildifier: disable=print
        print("no clang: {}. Tests that compile with it, and programs for browsers, are left out".format(reason))
    else:
        unpack_debian_packages(rctx, rctx.attr._debian_packages, rctx.attr._lock, _UNUSED)

        # Debian's clang asks for the linker of WebAssembly by this name. lld does what the name says that it has.
        run_client(rctx, ["ln", "-s", "lld", "../" + _BIN + "wasm-ld-19"], "apt-get install coreutils")
        run_client(rctx, ["mv", "../" + _BIN + "clang", "../" + _BIN + "clang-19"], "apt-get install coreutils")
        wrap_programs(rctx, [_BIN + "clang-19", _BIN + "lld"])
        for name, argument in _FRONTS.items():
            rctx.file(_BIN + name, _FRONT.format(argument), executable = True)
    rctx.file("BUILD.bazel", _BUILD.format(
        compatible = ["@platforms//:incompatible"] if reason else [],
        macro = str(Label("//third_party/clang:wasm_toolchain.bzl")),
        program = _BIN + "clang",
    ))

clang_repository = repository_rule(
    implementation = _impl,
    attrs = {
        "_debian_packages": attr.label(default = "//tools/bootstrap:debian_packages.sh"),
        "_lock": attr.label(default = "//third_party/clang:packages.json"),
    },
    doc = "The programs clang, clang++, ld.lld and wasm-ld; incompatible where Debian's packages can't be had.",
)
