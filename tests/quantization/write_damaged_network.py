# SPDX-License-Identifier: Apache-2.0
"""Writes an int8 model of which one layer is damaged on purpose, and a data set for it."""

from __future__ import annotations

import io

import numpy as np

from quantization import damaged_models
from tflite.testing import small_cnn
from tools import command

_MODEL = command.output_file("model", None, "The damaged int8 model to write.", required=True)
_SAMPLES = command.output_file("samples", None, "The images to write, .npz.", required=True)
_LABELS = command.output_file("labels", None, "Their classes to write, .npy.", required=True)
_COUNT = 200


def _three_bits(weights: np.ndarray) -> np.ndarray:
    return np.rint(weights / 48) * 48


def main() -> None:
    weights, images = small_cnn.draw_weights(), small_cnn.draw_images(5, _COUNT)
    labels = small_cnn.activations(weights, images)[2].argmax(axis=1).astype(np.uint8)
    samples_file, labels_file = io.BytesIO(), io.BytesIO()
    # Unlike savez_compressed it depends on no version of a library.
    np.savez(samples_file, image=images)
    np.save(labels_file, labels)
    damaged = damaged_models.with_weights(small_cnn.build_int8(weights), "dense", _three_bits)
    command.write_files(
        {
            _MODEL.value: damaged,
            _SAMPLES.value: samples_file.getvalue(),
            _LABELS.value: labels_file.getvalue(),
        }
    )


if __name__ == "__main__":
    command.run(main)
