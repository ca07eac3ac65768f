# SPDX-License-Identifier: Apache-2.0
"""counted_run: how many instructions a program takes from each call of TicksNow() to the next one."""

load("//rules:providers.bzl", "FirmwareInfo")

def _counted_run_impl(ctx):
    program = ctx.attr.program[FirmwareInfo]
    env = program.env
    json = ctx.actions.declare_file(ctx.label.name + ".json")
    ctx.actions.run(
        outputs = [json],
        inputs = depset([program.elf, ctx.file._plugin], transitive = [env.emulator.files]),
        executable = ctx.executable._count,
        arguments = [
            "--elf=" + program.elf.path,
            "--emulator=" + env.emulator.program.path,
            "--plugin=" + ctx.file._plugin.path,
            "--json=" + json.path,
        ] + ["--emulator_arg=" + argument for argument in env.arguments],
        mnemonic = "CountInstructions",
        progress_message = "Counting instructions: %{label}",
        tools = [env.emulator.to_run],
    )
    return [DefaultInfo(files = depset([json]))]

counted_run = rule(
    implementation = _counted_run_impl,
    attrs = {
        "program": attr.label(
            doc = "A `firmware_binary`.",
            mandatory = True,
            providers = [FirmwareInfo],
        ),
        "_count": attr.label(
            cfg = "exec",
            default = Label("//tests/costs:count_instructions"),
            executable = True,
        ),
        "_plugin": attr.label(
            allow_single_file = True,
            cfg = "exec",
            default = Label("//firmware/report:trace_plugin.so"),
        ),
    },
    doc = "Instructions between the calls of TicksNow(), as a JSON list.",
)
