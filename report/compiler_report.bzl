# SPDX-License-Identifier: Apache-2.0
"""compiler_report: what the compiler says of a compiled model on a core."""

load("//rules:providers.bzl", "TfliteAotInfo", "TfliteLibraryInfo")

def _impl(ctx):
    library = ctx.attr.library[TfliteAotInfo]
    model = ctx.attr.library[TfliteLibraryInfo].model.model
    name = ctx.label.name
    report = ctx.actions.declare_file(name + ".json")
    header = ctx.actions.declare_file(name + ".h")
    source = ctx.actions.declare_file(name + ".c")
    arguments = ctx.actions.args()
    arguments.add(model, format = "--model=%s")
    arguments.add(report, format = "--report=%s")
    arguments.add(header, format = "--header=%s")
    arguments.add(source, format = "--source=%s")
    arguments.add("--core=" + ctx.attr.core)
    arguments.add("--name=" + library.symbol)
    arguments.add("--optimize=" + library.optimize)
    arguments.add_all(library.disabled_passes, format_each = "--disable_pass=%s")
    ctx.actions.run(
        outputs = [report, header, source],
        inputs = [model],
        executable = ctx.executable._compile,
        arguments = [arguments],
        mnemonic = "CompilerReport",
        progress_message = "Compiling the model %{label} to C",
    )
    return [
        DefaultInfo(files = depset([report])),
        OutputGroupInfo(sources = depset([header, source])),
    ]

compiler_report = rule(
    implementation = _impl,
    attrs = {
        "core": attr.string(
            doc = "The core, as `--core` of //aot names it. It decides what the C is for.",
            mandatory = True,
        ),
        "library": attr.label(
            doc = "A `tflite_aot_library`: the report is of its model, optimized for the same, with the same passes.",
            mandatory = True,
            providers = [TfliteAotInfo, TfliteLibraryInfo],
        ),
        "_compile": attr.label(
            cfg = "exec",
            default = Label("//aot"),
            executable = True,
        ),
    },
    doc = "Compiles a model for a core: the compiler's report, `<name>.json`, and in the output group `sources` the C.",
)
