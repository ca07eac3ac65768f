# SPDX-License-Identifier: Apache-2.0
"""Having the linked TFLM try a model."""

load(":host_program.bzl", "host_cfg")

JUDGE_ATTRS = {
    "_judge": attr.label(
        cfg = host_cfg,
        default = Label("//tflm/host:judge"),
        doc = "The program that tries models.",
        executable = True,
    ),
}

def try_model(ctx, *, model, name, seconds):
    """Declares the action in which the linked TFLM tries a model.

    Args:
      ctx: of the rule, with JUDGE_ATTRS.
      model: the `.tflite` file.
      name: of the answer, without its ending.
      seconds: how much processor time it may take; 0 for the judge's default.

    Returns:
      The answer's file: JSON.
    """
    verdict = ctx.actions.declare_file(name + ".verdict.json")
    ctx.actions.run(
        outputs = [verdict],
        inputs = [model],
        executable = ctx.executable._judge,
        arguments = [
            ctx.actions.args().add(model, format = "--model=%s"),
            ctx.actions.args().add(verdict, format = "--output=%s"),
        ] + (["--seconds={}".format(seconds)] if seconds else []),
        mnemonic = "TryTfliteModel",
        progress_message = "Trying the model of %{label} in TFLM",
    )
    return verdict
