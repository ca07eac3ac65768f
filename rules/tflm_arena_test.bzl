# SPDX-License-Identifier: Apache-2.0
"""tflm_arena_test: a measured arena is the smallest that works."""

load("//rules/private:testing.bzl", "script_test")
load(":providers.bzl", "TflmArenaInfo")

def _tflm_arena_test_impl(ctx):
    arena = ctx.attr.arena[TflmArenaInfo]
    return script_test(
        ctx,
        program = arena.program,
        arguments = arena.arguments +
                    ["--input=" + file.short_path for file in arena.inputs] +
                    ["--check=" + arena.json.short_path],
        files = [arena.program, arena.json, arena.verdict] + arena.inputs,
    )

tflm_arena_test = rule(
    implementation = _tflm_arena_test_impl,
    attrs = {
        "arena": attr.label(
            doc = "A `tflm_arena`, e.g. `<name>_arena` of a `tflm_cc_library`.",
            mandatory = True,
            providers = [TflmArenaInfo],
        ),
    },
    doc = "Runs the model again: it works with the measured arena and with 16 bytes more, with 16 bytes less TFLM gives up without a wrong output or a write beyond the arena, and it works with none of about a hundred smaller ones.",
    test = True,
)
