# SPDX-License-Identifier: Apache-2.0
"""Writes the scores that a model's C++ class gives images: the program of class_scores."""

from __future__ import annotations

import io
import math

import numpy as np

from rules.private import samples
from tools import command
from train import dataset

_PROGRAM = command.input_file("program", None, "Runs the model's class.", required=True)
_DESCRIPTION = command.input_file("description", None, "Of the model.", required=True)
_IMAGES = command.input_file("images", None, "idx file of images.", required=True)
_OUTPUT = command.output_file("output", None, "The .npy file to write.", required=True)


def main() -> None:
    images = dataset.read_images(_IMAGES.value)
    description = samples.read_description(_DESCRIPTION.value)
    needed = [math.prod(tensor["shape"]) for tensor in description["inputs"]]
    if needed != [images[0].size]:
        raise samples.SampleError(
            f"{_IMAGES.value}: has images of {images[0].size} pixels; the inputs take {needed}"
        )
    numbers = dataset.to_float(images)
    (scores,) = samples.run_class(str(_PROGRAM.value), [numbers], description, floats=True)
    buffer = io.BytesIO()
    np.save(buffer, scores.reshape(len(images), -1))
    command.write_files({_OUTPUT.value: buffer.getvalue()})


if __name__ == "__main__":
    command.run(main, samples.SampleError, dataset.DatasetError)
