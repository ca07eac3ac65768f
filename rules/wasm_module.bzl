# SPDX-License-Identifier: Apache-2.0
"""wasm_module: C compiled to a module of WebAssembly, for browsers."""

load("//rules/private:chip.bzl", "CHIP_SETTINGS", "chip_settings")

def _wasm_transition_impl(_settings, _attr):
    return chip_settings(str(Label("//rules:wasm32")))

_wasm_transition = transition(
    implementation = _wasm_transition_impl,
    inputs = [],
    outputs = CHIP_SETTINGS,
)

def _wasm_module_impl(ctx):
    module = ctx.actions.declare_file(ctx.label.name + ".wasm")
    ctx.actions.symlink(
        output = module,
        target_file = ctx.attr.module[0][DefaultInfo].files_to_run.executable,
        progress_message = "Naming the module %{label}",
    )
    return [DefaultInfo(
        files = depset([module]),
        runfiles = ctx.runfiles([module]),
    )]

_wasm_module = rule(
    implementation = _wasm_module_impl,
    attrs = {
        "module": attr.label(
            cfg = _wasm_transition,
            doc = "What was linked.",
            mandatory = True,
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
        "_available": attr.label(
            default = Label("@clang//:available"),
            doc = "So that it is left out where there is no clang.",
        ),
    },
    doc = "A module of WebAssembly, in the host's configuration: see the macro wasm_module.",
)

def wasm_module(*, name, deps, **kwargs):
    """Links libraries of C to a module of WebAssembly: `<name>.wasm`.

    The libraries are compiled for the platform `@mnist_micro//rules:wasm32`. There is no C library but `memcpy`,
    `memmove` and `memset`: so compiled models must be in integers. The module imports nothing but functions with
    the attributes `import_module` and `import_name`. It exports its memory, and the functions with the attribute
    `export_name`.

    Args:
      name: of the module.
      deps: libraries in C: a `cc_library` that calls a `tflite_aot_c_library`.
      **kwargs: the usual attributes.
    """

    # buildifier: disable=native-cc-binary
    native.cc_binary(
        name = name + "_linked",
        target_compatible_with = [
            "@platforms//cpu:wasm32",
            "@platforms//os:none",
        ],
        visibility = ["//visibility:private"],
        deps = deps,
        # In the host's configuration there is no such program.
        **(kwargs | {"tags": ["manual"]})
    )
    _wasm_module(
        name = name,
        module = name + "_linked",
        **kwargs
    )
