# SPDX-License-Identifier: Apache-2.0
"""tflite_model: a TensorFlow Lite model that the other rules can use."""

load("//rules/private:host_program.bzl", "host_cfg")
load(":providers.bzl", "TfliteModelInfo")

_OUTPUT = "{output}"

def _convert(ctx):
    model = ctx.actions.declare_file("{0}.converted/{0}.tflite".format(ctx.label.name))
    arguments = [ctx.expand_location(arg, targets = ctx.attr.converter_srcs) for arg in ctx.attr.converter_args]
    if not [arg for arg in arguments if _OUTPUT in arg]:
        fail("{}: converter_args must say where the model goes, by {}".format(ctx.label, _OUTPUT))
    ctx.actions.run(
        outputs = [model],
        inputs = ctx.files.converter_srcs,
        executable = ctx.executable.converter,
        arguments = [arg.replace(_OUTPUT, model.path) for arg in arguments],
        mnemonic = "ConvertTfliteModel",
        progress_message = "Converting the model %{label}",
    )
    return model

def _tflite_model_impl(ctx):
    if bool(ctx.file.src) == bool(ctx.attr.converter):
        fail("{}: needs either src or converter".format(ctx.label))
    if ctx.file.src and (ctx.attr.converter_srcs or ctx.attr.converter_args):
        fail("{}: has src, so converter_srcs and converter_args have no use".format(ctx.label))
    file = ctx.file.src or _convert(ctx)

    # With its name, which messages and generated files give.
    model = ctx.actions.declare_file("{}/{}".format(ctx.label.name, file.basename) if ctx.file.src else file.basename)
    description = ctx.actions.declare_file(ctx.label.name + ".description.json")
    ctx.actions.run(
        outputs = [description, model],
        inputs = [file],
        executable = ctx.executable._describe,
        arguments = [
            ctx.actions.args().add(file, format = "--model=%s"),
            ctx.actions.args().add(model, format = "--whole=%s"),
            ctx.actions.args().add(description, format = "--output=%s"),
        ],
        mnemonic = "DescribeTfliteModel",
        progress_message = "Describing the model %{label}",
    )
    return [
        DefaultInfo(
            files = depset([model]),
            runfiles = ctx.runfiles([model]),
        ),
        OutputGroupInfo(description = depset([description])),
        TfliteModelInfo(
            description = description,
            model = model,
        ),
    ]

tflite_model = rule(
    implementation = _tflite_model_impl,
    attrs = {
        "converter": attr.label(
            cfg = "exec",
            doc = "A program that writes the model, in place of `src`.",
            executable = True,
        ),
        "converter_args": attr.string_list(
            doc = "The converter's arguments. `{output}` is where the model goes; `$(execpath LABEL)` is a file of `converter_srcs`.",
        ),
        "converter_srcs": attr.label_list(
            allow_files = True,
            # Trained once, whatever chip the model is for.
            cfg = host_cfg,
            doc = "Files that the converter reads.",
        ),
        "src": attr.label(
            allow_single_file = [".tflite"],
            # Trained and converted once, whatever chip it is for.
            cfg = host_cfg,
            doc = "A `.tflite` file. A target that makes it is built for the machine that builds, also in a build for a chip.",
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
        "_describe": attr.label(
            cfg = "exec",
            default = Label("//tflite:describe_model"),
            executable = True,
        ),
    },
    doc = """A TensorFlow Lite model, from a file or from a converter.

Building it gives the `.tflite` file; its output group `description` is JSON with size, SHA-256,
operators, and the tensors, inputs and outputs with dtype, shape and quantization. Contents that the
file has outside of its tables, as newer converters write them, are moved into them, since TFLM does not
look for them there; else the file stays as it is. A file that is not a sound model fails the build in
one line.

```starlark
tflite_model(
    name = "gesture_model",
    src = "gesture.tflite",
)
```
""",
    provides = [TfliteModelInfo],
)
