# SPDX-License-Identifier: Apache-2.0
"""@arm_none_eabi: gcc 12.2 for Arm cores without an operating system, with newlib, as Debian 12 packages it."""

load("//third_party:fetch.bzl", "run_client")
load("//third_party/debian:debian.bzl", "missing_clients", "unpack_debian_packages", "wrap_programs")

_GCC = "usr/lib/gcc/arm-none-eabi/12.2.1/"
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
    "*/lto-dump",
    "*-lto-dump",
    "*/gdb",
    "*/lto1",
    "*/plugin",
    "*_nano.a",
    "*/ext/pb_ds",
    "*/experimental",
    "*/parallel",
    "*/tr2",
]

_PROGRAMS = ["usr/bin/arm-none-eabi-" + name for name in ["ar", "as", "c++filt", "cpp", "gcc", "gcov", "ld", "nm", "objcopy", "objdump", "size", "strip"]] + \
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

"""

_TOOLCHAIN = """\
gcc_toolchain(
    name = "{name}",
    core_flags = {flags},
    cpp_includes = ["{cpp}", "{cpp}/arm-none-eabi/{variant}"],
    files = ":files",
    includes = ["{gcc}include", "{gcc}include-fixed", "usr/include/newlib"],
    libc = "newlib",
    link_folders = ["{newlib}{variant}"],
    prefix = "usr/bin/arm-none-eabi-",
)

"""

def _impl(rctx):
    missing = missing_clients(rctx)
    if missing:
        # buildifier: disable=print
        print("no compiler for Arm cores: {} is not on PATH, so firmware for them is left out".format(missing[0]))
    else:
        unpack_debian_packages(rctx, rctx.attr._debian_packages, rctx.attr._lock, _UNUSED)
        wrap_programs(rctx, _PROGRAMS)
        for name, (flags, variant) in _CORES.items():
            chosen = run_client(rctx, ["env", str(rctx.path("usr/bin/arm-none-eabi-gcc")), "-mthumb"] + flags + ["-print-multi-directory"], "apt-get install gcc")
            if chosen != variant:
                fail("gcc takes {}'s libraries from {}, not from {}".format(name, chosen, variant))

        # gcc looks for the assembler and the linker where Debian has links to them.
        for name in ["ar", "as", "ld", "nm", "objcopy", "objdump", "strip"]:
            rctx.delete("usr/lib/arm-none-eabi/bin/" + name)
            rctx.file("usr/lib/arm-none-eabi/bin/" + name, "#!/bin/sh\nexec \"${0%/*}/../../../bin/arm-none-eabi-" + name + "\" \"$@\"\n", executable = True)
    build = _BUILD.format(
        compatible = ["@platforms//:incompatible"] if missing else [],
        macro = str(Label("//third_party/gcc:gcc_toolchain.bzl")),
    )
    for name, (flags, variant) in _CORES.items():
        build += _TOOLCHAIN.format(cpp = _CPP, flags = ["-mthumb"] + flags, gcc = _GCC, name = name, newlib = _NEWLIB, variant = variant)
    rctx.file("BUILD.bazel", build)

arm_none_eabi_repository = repository_rule(
    implementation = _impl,
    attrs = {
        "_debian_packages": attr.label(default = "//tools/bootstrap:debian_packages.sh"),
        "_lock": attr.label(default = "//third_party/arm_none_eabi:packages.json"),
    },
    doc = "A cc_toolchain for each Cortex-M core; incompatible where Debian's packages can't be had.",
)
