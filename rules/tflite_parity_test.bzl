# SPDX-License-Identifier: Apache-2.0
"""tflite_parity_test: a model's class outputs what another runtime does."""

load("//rules/private:script.bzl", "script")
load(":providers.bzl", "TfliteLibraryInfo")

_REFERENCES = {
    "golden": Label("//rules/private:check_parity_golden"),
    "litert": Label("//rules/private:check_parity_litert"),
    "tflm_wheel": Label("//rules/private:check_parity_tflm_wheel"),
}

# What the other references need is not fetched.
def _check(reference):
    return _REFERENCES[reference]

def _tflite_parity_test_impl(ctx):
    if (ctx.attr.reference == "golden") != bool(ctx.attr.outputs):
        fail("{}: outputs and reference = \"golden\" go together".format(ctx.label))
    if bool(ctx.attr.inputs) == bool(ctx.attr.generated):
        fail("{}: needs either inputs or generated".format(ctx.label))
    for name in ["generated", "max_steps", "max_ulp"]:
        if getattr(ctx.attr, name) < 0:
            fail("{}: {} must not be negative".format(ctx.label, name))
    info = ctx.attr.library[TfliteLibraryInfo]
    model = info.model
    arguments = [
        "--program=" + info.program.short_path,
        "--model=" + model.model.short_path,
        "--description=" + model.description.short_path,
        "--generated={}".format(ctx.attr.generated),
        "--max_ulp={}".format(ctx.attr.max_ulp),
        "--max_steps={}".format(ctx.attr.max_steps),
        "--big_endian" if ctx.attr.big_endian else "--nobig_endian",
    ]
    files = [info.program, model.model, model.description]
    for flag, file in [("engine_date", info.engine_date), ("integer_inputs", info.integer_inputs)]:
        if file:
            arguments.append("--{}={}".format(flag, file.short_path))
            files.append(file)
    arguments += ["--input=" + file.short_path for file in ctx.files.inputs]
    arguments += ["--expected=" + file.short_path for file in ctx.files.outputs]
    return script(
        ctx,
        program = ctx.executable._check,
        arguments = arguments,
        files = files + ctx.files.inputs + ctx.files.outputs,
        runfiles = [ctx.attr._check[DefaultInfo].default_runfiles],
    )

tflite_parity_test = rule(
    implementation = _tflite_parity_test_impl,
    attrs = {
        "big_endian": attr.bool(
            doc = "Whether `inputs` and `outputs` are big-endian.",
        ),
        "generated": attr.int(
            doc = "How many samples of random numbers to run, always the same ones, if there are no `inputs`.",
        ),
        "inputs": attr.label_list(
            allow_files = True,
            doc = "Raw samples of the model's own types. A model with several inputs takes a file for each in turn; further files are further samples, and a file may contain several.",
        ),
        "library": attr.label(
            doc = "The class of a model, e.g. a `tflm_cc_library`.",
            mandatory = True,
            providers = [TfliteLibraryInfo],
        ),
        "max_steps": attr.int(
            doc = "How far integers may be apart. Not 0 only for a reason: if the wheel and the linked TFLM are of different dates, a kernel may have changed in between.",
        ),
        "max_ulp": attr.int(
            doc = "How far floats may be apart, in units in the last place; numbers below 2^-20 of each other count as equal if this is not 0.",
        ),
        "outputs": attr.label_list(
            allow_files = True,
            doc = "Golden vectors for `reference = \"golden\"`: as `inputs`, of the model's outputs.",
        ),
        "reference": attr.string(
            default = "tflm_wheel",
            doc = "`tflm_wheel`: the official tflite-micro wheel; it has no kernels for uint8. `litert`: LiteRT's reference kernels, whose dense layers of int8 and int16 round otherwise, so that some outputs are a few steps apart. `golden`: `outputs`.",
            values = _REFERENCES.keys(),
        ),
        "_check": attr.label(
            cfg = "target",
            default = _check,
            executable = True,
        ),
    },
    doc = "Fails if the class of a model outputs anything other than a reference does, and names the first sample and element that differ.",
    test = True,
)
