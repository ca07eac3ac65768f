# SPDX-License-Identifier: Apache-2.0
"""Writes random samples over the range that an int8 model's inputs represent."""

from __future__ import annotations

import io

import numpy as np
from absl import flags

from tflite.model import ModelError
from tflite.reader import read_model
from tools import command

_MODEL = command.input_file("model", None, "The int8 model.", required=True)
_COUNT = flags.DEFINE_integer("count", 100, "How many samples.", lower_bound=1)
_OUTPUT = command.output_file("output", None, "The .npz file to write.", required=True)


def main() -> None:
    model = read_model(_MODEL.value)
    random = np.random.default_rng(1)
    arrays = {}
    for place in model.main.inputs:
        tensor = model.main.tensors[place]
        if tensor.dtype != "int8" or tensor.quantization is None:
            raise command.CommandError(
                f"{_MODEL.value}: has an input of {tensor.dtype}: give a model of int8"
            )
        steps = random.integers(-128, 128, (_COUNT.value, *tensor.shape))
        real = (steps - tensor.quantization.zero_points[0]) * tensor.quantization.scales[0]
        arrays[f"input_{place}"] = real.astype(np.float32)
    file = io.BytesIO()
    np.savez(file, **arrays)
    command.write_files({_OUTPUT.value: file.getvalue()})


if __name__ == "__main__":
    command.run(main, ModelError)
