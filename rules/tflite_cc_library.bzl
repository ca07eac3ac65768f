# SPDX-License-Identifier: Apache-2.0
"""tflite_cc_library: a model as a C++ array."""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("//rules/private:cc.bzl", "CC_ATTRS", "CC_TOOLCHAINS", "compile_library", "header_path")
load("//rules/private:names.bzl", "check_names", "symbol_of")
load(":providers.bzl", "TfliteArrayInfo", "TfliteModelInfo")

def _tflite_cc_library_impl(ctx):
    symbol = ctx.attr.symbol or symbol_of(ctx.label.name)
    check_names(ctx.label, symbol, ctx.attr.namespace)
    model = ctx.attr.model[TfliteModelInfo].model
    header = ctx.actions.declare_file(ctx.label.name + ".h")
    source = ctx.actions.declare_file(ctx.label.name + ".cc")
    include = header_path(ctx)
    ctx.actions.run(
        outputs = [header, source],
        inputs = [model],
        executable = ctx.executable._generate,
        arguments = [
            ctx.actions.args().add(model, format = "--model=%s"),
            ctx.actions.args().add(header, format = "--header=%s"),
            ctx.actions.args().add(source, format = "--source=%s"),
            "--name=" + symbol,
            "--namespace=" + ctx.attr.namespace,
            "--header_path=" + include,
        ],
        mnemonic = "GenerateTfliteArray",
        progress_message = "Generating the C array of the model %{label}",
    )
    info, files = compile_library(ctx, hdrs = [header], srcs = [source])
    return [
        DefaultInfo(files = depset(files)),
        OutputGroupInfo(sources = depset([header, source])),
        info,
        TfliteArrayInfo(
            include = include,
            model = ctx.attr.model[TfliteModelInfo],
            namespace = ctx.attr.namespace,
            symbol = symbol,
        ),
    ]

tflite_cc_library = rule(
    implementation = _tflite_cc_library_impl,
    attrs = CC_ATTRS | {
        "model": attr.label(
            doc = "A `tflite_model`.",
            mandatory = True,
            providers = [TfliteModelInfo],
        ),
        "namespace": attr.string(
            doc = "The C++ namespace of the array.",
            mandatory = True,
        ),
        "symbol": attr.string(
            doc = "What the array is named after, snake_case: \"my_model\" gives `kMyModel` and `kMyModelSize`. Default: the target's name.",
        ),
        "_generate": attr.label(
            cfg = "exec",
            default = Label("//codegen:generate_c_array"),
            executable = True,
        ),
    },
    doc = """A model as a C++ array, for `cc_library` and others to depend on.

The header is `<package>/<name>.h`. It declares `k<Symbol>`, aligned to 16 bytes, and `k<Symbol>Size`
in the given namespace.
""",
    fragments = ["cpp"],
    provides = [CcInfo, TfliteArrayInfo],
    toolchains = CC_TOOLCHAINS,
)
