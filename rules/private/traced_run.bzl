# SPDX-License-Identifier: Apache-2.0
"""The program that prints the checksums of a model's layers, and what compares them with the specification."""

load("//rules:providers.bzl", "TfliteAotInfo", "TfliteLibraryInfo")
load("//rules/private:script.bzl", "script")

_RUNS = attr.int(
    doc = "How many inferences.",
    mandatory = True,
)

def _traced_run_source_impl(ctx):
    library = ctx.attr.library[TfliteAotInfo]
    source = ctx.actions.declare_file(ctx.label.name + ".c")
    ctx.actions.expand_template(
        output = source,
        substitutions = {
            "{INCLUDE}": library.include,
            "{LABEL}": str(ctx.label).removeprefix("@@"),
            "{RUNS}": str(ctx.attr.runs),
            "{SYMBOL}": library.symbol,
            "{UPPER}": library.symbol.upper(),
        },
        template = ctx.file._template,
    )
    return [DefaultInfo(files = depset([source]))]

traced_run_source = rule(
    implementation = _traced_run_source_impl,
    attrs = {
        "library": attr.label(
            doc = "A `tflite_aot_library` with `trace`.",
            mandatory = True,
            providers = [TfliteAotInfo],
        ),
        "runs": _RUNS,
        "_template": attr.label(
            allow_single_file = True,
            default = Label("//rules/private:traced_run.c.tpl"),
        ),
    },
    doc = "The program's source.",
)

def _traced_run_checker_impl(ctx):
    model = ctx.attr.library[TfliteLibraryInfo].model.model
    return script(
        ctx,
        program = ctx.executable._compare,
        arguments = [
            "--model=" + model.short_path,
            "--log=-",
            "--runs={}".format(ctx.attr.runs),
        ],
        files = [model],
        runfiles = [ctx.attr._compare[DefaultInfo].default_runfiles],
    )

traced_run_checker = rule(
    implementation = _traced_run_checker_impl,
    attrs = {
        "library": attr.label(
            doc = "A `tflite_aot_library`.",
            mandatory = True,
            providers = [TfliteLibraryInfo],
        ),
        "runs": _RUNS,
        "_compare": attr.label(
            cfg = "target",
            default = Label("//aot:compare_layers"),
            executable = True,
        ),
    },
    doc = "Compares what the program prints, which it gets on stdin, with the specification.",
    executable = True,
)
