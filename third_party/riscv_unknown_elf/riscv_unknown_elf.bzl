# SPDX-License-Identifier: Apache-2.0
"""@riscv_unknown_elf: gcc 12.2 for RISC-V cores without an operating system, with picolibc, as Debian 12 packages it.

Debian's package has no C++ headers. Those of its gcc for Arm, of the same version, serve: the part of them
that depends on the core is about the C library, which is a newlib here, too.
"""

load("//third_party/gcc:gcc_repository.bzl", "GCC_REPOSITORY_ATTRS", "gcc_repository")

_VERSION = "12.2.0"
_GCC = "usr/lib/gcc/riscv64-unknown-elf/" + _VERSION + "/"
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
    "*/arm-none-eabi/arm",
    "*/arm-none-eabi/thumb/v[568]*",
    "*/arm-none-eabi/thumb/v7[!-]*",
]

def _impl(rctx):
    gcc_repository(
        rctx,
        cores = {
            "rv32imac": struct(
                cpp_includes = [_CPP, _CPP + "/arm-none-eabi/thumb/v7-m/nofp"],
                flags = ["-march=rv32imac_zicsr", "-mabi=ilp32", "-mcmodel=medany"],
                includes = [_GCC + "include", _GCC + "include-fixed", _PICOLIBC + "include"],
                link_folders = [_GCC + "rv32imac/ilp32", _PICOLIBC + "lib/release/rv32imac/ilp32"],
            ),
        },
        cores_name = "RISC-V",
        libc = "picolibc",
        lock = rctx.attr._lock,
        target = "riscv64-unknown-elf",
        unused = _UNUSED,
        version = _VERSION,
    )

riscv_unknown_elf_repository = repository_rule(
    implementation = _impl,
    attrs = GCC_REPOSITORY_ATTRS | {
        "_lock": attr.label(default = "//third_party/riscv_unknown_elf:packages.json"),
    },
    doc = "A cc_toolchain for rv32imac; incompatible where Debian's packages can't be had.",
)
