# SPDX-License-Identifier: Apache-2.0
"""build_report: the page of the whole chain, its figures as JSON, and pictures of it."""

load("//rules:providers.bzl", "FirmwareReportInfo", "TfliteArrayInfo", "TflmLibraryInfo")

# Where the figures are that a report is made of, by the names that report/chain.py has for them.
_FILES = {
    "accuracy": "Of mnist_evaluation: how many images each model of Python classifies right.",
    "compiler_report": "Of compiler_report: the compiler's report.",
    "float32_model": "The float32 `.tflite` file.",
    "histograms": "JSON of //convert:histograms.",
    "history": "The training's history, JSON.",
    "int8_model": "The int8 `.tflite` file.",
    "keras_model": "The `.keras` file.",
    "images": "idx file of the test images.",
    "labels": "idx file of the test images' labels.",
    "quantization": "JSON of quantization_report: both models on the test images.",
    "tflm": "What the linked TFLM is: //tflm:tflm.json.",
    "times": "Times on a PC, of //benchmarks:inference.",
    "weights": "The trained `.weights.h5` file.",
}

def _source(target):
    """The one file of a target's generated sources that is no header."""
    (source,) = [file for file in target[OutputGroupInfo].sources.to_list() if file.extension in ["c", "cc"]]
    return source

def _impl(ctx):
    files = {name: getattr(ctx.file, name) for name in _FILES}
    files["arena"] = ctx.attr.tflm_library[TflmLibraryInfo].arena.json
    files["array_source"] = _source(ctx.attr.array)
    files["compiled_source"] = _source(ctx.attr.compiler_report)
    scores = {name: target[DefaultInfo].files.to_list()[0] for target, name in ctx.attr.scores.items()}
    firmware = [target[FirmwareReportInfo].json for target in ctx.attr.firmware_reports]
    manifest = ctx.actions.declare_file(ctx.label.name + "_manifest.json")
    ctx.actions.write(manifest, json.encode_indent({
        "files": {name: file.path for name, file in files.items()},
        "firmware": [file.path for file in firmware],
        "missing": ctx.attr.missing,
        "scores": {name: file.path for name, file in scores.items()},
    }) + "\n")
    output = ctx.actions.declare_file(ctx.attr.out)
    arguments = ctx.actions.args()
    arguments.add(manifest, format = "--manifest=%s")
    arguments.add(output, format = "--{}=%s".format(ctx.attr.kind))
    ctx.actions.run(
        outputs = [output],
        inputs = [manifest] + files.values() + scores.values() + firmware,
        executable = ctx.executable._write_report,
        arguments = [arguments],
        mnemonic = "BuildReport",
        progress_message = "Writing the report of the whole chain: %{output}",
    )
    return [DefaultInfo(files = depset([output])), OutputGroupInfo(manifest = depset([manifest]))]

_build_report = rule(
    implementation = _impl,
    attrs = {
        name: attr.label(allow_single_file = True, doc = doc, mandatory = True)
        for name, doc in _FILES.items()
    } | {
        "array": attr.label(
            doc = "The model as a C++ array.",
            mandatory = True,
            providers = [TfliteArrayInfo],
        ),
        "firmware_reports": attr.label_list(
            doc = "What models cost on chips.",
            providers = [FirmwareReportInfo],
        ),
        "kind": attr.string(
            doc = "What is made: the page, its figures or a picture.",
            mandatory = True,
            values = ["page", "picture_dark", "picture_light", "summary"],
        ),
        "missing": attr.string_list(
            doc = "Why some of firmware_reports are not there: a sentence each, for the page.",
        ),
        "out": attr.string(
            doc = "The file's name.",
            mandatory = True,
        ),
        "scores": attr.label_keyed_string_dict(
            allow_files = True,
            doc = "`.npy` files with the scores of each test image, and of which engine they are.",
            mandatory = True,
        ),
        "tflm_library": attr.label(
            doc = "The model's class of TFLM.",
            mandatory = True,
            providers = [TflmLibraryInfo],
        ),
        "_write_report": attr.label(
            cfg = "exec",
            default = Label("//report:write_report"),
            executable = True,
        ),
    },
    doc = "The page of the whole chain, its figures or a picture of it: see build_report.",
)

def build_report(*, page, summary, pictures, visibility = None, **kwargs):
    """Makes the page of the whole chain, its figures as JSON, and pictures of it.

    Args:
      page: name of the page's target; the file is `<page>.html`.
      summary: name of the figures' target; the file is `<summary>.json`.
      pictures: what the pictures' names begin with: `<pictures>_light.png` and `<pictures>_dark.png`. They show
        everything, so they can't be made where something is missing; only who asks for them builds them.
      visibility: of all.
      **kwargs: of the rule: what the figures are of.
    """
    for name, kind, ending, tags in [
        (page, "page", ".html", []),
        (summary, "summary", ".json", []),
        (pictures + "_light", "picture_light", ".png", ["manual"]),
        (pictures + "_dark", "picture_dark", ".png", ["manual"]),
    ]:
        _build_report(
            name = name,
            testonly = True,
            kind = kind,
            out = name + ending,
            tags = tags,
            visibility = visibility,
            **kwargs
        )
