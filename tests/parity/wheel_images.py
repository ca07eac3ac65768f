# SPDX-License-Identifier: Apache-2.0
"""Images through a model in TFLM's official Python wheel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reference import tflm_wheel
from tflite import quantization


class ImageWheel(tflm_wheel.TflmWheel):
    """A model of one image and one output in the wheel's interpreter."""

    def __init__(self, model: bytes, *, keep_all: bool = False) -> None:
        """Opens a model.

        Args:
          model: a `.tflite` file's bytes.
          keep_all: keep each operator's output, for `tensor`.
        """
        super().__init__(model, keep_all=keep_all)
        details = self.input_details()
        self._dtype = np.dtype(details["dtype"])
        self._shape = tuple(details["shape"])
        parameters = details["quantization_parameters"]
        self._scale = float(parameters["scales"][0]) if len(parameters["scales"]) else 0.0
        self._zero_point = int(parameters["zero_points"][0]) if self._scale else 0

    def quantize(self, pixels: np.ndarray) -> np.ndarray:
        """Makes the model's input from an image.

        Args:
          pixels: uint8, shape (28, 28).

        Returns:
          The input's dtype and shape.
        """
        values = pixels.astype(np.float32) / np.float32(255)
        quantized = quantization.quantize(values, self._dtype, self._scale, self._zero_point)
        return quantized.reshape(self._shape)

    def scores(self, image: np.ndarray) -> np.ndarray:
        """Runs the model.

        Args:
          image: as `quantize` makes it.

        Returns:
          The raw scores, shape (1, 10).
        """
        return self.run([image])[0]


def all_scores(model: bytes, images: np.ndarray) -> np.ndarray:
    """Runs a model on images.

    Args:
      model: a `.tflite` file's bytes.
      images: uint8, shape (N, 28, 28).

    Returns:
      The raw output, int8 or float32, shape (N, 10).
    """
    wheel = ImageWheel(model)
    return np.concatenate([wheel.scores(wheel.quantize(image)) for image in images])


def layer_outputs(model: bytes, image: np.ndarray, like: Sequence[dict]) -> list[dict]:
    """Reads what each operator outputs.

    Args:
      model: a `.tflite` file's bytes.
      image: uint8, shape (28, 28).
      like: the same of another runtime: `operator` and `tensor` for each operator.

    Returns:
      For each operator `operator`, `tensor` and `values` (flat).
    """
    wheel = ImageWheel(model, keep_all=True)
    wheel.scores(wheel.quantize(image))
    return [{**layer, "values": wheel.tensor(layer["tensor"]).ravel().tolist()} for layer in like]
