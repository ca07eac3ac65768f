# SPDX-License-Identifier: Apache-2.0
"""build_once: files that are built once, whatever the platform and the flags for C and C++.

A network does not depend on the chip that it is for. Without this it would be trained again for each.
"""

# What a build for a chip sets: see rules/private/chip.bzl.
_FLAGS = ["//command_line_option:" + name for name in ["conlyopt", "copt", "cxxopt", "linkopt", "per_file_copt"]]
_PLATFORMS = "//command_line_option:platforms"
_HOST_PLATFORM = "//command_line_option:host_platform"
_KERNELS = "//third_party/tflite_micro:kernels"

def _once_impl(settings, _attr):
    return {flag: [] for flag in _FLAGS} | {
        _KERNELS: "reference",
        _PLATFORMS: [settings[_HOST_PLATFORM]],
    }

_once = transition(
    implementation = _once_impl,
    inputs = [_HOST_PLATFORM],
    outputs = [_KERNELS, _PLATFORMS] + _FLAGS,
)

def _build_once_impl(ctx):
    if len(ctx.files.srcs) != len(ctx.outputs.outs):
        fail("{}: needs one file of srcs for each of outs".format(ctx.label))
    for src, out in zip(ctx.files.srcs, ctx.outputs.outs):
        ctx.actions.symlink(output = out, target_file = src)
    return [DefaultInfo(files = depset(ctx.outputs.outs))]

build_once = rule(
    implementation = _build_once_impl,
    attrs = {
        "outs": attr.output_list(
            doc = "The names that they get, in the same order.",
            mandatory = True,
        ),
        "srcs": attr.label_list(
            allow_files = True,
            cfg = _once,
            doc = "The files.",
            mandatory = True,
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
    doc = "Files that are the same for each platform, built once for all.",
)

def genrule_once(*, name, folder, files, **kwargs):
    """A genrule whose outputs are built once for all platforms.

    Args:
      name: of the target with the files.
      folder: where they go, in the package: "" or a name and a slash.
      files: their names. The command writes them to $(RULEDIR)/once/<folder>.
      **kwargs: the genrule's other attributes.
    """
    usual = {key: kwargs[key] for key in ["tags", "testonly"] if key in kwargs}
    built = ["once/" + folder + file for file in files]
    native.genrule(
        name = name + "_once",
        outs = built,
        # A wildcard would build it in another configuration, too.
        **(kwargs | {"tags": kwargs.get("tags", []) + ["manual"], "visibility": ["//visibility:private"]})
    )
    build_once(
        name = name,
        srcs = built,
        outs = [folder + file for file in files],
        visibility = kwargs.get("visibility"),
        **usual
    )
