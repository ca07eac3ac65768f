# SPDX-License-Identifier: Apache-2.0
"""A repository with a gcc from Debian's packages, and a cc_toolchain for each core that it compiles for."""

load("//third_party/debian:availability.bzl", "availability")
load("//third_party/debian:debian.bzl", "reason_without_locked_packages", "unpack_debian_packages", "wrap_programs")

_PROGRAMS = ["ar", "as", "c++filt", "cpp", "gcc", "gcov", "ld", "nm", "objcopy", "objdump", "size", "strip"]
_PARTS = ["cc1", "cc1plus", "collect2", "lto-wrapper", "lto1"]

# What gcc runs itself. It looks for them where Debian has links to them.
_RUN_BY_GCC = ["ar", "as", "ld", "nm", "objcopy", "objdump", "strip"]

# What compiling runs: gcc, one of its parts, and the assembler.
_COMPILER = [
    "lib/**",
    "usr/bin/{target}-as*",
    "usr/bin/{target}-gcc",
    "usr/bin/{target}-gcc.bin",
    "usr/lib/gcc/{target}/{version}/cc1*",
    "usr/lib/{target}/bin/as",
]

# What makes a library of object files.
_ARCHIVER = ["lib/**", "usr/bin/{target}-ar*"]

# Of no use for a program without an operating system.
_UNUSED = ["*/lto-dump", "*-lto-dump", "*/plugin", "*/ext/pb_ds", "*/experimental", "*/parallel", "*/tr2"]

_BUILD = """\
load("{macro}", "gcc_toolchain")

filegroup(
    name = "files",
    srcs = glob(["usr/**", "lib/**"], allow_empty = True),
    target_compatible_with = {compatible},
    visibility = ["//visibility:public"],
)

# Targets that depend on it are left out if the machine can't fetch the compiler.
filegroup(
    name = "available",
    target_compatible_with = {compatible},
    visibility = ["//visibility:public"],
)
"""

_TOOLCHAIN = """
gcc_toolchain(
    name = "{name}",
    archiver = {archiver},
    compiler = {compiler},
    core_flags = {core_flags},
    cpp_includes = {cpp_includes},
    files = ":files",
    includes = {includes},
    libc = "{libc}",
    link_folders = {link_folders},
    link_specs = "{link_specs}",
    prefix = "usr/bin/{target}-",
)
"""

GCC_REPOSITORY_ATTRS = {
    "_debian_packages": attr.label(default = "//tools/bootstrap:debian_packages.sh"),
}

def gcc_repository(rctx, *, lock, target, version, unused, cores_name, cores, libc):
    """Makes the repository.

    Args:
      rctx: the repository context, of a rule with GCC_REPOSITORY_ATTRS.
      lock: label of the list of packages.
      target: gcc's name of what it compiles for, e.g. "arm-none-eabi".
      version: gcc's, as in the names of its folders.
      unused: patterns of files that are left out.
      cores_name: what the cores are called in a message.
      cores: name of a core to a struct with `flags`, `cpp_includes`, `includes` and `link_folders`, as
        gcc_toolchain has them, and maybe `link_specs`.
      libc: the C library's name.
    Returns:
      Whether the compiler could be fetched.
    """
    reason = reason_without_locked_packages(rctx, rctx.attr._debian_packages, lock)
    if reason:
        # buildifier: disable=print
        print("no compiler for {} cores: {}. Firmware for them is left out".format(cores_name, reason))
    else:
        unpack_debian_packages(rctx, rctx.attr._debian_packages, lock, _UNUSED + unused)
        wrap_programs(
            rctx,
            ["usr/bin/{}-{}".format(target, name) for name in _PROGRAMS] +
            ["usr/lib/gcc/{}/{}/{}".format(target, version, name) for name in _PARTS],
        )
        for name in _RUN_BY_GCC:
            link = "usr/lib/{}/bin/{}".format(target, name)
            rctx.delete(link)
            rctx.file(link, "#!/bin/sh\nexec \"${{0%/*}}/../../../bin/{}-{}\" \"$@\"\n".format(target, name), executable = True)
    build = _BUILD.format(
        compatible = ["@platforms//:incompatible"] if reason else [],
        macro = str(Label("//third_party/gcc:gcc_toolchain.bzl")),
    ) + availability(reason)
    for name, core in cores.items():
        build += _TOOLCHAIN.format(
            archiver = [pattern.format(target = target) for pattern in _ARCHIVER],
            compiler = [pattern.format(target = target, version = version) for pattern in _COMPILER],
            core_flags = core.flags,
            cpp_includes = core.cpp_includes,
            includes = core.includes,
            libc = libc,
            link_folders = core.link_folders,
            link_specs = getattr(core, "link_specs", ""),
            name = name,
            target = target,
        )
    rctx.file("BUILD.bazel", build)
    return not reason
