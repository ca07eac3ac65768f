# SPDX-License-Identifier: Apache-2.0
"""Leaves out channels that are one number whatever the input is, and what is computed of them.

Training with batch normalization leaves many: half of the multiply-accumulates of MLPerf Tiny's
person detection.

Why it is exact. `channel_ranges` proves which channels are one number, k, at all places. A channel
is left out if each operator that reads it can do without:

- CONV_2D and FULLY_CONNECTED add (k - zero point) * weights to each sum that sees the channel. If
  all windows see all of it, that is one number for each output: it goes into the bias, and sums of
  32 bits that wrap still are the same. At the edge of an image less is seen; then k must be the
  zero point, which adds nothing. Nor does a channel add anything whose weights are 0.
- Operators that keep channels apart (DEPTHWISE_CONV_2D, pooling, ADD) leave out a channel in what
  they read and in what they make, or in none. RESHAPE does if channels stay side by side.

All others need all channels. So each operator that is left gets what it got, except such channels,
and makes what it made, by induction over the operators. Values that have fewer channels are not the
model's any more: they have no number of a tensor.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np

from aot import arithmetic
from aot.graph import Graph, Op, Value, rewrite
from aot.kernels.kernel import Kernel
from aot.passes import channel_ranges
from aot.passes.channel_ranges import Ranges
from tflite.model import Quantization

_POOLS = ("AVERAGE_POOL_2D", "MAX_POOL_2D")
_PRODUCTS = ("CONV_2D", "FULLY_CONNECTED")

_Masks = Mapping[Value, np.ndarray]
"""Of values whose channels may be left out: bool, one a channel, whether it is."""


def remove_constant_channels(graph: Graph, kernels: Mapping[str, Kernel]) -> Graph:
    """Leaves out channels of int8 that nobody needs.

    Args:
      graph: the graph.
      kernels: of all of its operators.

    Returns:
      The graph with smaller values and weights.
    """
    ranges = channel_ranges.find(graph, kernels)
    masks = _removable(graph, ranges)
    if not masks:
        return graph
    replaced = {value: _smaller(value, mask) for value, mask in masks.items()}
    return rewrite(graph, [_rebuilt(op, masks, replaced, ranges) for op in graph.ops])


# --- which channels ------------------------------------------------------------------------------


def _removable(graph: Graph, ranges: Mapping[Value, Ranges]) -> dict[Value, np.ndarray]:
    """Finds the channels that can be left out: the most that all operators agree to."""
    read = set(graph.inputs) | set(graph.outputs)
    masks = {
        value: np.ones(value.shape[-1], bool)
        for op in graph.ops
        for value in op.outputs
        if channel_ranges.has_channels(value) and value not in read
    }
    changed = True
    while changed:
        changed = False
        for op in graph.ops:
            for value, allowed in _allowed(op, masks, ranges):
                if value in masks and (masks[value] & ~allowed).any():
                    masks[value] &= allowed
                    changed = True
        if not changed:
            # Nothing can be empty.
            for mask in masks.values():
                if mask.all():
                    mask[0] = False
                    changed = True
    return {value: mask for value, mask in masks.items() if mask.any()}


def _allowed(
    op: Op, masks: _Masks, ranges: Mapping[Value, Ranges]
) -> Iterator[tuple[Value, np.ndarray]]:
    """Finds what an operator allows to be left out of what it reads and makes.

    Args:
      op: the operator.
      masks: what is to be left out as far as is known; it only becomes less.
      ranges: of values.

    Yields:
      Values, each with its channels that may be left out.
    """
    pairs = list(_pairs(op, masks))
    apart = {value for pair in pairs for value in pair}
    for value in (*op.inputs, *op.outputs):
        if value is None or value not in masks or value in apart:
            continue
        if op.kind in _PRODUCTS and channel_ranges.taps(op) is not None:
            if value is op.output:
                continue
            if value is op.input(0) and value not in op.inputs[1:]:
                yield value, _can_do_without(op, masks, ranges)
                continue
        yield value, np.zeros(value.shape[-1], bool)
    for source, made in pairs:
        repeated = _repeats(op)
        ours, theirs = _mask(source, masks), _mask(made, masks)
        if op.kind == "DEPTHWISE_CONV_2D":
            yield source, theirs.reshape(-1, repeated).all(axis=1)
            yield made, np.repeat(ours, repeated)
        else:
            yield source, theirs.reshape(repeated, -1).all(axis=0)
            yield made, np.tile(ours, repeated)


def _mask(value: Value, masks: _Masks) -> np.ndarray:
    return masks[value] if value in masks else np.zeros(value.shape[-1], bool)


def _pairs(op: Op, masks: _Masks) -> Iterator[tuple[Value, Value]]:
    """Lists what an operator that keeps channels apart reads, each with what it makes of it."""
    known = channel_ranges.has_constant_weights
    if op.kind in _POOLS or (op.kind == "DEPTHWISE_CONV_2D" and known(op)):
        yield op.input(0), op.output
    elif op.kind == "RESHAPE" and op.input(0) in masks:
        if op.output.shape and not op.output.shape[-1] % op.input(0).shape[-1]:
            yield op.input(0), op.output
    elif op.kind == "ADD" and op.output in masks:
        given = [v for v in op.inputs if v is not None and v.shape == op.output.shape]
        if len(given) == 2:
            yield given[0], op.output
            yield given[1], op.output


def _repeats(op: Op) -> int:
    """How many channels an operator makes of each."""
    return op.output.shape[-1] // op.input(0).shape[-1]


def _can_do_without(op: Op, masks: _Masks, ranges: Mapping[Value, Ranges]) -> np.ndarray:
    """Finds the channels that add the same to all sums of an output."""
    weights = channel_ranges.taps(op)
    assert weights is not None
    source = op.input(0)
    known = channel_ranges.of(source, ranges)
    foldable = known.constant
    if op.kind == "CONV_2D" and not channel_ranges.sees_all(op):
        foldable = foldable & (known.lowest == source.zero_point)
    unused = ~weights[~_mask(op.output, masks)].any(axis=(0, 1))
    return foldable | unused


# --- the new graph -------------------------------------------------------------------------------


def _smaller(value: Value, mask: np.ndarray) -> Value:
    shape = (*value.shape[:-1], int((~mask).sum()))
    return dataclasses.replace(value, shape=shape, tensor=None)


def _rebuilt(
    op: Op, masks: _Masks, replaced: Mapping[Value, Value], ranges: Mapping[Value, Ranges]
) -> Op:
    """Makes an operator of the channels that are left."""
    if not any(v in masks for v in (*op.inputs, *op.outputs) if v is not None):
        return op
    inputs = [None if v is None else replaced.get(v, v) for v in op.inputs]
    if op.kind in _PRODUCTS:
        inputs[1:] = _folded(op, masks, ranges)
    elif op.kind == "DEPTHWISE_CONV_2D":
        kept = ~_mask(op.output, masks)
        inputs[1:] = [None if v is None else _chosen(v, kept, axis=-1) for v in op.inputs[1:]]
    count = int(_mask(op.output, masks).sum())
    note = f"without {count} of {op.output.shape[-1]} channels, which are constant or not used"
    return dataclasses.replace(
        op,
        inputs=tuple(inputs),
        outputs=tuple(replaced.get(v, v) for v in op.outputs),
        note=note if count else op.note,
    )


def _folded(op: Op, masks: _Masks, ranges: Mapping[Value, Ranges]) -> list[Value | None]:
    """Makes weights and bias of a sum of products without the channels that are left out."""
    source, weights, bias = op.input(0), op.input(1), op.optional_input(2)
    parts = channel_ranges.taps(op)
    assert parts is not None and weights.data is not None
    gone, kept = _mask(source, masks), ~_mask(op.output, masks)
    # Of a channel that is not constant the weights are 0.
    numbers = np.where(gone, channel_ranges.of(source, ranges).lowest - source.zero_point, 0)
    added = parts.sum(axis=1) @ numbers
    columns = np.tile(~gone, weights.shape[-1] // gone.size)
    axis = weights.data.ndim - 2 if op.kind == "FULLY_CONNECTED" else 0
    chosen = _chosen(weights, kept, axis=axis)
    assert chosen.data is not None
    data = _fixed(chosen.data[..., columns])
    left: list[Value | None] = [dataclasses.replace(chosen, shape=data.shape, data=data)]
    if bias is None and not added[kept].any():
        return left
    if bias is None:
        bias = Value("bias", added.shape, "int32", data=np.zeros(added.shape, np.int32))
    assert bias.data is not None
    total = arithmetic.wrap_int32(bias.data.ravel().astype(np.int64) + added).astype(np.int32)
    whole = dataclasses.replace(bias, shape=total.shape, data=total)
    return [*left, _chosen(whole, kept, axis=0)]


def _chosen(value: Value, kept: np.ndarray, axis: int) -> Value:
    """Takes some of a constant's outputs, and their scales."""
    assert value.data is not None
    data = _fixed(np.compress(kept, value.data, axis=axis))
    given = value.quantization
    if given is not None and given.per_channel and len(given.scales) == kept.size:
        pairs = zip(given.scales, given.zero_points, kept, strict=True)
        left = [(scale, zero) for scale, zero, stays in pairs if stays]
        scales, zeros = zip(*left, strict=True)
        given = Quantization(scales, zeros, given.axis)
    return dataclasses.replace(value, shape=data.shape, data=data, quantization=given, tensor=None)


def _fixed(data: np.ndarray) -> np.ndarray:
    data = np.ascontiguousarray(data)
    data.flags.writeable = False
    return data
