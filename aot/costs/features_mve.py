# SPDX-License-Identifier: Apache-2.0
"""Features of functions for cores with MVE, whose loops are counted as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aot.c_text import Scratch
from aot.costs.calls import Call
from aot.costs.windows import FOUR, Features, Side, fields_of

_SIXTEEN = 16
"""Bytes of a vector."""


def _vectors(count: int) -> int:
    """Counts the vectors that bytes are in."""
    return -(-count // _SIXTEEN)


def _added(parts: list[Features]) -> Features:
    """Adds up features."""
    return {name: sum(part.get(name, 0) for part in parts) for part in parts for name in part}


def _pairs(count: int, inputs: int, outputs: int) -> Features:
    """Features of dense_pair_mve: two windows, by two outputs, which are scaled by fours."""
    left = outputs % FOUR
    sums = outputs // FOUR * 2 + (0, 1, 1, 2)[left]
    return {
        "pairs": count,
        "sums": count * sums,
        "sums.vectors": count * sums * _vectors(inputs),
        "fours": count * -(-outputs // FOUR),
        "left": count * (left in (1, 2)),
        "left_three": count * (left == 3),
    }


def _windows(fields: Mapping[str, int], copied: bool) -> Features:
    """Features of conv_2d_mve.

    Args:
      fields: of the `struct conv_2d`.
      copied: whether what windows see is copied.
    """
    groups, batches = fields["groups"], fields["batches"]
    channels = fields["in_c"] // groups
    down, across = Side(fields, "h"), Side(fields, "w")
    run, height = across.size * channels, down.size
    windows = len(down.start) * len(across.start)
    times = batches * groups
    found: Features = {"rows": len(down.start), "windows": windows}
    found |= _pairs(-(-windows // 2), height * run, fields["out_c"] // groups)
    if copied:
        in_a_row = across.size == 1 or (groups == 1 and fields["dilation_w"] == 1)
        inside = int(down.inside.sum()) * int(across.inside.sum()) if in_a_row else 0
        found |= {
            "copied": inside,
            "copied.rows": inside * height,
            "copied.vectors": inside * height * _vectors(run),
            "gathered": windows - inside,
        }
        found |= _gathered(fields, down, across, in_a_row)
    return {"groups": groups} | {name: times * number for name, number in found.items()}


def _gathered(fields: Mapping[str, int], down: Side, across: Side, in_a_row: bool) -> Features:
    """Features of gather_mve, of all windows that are not inside of the image."""
    channels = fields["in_c"] // fields["groups"]
    run = across.size * channels
    found = dict.fromkeys(("filled", "filled.vectors", "pieces", "pieces.vectors", "lines"), 0)
    for row, row_inside in zip(down.seen.tolist(), down.inside.tolist(), strict=True):
        for place, column_inside in enumerate(across.inside.tolist()):
            if row_inside and column_inside and in_a_row:
                continue
            found["filled"] += down.size - row
            found["filled.vectors"] += (down.size - row) * _vectors(run)
            found["lines"] += row
            if not in_a_row:
                seen = int(across.seen[place])
                found["pieces"] += row * seen
                found["pieces.vectors"] += row * seen * _vectors(channels)
                found["filled"] += row * (across.size - seen)
                found["filled.vectors"] += row * (across.size - seen) * _vectors(channels)
                continue
            left = int(across.start[place])
            before = min(max(-left, 0), across.size)
            after = min(max(left + across.size - fields["in_w"], 0), across.size - before)
            visible = across.size - before - after
            for name, columns in (("filled", before), ("pieces", visible), ("filled", after)):
                found[name] += row * (columns > 0)
                found[f"{name}.vectors"] += row * _vectors(columns * channels)
    return {name: float(number) for name, number in found.items()}


def _convolution(call: Call) -> Features:
    """Features of conv_2d_mve."""
    copied = any(isinstance(argument, Scratch) for argument in call.arguments)
    return _windows(fields_of(call, "conv_2d"), copied)


def _pooled_rows(call: Call) -> Features:
    """Features of conv_2d_max_mve: a row of maxima at a time."""
    fields, pool = fields_of(call, "conv_2d"), fields_of(call, "pool_2d")
    maxima, step = call.numbers["maxima"], call.numbers["step"]
    parts = []
    for row in range(maxima):
        moved = {**fields, "batches": 1, "pad_h": fields["pad_h"] - row * step}
        # Each call gets scratch memory.
        parts += [_windows(moved, True), _largest(pool), {"maxima": 1.0}]
    return {name: fields["batches"] * number for name, number in _added(parts).items()}


def _pooling(call: Call) -> Features:
    """Features of max_pool_2d_mve."""
    return _largest(fields_of(call, "pool_2d"))


def _largest(fields: Mapping[str, int]) -> Features:
    """Features of max_pool_2d_mve by the fields of its `struct pool_2d`."""
    down, across = Side(fields, "h"), Side(fields, "w")
    vectors, batches = _vectors(fields["channels"]), fields["batches"]
    windows = batches * len(down.start) * len(across.start)
    seen = batches * int(down.seen.sum())
    return {
        "pool.rows": batches * len(down.start),
        "pool.windows": windows,
        "pool.vectors": windows * vectors,
        "pool.vectors.rows": seen * len(across.start) * vectors,
        "pool.vectors.taps": seen * int(across.seen.sum()) * vectors,
    }


def _small_pooled(call: Call) -> Features:
    """Features of conv_3x3_max_2x2_mve: four places at a time."""
    fields = fields_of(call, "conv_2d_max")
    batches, places = fields["batches"], fields["out_h"] * fields["out_w"]
    inside = 1
    for side in "hw":
        starts = [
            i * fields[f"step_{side}"] - fields[f"pad_{side}"] for i in range(fields[f"out_{side}"])
        ]
        end = fields[f"in_{side}"] - fields[f"seen_{side}"]
        inside *= sum(0 <= start <= end for start in starts)
    fours = batches * -(-places // FOUR)
    return {
        "inside": batches * inside,
        "apart": batches * (places - inside),
        "fours": fours,
        "fours.outputs": fours * fields["out_c"],
    }


def _row(call: Call) -> Features:
    """Features of fully_connected_mve: four outputs at a time."""
    inputs, outputs = call.numbers["inputs"], call.numbers["outputs"]
    fours = -(-outputs // FOUR)
    left = outputs % FOUR > 0
    return {"fours": fours, "fours.vectors": fours * _vectors(inputs), "left": left}


def _rows(call: Call) -> Features:
    """Features of fully_connected_rows_mve."""
    numbers = call.numbers
    return _pairs(-(-numbers["rows"] // 2), numbers["inputs"], numbers["outputs"])


def _depthwise_3x3(call: Call) -> Features:
    """Features of depthwise_3x3_mve: pieces along the image, of which strips across are made."""
    fields, stride = fields_of(call, "depthwise_3x3"), call.numbers["stride"]
    batches, channels = fields["batches"], fields["channels"]
    blocks, rows = -(-channels // _SIXTEEN), 3 - stride
    strips = -(-fields["out_across"] // rows)
    found: Features = {}
    for x in range(0, fields["out_along"], fields["piece"]):
        count = min(fields["out_along"] - x, fields["piece"])
        start = x
        if stride == 1 and count == 1:
            start, count = x - 1, 2
        first, seen = start * stride - fields["pad_along"], (count - 1) * stride + 3
        before = max(-first, 0)
        after = max(first + seen - fields["in_along"], 0)
        # With stride 1 two by two outputs are made at a time, with stride 2 four.
        at_a_time = 2 if stride == 1 else FOUR
        outside = (before > 0) + (after > 0)
        part: Features = {
            "pieces": 1,
            "outside": outside,
            "outside.vectors": (before + after) * FOUR,
            "blocks": blocks,
            "strips": blocks * strips,
            "strips.columns": blocks * strips * (seen - before - after),
            "channels": channels * strips,
            "channels.whole": channels * strips * (count // at_a_time),
            "channels.left": channels * strips * (count % at_a_time > 0),
        }
        found = _added([found, part])
    suffix = f"@{stride}"
    return {name + suffix: batches * number for name, number in found.items()}


FEATURES: Mapping[str, Callable[[Call], Features]] = {
    "conv_2d_mve": _convolution,
    "conv_2d_max_mve": _pooled_rows,
    "conv_3x3_max_2x2_mve": _small_pooled,
    "depthwise_3x3_mve": _depthwise_3x3,
    "fully_connected_mve": _row,
    "fully_connected_rows_mve": _rows,
    "max_pool_2d_mve": _pooling,
}
"""By the names of functions."""
