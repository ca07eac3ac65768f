# SPDX-License-Identifier: Apache-2.0
"""The program that runs generated samples through a model's class, for host and chip, and what it prints on the host."""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("//rules:providers.bzl", "TfliteLibraryInfo")
load("//rules/private:cc.bzl", "CC_ATTRS", "CC_TOOLCHAINS", "link_program")

def _generate(ctx, *, chip):
    library = ctx.attr.model[TfliteLibraryInfo]
    main = ctx.actions.declare_file(ctx.label.name + ".cc")
    ctx.actions.run(
        outputs = [main],
        inputs = [library.integer_inputs] if library.integer_inputs else [],
        executable = ctx.executable._generate,
        arguments = [
            "--label=" + str(ctx.label).removeprefix("@@"),
            "--class_name=" + library.class_name,
            "--include=" + library.include,
            "--samples={}".format(ctx.attr.samples),
            "--chip" if chip else "--nochip",
            ctx.actions.args().add(main, format = "--output=%s"),
        ] + (["--integer_inputs=" + library.integer_inputs.path] if library.integer_inputs else []),
        mnemonic = "GenerateSampleRun",
        progress_message = "Generating the program that runs samples for %{label}",
    )
    return main

_ATTRS = {
    "model": attr.label(
        doc = "A model's class, e.g. of `tflm_cc_library`.",
        mandatory = True,
        providers = [[CcInfo, TfliteLibraryInfo]],
    ),
    "samples": attr.int(
        doc = "How many.",
        mandatory = True,
    ),
    "_generate": attr.label(
        cfg = "exec",
        default = Label("//rules/private:generate_sample_run"),
        executable = True,
    ),
}

def _sample_run_source_impl(ctx):
    return [DefaultInfo(files = depset([_generate(ctx, chip = True)]))]

sample_run_source = rule(
    implementation = _sample_run_source_impl,
    attrs = _ATTRS,
    doc = "The source of the program for a chip.",
)

def _sample_run_golden_impl(ctx):
    program = link_program(
        ctx,
        name = ctx.label.name + "_program",
        source = _generate(ctx, chip = False),
        infos = [ctx.attr.model[CcInfo], ctx.attr._inference[CcInfo]],
    )
    golden = ctx.actions.declare_file(ctx.label.name + ".txt")
    ctx.actions.run_shell(
        outputs = [golden],
        tools = [program],
        command = "\"$1\" > \"$2\" || { cat \"$2\" >&2; exit 1; }",
        arguments = [program.path, golden.path],
        mnemonic = "RunSamples",
        progress_message = "Running samples on the host for %{label}",
    )
    return [DefaultInfo(files = depset([golden]))]

sample_run_golden = rule(
    implementation = _sample_run_golden_impl,
    attrs = _ATTRS | CC_ATTRS | {
        "_inference": attr.label(
            default = Label("//inference"),
            providers = [CcInfo],
        ),
    },
    doc = "What the program prints on the machine that builds.",
    fragments = ["cpp"],
    toolchains = CC_TOOLCHAINS,
)
