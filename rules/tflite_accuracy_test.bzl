# SPDX-License-Identifier: Apache-2.0
"""tflite_accuracy_test: a model's class is right often enough."""

load("//rules/private:script.bzl", "script")
load(":providers.bzl", "TfliteLibraryInfo")

def _tflite_accuracy_test_impl(ctx):
    info = ctx.attr.library[TfliteLibraryInfo]
    data = [ctx.file.inputs, ctx.file.labels]
    return script(
        ctx,
        program = ctx.executable._check,
        arguments = [
            "--program=" + info.program.short_path,
            "--description=" + info.model.description.short_path,
            "--inputs=" + ctx.file.inputs.short_path,
            "--labels=" + ctx.file.labels.short_path,
            "--scale=" + ctx.attr.scale,
            "--offset=" + ctx.attr.offset,
            "--min_accuracy=" + ctx.attr.min_accuracy,
        ],
        files = [info.program, info.model.description] + data,
        runfiles = [ctx.attr._check[DefaultInfo].default_runfiles],
    )

tflite_accuracy_test = rule(
    implementation = _tflite_accuracy_test_impl,
    attrs = {
        "inputs": attr.label(
            allow_single_file = True,
            doc = "The samples: a `.npy` file or an idx file (as MNIST's), the first dimension counting samples.",
            mandatory = True,
        ),
        "labels": attr.label(
            allow_single_file = True,
            doc = "The right class of each sample, as `.npy` or idx.",
            mandatory = True,
        ),
        "library": attr.label(
            doc = "The class of a classifier, e.g. a `tflm_cc_library`, with one input; its first output has the scores.",
            mandatory = True,
            providers = [TfliteLibraryInfo],
        ),
        "min_accuracy": attr.string(
            doc = "The least share in percent of samples whose highest score is that of the right class, e.g. \"98.5\".",
            mandatory = True,
        ),
        "offset": attr.string(
            default = "0",
            doc = "Added to each number after `scale`.",
        ),
        "scale": attr.string(
            default = "1",
            doc = "What each number of `inputs` is multiplied by before the class quantizes it, e.g. \"1/255\".",
        ),
        "_check": attr.label(
            cfg = "target",
            default = Label("//rules/private:check_accuracy"),
            executable = True,
        ),
    },
    doc = "Runs a data set through the C++ class of a model, quantization included, and fails if fewer samples are right than asked for.",
    test = True,
)
