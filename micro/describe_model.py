r"""Describes a .tflite file as JSON: size, operators and tensors with their quantization.

  bazel run //micro:describe_model -- --model=m.tflite --output=m.json

Exit code 2 and one line on stderr for bad flags, a bad model, or an output that can't be written.
"""

from __future__ import annotations

from micro import model_description, tflite_model
from tools import command

_MODEL = command.input_file("model", None, "The .tflite file.", required=True)
_OUTPUT = command.output_file("output", None, "The JSON file to write.", required=True)


def main() -> None:
    description = model_description.describe_file(_MODEL.value)
    command.write_files({_OUTPUT.value: command.json_text(description)})


if __name__ == "__main__":
    command.run(main, tflite_model.ModelError)
