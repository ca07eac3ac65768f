# SPDX-License-Identifier: Apache-2.0
"""firmware_symbols_test: a program for a chip has no heap, no printf, no containers and no exceptions."""

load("//rules:providers.bzl", "FirmwareInfo")
load("//rules/private:script.bzl", "script")

def _firmware_symbols_test_impl(ctx):
    symbols = ctx.attr.firmware[FirmwareInfo].symbols
    return script(
        ctx,
        program = ctx.executable._check_symbols,
        arguments = ["--symbols=" + symbols.short_path] + ["--allow=" + name for name in ctx.attr.allowed] +
                    ["--forbid=" + pattern for pattern in ctx.attr.forbidden],
        files = [symbols],
        runfiles = [ctx.attr._check_symbols[DefaultInfo].default_runfiles],
    )

firmware_symbols_test = rule(
    implementation = _firmware_symbols_test_impl,
    attrs = {
        "allowed": attr.string_list(
            doc = "Symbols that the program does need, e.g. `malloc`. The test fails if one of them is not there.",
        ),
        "firmware": attr.label(
            doc = "The `firmware_binary`.",
            mandatory = True,
            providers = [FirmwareInfo],
        ),
        "forbidden": attr.string_list(
            doc = "Regular expressions of further symbols that it must not have, e.g. `tflite::.*`.",
        ),
        "_check_symbols": attr.label(
            cfg = "target",
            default = Label("//firmware:check_symbols"),
            executable = True,
        ),
    },
    doc = "Looks for a heap, printf, containers and exceptions among the symbols of a linked program, as the toolchain's `nm` lists them.",
    test = True,
)
