# SPDX-License-Identifier: Apache-2.0
"""@riscv_unknown_elf: gcc 12.2 for RISC-V cores without an operating system, with picolibc, as Debian 12 packages it.

Debian's package has no C++ headers. Those of its gcc for Arm, of the same version, serve: the part of them
that depends on the core is about the C library, which is a newlib here, too.
"""

load("//third_party/debian:debian.bzl", "missing_clients", "unpack_debian_packages", "wrap_programs")

_GCC = "usr/lib/gcc/riscv64-unknown-elf/12.2.0/"
_PICOLIBC = "usr/lib/picolibc/riscv64-unknown-elf/"
_CPP = "usr/include/newlib/c++/12.2.1"

# Of the 30 variants of the libraries, that of rv32imac.
_UNUSED = [
    "*/12.2.0/rv64*",
    "*/12.2.0/rv32e*",
    "*/12.2.0/rv32i",
    "*/12.2.0/rv32ia*",
    "*/12.2.0/rv32if*",
    "*/12.2.0/rv32im",
    "*/12.2.0/rv32imaf*",
    "*/12.2.0/rv32imf*",
    "*/release/rv64*",
    "*/release/rv32e*",
    "*/release/rv32i",
    "*/release/rv32ia*",
    "*/release/rv32if*",
    "*/release/rv32im",
    "*/release/rv32imaf*",
    "*/release/rv32imf*",
    "*/lib/debug",
    "*/lib/minsize",
    "*/lib/rv*",
    "*/lto-dump",
    "*-lto-dump",
    "*/lto1",
    "*/plugin",
    "*/ext/pb_ds",
    "*/experimental",
    "*/parallel",
    "*/tr2",
    "*/arm-none-eabi/arm",
    "*/arm-none-eabi/thumb/v[568]*",
    "*/arm-none-eabi/thumb/v7[!-]*",
]

_PROGRAMS = ["usr/bin/riscv64-unknown-elf-" + name for name in ["ar", "as", "c++filt", "cpp", "gcc", "gcov", "ld", "nm", "objcopy", "objdump", "size", "strip"]] + \
            [_GCC + name for name in ["cc1", "cc1plus", "collect2", "lto-wrapper"]]

_BUILD = """\
load("{macro}", "gcc_toolchain")

filegroup(
    name = "files",
    srcs = glob(["usr/**", "lib/**"], allow_empty = True),
    target_compatible_with = {compatible},
    visibility = ["//visibility:public"],
)

# Depending on it leaves a target out where there is no compiler.
filegroup(
    name = "available",
    target_compatible_with = {compatible},
    visibility = ["//visibility:public"],
)

gcc_toolchain(
    name = "rv32imac",
    core_flags = ["-march=rv32imac_zicsr", "-mabi=ilp32", "-mcmodel=medany"],
    cpp_includes = ["{cpp}", "{cpp}/arm-none-eabi/thumb/v7-m/nofp"],
    files = ":files",
    includes = ["{gcc}include", "{gcc}include-fixed", "{picolibc}include"],
    libc = "picolibc",
    link_folders = ["{gcc}rv32imac/ilp32", "{picolibc}lib/release/rv32imac/ilp32"],
    prefix = "usr/bin/riscv64-unknown-elf-",
)
"""

def _impl(rctx):
    missing = missing_clients(rctx)
    if missing:
        # buildifier: disable=print
        print("no compiler for RISC-V cores: {} is not on PATH, so firmware for them is left out".format(missing[0]))
    else:
        unpack_debian_packages(rctx, rctx.attr._debian_packages, rctx.attr._lock, _UNUSED)
        wrap_programs(rctx, _PROGRAMS)
        for name in ["ar", "as", "ld", "nm", "objcopy", "objdump", "strip"]:
            rctx.delete("usr/lib/riscv64-unknown-elf/bin/" + name)
            rctx.file("usr/lib/riscv64-unknown-elf/bin/" + name, "#!/bin/sh\nexec \"${0%/*}/../../../bin/riscv64-unknown-elf-" + name + "\" \"$@\"\n", executable = True)
    rctx.file("BUILD.bazel", _BUILD.format(
        compatible = ["@platforms//:incompatible"] if missing else [],
        cpp = _CPP,
        gcc = _GCC,
        macro = str(Label("//third_party/gcc:gcc_toolchain.bzl")),
        picolibc = _PICOLIBC,
    ))

riscv_unknown_elf_repository = repository_rule(
    implementation = _impl,
    attrs = {
        "_debian_packages": attr.label(default = "//tools/bootstrap:debian_packages.sh"),
        "_lock": attr.label(default = "//third_party/riscv_unknown_elf:packages.json"),
    },
    doc = "A cc_toolchain for rv32imac; incompatible where Debian's packages can't be had.",
)
