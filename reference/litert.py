# SPDX-License-Identifier: Apache-2.0
"""Inference by LiteRT, on one thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from ai_edge_litert import interpreter as litert


class LiteRt:
    """A model in LiteRT's interpreter: a `Runtime`."""

    def __init__(self, model: bytes, *, reference_kernels: bool = True) -> None:
        """Opens a model.

        Args:
          model: a `.tflite` file's bytes.
          reference_kernels: use those that are written to be read; else what LiteRT itself would
            choose, with XNNPACK.

        Raises:
          RuntimeError, ValueError: LiteRT can't run the model.
        """
        kinds = litert.OpResolverType
        self._interpreter = litert.Interpreter(
            model_content=model,
            num_threads=1,
            experimental_op_resolver_type=kinds.BUILTIN_REF if reference_kernels else kinds.AUTO,
        )
        self._interpreter.allocate_tensors()
        self._inputs = [details["index"] for details in self.input_details()]
        self._outputs = [details["index"] for details in self._interpreter.get_output_details()]

    def input_details(self) -> Sequence[Mapping]:
        """Describes the inputs.

        Returns:
          `shape`, `dtype`, `quantization` and more of each, as LiteRT names it.
        """
        return self._interpreter.get_input_details()

    def run(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Runs the model: see `Runtime.run`."""
        for index, values in zip(self._inputs, inputs, strict=True):
            self._interpreter.set_tensor(index, values)
        self.invoke()
        return [np.array(self._interpreter.get_tensor(index)) for index in self._outputs]

    def invoke(self) -> None:
        """Runs the model once more on the inputs that it has."""
        self._interpreter.invoke()
