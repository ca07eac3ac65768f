# SPDX-License-Identifier: Apache-2.0
"""firmware_budget_test: what a model costs on a chip stays within its budgets."""

load("//rules/private:script.bzl", "script")
load(":providers.bzl", "FirmwareReportInfo")

_BUDGETS = ["flash_bytes", "ram_bytes", "stack_bytes", "instructions"]

def _firmware_budget_test_impl(ctx):
    budgets = {name: getattr(ctx.attr, name) for name in _BUDGETS if getattr(ctx.attr, name)}
    if not budgets:
        fail("{}: needs one of {}".format(ctx.label, ", ".join(_BUDGETS)))
    json = ctx.attr.report[FirmwareReportInfo].json
    return script(
        ctx,
        program = ctx.executable._check,
        arguments = ["--report=" + json.short_path] +
                    ["--{}={}".format(name, value) for name, value in budgets.items()],
        files = [json],
        runfiles = [ctx.attr._check[DefaultInfo].default_runfiles],
    )

firmware_budget_test = rule(
    implementation = _firmware_budget_test_impl,
    attrs = {
        "flash_bytes": attr.int(
            doc = "The most that the program may take of flash: code, constants and first values. 0: any.",
        ),
        "instructions": attr.int(
            doc = "The most instructions that an inference may take. 0: any.",
        ),
        "ram_bytes": attr.int(
            doc = "The most memory that it may take: variables, the arena among them, and the stack's peak. 0: any.",
        ),
        "report": attr.label(
            doc = "A `firmware_report`.",
            mandatory = True,
            providers = [FirmwareReportInfo],
        ),
        "stack_bytes": attr.int(
            doc = "The most that the stack may have at its peak. 0: any.",
        ),
        "_check": attr.label(
            cfg = "target",
            default = Label("//firmware/report:check_budget"),
            executable = True,
        ),
    },
    doc = "Fails if a model costs more on a chip than allowed, and says for each budget by how much.",
    test = True,
)
