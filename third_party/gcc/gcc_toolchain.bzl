# SPDX-License-Identifier: Apache-2.0
"""A cc_toolchain for a core without an operating system, from a gcc in the same repository."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:cc_toolchain_config_lib.bzl", "feature", "flag_group", "flag_set", "tool_path", "with_feature_set")
load("@rules_cc//cc:defs.bzl", "cc_toolchain")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")

_COMPILE = [
    ACTION_NAMES.assemble,
    ACTION_NAMES.c_compile,
    ACTION_NAMES.cpp_compile,
    ACTION_NAMES.preprocess_assemble,
]
_CPP = [ACTION_NAMES.cpp_compile]
_COMPILE_SOURCES = [ACTION_NAMES.c_compile, ACTION_NAMES.cpp_compile]
_LINK = [ACTION_NAMES.cpp_link_executable]

# Bazel's name of a tool and gcc's.
_TOOLS = {
    "ar": "ar",
    "cpp": "cpp",
    "gcc": "gcc",
    "gcov": "gcov",
    "ld": "ld",
    "nm": "nm",
    "objcopy": "objcopy",
    "objdump": "objdump",
    "strip": "strip",
}

def _flags(actions, flags):
    return flag_set(actions = actions, flag_groups = [flag_group(flags = flags)] if flags else [])

def _config_impl(ctx):
    root = ctx.label.workspace_root
    system = []
    for folder in ctx.attr.includes:
        system += ["-isystem", root + "/" + folder]
    system_cpp = []
    for folder in ctx.attr.cpp_includes:
        system_cpp += ["-isystem", root + "/" + folder]
    features = [
        feature(
            name = "default_flags",
            enabled = True,
            flag_sets = [
                _flags(_COMPILE, ctx.attr.core_flags + [
                    "-ffunction-sections",
                    "-fdata-sections",
                    "-fno-common",
                    # No dates, and no paths of the machine.
                    "-Wno-builtin-macro-redefined",
                    "-D__DATE__=\"redacted\"",
                    "-D__TIMESTAMP__=\"redacted\"",
                    "-D__TIME__=\"redacted\"",
                    "-no-canonical-prefixes",
                    "-fno-canonical-system-headers",
                    "-nostdinc",
                ]),
                _flags(_CPP, [
                    "-std=c++17",
                    "-fno-exceptions",
                    "-fno-rtti",
                    "-fno-threadsafe-statics",
                    "-fno-use-cxa-atexit",
                    "-nostdinc++",
                ] + system_cpp),
                # After those of C++, which include_next them.
                _flags(_COMPILE, system),
                _flags(_LINK, ctx.attr.core_flags + [
                    "-no-canonical-prefixes",
                    "-nostartfiles",
                ] + (["--specs={}/{}".format(root, ctx.attr.link_specs)] if ctx.attr.link_specs else []) + [
                    "-Wl,--gc-sections",
                    "-Wl,--fatal-warnings",
                    "-Wl,--orphan-handling=error",
                ] + ["-L{}/{}".format(root, folder) for folder in ctx.attr.link_folders]),
            ],
        ),
        # The whole program is optimized when it is linked. Not of a library with `features = ["-link_time_optimization"]`:
        # code that runs before C's memory is there, or that the compiler itself calls.
        feature(
            name = "link_time_optimization",
            enabled = bool(ctx.attr.link_optimization),
            flag_sets = [
                flag_set(
                    actions = _COMPILE_SOURCES,
                    flag_groups = [
                        # With code, too: archives are indexed as usual, and the map of a link without it says
                        # which object each function is from.
                        flag_group(flags = ["-flto", "-ffat-lto-objects"]),
                        # Else the names of sections are random.
                        flag_group(expand_if_available = "output_file", flags = ["-frandom-seed=%{output_file}"]),
                    ],
                ),
                _flags(_LINK, ["-flto", "-flto-partition=one"] + ([ctx.attr.link_optimization] if ctx.attr.link_optimization else []) + ["-ffunction-sections", "-fdata-sections"]),
            ],
        ),
        feature(name = "opt"),
        feature(name = "dbg"),
        feature(name = "fastbuild"),
        feature(
            name = "optimization",
            enabled = True,
            flag_sets = [
                flag_set(
                    actions = _COMPILE,
                    flag_groups = [flag_group(flags = flags)],
                    with_features = [with_feature_set(features = [mode])],
                )
                for mode, flags in {
                    # Flash is scarce; a library may ask for more.
                    "dbg": ["-g", "-Og"],
                    # assert() alone takes 5 KB of flash.
                    "fastbuild": ["-Os", "-DNDEBUG"],
                    "opt": ["-Os", "-DNDEBUG"],
                }.items()
            ],
        ),
        # These are what the core has, not what a user asks for.
        feature(name = "supports_dynamic_linker", enabled = False),
        feature(name = "supports_pic", enabled = False),
    ]
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        abi_libc_version = "none",
        abi_version = "none",
        compiler = "gcc",
        cxx_builtin_include_directories = ["%workspace%/{}/{}".format(root, folder) for folder in ctx.attr.includes + ctx.attr.cpp_includes],
        features = features,
        host_system_name = "x86_64-linux",
        target_cpu = ctx.attr.core,
        target_libc = ctx.attr.libc,
        target_system_name = ctx.attr.core,
        tool_paths = [tool_path(name = name, path = ctx.attr.prefix + tool) for name, tool in _TOOLS.items()],
        toolchain_identifier = ctx.attr.core,
    )

_config = rule(
    implementation = _config_impl,
    attrs = {
        "core": attr.string(doc = "The core's name, e.g. cortex_m4f."),
        "core_flags": attr.string_list(doc = "What gcc must be told about the core, when it compiles and when it links."),
        "cpp_includes": attr.string_list(doc = "Folders of C++'s headers, in this repository."),
        "includes": attr.string_list(doc = "Folders of C's headers, in this repository."),
        "libc": attr.string(doc = "The C library's name."),
        "link_folders": attr.string_list(doc = "Folders of libraries, in this repository."),
        "link_optimization": attr.string(doc = "For programs that are optimized when they are linked: -Os or -O2."),
        "link_specs": attr.string(doc = "gcc's specs for linking, in this repository; empty for its own."),
        "prefix": attr.string(doc = "What the tools' paths begin with, e.g. usr/bin/arm-none-eabi-."),
    },
    provides = [CcToolchainConfigInfo],
)

def gcc_toolchain(*, name, core_flags, cpp_includes, includes, libc, link_folders, link_specs, prefix, archiver, compiler, files):
    """Declares a cc_toolchain.

    An action has only the files that it may read: each of them costs time in a sandbox.

    Args:
      name: of the core, e.g. cortex_m4f.
      core_flags: what gcc must be told about it.
      cpp_includes: folders of C++'s headers, in this repository: the common ones, then those of the core, which lie
        in a folder of the first.
      includes: folders of C's headers.
      libc: the C library's name.
      link_folders: folders of libraries.
      link_specs: gcc's specs for linking, in this repository; empty for its own.
      prefix: what the tools' paths begin with.
      archiver: patterns of the programs that make a library, with what they need.
      compiler: patterns of the programs that compile and assemble, with what they need.
      files: the target with all of the files.
    """
    common_cpp, core_cpp = cpp_includes
    native.filegroup(
        name = name + "_compiler_files",
        srcs = native.glob(compiler + [core_cpp + "/**"], allow_empty = True) +
               native.glob([common_cpp + "/**"], allow_empty = True, exclude = [common_cpp + "/*-*-*/**"]) +
               native.glob([folder + "/**" for folder in includes], allow_empty = True, exclude = [folder + "/c++/**" for folder in includes]),
    )
    native.filegroup(
        name = name + "_archiver_files",
        srcs = native.glob(archiver, allow_empty = True),
    )
    _config(
        name = name + "_config",
        core = name,
        core_flags = core_flags,
        cpp_includes = cpp_includes,
        includes = includes,
        libc = libc,
        link_folders = link_folders,
        link_optimization = select({
            Label("//third_party/gcc:fastest"): "-O2",
            Label("//third_party/gcc:optimized_for_size"): "-Os",
            "//conditions:default": "",
        }),
        link_specs = link_specs,
        prefix = prefix,
    )
    cc_toolchain(
        name = name,
        all_files = files,
        ar_files = ":{}_archiver_files".format(name),
        as_files = ":{}_compiler_files".format(name),
        compiler_files = ":{}_compiler_files".format(name),
        dwp_files = files,
        linker_files = files,
        objcopy_files = files,
        strip_files = files,
        supports_param_files = 1,
        toolchain_config = ":{}_config".format(name),
        visibility = ["//visibility:public"],
    )
