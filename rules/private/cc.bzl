# SPDX-License-Identifier: Apache-2.0
"""Compiling and linking generated C++."""

load("@rules_cc//cc:find_cc_toolchain.bzl", "find_cc_toolchain", "use_cc_toolchain")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")

CC_TOOLCHAINS = use_cc_toolchain()

CC_ATTRS = {
    "_cc_toolchain": attr.label(
        default = Label("@bazel_tools//tools/cpp:current_cc_toolchain"),
        doc = "For find_cc_toolchain.",
    ),
}

def header_path(ctx):
    """How the header of a target is included.

    Args:
      ctx: of the rule.

    Returns:
      The path in #include directives of `<name>.h`, where the name may have slashes.
    """
    header = ctx.label.name + ".h"
    return "{}/{}".format(ctx.label.package, header) if ctx.label.package else header

def _features(ctx):
    toolchain = find_cc_toolchain(ctx)
    return toolchain, cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )

def compile_library(ctx, *, srcs = [], hdrs = [], deps = [], conly_flags = []):
    """Compiles a library, as cc_library would.

    Args:
      ctx: of the rule, with CC_ATTRS, CC_TOOLCHAINS and the fragment "cpp".
      srcs: files to compile.
      hdrs: headers, in the target's package.
      deps: targets with CcInfo.
      conly_flags: flags for the compiler of C.

    Returns:
      A CcInfo and the files that were built.
    """
    toolchain, features = _features(ctx)
    infos = [dep[CcInfo] for dep in deps]
    compiled, outputs = cc_common.compile(
        actions = ctx.actions,
        cc_toolchain = toolchain,
        compilation_contexts = [info.compilation_context for info in infos],
        conly_flags = conly_flags,
        feature_configuration = features,
        name = ctx.label.name,
        public_hdrs = hdrs,
        srcs = srcs,
    )
    linking, linked = cc_common.create_linking_context_from_compilation_outputs(
        actions = ctx.actions,
        cc_toolchain = toolchain,
        compilation_outputs = outputs,
        # The models' data is small, and their tests are linked statically.
        disallow_dynamic_library = True,
        feature_configuration = features,
        linking_contexts = [info.linking_context for info in infos],
        name = ctx.label.name,
    )
    info = cc_common.merge_cc_infos(
        direct_cc_infos = [CcInfo(compilation_context = compiled, linking_context = linking)],
        cc_infos = infos,
    )
    library = linked.library_to_link
    files = [
        file
        for file in ([library.static_library, library.pic_static_library] if library else [])
        if file
    ]
    return info, files

def link_program(ctx, *, name, source, infos):
    """Compiles and links a program, in the target configuration.

    Args:
      ctx: as for compile_library.
      name: of the program.
      source: the file with its main().
      infos: CcInfo of what it is linked with.

    Returns:
      The program's file.
    """
    toolchain, features = _features(ctx)
    _, outputs = cc_common.compile(
        actions = ctx.actions,
        cc_toolchain = toolchain,
        compilation_contexts = [info.compilation_context for info in infos],
        feature_configuration = features,
        name = name,
        srcs = [source],
    )
    return cc_common.link(
        actions = ctx.actions,
        cc_toolchain = toolchain,
        compilation_outputs = outputs,
        feature_configuration = features,
        linking_contexts = [info.linking_context for info in infos],
        name = name,
    ).executable
