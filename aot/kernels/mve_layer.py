# SPDX-License-Identifier: Apache-2.0
"""Layers of dot products of 8 bits, as cores with the vector extension (MVE, Helium) compute them.

Those cores multiply 16 pairs of bytes and add the products to one sum in one instruction
(VMLADAVA). So 16 weights of an output lie one after the other, and those of several outputs come by
turns: what a row of inputs has is read once for all of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np

from aot.c_text import Argument, Body, Constant, Scratch, Struct
from aot.graph import Op
from aot.kernels import common, convolution, in_place
from aot.kernels.int8_layer import BLOCK, Int8Layer
from aot.kernels.kernel import Distance

# Bytes of a vector.
_VECTOR = 16
# Outputs whose weights come by turns, for two rows of inputs.
_PAIR = 2


def to_output(op: Op) -> Struct:
    """Gives the `struct requantization` of a layer, which clamps to the activation's limits."""
    return common.limits_of(op.output, *common.integer_activation(op))


def padded(numbers: np.ndarray, multiple: int) -> np.ndarray:
    """Lengthens the first dimension by zeros.

    Args:
      numbers: at least one dimension.
      multiple: what its first one becomes a multiple of.

    Returns:
      The numbers, and zeros after them.
    """
    widths = [(0, -len(numbers) % multiple)] + [(0, 0)] * (numbers.ndim - 1)
    return np.pad(numbers, widths)


