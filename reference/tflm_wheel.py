# SPDX-License-Identifier: Apache-2.0
"""Inference by TFLM's official Python wheel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import tflite_micro

# The wheel's public module imports TensorFlow; this is the interpreter that it wraps.
from tflite_micro.python.tflite_micro import _runtime

VERSION: str = tflite_micro.__version__
"""Of the wheel, e.g. 0.dev20261023182759."""

_ARENA_SIZE = 16 * 1024 * 1024


class TflmWheel:
    """A model in the wheel's interpreter: a `Runtime`."""

    def __init__(
        self,
        model: bytes,
        *,
        outputs: int = 1,
        keep_all: bool = False,
        resource_variables: int = 0,
    ) -> None:
        """Opens a model.

        Args:
          model: a sound `.tflite` file's bytes: the wheel follows damaged ones out of the file.
          outputs: how many the model has.
          keep_all: keep each operator's output, for `tensor`.
          resource_variables: how many the model has.

        Raises:
          RuntimeError: the wheel can't run the model.
        """
        self._outputs = outputs
        modes = _runtime.PythonInterpreterConfig
        self._interpreter = _runtime.InterpreterWrapper(
            model,
            [],  # No custom operators,
            _ARENA_SIZE,
            resource_variables,
            modes.kPreserveAllTensors if keep_all else modes.kAllocationRecording,
            0,  # no memory for decompression.
        )

    def input_details(self, index: int = 0) -> Mapping:
        """Describes an input.

        Args:
          index: which one.

        Returns:
          `shape`, `dtype`, `quantization_parameters` and more, as the wheel names it.
        """
        return self._interpreter.GetInputTensorDetails(index)

    def run(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Runs the model: see `Runtime.run`."""
        for i, values in enumerate(inputs):
            self._interpreter.SetInputTensor(values, i)
        self._interpreter.Invoke()
        return [self._interpreter.GetOutputTensor(i) for i in range(self._outputs)]

    def tensor(self, index: int) -> np.ndarray:
        """Reads an operator's output in the last run.

        Args:
          index: of the tensor, in the model's first subgraph.

        Returns:
          Its dtype and shape.
        """
        return self._interpreter.GetTensor(index, 0)["tensor_data"]
