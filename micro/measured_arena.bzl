"""measured_arena: runs a program that measures the arena of the model it is linked with."""

def _measured_arena_impl(ctx):
    ctx.actions.run(
        outputs = [ctx.outputs.header, ctx.outputs.json],
        executable = ctx.executable.tool,
        arguments = [
            ctx.actions.args().add(ctx.outputs.header, format = "--header=%s"),
            ctx.actions.args().add(ctx.outputs.json, format = "--json=%s"),
        ],
        mnemonic = "MeasureArena",
        progress_message = "Measuring the arena of the model %{label}",
    )
    return [DefaultInfo(files = depset([ctx.outputs.header, ctx.outputs.json]))]

measured_arena = rule(
    implementation = _measured_arena_impl,
    attrs = {
        "header": attr.output(doc = "The C++ header with the size.", mandatory = True),
        "json": attr.output(doc = "The report: the size, and what holds it.", mandatory = True),
        # Not the exec configuration, as a genrule's tools: the tool is linked with the model, which
        # would be trained a second time for that.
        "tool": attr.label(
            doc = "The program; takes --header and --json. Must run on the machine that builds.",
            cfg = "target",
            executable = True,
            mandatory = True,
        ),
    },
    doc = "A header and a report with the smallest arena that the model linked into `tool` works with.",
)
