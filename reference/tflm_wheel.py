# SPDX-License-Identifier: Apache-2.0
"""Inference by TFLM's official Python wheel."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence

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
        self.invoke()
        return [self._interpreter.GetOutputTensor(i) for i in range(self._outputs)]

    def invoke(self) -> None:
        """Runs the model once more, on the inputs that it has, or what it left in their place."""
        self._interpreter.Invoke()

    def tensor(self, index: int) -> np.ndarray:
        """Reads an operator's output in the last run.

        Args:
          index: of the tensor, in the model's first subgraph.

        Returns:
          Its dtype and shape.
        """
        return self._interpreter.GetTensor(index, 0)["tensor_data"]

    def arena_bytes(self) -> tuple[int, int]:
        """Returns how much of its arena the model takes, by what the wheel prints of it.

        Returns:
          The bytes of the tensors' plan, and of all.

        Raises:
          RuntimeError: the wheel printed something else.
        """
        text = _printed(self._interpreter.PrintAllocations)
        total = re.search(r"Arena allocation total (\d+) bytes", text)
        plan = re.search(r"Arena allocation head (\d+) bytes", text)
        if total is None or plan is None:
            raise RuntimeError(f"the wheel printed no sizes: {text[:200]!r}")
        return int(plan[1]), int(total[1])


def _printed(call: Callable[[], None]) -> str:
    """Calls C++ that prints; gets what it has printed."""
    streams = (1, 2)
    sys.stdout.flush()
    sys.stderr.flush()
    with tempfile.TemporaryFile() as file:
        kept = [os.dup(stream) for stream in streams]
        try:
            for stream in streams:
                os.dup2(file.fileno(), stream)
            call()
        finally:
            for stream, copy in zip(streams, kept, strict=True):
                os.dup2(copy, stream)
                os.close(copy)
        file.seek(0)
        return file.read().decode(errors="replace")
