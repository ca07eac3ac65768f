# SPDX-License-Identifier: Apache-2.0
"""Layers of dot products of 8 bits, as cores with the DSP extension compute them.

Those cores multiply pairs of 16 bits, of which each half may have the weights of two outputs, one
of them times 256: `runtime/dense_dsp.h` explains it. Whether the sums allow it is found out here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np

from aot.c_text import Argument, Body, Constant, Scratch, Struct
from aot.graph import Op, Value
from aot.kernels import convolution, in_place
from aot.kernels.int8_layer import BLOCK, Int8Layer, rounding
from aot.kernels.kernel import Distance, Variant

# Sums of every second output, which are 256 times as large.
_SUM_END = 1 << 23
_HALF_END = 1 << 15
# What is scaled is below 2^30; with a zero point shifted so far, it stays below 2^31.
_LARGEST_SHIFT = 22
# Whether the function for eights of outputs computes a layer: an option that a pass sets, by what
# it costs. Without the pass it is for as many outputs.
_EIGHTS = "eight_outputs"
_MANY_OUTPUTS = 64
_EIGHTS_CODE = 700


@dataclasses.dataclass(frozen=True)
class Packed:
    """Weights of a layer in words.

    Attributes:
      layer: the layer.
      words: uint32, group, two outputs, four taps, which pair of them.
    """

    layer: Int8Layer
    words: np.ndarray

    def row_constants(self) -> tuple[Argument, ...]:
        """Gives the arguments from `weights` on of `fully_connected_dsp`."""
        (words,) = self.words
        blocks, left = _in_blocks(words, len(self.layer.bias))
        weights = np.concatenate([blocks.ravel(), left.ravel()])
        return (Constant("weights", weights), *self.layer.constants()[1:])

    def fits_eights(self) -> bool:
        """Whether `fully_connected_eights_dsp` can compute a row: outputs by eights."""
        outputs, inputs = self.layer.weights.shape
        return len(self.words) == 1 and outputs % (2 * BLOCK) == 0 and inputs % 4 == 0

    def eights(self) -> Constant:
        """Gives the argument `words` of `fully_connected_eights_dsp`."""
        (words,) = self.words
        blocks = len(self.layer.bias) // (2 * BLOCK)
        # Two outputs, four inputs, which pair of them: the outputs of a block by turns.
        weights = words.reshape(blocks, BLOCK, -1, 2).transpose(0, 2, 3, 1)
        factors = self.layer.multipliers.reshape(blocks, 2, BLOCK).view(np.uint32)
        shifts = self.layer.shifts.astype(np.uint8).view("<u4").reshape(blocks, 2, 1)
        factors = np.concatenate([factors[:, :, :1], shifts, factors[:, :, 1:]], axis=2)
        parts = [_sums_of_pairs(self.layer.bias), weights, factors]
        return Constant("words", np.concatenate([p.reshape(blocks, -1) for p in parts], 1).ravel())

    def constants(self) -> tuple[Argument, ...]:
        """Gives the arguments from `words` on of functions with a `struct dense_dsp`."""
        groups = len(self.words)
        outputs = len(self.layer.bias) // groups
        whole = outputs // BLOCK * BLOCK
        bias, multipliers, shifts = (
            data.reshape(groups, outputs)
            for data in (self.layer.bias, self.layer.multipliers, self.layer.shifts)
        )
        sums = _sums_of_pairs(bias[:, :whole])
        words = []
        for group in range(groups):
            blocks, left = _in_blocks(self.words[group], outputs)
            count = len(blocks)
            factors = multipliers[group, :whole].reshape(count, BLOCK).view(np.uint32)
            packed_shifts = shifts[group, :whole].astype(np.uint8).view("<u4").reshape(count, 1)
            parts = [
                sums[group].reshape(count, BLOCK),
                blocks,
                factors[:, :1],
                packed_shifts,
                factors[:, 1:],
            ]
            words += [np.concatenate(parts, axis=1).ravel(), left.ravel()]
        named = (("bias", bias), ("multipliers", multipliers), ("shifts", shifts))
        left_over = [
            Constant(name, data[:, whole:].ravel()) if whole < outputs else "NULL"
            for name, data in named
        ]
        return (Constant("words", np.concatenate(words)), *left_over)


def packed(layer: Int8Layer | None, run: int, groups: int = 1) -> Packed | None:
    """Packs the weights of a layer.

    Args:
      layer: the layer, with the input's zero point in its bias; None if there is none.
      run: how many taps lie one after the other. Fours of taps don't reach into the next run.
      groups: how many groups the outputs are in.

    Returns:
      The layer; None if sums, weights or shifts don't fit.
    """
    if layer is None or (layer.shifts >= _LARGEST_SHIFT).any():
        return None
    outputs, taps = layer.weights.shape
    weights = layer.weights.astype(np.int64).reshape(groups, outputs // groups, taps)
    odd = slice(1, None, 2)
    wide = weights[:, odd]
    bias = layer.bias.astype(np.int64).reshape(groups, -1)[:, odd]
    low = bias + np.minimum(wide * -128, wide * 127).sum(axis=2)
    high = bias + np.maximum(wide * -128, wide * 127).sum(axis=2)
    if (low < -_SUM_END).any() or (high >= _SUM_END).any():
        return None
    runs = taps // run
    # Zeros after each run, and an output more if they are odd.
    padded = np.zeros((groups, -(-(outputs // groups) // 2) * 2, runs, -(-run // 4) * 4), np.int64)
    padded[:, : outputs // groups, :, :run] = weights.reshape(groups, -1, runs, run)
    # Group, two outputs, which of them, four taps, which two of them, first or second pair.
    pairs = padded.reshape(groups, padded.shape[1] // 2, 2, -1, 2, 2)
    halves = pairs[:, :, 0] + 256 * pairs[:, :, 1]
    if (halves < -_HALF_END).any():
        return None
    halves &= 0xFFFF
    return Packed(layer, (halves[..., 0, :] | halves[..., 1, :] << 16).astype(np.uint32))


def _sums_of_pairs(bias: np.ndarray) -> np.ndarray:
    """Gives what sums begin with: every second one is 256 times its own and the one before."""
    sums = bias.astype(np.int64)
    sums[..., 1::2] = sums[..., ::2] + 256 * sums[..., 1::2]
    return (sums & 0xFFFFFFFF).astype(np.uint32)


def _in_blocks(words: np.ndarray, outputs: int) -> tuple[np.ndarray, np.ndarray]:
    """Orders the words of a group: those of four outputs by turns, then of two at a time.

    Args:
      words: two outputs, four taps, which pair of them.
      outputs: how many there are.

    Returns:
      A row for each block of four outputs, and one for each two of the others.
    """
    blocks, size = outputs // BLOCK, words[0].size
    by_turns = words[: 2 * blocks].reshape(blocks, 2, size).transpose(0, 2, 1)
    return by_turns.reshape(blocks, 2 * size), words[2 * blocks :].reshape(-1, size)


def explain(op: Op, pack: Packed | None, rows: int | None) -> Iterator[str]:
    """Says whether the DSP extension computes a layer, or why not: as `Kernel.explain`.

    Args:
      op: the operator.
      pack: what it computes; None if the extension does not.
      rows: how many rows of inputs it has; None if it is not a dense layer.
    """
    if pack is not None:
        eights = rows is not None and _takes_eights(op, pack, rows)
        outputs = "eight outputs at a time" if eights else "two outputs at a time"
        yield f"pairs of 16 bits (SMLAD), {outputs}"
    else:
        yield "no pairs of 16 bits: its scales, or sums of more than 24 bits, or weights of -128"


def windows_3x3(layer: Int8Layer, output: Value) -> np.ndarray | None:
    """Packs a layer of 3 x 3 inputs of one channel for `runtime/sums_3x3_max_2x2_dsp.h`.

    Args:
      layer: the layer, with the input's zero point in its bias.
      output: what it makes.

    Returns:
      uint32, nine words an output; None if a zero point does not fit beside what is shifted out.
    """
    shifts = layer.shifts.astype(np.int64) + 1
    if (shifts > _LARGEST_SHIFT).any():
        return None
    weights = 2 * layer.weights.astype(np.int64).reshape(-1, 3, 3)
    outer, middle = weights[:, :, ::2].reshape(-1, 6), weights[:, :, 1]
    halves = np.concatenate([outer, middle, np.zeros_like(middle[:, :1])], axis=1) & 0xFFFF
    added = (1 << shifts >> 1) + (output.zero_point << shifts)
    factors = np.stack([2 * layer.bias.astype(np.int64), layer.multipliers, shifts, added], axis=1)
    words = np.concatenate([halves[:, ::2] | halves[:, 1::2] << 16, factors & 0xFFFFFFFF], axis=1)
    return words.astype(np.uint32)


def _row(fields: Mapping[str, int]) -> int:
    """Finds how many taps a row of a window has."""
    return fields["filter_w"] * fields["in_c"] // fields["groups"]


def _are_together(fields: Mapping[str, int]) -> bool:
    """Whether rows of a window lie one after the other, which are not fours of taps."""
    return _row(fields) % BLOCK != 0 and fields["filter_h"] > 1


def fours(fields: Mapping[str, int]) -> int:
    """Finds how many fours of taps of a group a window has: `fours_dsp` of the runtime."""
    if _are_together(fields):
        return -(-fields["filter_h"] * _row(fields) // BLOCK)
    return fields["filter_h"] * -(-_row(fields) // BLOCK)


def scratch_of(fields: Mapping[str, int]) -> int:
    """Finds how much memory `emit_convolution` needs.

    Args:
      fields: of the convolution's `struct conv_2d`.

    Returns:
      How many bytes: for what two windows see, in 16 bits, and for what is copied before.
    """
    f = convolution.lying(fields)
    rows = convolution.dense_rows(f)
    if rows is not None:
        inputs = f["filter_h"] * f["filter_w"] * f["in_c"]
        return 0 if rows == 1 else 16 * -(-inputs // 4)
    if _are_together(f):
        return (16 + 8) * fours(f)
    return 16 * fours(f) + (_row(f) if f["in_c"] // f["groups"] % BLOCK else 0)


def run_together(fields: Mapping[str, int]) -> int:
    """Finds how many taps of a convolution lie one after the other: see `packed`."""
    return _row(fields) * (fields["filter_h"] if _are_together(fields) else 1)


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
    return {0: Distance(in_place.patches(f, pairs=True))} if f["groups"] == 1 else {}


def rows_distance(rows: int, inputs: int, outputs: int) -> int:
    """Finds the distance of `emit_dense`, in bytes."""
    if rows == 1:
        # Read for each four outputs, then for each two.
        return max(0, outputs - 4 if outputs % 4 == 0 else (outputs - 1) // 2 * 2)
    # Two rows are copied, then both are written.
    pairs = in_place.pairs_at_the_ends(rows)
    return in_place.distance(pairs * outputs, pairs * inputs)


def run_of(fields: Mapping[str, int]) -> int:
    """Finds how many taps of a convolution lie one after the other, which may be a dense layer."""
    f = convolution.lying(fields)
    if convolution.dense_rows(f) is not None:
        return f["filter_h"] * f["filter_w"] * f["in_c"]
    return run_together(f)


def emit_convolution(op: Op, body: Body, pack: Packed, fields: Mapping[str, int]) -> None:
    """Writes C for a convolution.

    Args:
      op: the operator.
      body: where to write.
      pack: what it computes.
      fields: of its `struct conv_2d`.
    """
    fields = convolution.lying(fields)
    rows = convolution.dense_rows(fields)
    if rows is not None:
        emit_dense(op, body, pack, rows)
        return
    body.call(
        "conv_2d_dsp",
        Struct("conv_2d", fields),
        op.input(0).zero_point,
        rounding(op),
        op.input(0),
        *pack.constants(),
        Scratch("uint32"),
        op.output,
    )
    convolution.emit_clamp(op, body)


def variants(op: Op, pack: Packed | None, rows: int | None) -> tuple[Variant, ...]:
    """Lists the functions for a dense layer: see `Kernel.variants`.

    Args:
      op: the operator.
      pack: what it computes; None if these functions can't.
      rows: how many rows of inputs it has; None if it is not a dense layer.

    Returns:
      The functions, if there are several.
    """
    if pack is None or rows != 1 or not pack.fits_eights():
        return ()
    by_fours, by_eights = (
        dataclasses.replace(op, options={**op.options, _EIGHTS: eights}) for eights in (0, 1)
    )
    return (
        Variant("four outputs at a time", by_fours),
        Variant("eight outputs at a time", by_eights, _EIGHTS_CODE),
    )


def _takes_eights(op: Op, pack: Packed, rows: int) -> bool:
    if rows != 1 or not pack.fits_eights():
        return False
    usual = len(pack.layer.weights) >= _MANY_OUTPUTS
    return bool(op.options.get(_EIGHTS, usual))


def emit_dense(op: Op, body: Body, pack: Packed, rows: int) -> None:
    """Writes C for a dense layer: see `emit_convolution`."""
    outputs, inputs = pack.layer.weights.shape
    if _takes_eights(op, pack, rows):
        body.call(
            "fully_connected_eights_dsp",
            inputs,
            outputs,
            rounding(op),
            op.input(0),
            pack.eights(),
            op.output,
        )
        convolution.emit_clamp(op, body)
        return
    body.call(
        "fully_connected_dsp" if rows == 1 else "fully_connected_rows_dsp",
        *([] if rows == 1 else [rows]),
        inputs,
        outputs,
        rounding(op),
        op.input(0),
        *(pack.row_constants() if rows == 1 else pack.constants()),
        *([] if rows == 1 else [Scratch("uint32")]),
        op.output,
    )
    convolution.emit_clamp(op, body)
