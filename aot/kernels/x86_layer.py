# SPDX-License-Identifier: Apache-2.0
"""Layers of dot products of 8 bits, as functions for x86-64 with AVX2 or AVX-512 VNNI take them.

Both have an instruction that multiplies four pairs of bytes in each 32 bits, so both read the same
weights: 16 outputs by turns, four taps of each. `runtime/sums_avx2_x86.h` and `sums_vnni_x86.h` say
what makes them exact; whether a layer allows it is found out here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from aot.c_text import Argument, Body, Constant, Scratch, Struct
from aot.graph import Op
from aot.kernels import common, convolution
from aot.kernels.int8_layer import Int8Layer, rounding

BLOCK = 16
_FOUR = 4
# Of the offset, which is added to a scaled sum: both are below 2^30.
_SHIFT_END = 23
# What functions read behind the last input.
_SLACK = _FOUR - 1


@dataclasses.dataclass(frozen=True)
class Packed:
    """A layer in the order in which the runtime reads it.

    Attributes:
      outputs: how many.
      weights: int8: blocks, fours of taps, outputs of a block, taps of a four.
      numbers: int32: blocks, kinds as in runtime/dense_x86.h, outputs of a block.
    """

    outputs: int
    weights: np.ndarray
    numbers: np.ndarray

    def constants(self) -> tuple[Argument, ...]:
        """Gives the arguments `weights` and `numbers` of functions with a `struct dense_x86`."""
        return Constant("weights", self.weights), Constant("numbers", self.numbers)


def problem(layer: Int8Layer | None) -> str:
    """Says why these functions can't compute a layer: "" if they can."""
    if layer is None:
        return "its scales, or sums of more than 30 bits"
    if (layer.multipliers < 0).any():
        return "a scale below 0"
    if (layer.shifts >= _SHIFT_END - 1).any():
        return f"a scale below 2^-{_SHIFT_END}"
    if (layer.weights == -128).any():
        return "weights of -128"
    return ""


