# SPDX-License-Identifier: Apache-2.0
"""tflm_arena_test: a measured arena is the smallest that works."""

load("//rules/private:script.bzl", "script")
load(":providers.bzl", "TflmArenaInfo")

def _tflm_arena_test_impl(ctx):
    arena = ctx.attr.arena[TflmArenaInfo]
    return script(
        ctx,
        program = ctx.executable._measure_arena,
        arguments = [
            "--check=" + arena.json.short_path,
            "--label=" + str(ctx.attr.arena.label).removeprefix("@@"),
            "--program=" + arena.program.short_path,
        ],
        files = [arena.program, arena.json],
        runfiles = [ctx.attr._measure_arena[DefaultInfo].default_runfiles],
    )

tflm_arena_test = rule(
    implementation = _tflm_arena_test_impl,
    attrs = {
        "arena": attr.label(
            doc = "A `tflm_arena`, e.g. `<name>_arena` of a `tflm_cc_library`.",
            mandatory = True,
            providers = [TflmArenaInfo],
        ),
        "_measure_arena": attr.label(
            cfg = "target",
            default = Label("//tflm/host:measure_arena"),
            executable = True,
        ),
    },
    doc = "Runs the model again: it works with the measured arena and with 16 bytes more, with 16 bytes less TFLM gives up without a wrong output or a write beyond the arena, and it works with none of about a hundred smaller ones.",
    test = True,
)
