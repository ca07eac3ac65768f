# SPDX-License-Identifier: Apache-2.0
"""expect_difference: a checker of firmware that must find another checker's complaint."""

# buildifier: disable=bzl-visibility
load("//rules/private:script.bzl", "script")

def _expect_difference_impl(ctx):
    checker = ctx.executable.checker
    return script(
        ctx,
        program = ctx.file._program,
        arguments = ["./" + checker.short_path, ctx.attr.expected],
        files = [ctx.file._program, checker],
        runfiles = [ctx.attr.checker[DefaultInfo].default_runfiles],
    )

expect_difference = rule(
    implementation = _expect_difference_impl,
    attrs = {
        "checker": attr.label(
            cfg = "target",
            doc = "Of a `firmware_trace_test`: it must end with exit code 1.",
            executable = True,
            mandatory = True,
        ),
        "expected": attr.string(
            doc = "What its output must begin with.",
            mandatory = True,
        ),
        "_program": attr.label(
            allow_single_file = True,
            default = "//tests/compiled_models:expect_difference.sh",
        ),
    },
    doc = "Turns a checker around.",
    executable = True,
)
