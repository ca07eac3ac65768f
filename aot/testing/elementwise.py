# SPDX-License-Identifier: Apache-2.0
"""Random shapes and contents for tests of operators that work element by element."""

from __future__ import annotations

import numpy as np

# Floats with which comparisons, sums and limits are unlike those of others.
_SPECIAL = np.array(
    [0, -0.0, np.inf, -np.inf, np.nan, 3.4028235e38, -3.4028235e38, 1e-40, -1e-40, 1, -1, 6],
    np.float32,
)


def shapes(
    random: np.random.Generator, inputs: int, *, same: bool = False
) -> tuple[list[tuple[int, ...]], tuple[int, ...]]:
    """Makes shapes that are broadcast to each other.

    Args:
      random: where numbers come from.
      inputs: how many.
      same: whether they are all the same.

    Returns:
      (shapes of the inputs, of none to six dimensions; the output's).
    """
    rank = int(random.integers(7))
    whole = [int(n) for n in random.integers(1, 8 if rank < 5 else 4, rank)]
    if same or random.random() < 0.3:
        return [tuple(whole)] * inputs, tuple(whole)
    made = []
    for _ in range(inputs):
        shape = [n if random.random() < 0.6 else 1 for n in whole]
        dropped = int(random.integers(rank + 1)) if random.random() < 0.4 else 0
        made.append(tuple(shape[dropped:]))
    return made, np.broadcast_shapes(*made)


def contents(
    random: np.random.Generator, shape: tuple[int, ...], dtype: str, without: int | None = None
) -> np.ndarray:
    """Makes the contents of a constant: more of them unusual than those of inputs are.

    Args:
      random: where numbers come from.
      shape: its shape.
      dtype: its type.
      without: what it does not contain.

    Returns:
      The array.
    """
    if dtype == "float32":
        usual = random.normal(0, 10, shape).astype(np.float32)
        made = np.where(random.random(shape) < 0.4, random.choice(_SPECIAL, shape), usual)
    elif dtype == "bool":
        made = random.integers(0, 2, shape)
    else:
        limits = np.iinfo(dtype)
        ends = np.array([limits.min, limits.min + 1, -1, 0, 1, limits.max]).astype(dtype)
        usual = random.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)
        small = random.integers(-4, 5, shape).astype(dtype)
        made = [usual, small, random.choice(ends, shape)][int(random.integers(3))]
    made = np.asarray(made).astype(dtype)
    if without is not None:
        other = without + 1 if without < 100 else without - 1
        made = np.where(made == without, np.array(other, dtype), made)
    return made


def all_values(dtype: str) -> np.ndarray:
    """Makes the contents of a constant: all values of 8 bits, or many of 16.

    Args:
      dtype: its type.

    Returns:
      The array, of one dimension.
    """
    limits = np.iinfo(dtype)
    step = 1 if limits.bits == 8 else 17
    many = np.arange(limits.min, limits.max + 1, step)
    ends = limits.min + np.arange(64), limits.max - np.arange(64), np.arange(-64, 64)
    made = np.unique(np.concatenate([many, *ends]))
    return made[(made >= limits.min) & (made <= limits.max)].astype(dtype)
