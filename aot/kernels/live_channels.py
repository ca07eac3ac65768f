# SPDX-License-Identifier: Apache-2.0
"""Finds the channels of a layer with weights whose scale makes a difference.

Converters give channels that are always 0 any scale, also one by whose factor TFLM shifts further
than C defines. What becomes of them does not depend on it: they are compiled with the factor 0.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from aot import arithmetic
from aot.graph import Op, Value
from aot.kernels import bounds, common

# TFLM adds the zero point to what is scaled; so far below 0 that still fits in 32 bits.
_LOWEST_SCALED = -(1 << 31) + (1 << 16)


@dataclasses.dataclass(frozen=True)
class Layer:
    """What sums of products are made of.

    Attributes:
      op: the operator; its output and its activation count.
      source: what is multiplied by the weights, of integers.
      weights: without a zero point.
      bias: one a channel; None without.
      narrow: whether sums have 32 bits; else they have 64.
      source_zero_point: what the operator takes from the input.
      output_zero_point: what it adds to what is scaled.
    """

    op: Op
    source: Value
    weights: Value
    bias: Value | None
    narrow: bool
    source_zero_point: int
    output_zero_point: int


def highest_shift(narrow: bool) -> int:
    """Gives the highest shift to the left that C defines: of sums of 32 bits, or of 64."""
    return 30 if narrow else 14


def find(layer: Layer, channels: int) -> np.ndarray:
    """Finds the channels whose scale makes a difference.

    Of the others the outputs are the zero point: they have neither weights nor a bias, or their
    sums are never above 0, which an activation like RELU cuts off, however they are scaled.

    Args:
      layer: the layer; its scales are checked.
      channels: how many it has.

    Returns:
      bool, one a channel.
    """
    weights = layer.weights.data
    bias = None if layer.bias is None else layer.bias.data
    if weights is None or (layer.bias is not None and bias is None):
        return np.ones(channels, bool)
    depthwise = layer.op.kind == "DEPTHWISE_CONV_2D"
    taps = (weights.reshape(-1, channels).T if depthwise else weights).reshape(channels, -1)
    live = taps.any(axis=1)
    if bias is not None:
        live |= bias.ravel() != 0
    if common.integer_activation(layer.op)[0] < layer.output_zero_point:
        return live
    factor = common.convolution_factor(layer.op, layer.source)
    scales = np.broadcast_to(layer.weights.scales, channels)
    pairs = [arithmetic.quantize_multiplier(factor(float(s))) for s in scales]
    sums: list[bounds.Bounds] = []
    for i, (multiplier, shift) in enumerate(pairs):
        if live[i] and shift > highest_shift(layer.narrow):
            sums = sums or bounds.of_channels(taps, bias, layer.source, layer.source_zero_point)
            live[i] = not _stays_below(sums[i], multiplier, shift, layer.narrow)
    return live


def _stays_below(sums: bounds.Bounds, multiplier: int, shift: int, narrow: bool) -> bool:
    """Whether what TFLM makes of sums by a shift that C does not define is never above 0.

    Processors take the low 5 or 6 bits of the number of bits to shift by, or shift all bits out.
    The first two are tried here; nothing may wrap. The last gives 0 or -1 of what is below 0.

    Args:
      sums: of a channel.
      multiplier: of its factor.
      shift: of its factor, too high.
      narrow: whether sums have 32 bits.

    Returns:
      Whether it is so.
    """
    # Beyond 8 bits, numbers to shift by wrap on some processors.
    if sums.highest > 0 or shift >= 1 << 7:
        return False
    if narrow:
        return sums.lowest << (shift & 31) >= _LOWEST_SCALED
    reduced = min((multiplier + (1 << 15)) >> 16, 0x7FFF)
    right = 15 - shift
    for word in (32, 64):
        half, down = (right - 1) % word, right % word
        for end in (sums.lowest, sums.highest):
            product = end * reduced
            if half == 63 or product < -(1 << 63):
                return False
            if not _LOWEST_SCALED <= (product + (1 << half)) >> down <= 0:
                return False
    return True