def vectors(weights: np.ndarray, turns: int) -> np.ndarray:
    """Orders weights in vectors.

    Args:
      weights: int8, outputs, taps.
      turns: of how many outputs they come by turns.

    Returns:
      int8 in one dimension: 16 taps of each of so many outputs, then the next 16 taps; zeros stand
      for taps and outputs that are not there.
    """
    whole = padded(padded(weights, turns).T, _VECTOR).T
    return whole.reshape(len(whole) // turns, turns, -1, _VECTOR).transpose(0, 2, 1, 3).ravel()


def in_pairs(numbers: np.ndarray) -> np.ndarray:
    """Orders outputs as `struct dense_mve` has them: of four, the first and the third come first.

    Args:
      numbers: one or more for each output, which is the first dimension.

    Returns:
      The same numbers in another order, with zeros for outputs that are not there.
    """
    left = len(numbers) % BLOCK
    whole = padded(numbers, BLOCK if left > _PAIR else _PAIR)
    blocks = len(whole) // BLOCK * BLOCK
    fours = whole[:blocks].reshape(-1, BLOCK, *whole.shape[1:])[:, [0, 2, 1, 3]]
    return np.concatenate([fours.reshape(blocks, *whole.shape[1:]), whole[blocks:]])


def shifts(layer: Int8Layer) -> np.ndarray:
    """Gives a layer's shifts as functions with vectors take them, int8: below 0 to the right."""
    return (-1 - layer.shifts.astype(np.int64)).astype(np.int8)


def factors(layer: Int8Layer) -> np.ndarray:
    """Gives a layer's factors as functions with vectors take them.

    Args:
      layer: the layer.

    Returns:
      int32: of four outputs four multipliers, then a word with four shifts.
    """
    words = padded(shifts(layer), BLOCK).reshape(-1, BLOCK).view("<i4").astype(np.int32)
    multipliers = padded(layer.multipliers, BLOCK).reshape(-1, BLOCK)
    return np.concatenate([multipliers, words], axis=1).ravel()


def constants(layer: Int8Layer, *, rows: int, groups: int = 1) -> tuple[Argument, ...]:
    """Gives the arguments from `weights` on of functions for dot products.

    Args:
      layer: the layer.
      rows: of inputs: those of one row are multiplied by the weights of four outputs at a time.
      groups: how many groups the outputs are in.

    Returns:
      The arguments.
    """
    weights, bias, scales = [], [], []
    for part in np.split(np.arange(len(layer.weights)), groups):
        one = Int8Layer(
            layer.weights[part], layer.bias[part], layer.multipliers[part], layer.shifts[part]
        )
        if rows == 1:
            weights.append(vectors(one.weights, BLOCK))
            bias.append(padded(one.bias, BLOCK))
        else:
            weights.append(vectors(in_pairs(one.weights), _PAIR))
            bias.append(in_pairs(one.bias))
        scales.append(factors(one))
    scaled, next_factors = np.concatenate(scales), BLOCK + 1
    if (layer.multipliers == layer.multipliers[0]).all() and not np.ptp(layer.shifts):
        # Those of one output four times.
        first = Int8Layer(*(np.repeat(field[:1], BLOCK, 0) for field in dataclasses.astuple(layer)))
        scaled, next_factors = factors(first), 0
    return (
        Constant("weights", np.concatenate(weights)),
        Constant("bias", np.concatenate(bias)),
        Constant("factors", scaled),
        next_factors,
    )


def explain(layer: Int8Layer | None) -> Iterator[str]:
    """Says whether vectors compute a layer, or why not: as `Kernel.explain`."""
    if layer is not None:
        yield "vectors of 16 bytes (VMLADAVA)"
    else:
        yield "no vectors: its scales, or sums of more than 30 bits"


def scratch_of(fields: Mapping[str, int]) -> int:
    """Finds how much memory `emit_convolution` needs.

    Args:
      fields: of the convolution's `struct conv_2d`.

    Returns:
      How many bytes: for what two windows see of a group, if it does not lie in the image as it is.
    """
    f = convolution.lying(fields)
    if convolution.dense_rows(f) is not None:
        return 0
    taps = f["filter_h"] * f["filter_w"] * f["in_c"] // f["groups"]
    inside = f["filter_h"] == 1 and not f["pad_h"] and not f["pad_w"]
    inside = inside and (f["filter_w"] == 1 or (f["groups"] == 1 and f["dilation_w"] == 1))
    for side in "hw":
        last = (f[f"out_{side}"] - 1) * f[f"stride_{side}"]
        last += (f[f"filter_{side}"] - 1) * f[f"dilation_{side}"]
        inside = inside and last < f[f"in_{side}"]
    return 0 if inside else 2 * taps


def distances(fields: Mapping[str, int]) -> Mapping[int, Distance]:
    """Finds the distance from the output of `emit_convolution` to the input.

    Args:
      fields: of the convolution's `struct conv_2d`.

    Returns:
      As `Kernel.distances`.
    """
    f = convolution.lying(fields)
    rows = convolution.dense_rows(f)
    if rows is not None:
        inputs = f["filter_h"] * f["filter_w"] * f["in_c"]
        return {0: Distance(rows_distance(rows, inputs, f["out_c"]))}
    # With groups, the first one's outputs are there before anything of the second one is read.
    if f["groups"] != 1:
        return {}
    copied = scratch_of(fields) > 0
    return {0: Distance(in_place.patches(f, pairs=True) if copied else in_place.read_in_fours(f))}


def rows_distance(rows: int, inputs: int, outputs: int) -> int:
    """Finds the distance of `emit_dense`, in bytes."""
    point = common.Window(1, 1, 1, 0)
    shape = (1, 1, rows, inputs), (1, 1, rows, outputs)
    return in_place.read_in_fours(convolution.conv_2d(*shape, (point, point), 1))


def emit_convolution(op: Op, body: Body, layer: Int8Layer, fields: Mapping[str, int]) -> None:
    """Writes C for a convolution.

    Args:
      op: the operator.
      body: where to write.
      layer: what it computes.
      fields: of its `struct conv_2d`.
    """
    fields = convolution.lying(fields)
    rows = convolution.dense_rows(fields)
    if rows is not None:
        emit_dense(op, body, layer, rows)
        return
    body.call(
        "conv_2d_mve",
        Struct("conv_2d", fields),
        op.input(0).zero_point,
        to_output(op),
        op.input(0),
        *constants(layer, rows=2, groups=fields["groups"]),
        Scratch("int8") if scratch_of(fields) else "NULL",
        op.output,
    )


def emit_dense(op: Op, body: Body, layer: Int8Layer, rows: int) -> None:
    """Writes C for a dense layer: see `emit_convolution`."""
    outputs, inputs = layer.weights.shape
    body.call(
        "fully_connected_mve" if rows == 1 else "fully_connected_rows_mve",
        *([] if rows == 1 else [rows]),
        inputs,
        outputs,
        to_output(op),
        op.input(0),
        *constants(layer, rows=rows),
        op.output,
    )
