# SPDX-License-Identifier: Apache-2.0
r"""Shows what is in a .tflite file, what it costs, and whether the linked TFLM can run it.

  ./bazelw run //tools/inspect -- model.tflite
  ./bazelw run //tools/inspect -- model.tflite --json
  ./bazelw run //tools/inspect -- model.tflite --svg plan.svg
  ./bazelw run //tools/inspect -- model.tflite --html page.html

It prints operators with their versions, tensors, multiply-accumulates and bytes of weights by
layer, and the memory plan of the activations as TFLM makes it. A page has the graph, too, and what
today's TFLM and the compiler to C lack. The linked TFLM tries the model, in
a process of its own with limits on time and memory. Exit code 0, also for a model that the linked
TFLM can't run: the report says so; 2 and one line on stderr for bad flags, a file that is not a
sound model, or an output that can't be written.
"""

from __future__ import annotations

import dataclasses
import pathlib
import sys

from absl import flags

from inspector import html_report, inspection, json_report, plan_svg, text_report
from tflite.model import ModelError
from tflite.reader import read_model
from tflm import capabilities, model_facts, verdict
from tools import command

_MODEL = command.input_file("model", None, "The .tflite file; the same as the one argument.")
_JSON = flags.DEFINE_bool("json", False, "Print the report as JSON.")
_SVG = command.output_file("svg", None, "Draw the memory plan into this file.")
_HTML = command.output_file("html", None, "Write a page of all of it into this file.")
_TFLM = command.input_file(
    "tflm",
    # In the runfiles.
    str(pathlib.Path(__file__).parents[1] / "tflm" / "tflm.json"),
    "What the TFLM can run that the model is held against: //tflm:tflm.json.",
)
_JUDGE = command.input_file(
    "judge",
    # In the runfiles.
    str(pathlib.Path(__file__).parents[1] / "tflm" / "host" / "judge"),
    "The program that tries the model in the TFLM: //tflm/host:judge.",
)


def main() -> None:
    if not _MODEL.value:
        raise command.CommandError("needs a .tflite file: ./bazelw run //tools/inspect -- MODEL")
    path = _MODEL.value
    linked = capabilities.read_json(_TFLM.value)
    model = read_model(path)
    answer = verdict.ask(_JUDGE.value, model.content)
    found = inspection.inspect_model(model, linked, answer, path.name)
    if _JSON.value:
        text = command.json_text(json_report.to_json(found))
    else:
        name = command.printable(found.name)
        text = text_report.to_text(dataclasses.replace(found, name=name))
    files: dict[str | pathlib.Path, bytes | str] = {}
    if _SVG.value is not None:
        if not found.plan or not found.plan.tensors:
            note = "; ".join(found.plan_notes) or "no tensor needs memory"
            raise command.CommandError(f"{path}: has no memory plan to draw: {note}")
        files[_SVG.value] = plan_svg.draw(found.plan, path.name)
    if _HTML.value is not None:
        engines = html_report.ask_engines(found, model_facts.todays_tflm())
        files[_HTML.value] = html_report.to_html(found, engines)
    command.write_files(files)
    sys.stdout.write(text)


if __name__ == "__main__":
    command.run(
        main,
        ModelError,
        capabilities.NotTflmError,
        verdict.VerdictError,
        argument="model",
    )