def packed(layer: Int8Layer | None, run: int, zero_point: int) -> Packed | None:
    """Packs a layer.

    Args:
      layer: the layer, with the input's zero point in its bias; None if there is none.
      run: how many taps lie one after the other. Fours of taps don't reach into the next run.
      zero_point: of the output.

    Returns:
      The layer; None if there is a `problem`.
    """
    if layer is None or problem(layer):
        return None
    outputs, taps = layer.weights.shape
    runs, fours = taps // run, -(-run // _FOUR)
    weights = np.zeros((-(-outputs // BLOCK) * BLOCK, runs, fours * _FOUR), np.int8)
    weights[:outputs, :, :run] = layer.weights.reshape(outputs, runs, run)
    blocks = weights.reshape(-1, BLOCK, runs * fours, _FOUR).transpose(0, 2, 1, 3)
    return Packed(outputs, np.ascontiguousarray(blocks), numbers(layer, zero_point))


def numbers(layer: Int8Layer, zero_point: int) -> np.ndarray:
    """Gives what the runtime needs of each output besides its weights: see Packed."""
    shifts = layer.shifts.astype(np.int64) + 1
    bias = layer.bias.astype(np.int64)
    more = bias - 128 * layer.weights.astype(np.int64).sum(axis=1)
    offsets = (1 << (shifts - 1)) + (zero_point << shifts)
    rows = np.stack([bias, more, layer.multipliers.astype(np.int64), offsets, shifts])
    made = np.zeros((len(rows), -(-len(bias) // BLOCK) * BLOCK), np.int64)
    made[:, : len(bias)] = rows
    # Sums with 128 wrap, and come back.
    made = made.astype(np.int32)
    return np.ascontiguousarray(made.reshape(len(rows), -1, BLOCK).transpose(1, 0, 2))


def packed_pairs(layer: Int8Layer, zero_point: int) -> Packed:
    """Packs a layer of windows of 3 x 3 of one channel, of which two lie side by side.

    Args:
      layer: the layer, without a `problem`.
      zero_point: of the output.

    Returns:
      The layer: of each eight outputs three rows, of which each has those of the left window, then
      those of the right one.
    """
    outputs = len(layer.weights)
    half = BLOCK // 2
    blocks = -(-outputs // half)
    weights = np.zeros((blocks * half, 3, 2, _FOUR), np.int8)
    for place in range(2):
        weights[:outputs, :, place, place : place + 3] = layer.weights.reshape(-1, 3, 3)
    ordered = weights.reshape(blocks, half, 3, 2, _FOUR).transpose(0, 2, 3, 1, 4)
    single = numbers(layer, zero_point).transpose(1, 0, 2)
    single = single.reshape(len(single), -1)[:, : blocks * half].reshape(-1, blocks, 1, half)
    twice = np.repeat(single, 2, axis=2).reshape(len(single), blocks, BLOCK).transpose(1, 0, 2)
    return Packed(outputs, np.ascontiguousarray(ordered), np.ascontiguousarray(twice))


def packed_columns(layer: Int8Layer, size: tuple[int, int], copies: int, zero_point: int) -> Packed:
    """Packs a layer of which each output has an input channel of its own.

    Args:
      layer: the layer, without a `problem`; its taps are rows and columns of a window.
      size: the window's height and width.
      copies: how often the outputs come one after the other.
      zero_point: of the output.

    Returns:
      The layer; its taps are fours of rows, columns, the rows of a four.
    """
    outputs = len(layer.weights)
    fours = -(-size[0] // _FOUR)
    weights = np.zeros((-(-copies * outputs // BLOCK) * BLOCK, fours * _FOUR, size[1]), np.int8)
    several = np.tile(layer.weights.reshape(outputs, *size), (copies, 1, 1))
    weights[: copies * outputs, : size[0]] = several
    blocks = weights.reshape(-1, BLOCK, fours, _FOUR, size[1]).transpose(0, 2, 4, 1, 3)
    repeated = Int8Layer(
        np.tile(layer.weights, (copies, 1)),
        *(np.tile(a, copies) for a in (layer.bias, layer.multipliers, layer.shifts)),
    )
    made = numbers(repeated, zero_point)
    return Packed(copies * outputs, np.ascontiguousarray(blocks), made)


def explain(why_not: str) -> Iterator[str]:
    """Says whether instructions compute a layer, or why not: as `Kernel.explain`."""
    if why_not:
        yield f"no instructions of AVX2 or VNNI: {why_not}"
    else:
        yield "16 outputs at a time (VPDPBUSD, or VPMADDUBSW), or C, as the CPU has it"


def dense(
    op: Op,
    outputs: int,
    *,
    rows: int,
    segments: int,
    run: int,
    steps: Sequence[int] = (0, 0),
    limits: tuple[int, int] | None = None,
) -> Struct:
    """Describes dot products for the runtime.

    Args:
      op: the operator.
      outputs: how many.
      rows: of inputs.
      segments: of a row.
      run: inputs of a segment.
      steps: from a row to the next one; from a segment to the next one.
      limits: of outputs; default: those of the operator.

    Returns:
      A `struct dense_x86`.
    """
    lowest, highest = limits or common.integer_activation(op)
    return Struct(
        "dense_x86",
        {
            "outputs": outputs,
            "rows": rows,
            "segments": segments,
            "fours": -(-run // _FOUR),
            "next_row": steps[0],
            "next_segment": steps[1],
            "rounding": rounding(op),
            "lowest": lowest,
            "highest": highest,
        },
    )


@dataclasses.dataclass(frozen=True)
class Plane:
    """What windows see of an image, with the borders around it.

    Attributes:
      rows: how many.
      line: bytes of a row.
      fields: of a `struct plane_x86`.
    """

    rows: int
    line: int
    fields: tuple[int, ...]

    @property
    def bytes(self) -> int:
        """How much memory it takes."""
        return self.rows * self.line + _SLACK


def plane_of(fields: Mapping[str, int]) -> Plane:
    """Finds what a convolution sees of an image.

    Args:
      fields: of its `struct conv_2d`.

    Returns:
      The plane.
    """
    f = fields
    found = []
    for side in "hw":
        seen = (f[f"out_{side}"] - 1) * f[f"stride_{side}"]
        seen += (f[f"filter_{side}"] - 1) * f[f"dilation_{side}"] + 1
        before = min(f[f"pad_{side}"], seen)
        found += [seen, before, min(f[f"in_{side}"], seen - before)]
    rows, top, seen_rows, *columns = found
    line, left, seen = (n * f["in_c"] for n in columns)
    image_line = f["in_w"] * f["in_c"]
    return Plane(
        rows,
        line,
        (rows, top, seen_rows, line, left, seen, image_line, f["in_h"] * image_line),
    )


def run_of(fields: Mapping[str, int]) -> int:
    """Finds how many taps of a convolution lie one after the other: see `packed`."""
    f = fields
    if convolution.dense_rows(f) is not None:
        return f["filter_h"] * f["filter_w"] * f["in_c"]
    return f["in_c"] if f["dilation_w"] != 1 else f["filter_w"] * f["in_c"]


def scratch_of(fields: Mapping[str, int]) -> int:
    """Finds how much memory `emit_convolution` needs, in bytes.

    Args:
      fields: of the convolution's `struct conv_2d`.
    """
    rows = convolution.dense_rows(fields)
    return plane_of(fields).bytes if rows is None else dense_scratch(rows, run_of(fields))


def dense_scratch(rows: int, inputs: int) -> int:
    """Finds how much memory `emit_dense` needs, in bytes."""
    return min(rows, 8) * inputs + _SLACK


def emit_convolution(op: Op, body: Body, pack: Packed, fields: Mapping[str, int]) -> None:
    """Writes C for a convolution without groups.

    Args:
      op: the operator.
      body: where to write.
      pack: what it computes.
      fields: of its `struct conv_2d`.
    """
    f = fields
    rows = convolution.dense_rows(f)
    if rows is not None:
        emit_dense(op, body, pack, rows, run_of(f))
        return
    plane = plane_of(f)
    segments = f["filter_w"] if f["dilation_w"] != 1 else 1
    body.call(
        "conv_2d_x86",
        Struct(
            "conv_2d_x86",
            {
                "batches": f["batches"],
                "out_h": f["out_h"],
                "out_w": f["out_w"],
                "next_row": f["stride_h"] * plane.line,
                "next_column": f["stride_w"] * f["in_c"],
                "plane": plane.fields,
            },
        ),
        dense(
            op,
            pack.outputs,
            rows=f["filter_h"],
            segments=segments,
            run=run_of(f),
            steps=(f["dilation_h"] * plane.line, f["dilation_w"] * f["in_c"]),
        ),
        op.input(0).zero_point,
        op.input(0),
        *pack.constants(),
        Scratch("int8"),
        op.output,
    )


def emit_dense(op: Op, body: Body, pack: Packed, rows: int, inputs: int) -> None:
    """Writes C for a dense layer: see `emit_convolution`."""
    body.call(
        "fully_connected_x86",
        dense(op, pack.outputs, rows=1, segments=1, run=inputs),
        rows,
        inputs,
        op.input(0),
        *pack.constants(),
        Scratch("int8"),
        op.output,
    )


@dataclasses.dataclass(frozen=True)
class Columns:
    """What the windows of a row of a depthwise convolution see.

    Attributes:
      left: columns before the image.
      seen: columns of the image.
      right: columns behind it.
      groups: fours of rows.
      copies: how many columns are computed as one.
    """

    left: int
    seen: int
    right: int
    groups: int
    copies: int

    @property
    def count(self) -> int:
        """How many columns there are."""
        return self.left + self.seen + self.right


def columns_of(fields: Mapping[str, int]) -> Columns:
    """Finds what a depthwise convolution sees.

    Args:
      fields: of its `struct conv_2d`.
    """
    f = fields
    count = (f["out_w"] - 1) * f["stride_w"] + (f["filter_w"] - 1) * f["dilation_w"] + 1
    left = min(f["pad_w"], count)
    seen = min(f["in_w"], count - left)
    # Side by side, the channels of several columns are one block.
    together = f["stride_w"] == 1 and BLOCK % f["in_c"] == 0
    copies = BLOCK // f["in_c"] if together else 1
    return Columns(left, seen, count - left - seen, -(-f["filter_h"] // _FOUR), copies)


def depthwise_scratch(fields: Mapping[str, int]) -> int:
    """Finds how much memory `emit_depthwise` needs, in bytes: see `columns_of`."""
    columns = columns_of(fields)
    return _FOUR * columns.groups * columns.count * fields["in_c"] + 256


def emit_depthwise(op: Op, body: Body, layer: Int8Layer, fields: Mapping[str, int]) -> None:
    """Writes C for a depthwise convolution of an output for each channel.

    Args:
      op: the operator.
      body: where to write.
      layer: what it computes, without a `problem`.
      fields: of its `struct conv_2d`.
    """
    f = fields
    columns = columns_of(f)
    channels = f["in_c"]
    pack = packed_columns(
        layer, (f["filter_h"], f["filter_w"]), columns.copies, op.output.zero_point
    )
    row = {
        "size": f["out_w"] * channels,
        "channels": columns.copies * channels,
        "next_column": _FOUR * f["stride_w"] * columns.copies * channels,
        "next_tap": _FOUR * f["dilation_w"] * channels,
        "next_group": _FOUR * columns.count * channels,
        "groups": columns.groups,
        "taps": f["filter_w"],
    }
    names = ("batches", "in_h", "out_h", "filter_h", "stride_h", "dilation_h", "pad_h")
    body.call(
        "depthwise_conv_2d_x86",
        Struct(
            "depthwise_conv_2d_x86",
            {
                **{name: f[name] for name in names},
                "line": f["in_w"] * channels,
                "left": columns.left * channels,
                "seen": columns.seen * channels,
                "right": columns.right * channels,
                "row": tuple(row.values()),
            },
        ),
        dense(op, pack.outputs, rows=1, segments=1, run=1),
        op.input(0).zero_point,
        op.input(0),
        *pack.constants(),
        Scratch("int8"),
        op.output,
    )
