# SPDX-License-Identifier: Apache-2.0
"""Layers of dot products of 8 bits, as the fast functions of the runtime take them.

Those functions keep sums in 31 bits and scale them by factors below 1/2: whether a layer allows it
is found out here, from its weights. `conv_2d_int8_any` computes all others.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from aot import arithmetic
from aot.c_text import Argument, Constant
from aot.graph import Op
from aot.kernels import common

# So many outputs are summed at the same time; their weights are interleaved.
BLOCK = 4


@dataclasses.dataclass(frozen=True)
class Int8Layer:
    """Weights, biases and factors.

    Attributes:
      weights: outputs, taps.
      bias: int32, one an output.
      multipliers: int32, one an output, as `common.Requantization` has them.
      shifts: int8, to the right, less one.
    """

    weights: np.ndarray
    bias: np.ndarray
    multipliers: np.ndarray
    shifts: np.ndarray

    def constants(self, groups: int = 1) -> tuple[Argument, ...]:
        """Gives the arguments from `weights` on of functions with a `struct dense_int8`."""
        multipliers, shifts, next_factors = self.multipliers, self.shifts, BLOCK
        if (multipliers == multipliers[0]).all() and (shifts == shifts[0]).all():
            multipliers, shifts, next_factors = multipliers[:BLOCK], shifts[:BLOCK], 0
        return (
            Constant(
                "weights",
                np.concatenate([interleaved(part) for part in np.split(self.weights, groups)]),
            ),
            Constant("bias", self.bias),
            Constant("multipliers", multipliers),
            Constant("shifts", shifts),
            next_factors,
        )


def int8_layer(
    op: Op,
    weights: np.ndarray,
    bias: np.ndarray | None,
    factors: common.Requantization,
    *,
    folded: bool = True,
) -> Int8Layer | None:
    """Prepares a layer for the fast functions.

    Args:
      op: what it is part of, of 8 bits.
      weights: outputs, taps.
      bias: one an output; None without.
      factors: one an output.
      folded: whether the input's zero point comes into the bias.

    Returns:
      The layer; None if the fast functions can't compute it.
    """
    total = np.zeros(len(weights), np.int64) if bias is None else bias.ravel().astype(np.int64)
    multipliers, shifts = factors.multipliers.astype(np.int64), factors.shifts.astype(np.int64)
    # Outputs that are constant: converters write them with odd factors. 4 * x is scaled by 1/4.
    constant = ~weights.any(axis=1) | (multipliers == 0)
    scaled = arithmetic.requantize(arithmetic.wrap_int32(total), multipliers, shifts)
    zero_point = op.output.zero_point
    wanted = np.clip(arithmetic.wrap_int32(scaled + zero_point), -128, 127) - zero_point
    weights = np.where(constant[:, None], 0, weights).astype(np.int8)
    total = np.where(constant, 4 * wanted, total)
    multipliers, shifts = np.where(constant, 1 << 30, multipliers), np.where(constant, -1, shifts)
    highest = 255
    if folded:
        total = total - op.input(0).zero_point * weights.astype(np.int64).sum(axis=1)
        highest = 128
    # Of all sums on the way to the whole one, in any order.
    largest = np.abs(total) + highest * np.abs(weights.astype(np.int64)).sum(axis=1)
    if (largest >= 1 << 30).any() or (shifts > -1).any():
        return None
    return Int8Layer(
        weights, total.astype(np.int32), multipliers.astype(np.int32), (-shifts - 1).astype(np.int8)
    )


def interleaved(weights: np.ndarray) -> np.ndarray:
    """Orders weights as the dot products of the runtime read them.

    Args:
      weights: outputs, taps.

    Returns:
      The same numbers in one dimension: those of four outputs by turns, then the outputs that are
      left, one after the other.
    """
    whole = len(weights) // BLOCK * BLOCK
    blocks = weights[:whole].reshape(whole // BLOCK, BLOCK, weights.shape[1])
    return np.concatenate([blocks.transpose(0, 2, 1).ravel(), weights[whole:].ravel()])


def folded_bias(weights: np.ndarray, bias: np.ndarray | None, zero_point: int) -> np.ndarray:
    """Adds to a bias what the input's zero point makes of the weights.

    Args:
      weights: outputs, taps.
      bias: one an output; None without.
      zero_point: of the input.

    Returns:
      int32, wrapped as sums of 32 bits do.
    """
    total = -zero_point * weights.astype(np.int64).sum(axis=1)
    if bias is not None:
        total = total + bias.astype(np.int64)
    return arithmetic.wrap_int32(total).astype(np.int32)


def rounding(op: Op) -> int:
    """Gives the argument `rounding` of the fast functions: see scale_int8."""
    return 2 * op.output.zero_point + 1
