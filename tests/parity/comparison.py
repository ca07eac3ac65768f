# SPDX-License-Identifier: Apache-2.0
"""Where two runtimes begin to differ: pure functions on arrays."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np


@dataclasses.dataclass(frozen=True)
class Difference:
    """One place where two arrays differ.

    Attributes:
      row: the image, or the operator.
      column: the class, or the element of the operator's output.
      first: the value in the first array.
      second: the value in the second.
    """

    row: int
    column: int
    first: float
    second: float


def first_difference(first: np.ndarray, second: np.ndarray) -> Difference | None:
    """Finds the first element in which two arrays differ.

    Args:
      first: shape (N, M).
      second: the same shape and dtype.

    Returns:
      The place, or None if they are equal, bit for bit.

    Raises:
      ValueError: shapes or dtypes differ.
    """
    if first.shape != second.shape or first.dtype != second.dtype:
        raise ValueError(f"{first.dtype}{first.shape} against {second.dtype}{second.shape}")
    differing = np.argwhere(first != second)
    if not len(differing):
        return None
    row, column = (int(i) for i in differing[0])
    return Difference(row, column, first[row, column].item(), second[row, column].item())


def first_differing_layer(
    first: Sequence[dict], second: Sequence[dict]
) -> tuple[str, Difference] | None:
    """Finds the operator at which two runs begin to differ.

    Args:
      first: for each operator `operator`, `tensor` and `values`.
      second: the same of the other run.

    Returns:
      What to call the operator, e.g. "operator 0, CONV_2D", and the place in its output; None if
      all are equal.

    Raises:
      ValueError: the runs are not of the same operators.
    """
    names = [[layer["operator"] for layer in layers] for layers in (first, second)]
    if names[0] != names[1]:
        raise ValueError(f"the operators are {names[0]} against {names[1]}")
    for index, (a, b) in enumerate(zip(first, second, strict=True)):
        difference = first_difference(np.array([a["values"]]), np.array([b["values"]]))
        if difference:
            name = f"operator {index}, {a['operator']}"
            return name, dataclasses.replace(difference, row=index)
    return None


def describe(layer: tuple[str, Difference] | None) -> str:
    """Says in words where two runs begin to differ.

    Args:
      layer: of `first_differing_layer`.

    Returns:
      Part of a sentence.
    """
    if layer is None:
        return "run layer by layer they don't differ"
    name, at = layer
    return f"they begin to differ at {name}: element {at.column} has {at.first} against {at.second}"
