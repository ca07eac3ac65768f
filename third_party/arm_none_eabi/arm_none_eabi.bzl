# SPDX-License-Identifier: Apache-2.0
"""@arm_none_eabi: gcc 12.2 for Arm cores without an operating system, with newlib-nano, as Debian 12 packages it."""

load("//third_party:fetch.bzl", "run_client")
load("//third_party/gcc:gcc_repository.bzl", "GCC_REPOSITORY_ATTRS", "gcc_repository")

_VERSION = "12.2.1"
_GCC = "usr/lib/gcc/arm-none-eabi/" + _VERSION + "/"
_NEWLIB = "usr/lib/arm-none-eabi/newlib/"
_CPP = "usr/include/newlib/c++/12.2.1"

# Core to what gcc is told about it, and where its libraries and C++'s configuration are.
_CORES = {
    "cortex_m3": (["-mcpu=cortex-m3"], "thumb/v7-m/nofp"),
    "cortex_m33": (["-mcpu=cortex-m33", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"], "thumb/v8-m.main+fp/hard"),
    "cortex_m4f": (["-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"], "thumb/v7e-m+fp/hard"),
    # gcc 12 writes `vcvtne` for a conditional conversion, which its assembler takes for another instruction.
    "cortex_m55": (["-mcpu=cortex-m55", "-mfloat-abi=hard", "-fno-if-conversion2"], "thumb/v8-m.main+dp/hard"),
    "cortex_m7": (["-mcpu=cortex-m7", "-mfloat-abi=hard", "-mfpu=fpv5-d16"], "thumb/v7e-m+dp/hard"),
}

# Of the 40 variants of the libraries, those of the cores above.
_UNUSED = [
    "*/12.2.1/arm",
    "*/newlib/arm",
    "*/arm-none-eabi/arm",
    "*/c++/12.2.1/*/arm",
    "*/softfp",
    "*/thumb/autofp",
    "*/thumb/nofp",
    "*/thumb/v[56]*",
    "*/thumb/v7",
    "*/thumb/v7[+-][!m]*",
    "*/thumb/v7ve*",
    "*/thumb/v8-a*",
    "*/thumb/v8-m.base",
    "*/thumb/v8.1-m*",
    "*/gdb",
    # newlib-nano's stand in for these.
    "*/newlib/libc.a",
    "*/newlib/libg.a",
    "*/newlib/*/libc.a",
    "*/newlib/*/libg.a",
    "*/libstdc++.a",
    "*/libsupc++.a",
    "*/librdimon.a",
]

def _impl(rctx):
    fetched = gcc_repository(
        rctx,
        cores = {
            name: struct(
                cpp_includes = [_CPP, "{}/arm-none-eabi/{}".format(_CPP, variant)],
                flags = ["-mthumb"] + flags,
                includes = [_GCC + "include", _GCC + "include-fixed", "usr/include/newlib/nano", "usr/include/newlib"],
                link_folders = [_NEWLIB + variant],
                link_specs = _NEWLIB + "nano.specs",
            )
            for name, (flags, variant) in _CORES.items()
        },
        cores_name = "Arm",
        libc = "newlib-nano",
        lock = rctx.attr._lock,
        target = "arm-none-eabi",
        unused = _UNUSED,
        version = _VERSION,
    )
    for name, (flags, variant) in _CORES.items() if fetched else []:
        chosen = run_client(rctx, ["env", str(rctx.path("usr/bin/arm-none-eabi-gcc")), "-mthumb"] + flags + ["-print-multi-directory"], "apt-get install gcc")
        if chosen != variant:
            fail("gcc takes {}'s libraries from {}, not from {}".format(name, chosen, variant))

arm_none_eabi_repository = repository_rule(
    implementation = _impl,
    attrs = GCC_REPOSITORY_ATTRS | {
        "_lock": attr.label(default = "//third_party/arm_none_eabi:packages.json"),
    },
    doc = "A cc_toolchain for each Cortex-M core; incompatible where Debian's packages can't be had.",
)
