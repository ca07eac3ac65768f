# SPDX-License-Identifier: Apache-2.0
"""quantization_report: what the quantization of a network costs, layer by layer."""

load("//rules/private:host_program.bzl", "host_cfg")
load(":providers.bzl", "TfliteModelInfo")

def _file_of(target, files):
    """Finds a model's file: that of a tflite_model, else the one file that is there."""
    return target[TfliteModelInfo].model if TfliteModelInfo in target else files[0]

def _quantization_report_impl(ctx):
    for name, files in [("float_model", ctx.files.float_model), ("int8_model", ctx.files.int8_model)]:
        if len(files) != 1:
            fail("{}: {} has {} files, not one .tflite file".format(ctx.label, name, len(files)))
    name = ctx.label.name
    text = ctx.actions.declare_file(name + ".txt")
    json = ctx.actions.declare_file(name + ".json")
    page = ctx.actions.declare_file(name + ".html")
    section = ctx.actions.declare_file(name + "_section.html")
    float_model = _file_of(ctx.attr.float_model[0], ctx.files.float_model)
    int8_model = _file_of(ctx.attr.int8_model[0], ctx.files.int8_model)
    arguments = ctx.actions.args()
    arguments.add(float_model, format = "--float_model=%s")
    arguments.add(int8_model, format = "--int8_model=%s")
    arguments.add(ctx.file.samples, format = "--samples=%s")
    if ctx.file.labels:
        arguments.add(ctx.file.labels, format = "--labels=%s")
    arguments.add("--scale=" + ctx.attr.scale)
    arguments.add("--offset=" + ctx.attr.offset)
    arguments.add("--metric=" + ctx.attr.metric)
    arguments.add("--count={}".format(ctx.attr.count))
    arguments.add("--noprogress")
    arguments.add("--quiet")
    arguments.add(text, format = "--text_file=%s")
    arguments.add(json, format = "--json_file=%s")
    arguments.add(page, format = "--html=%s")
    arguments.add(section, format = "--section_file=%s")
    ctx.actions.run(
        outputs = [text, json, page, section],
        inputs = [float_model, int8_model, ctx.file.samples] + ctx.files.labels,
        executable = ctx.executable._report,
        arguments = [arguments],
        mnemonic = "ReportQuantization",
        progress_message = "Measuring what quantization costs in %{label}",
    )
    return [
        DefaultInfo(files = depset([text, json, page])),
        OutputGroupInfo(
            json = depset([json]),
            page = depset([page]),
            section = depset([section]),
            text = depset([text]),
        ),
    ]

quantization_report = rule(
    implementation = _quantization_report_impl,
    attrs = {
        "count": attr.int(
            default = 200,
            doc = "How many samples are taken, from the first one on; 0 for all.",
        ),
        "float_model": attr.label(
            allow_files = [".tflite"],
            cfg = host_cfg,
            doc = "The float model: a `tflite_model` or a `.tflite` file.",
            mandatory = True,
        ),
        "int8_model": attr.label(
            allow_files = [".tflite"],
            cfg = host_cfg,
            doc = "The quantized model that was made of it, in the same way.",
            mandatory = True,
        ),
        "labels": attr.label(
            allow_single_file = True,
            doc = "The right class of each sample, as `.npy`, `.npz` or idx. Without it, it is counted how often the class is that of the float model.",
        ),
        "metric": attr.string(
            default = "auto",
            doc = "What the first output is: scores of \"classes\", or \"values\", which are compared by their signal-to-noise ratio. \"auto\": classes if there are labels, or if a softmax, logistic or argmax is last.",
            values = ["auto", "classes", "values"],
        ),
        "offset": attr.string(
            default = "0",
            doc = "Added to each number after `scale`.",
        ),
        "samples": attr.label(
            allow_single_file = True,
            doc = "The samples: a `.npz` file of an array for each input, by their names or in their order; or a `.npy` or an idx file for one input. The first dimension counts samples.",
            mandatory = True,
        ),
        "scale": attr.string(
            default = "1",
            doc = "What each number of `samples` is multiplied by to make what the float model takes, e.g. \"1/255\".",
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
        "_report": attr.label(
            cfg = "exec",
            default = Label("//quantization:report"),
            executable = True,
        ),
    },
    doc = """Shows what the quantization of a network costs, layer by layer.

Building it gives a text, JSON and a page of HTML: for each layer the signal-to-noise ratio, how many values
are clipped, the worst channel, and how accurate the network is with that layer in float, or with that layer
alone quantized. The output group `section` is the page's section for pages of your own.
[quantization.md](quantization.md) says what the figures mean.

```starlark
quantization_report(
    name = "gesture_quantization",
    float_model = "gesture_float.tflite",
    int8_model = "gesture_int8.tflite",
    labels = "labels.npy",
    samples = "samples.npz",
)
```
""",
)
