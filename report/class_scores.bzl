# SPDX-License-Identifier: Apache-2.0
"""class_scores: what a model's C++ class makes of images."""

load("//rules:providers.bzl", "TfliteLibraryInfo")

def _impl(ctx):
    info = ctx.attr.library[TfliteLibraryInfo]
    scores = ctx.actions.declare_file(ctx.label.name + ".npy")
    arguments = ctx.actions.args()
    arguments.add(info.program, format = "--program=%s")
    arguments.add(info.model.description, format = "--description=%s")
    arguments.add(ctx.file.images, format = "--images=%s")
    arguments.add(scores, format = "--output=%s")
    ctx.actions.run(
        outputs = [scores],
        inputs = [info.program, info.model.description, ctx.file.images],
        executable = ctx.executable._write,
        arguments = [arguments],
        mnemonic = "ClassScores",
        progress_message = "Running a model's class on all images: %{label}",
    )
    return [DefaultInfo(files = depset([scores]))]

class_scores = rule(
    implementation = _impl,
    attrs = {
        "images": attr.label(
            allow_single_file = True,
            doc = "An idx file of images.",
            mandatory = True,
        ),
        "library": attr.label(
            doc = "The class of a model with one input, of any engine.",
            mandatory = True,
            providers = [TfliteLibraryInfo],
        ),
        "_write": attr.label(
            cfg = "exec",
            default = Label("//report:write_class_scores"),
            executable = True,
        ),
    },
    doc = """The scores of a model's class for each image, quantization included, as `<name>.npy`.

It runs the program that the rules' tests of accuracy and parity run.
""",
)
