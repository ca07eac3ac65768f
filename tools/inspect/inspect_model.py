r"""Tells what is in a .tflite file, what it costs, and whether the linked TFLM can run it.

  bazel run //tools/inspect -- model.tflite
  bazel run //tools/inspect -- model.tflite --json
  bazel run //tools/inspect -- model.tflite --svg plan.svg

It prints operators with their versions, tensors, multiply-accumulates and bytes of weights by
layer, and the memory plan of the activations as TFLM makes it. The linked TFLM tries the model, in
a process of its own with limits on time and memory. Exit code 0, also for a model that the linked
TFLM can't run: the report says so; 2 and one line on stderr for bad flags, a file that is no sound
model, or an output that can't be written.
"""

from __future__ import annotations

import os
import pathlib
import sys
from collections.abc import Sequence

from absl import flags

from micro import tflite_model, tflm, verdict
from tools import command
from tools.inspect import plan_svg, report

_MODEL = flags.DEFINE_string("model", None, "The .tflite file; the same as the one argument.")
_JSON = flags.DEFINE_bool("json", False, "Print the report as JSON.")
_SVG = flags.DEFINE_string("svg", None, "Draw the memory plan into this file.")
_TFLM = flags.DEFINE_string(
    "tflm",
    # In the runfiles.
    str(pathlib.Path(__file__).parents[2] / "micro" / "tflm.json"),
    "What the TFLM can run that the model is held against: //micro:tflm.json.",
)
_JUDGE = flags.DEFINE_string(
    "judge",
    # In the runfiles.
    str(pathlib.Path(__file__).parents[2] / "tflm_model" / "judge"),
    "The program that tries the model in the TFLM: //tflm_model:judge.",
)


def name_the_model(argv: Sequence[str]) -> list[str]:
    """Makes the one argument a flag: commands take flags alone.

    Args:
      argv: the program's name and its arguments.

    Returns:
      The same with --model; as it was where there is no argument, or the flags are wrong.
    """
    # Flags may stand on both sides of it.
    flags.FLAGS.set_gnu_getopt(True)
    try:
        rest = flags.FLAGS(list(argv))[1:]
    except flags.Error:
        return list(argv)
    finally:
        flags.FLAGS.unparse_flags()
    if not rest:
        return list(argv)
    # From the end: before it the same word may be a flag's value.
    at = len(argv) - 1 - list(reversed(argv)).index(rest[0])
    return [argv[0], f"--model={rest[0]}", *argv[1:at], *argv[at + 1 :]]


def main() -> None:
    if not _MODEL.value:
        raise command.CommandError("needs a .tflite file: bazel run //tools/inspect -- MODEL")
    path = command.user_path(_MODEL.value)
    linked = tflm.read_json(command.user_path(_TFLM.value))
    model = tflite_model.read_model(path)
    answer = verdict.ask(command.user_path(_JUDGE.value), path)
    inspection = report.inspect_model(model, linked, answer, path.name)
    text = (
        command.json_text(report.to_json(inspection)) if _JSON.value else report.to_text(inspection)
    )
    if _SVG.value is not None:
        if not inspection.plan or not inspection.plan.tensors:
            note = "; ".join(inspection.plan_notes) or "no tensor needs memory"
            raise command.CommandError(f"{path}: has no memory plan to draw: {note}")
        svg = command.user_path(_SVG.value)
        command.write_files({svg: plan_svg.draw(inspection.plan, path.name)})
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # Nothing more goes there, at the interpreter's end neither.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise command.CommandError(f"cannot write to stdout: {error.strerror}") from error


if __name__ == "__main__":
    sys.argv = name_the_model(sys.argv)
    command.run(main, tflite_model.ModelError, tflm.NotTflmError, verdict.VerdictError)
