"""Inference by TFLM's official Python wheel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# The wheel's public module imports TensorFlow; this is the interpreter that it wraps.
from tflite_micro.python.tflite_micro import _runtime

from convert import quantization

_ARENA_SIZE = 256 * 1024


class TflmWheel:
    """A model in the wheel's interpreter.

    Attributes:
      dtype: of the model's input.
    """

    def __init__(self, model: bytes, keep_all: bool = False) -> None:
        """Opens a model.

        Args:
          model: a `.tflite` file's bytes, with one input and one output.
          keep_all: keep each operator's output, for `tensor`.
        """
        modes = _runtime.PythonInterpreterConfig
        self._interpreter = _runtime.InterpreterWrapper(
            model,
            [],  # No custom operators,
            _ARENA_SIZE,
            0,  # no variables,
            modes.kPreserveAllTensors if keep_all else modes.kAllocationRecording,
            0,  # no memory for decompression.
        )
        details = self._interpreter.GetInputTensorDetails(0)
        self.dtype = np.dtype(details["dtype"])
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
        quantized = quantization.quantize(values, self.dtype, self._scale, self._zero_point)
        return quantized.reshape(self._shape)

    def run(self, image: np.ndarray) -> np.ndarray:
        """Runs the model.

        Args:
          image: as `quantize` makes it.

        Returns:
          The raw scores, shape (1, 10).
        """
        self._interpreter.SetInputTensor(image, 0)
        self._interpreter.Invoke()
        return self._interpreter.GetOutputTensor(0)

    def tensor(self, index: int) -> np.ndarray:
        """Reads an operator's output in the last run.

        Args:
          index: of the tensor, in the model's only subgraph.

        Returns:
          Its dtype and shape.
        """
        return self._interpreter.GetTensor(index, 0)["tensor_data"]


def all_scores(model: bytes, images: np.ndarray) -> np.ndarray:
    """Runs a model on images.

    Args:
      model: a `.tflite` file's bytes.
      images: uint8, shape (N, 28, 28).

    Returns:
      The raw output, int8 or float32, shape (N, 10).
    """
    wheel = TflmWheel(model)
    return np.concatenate([wheel.run(wheel.quantize(image)) for image in images])


def layer_outputs(model: bytes, image: np.ndarray, like: Sequence[dict]) -> list[dict]:
    """Reads what each operator puts out.

    Args:
      model: a `.tflite` file's bytes.
      image: uint8, shape (28, 28).
      like: the same of another runtime: `operator` and `tensor` for each operator.

    Returns:
      For each operator `operator`, `tensor` and `values` (flat).
    """
    wheel = TflmWheel(model, keep_all=True)
    wheel.run(wheel.quantize(image))
    return [{**layer, "values": wheel.tensor(layer["tensor"]).ravel().tolist()} for layer in like]
