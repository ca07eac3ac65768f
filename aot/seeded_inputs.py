# SPDX-License-Identifier: Apache-2.0
"""Inputs that a traced program on a chip makes of a seed, and Python makes, too: the same bytes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aot.graph import Value

_FLOAT_BITS = 24


def mask(dtype: str) -> int:
    """Says which bits of a word an integer has.

    Args:
      dtype: numpy's name of its type, not float32.

    Returns:
      All that the type has; of types of 32 and 64 bits two, for these are mostly indices: 0 to 3.
    """
    if dtype == "bool":
        return 1
    bits = np.dtype(dtype).itemsize * 8
    return (1 << bits) - 1 if bits <= 16 else 3


def words(seed: int, place: int, size: int) -> np.ndarray:
    """Makes the words of an input, as aot/runtime/trace_word.h does.

    Args:
      seed: any number; its lowest 32 bits count.
      place: of the input among those of the model.
      size: how many.

    Returns:
      Words of 32 bits that look random.
    """
    start = (seed * 0x9E3779B9 + place * 0x7F4A7C15) & 0xFFFFFFFF
    word = np.arange(size, dtype=np.uint32) + np.uint32(start)
    word = (word ^ (word >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    word = (word ^ (word >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return word ^ (word >> np.uint32(16))


def seeded_inputs(values: Sequence[Value], seed: int) -> list[np.ndarray]:
    """Makes inputs of a seed, as `<name>_fill_inputs` of a traced program does.

    Args:
      values: the model's inputs.
      seed: any number.

    Returns:
      One array an input: floats from -1 to below 1, integers as `mask` says.
    """
    made = []
    for place, value in enumerate(values):
        found = words(seed, place, value.size)
        if value.dtype == "float32":
            half = 1 << (_FLOAT_BITS - 1)
            data = ((found >> np.uint32(8)).astype(np.int32) - half).astype(np.float32) / half
        else:
            kind = np.dtype(value.dtype)
            data = (found & np.uint32(mask(value.dtype))).astype(np.uint64)
            # The lowest bytes, whatever the sign is.
            data = data.astype(f"u{kind.itemsize}").view(kind)
        made.append(data.astype(value.dtype).reshape(value.shape))
    return made
