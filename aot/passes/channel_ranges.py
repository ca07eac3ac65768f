# SPDX-License-Identifier: Apache-2.0
"""Proves what each channel of a value can be, whatever the model's input is: by intervals."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np

from aot.graph import Graph, Op, Value
from aot.kernels import common, convolution, pooling
from aot.kernels.kernel import Kernel

# Sums of averages must not wrap.
_LARGEST_WINDOW = 1 << 20
# Of more, nothing is found: a model that only says that it is large must not take memory here.
_MOST_CHANNELS = 1 << 16


@dataclasses.dataclass(frozen=True)
class Ranges:
    """Of each channel, the last dimension, the lowest and the highest number at any place.

    Attributes:
      lowest: int64, one a channel.
      highest: int64, one a channel.
    """

    lowest: np.ndarray
    highest: np.ndarray

    @property
    def constant(self) -> np.ndarray:
        """Which channels are one number everywhere, always."""
        return self.lowest == self.highest

    def tiled(self, count: int) -> Ranges:
        """Repeats the channels, all of them, so many times."""
        return Ranges(np.tile(self.lowest, count), np.tile(self.highest, count))

    def clipped(self, low: int, high: int) -> Ranges:
        """Applies the limits of an activation."""
        return Ranges(np.clip(self.lowest, low, high), np.clip(self.highest, low, high))


def find(graph: Graph, kernels: Mapping[str, Kernel]) -> dict[Value, Ranges]:
    """Finds the ranges of what operators make of int8.

    Args:
      graph: the graph.
      kernels: of all of its operators.

    Returns:
      The ranges of those values of which more is known than their type.
    """
    found: dict[Value, Ranges] = {}
    for op in graph.ops:
        rule = _RULES.get(op.kind)
        values = [v for v in (op.optional_input(0), *op.outputs) if v is not None]
        if rule is not None and len(values) == 2 and all(map(has_channels, values)):
            found[op.output] = rule(op, kernels, found)
    return found


def has_channels(value: Value) -> bool:
    """Whether it is made anew in each run, of int8, and has channels that can be looked at."""
    return (
        value.dtype == "int8"
        and bool(value.shape)
        and value.size > 0
        and value.shape[-1] <= _MOST_CHANNELS
        and not value.is_constant
        and not value.is_variable
    )


def of(value: Value, found: Mapping[Value, Ranges]) -> Ranges:
    """Gives the ranges of a value of int8."""
    if value in found:
        return found[value]
    channels = value.shape[-1]
    return Ranges(np.full(channels, -128), np.full(channels, 127))


def has_constant_weights(op: Op) -> bool:
    """Whether a layer of int8 has weights and a bias that are constant."""
    if not has_channels(op.input(0)) or not has_channels(op.output):
        return False
    bias = op.optional_input(2)
    return op.input(1).data is not None and (bias is None or bias.data is not None)


def sees_all(op: Op) -> bool:
    """Whether all windows of a convolution are inside of the image."""
    places = zip(convolution.windows(op), op.input(0).shape[1:3], op.output.shape[1:3], strict=True)
    return all(
        not one.before and one.start(outputs - 1) + (one.size - 1) * one.dilation < length
        for one, length, outputs in places
    )


def taps(op: Op) -> np.ndarray | None:
    """Gives the weights of a layer.

    Args:
      op: CONV_2D, or FULLY_CONNECTED, whose inputs are the channels, again and again.

    Returns:
      int64: outputs, taps, channels; None if it isn't so, or weights are not constant.
    """
    if not has_constant_weights(op):
        return None
    weights, channels = op.input(1), op.input(0).shape[-1]
    if weights.data is None or weights.shape[-1] % channels:
        return None
    outputs = op.output.shape[-1]
    # A convolution with groups is none of these.
    if op.kind == "CONV_2D" and weights.shape[-1] != channels:
        return None
    if op.kind == "FULLY_CONNECTED":
        rows = op.output.size // outputs
        if op.input(0).size != rows * weights.shape[-1]:
            return None
    shifted = weights.data.astype(np.int64) - convolution.weights_zero_point(op)
    return shifted.reshape(outputs, -1, channels)


def _convolution(op: Op, kernels: Mapping[str, Kernel], found: Mapping[Value, Ranges]) -> Ranges:
    del kernels
    weights = taps(op)
    if weights is None:
        return _limits(op)
    low, high = _shifted(op, found)
    positive, negative = np.maximum(weights, 0).sum(axis=1), np.minimum(weights, 0).sum(axis=1)
    sums = Ranges(positive @ low + negative @ high, positive @ high + negative @ low)
    return _finished(op, weights.reshape(len(weights), -1), sums)


def _depthwise(op: Op, kernels: Mapping[str, Kernel], found: Mapping[Value, Ranges]) -> Ranges:
    del kernels
    data = op.input(1).data
    if data is None or not has_constant_weights(op):
        return _limits(op)
    weights = data.reshape(-1, data.shape[3]).T
    low, high = (np.repeat(end, op.option("depth_multiplier")) for end in _shifted(op, found))
    wide = weights.astype(np.int64)
    positive, negative = np.maximum(wide, 0).sum(axis=1), np.minimum(wide, 0).sum(axis=1)
    sums = Ranges(positive * low + negative * high, positive * high + negative * low)
    return _finished(op, weights, sums)


def _limits(op: Op) -> Ranges:
    return of(op.output, {}).clipped(*common.integer_activation(op))


def _shifted(op: Op, found: Mapping[Value, Ranges]) -> tuple[np.ndarray, np.ndarray]:
    """Finds between which numbers an input's channels are without the zero point."""
    source = of(op.input(0), found)
    low, high = (end - op.input(0).zero_point for end in (source.lowest, source.highest))
    if op.kind != "FULLY_CONNECTED" and not sees_all(op):
        # What is not seen adds 0.
        return np.minimum(low, 0), np.maximum(high, 0)
    return low, high


