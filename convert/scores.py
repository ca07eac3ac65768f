# SPDX-License-Identifier: Apache-2.0
r"""Writes what TensorFlow 2.15 makes of images: a reference for other runtimes.

  scores --model=m.tflite --images=t10k-images-idx3-ubyte --output=scores.npy [--kernels=default]
  scores --model=m.tflite --images=… --layers_of=7 --output=layers.json
  scores --weights=m.weights.h5 --images=… --output=scores.npy  # The network in Keras.

Exit code 2 and one line on stderr for bad flags, bad input, or an output that can't be written.
"""

from __future__ import annotations

import io
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# The Keras model's answers are then the same on every CPU; TensorFlow Lite asks neither.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["ONEDNN_MAX_CPU_ISA"] = "SSE41"

import numpy as np
from absl import flags

from convert import inputs
from convert.inputs import ConversionError
from tflite import reader
from tflite.model import ModelError
from tools import command
from train import dataset

_MODEL = command.input_file("model", None, "The .tflite file; or --weights.")
_WEIGHTS = command.input_file("weights", None, "The trained .weights.h5 file, to run in Keras.")
_IMAGES = command.input_file("images", None, "idx file of images.", required=True)
_OUTPUT = command.output_file("output", None, "The .npy or .json file to write.", required=True)
_KERNELS = flags.DEFINE_enum(
    "kernels", "reference", inputs.KERNELS, "Which of TensorFlow's kernels."
)
_LAYERS_OF = flags.DEFINE_integer(
    "layers_of", None, "Write each operator's output for this one image, as JSON.", lower_bound=0
)
flags.mark_flags_as_mutual_exclusive(["model", "weights"], required=True)
flags.register_multi_flags_validator(
    ["weights", "layers_of"],
    lambda values: values["weights"] is None or values["layers_of"] is None,
    message="--layers_of needs --model",
)


def _npy(scores: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, scores)
    return buffer.getvalue()


def main() -> None:
    images = dataset.read_images(command.user_path(_IMAGES.value))
    if _WEIGHTS.value:
        inputs.read_weights(_WEIGHTS.value)
        from convert import conversion, evaluation

        scores = evaluation.keras_scores(conversion.load_model(_WEIGHTS.value), images)
        command.write_files({command.user_path(_OUTPUT.value): _npy(scores)})
        return
    reader.read_model(_MODEL.value)
    # Only now: it imports TensorFlow, which takes seconds.
    from convert import evaluation

    interpreter = evaluation.open_interpreter(
        command.user_path(_MODEL.value), _KERNELS.value, keep_all=_LAYERS_OF.value is not None
    )
    output = command.user_path(_OUTPUT.value)
    if _LAYERS_OF.value is None:
        command.write_files({output: _npy(evaluation.tflite_scores(interpreter, images))})
        return
    if _LAYERS_OF.value >= len(images):
        raise command.CommandError(f"{_IMAGES.value}: has no image {_LAYERS_OF.value}")
    evaluation.tflite_scores(interpreter, images[_LAYERS_OF.value :][:1])
    layers = evaluation.layer_outputs(interpreter)
    command.write_files({output: json.dumps(layers) + "\n"})


if __name__ == "__main__":
    command.run(main, ConversionError, ModelError, dataset.DatasetError)
