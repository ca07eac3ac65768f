# SPDX-License-Identifier: Apache-2.0
r"""Measures the accuracy of the trained model and of both converted models on labelled images.

Prints a line for each and writes the same figures as JSON.

  ./bazelw run //convert:evaluate -- --output=/path/to/accuracy.json

Exit code 2 and one line on stderr for bad flags, bad input, or an output that can't be written.
"""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# The Keras model's answers are then the same on every CPU; TensorFlow Lite asks neither.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["ONEDNN_MAX_CPU_ISA"] = "SSE41"


from convert import inputs
from tflite import reader
from tflite.model import ModelError
from tools import command
from train import dataset

_WEIGHTS = command.input_file("weights", None, "The trained .weights.h5 file.", required=True)
_FLOAT32 = command.input_file("float32_model", None, "The float32 .tflite file.", required=True)
_INT8 = command.input_file("int8_model", None, "The int8 .tflite file.", required=True)
_IMAGES = command.input_file("images", None, "idx file of images.", required=True)
_LABELS = command.input_file("labels", None, "idx file of their labels.", required=True)
_OUTPUT = command.output_file("output", None, "JSON file for the figures (default: none).")


def main() -> None:
    test_set = dataset.read_dataset(
        command.user_path(_IMAGES.value), command.user_path(_LABELS.value)
    )
    weights = command.user_path(_WEIGHTS.value)
    float32 = command.user_path(_FLOAT32.value)
    int8 = command.user_path(_INT8.value)
    inputs.read_weights(weights)
    for model in (float32, int8):
        reader.read_model(model)
    if _OUTPUT.value and not _OUTPUT.value.exists():
        # Before seconds of work, see that there is a place for its result.
        with command.scratch_folder(_OUTPUT.value.parent):
            pass
    # Only now: they import TensorFlow, which takes seconds.
    from convert import conversion, evaluation

    reports = evaluation.evaluate_all(
        conversion.load_model(weights),
        float32_path=float32,
        int8_path=int8,
        test_set=test_set,
    )
    if _OUTPUT.value:
        command.write_files({command.user_path(_OUTPUT.value): command.json_text(reports)})


if __name__ == "__main__":
    command.run(main, inputs.ConversionError, ModelError, dataset.DatasetError)
