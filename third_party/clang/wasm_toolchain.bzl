# SPDX-License-Identifier: Apache-2.0
"""A cc_toolchain for WebAssembly without an operating system, from the clang in the same repository."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:cc_toolchain_config_lib.bzl", "feature", "flag_group", "flag_set", "tool_path", "variable_with_value", "with_feature_set")
load("@rules_cc//cc:defs.bzl", "cc_toolchain")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")

_COMPILE = [
    ACTION_NAMES.c_compile,
    ACTION_NAMES.cpp_compile,
]
_CPP = [ACTION_NAMES.cpp_compile]
_LINK = [ACTION_NAMES.cpp_link_executable]
_ARCHIVE = [ACTION_NAMES.cpp_link_static_library]

_BIN = "usr/lib/llvm-19/bin/"
_HEADERS = "usr/lib/llvm-19/lib/clang/19/include"

# Inline functions alone.
_LIBC = Label("//third_party/clang:wasm_libc/string.h")

# Bazel asks for all of these. There is no archiver among Debian's packages of clang: what is called a static library
# is one object file that the linker makes of several.
_TOOLS = {
    "ar": _BIN + "wasm-ld",
    "cpp": _BIN + "clang",
    "gcc": _BIN + "clang",
    "gcov": "/bin/false",
    "ld": _BIN + "wasm-ld",
    "nm": "/bin/false",
    "objdump": "/bin/false",
    "strip": "/bin/false",
}

# What clang must be told. Memory is copied and filled by instructions, which browsers have had since 2021: else each
# memcpy is a loop over bytes.
_TARGET = ["--target=wasm32", "-mbulk-memory"]

def _flags(actions, flags):
    return flag_set(actions = actions, flag_groups = [flag_group(flags = flags)])

# In place of Bazel's own, which are those of ar.
_ARCHIVER_FLAGS = feature(
    name = "archiver_flags",
    flag_sets = [flag_set(
        actions = _ARCHIVE,
        flag_groups = [
            flag_group(flags = ["-r", "-o", "%{output_execpath}"]),
            flag_group(
                expand_if_available = "libraries_to_link",
                flag_groups = [
                    flag_group(
                        expand_if_equal = variable_with_value(name = "libraries_to_link.type", value = "object_file"),
                        flags = ["%{libraries_to_link.name}"],
                    ),
                    flag_group(
                        expand_if_equal = variable_with_value(name = "libraries_to_link.type", value = "object_file_group"),
                        flags = ["%{libraries_to_link.object_files}"],
                        iterate_over = "libraries_to_link.object_files",
                    ),
                ],
                iterate_over = "libraries_to_link",
            ),
        ],
    )],
)

def _config_impl(ctx):
    headers = ["{}/{}".format(ctx.label.workspace_root, _HEADERS), ctx.file.libc.dirname]
    features = [
        _ARCHIVER_FLAGS,
        feature(
            name = "default_flags",
            enabled = True,
            flag_sets = [
                _flags(_COMPILE, _TARGET + [
                    "-ffreestanding",
                    "-ffunction-sections",
                    "-fdata-sections",
                    # No dates, and no paths of the machine.
                    "-Wno-builtin-macro-redefined",
                    "-D__DATE__=\"redacted\"",
                    "-D__TIMESTAMP__=\"redacted\"",
                    "-D__TIME__=\"redacted\"",
                    "-no-canonical-prefixes",
                    "-nostdinc",
                ]),
                _flags(_CPP, ["-std=c++17", "-fno-exceptions", "-fno-rtti", "-nostdinc++"]),
                _flags(_COMPILE, ["-isystem" + folder for folder in headers]),
                _flags(_LINK, _TARGET + [
                    "-no-canonical-prefixes",
                    "-nostdlib",
                    # A library of functions for a page.
                    "-Wl,--no-entry",
                    "-Wl,--strip-all",
                    "-Wl,--fatal-warnings",
                    # An overflow of the stack is a fault, and doesn't change data.
                    "-Wl,--stack-first",
                ]),
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
                    "dbg": ["-Og"],
                    # A page is small; a library may ask for more.
                    "fastbuild": ["-Os", "-DNDEBUG"],
                    "opt": ["-Os", "-DNDEBUG"],
                }.items()
            ],
        ),
        # These are what the target has, not what a user asks for.
        feature(name = "supports_dynamic_linker", enabled = False),
        feature(name = "supports_pic", enabled = False),
    ]
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        abi_libc_version = "none",
        abi_version = "none",
        compiler = "clang",
        cxx_builtin_include_directories = ["%workspace%/" + folder for folder in headers],
        features = features,
        host_system_name = "x86_64-linux",
        target_cpu = "wasm32",
        target_libc = "none",
        target_system_name = "wasm32-unknown-unknown",
        tool_paths = [tool_path(name = name, path = path) for name, path in _TOOLS.items()],
        toolchain_identifier = "wasm32",
    )

_config = rule(
    implementation = _config_impl,
    attrs = {
        "libc": attr.label(
            allow_single_file = True,
            doc = "A header of the C library: its folder has all.",
        ),
    },
    provides = [CcToolchainConfigInfo],
)

def wasm_toolchain(*, name):
    """Declares a cc_toolchain for wasm32-unknown-unknown, C11 without a C library.

    Args:
      name: of the toolchain.
    """
    programs = ["lib/**", _BIN + "*"]
    native.filegroup(
        name = name + "_linker_files",
        srcs = native.glob(programs, allow_empty = True),
    )

    # The headers that C has without a library; not those of the instructions of CPUs.
    native.filegroup(
        name = name + "_compiler_files",
        srcs = [_LIBC] + native.glob(
            programs + ["{}/{}.h".format(_HEADERS, header) for header in ["__std*", "float", "iso646", "limits", "std*", "wasm_simd128"]],
            allow_empty = True,
        ),
    )
    _config(
        name = name + "_config",
        libc = _LIBC,
    )
    cc_toolchain(
        name = name,
        all_files = ":{}_compiler_files".format(name),
        ar_files = ":{}_linker_files".format(name),
        as_files = ":{}_compiler_files".format(name),
        compiler_files = ":{}_compiler_files".format(name),
        dwp_files = ":{}_linker_files".format(name),
        linker_files = ":{}_linker_files".format(name),
        objcopy_files = ":{}_linker_files".format(name),
        strip_files = ":{}_linker_files".format(name),
        supports_param_files = 1,
        toolchain_config = ":{}_config".format(name),
        visibility = ["//visibility:public"],
    )
