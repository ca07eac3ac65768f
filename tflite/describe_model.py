# SPDX-License-Identifier: Apache-2.0
r"""Describes a .tflite file as JSON: size, operators and tensors with their quantization.

  ./bazelw run //tflite:describe_model -- --model=m.tflite --output=m.json

With --whole=out.tflite it also writes the model as TFLM needs it: contents that the file has
outside of its tables are moved into them. That is the file itself if it has none.

Exit code 2 and one line on stderr for bad flags, a bad model, or an output that can't be written.
"""

from __future__ import annotations

import pathlib

from tflite import description as model_description
from tflite.model import ModelError
from tflite.reader import read_model
from tools import command

_MODEL = command.input_file("model", None, "The .tflite file.", required=True)
_OUTPUT = command.output_file("output", None, "The JSON file to write.", required=True)
_WHOLE = command.output_file("whole", None, "Where the model goes, contents inside its tables.")


def main() -> None:
    model = read_model(_MODEL.value)
    description = model_description.describe(model)
    outputs: dict[str | pathlib.Path, bytes | str] = {_OUTPUT.value: command.json_text(description)}
    if _WHOLE.value is not None:
        outputs[_WHOLE.value] = model.content
    command.write_files(outputs)


if __name__ == "__main__":
    command.run(main, ModelError)
