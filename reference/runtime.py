# SPDX-License-Identifier: Apache-2.0
"""What all other runtimes offer: a model is opened once and runs call by call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np


class Runtime(Protocol):
    """A model in somebody else's runtime. State, if it has any, is kept from call to call."""

    def run(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Runs the model once.

        Args:
          inputs: all of them, each of its input's dtype and shape.

        Returns:
          A copy of each output, of its dtype and shape.

        Raises:
          RuntimeError: an operator failed.
          ValueError: an input is not of its dtype or shape.
        """
        ...


def run_samples(
    runtime: Runtime, inputs: Sequence[np.ndarray], shapes: Sequence[Sequence[int]]
) -> list[np.ndarray]:
    """Runs samples, one after the other.

    Args:
      runtime: the model.
      inputs: an array for each input; the first dimension counts samples.
      shapes: of the outputs, as the model's description has them.

    Returns:
      An array for each output, as the inputs are.

    Raises:
      RuntimeError, ValueError: see `Runtime.run`.
    """
    runs = [runtime.run(sample) for sample in zip(*inputs, strict=True)]
    return [
        np.stack(values).reshape(len(values), *shape)
        for shape, values in zip(shapes, zip(*runs, strict=True), strict=True)
    ]