def _finished(op: Op, weights: np.ndarray, sums: Ranges) -> Ranges:
    """Finds what becomes of sums.

    Args:
      op: the layer.
      weights: outputs, taps.
      sums: of products, without the bias.

    Returns:
      The ranges of the output.
    """
    bias = op.optional_input(2)
    data = None if bias is None else bias.data
    made = Ranges(
        *(
            convolution.finished(op, end, data).astype(np.int64)
            for end in (sums.lowest, sums.highest)
        )
    )
    # Scaling keeps the order of sums that don't wrap: see kernels/pooled_convolution.py. If all
    # sums are the same, so is all that becomes of them.
    layer = convolution.layer_of(op, weights) if not convolution.weights_zero_point(op) else None
    if layer is not None and (layer.multipliers >= 0).all():
        return made
    limits = _limits(op)
    same = sums.constant
    return Ranges(
        np.where(same, made.lowest, limits.lowest), np.where(same, made.highest, limits.highest)
    )


def _pooling(op: Op, kernels: Mapping[str, Kernel], found: Mapping[Value, Ranges]) -> Ranges:
    del kernels
    placed = pooling.windows(op)
    lengths = zip(placed, op.output.shape[1:3], op.input(0).shape[1:3], strict=True)
    if not all(pooling.all_see(*one) for one in lengths):
        return _limits(op)
    if placed[0].size * placed[1].size > _LARGEST_WINDOW:
        return _limits(op)
    # Neither a maximum nor an average, however it is rounded, is beyond what it is made of.
    return of(op.input(0), found).clipped(*common.integer_activation(op))


def _reshape(op: Op, kernels: Mapping[str, Kernel], found: Mapping[Value, Ranges]) -> Ranges:
    del kernels
    source, channels = of(op.input(0), found), op.output.shape[-1]
    count, left = divmod(channels, op.input(0).shape[-1])
    if not left:
        return source.tiled(count)
    ends = source.lowest.min(), source.highest.max()
    return Ranges(*(np.full(channels, end) for end in ends))


def _addition(op: Op, kernels: Mapping[str, Kernel], found: Mapping[Value, Ranges]) -> Ranges:
    limits = _limits(op)
    given = [op.input(0), op.input(1)]
    if not all(has_channels(v) and v.shape == op.output.shape for v in given):
        return limits
    ranges = [of(value, found) for value in given]
    both = ranges[0].constant & ranges[1].constant
    small = tuple(dataclasses.replace(v, shape=both.shape) for v in (*given, op.output))
    one = dataclasses.replace(op, inputs=small[:2], outputs=small[2:])
    lowest = [r.lowest.astype(np.int8) for r in ranges]
    (made,) = kernels[op.kind].evaluate(one, lowest)
    return Ranges(
        np.where(both, made.astype(np.int64), limits.lowest),
        np.where(both, made.astype(np.int64), limits.highest),
    )


_Rule = Callable[[Op, Mapping[str, Kernel], Mapping[Value, Ranges]], Ranges]
_RULES: dict[str, _Rule] = {
    "ADD": _addition,
    "AVERAGE_POOL_2D": _pooling,
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _depthwise,
    "FULLY_CONNECTED": _convolution,
    "MAX_POOL_2D": _pooling,
    "RESHAPE": _reshape,
}
