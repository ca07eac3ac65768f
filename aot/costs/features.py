# SPDX-License-Identifier: Apache-2.0
"""Features of a call: how often each part of a function runs, as far as its arguments say.

They are known for types of arguments, not for functions: all that take a `struct conv_2d` have the
same features, those of another core among them. What a feature costs in a function on a core is
measured: see `fitting.py`. A feature too many does no harm, its coefficient becomes 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from aot.costs.calls import LIBRARY, Call

Features = dict[str, float]

_FOUR = 4
"""Functions compute so many outputs, or take so many inputs, at a time, others by another loop."""


def features(call: Call) -> Features:
    """Counts what a call does.

    Args:
      call: the call.

    Returns:
      Numbers above 0 by their names; "calls" is how often the call is made.
    """
    found = {"calls": 1.0, **_of_arguments(call)}
    times = int(np.prod(call.loops, dtype=np.int64)) if call.loops else 1
    if times != 1 or call.loops:
        found = {name: number * times for name, number in found.items()}
        found["times"] = found.pop("calls")
        found["calls"] = 1.0
        # Each loop begins as often as those around it run.
        found["loops"] = float(sum(np.cumprod((1, *call.loops[:-1]), dtype=np.int64)))
    return {name: float(number * call.times) for name, number in found.items() if number}


def _of_arguments(call: Call) -> Features:
    for kind, function in _BY_STRUCT.items():
        fields = call.struct(kind)
        if fields is not None:
            return function(call, fields)
    return _dense(call) if {"inputs", "outputs"} <= call.numbers.keys() else _elements(call)


# --- dot products ---------------------------------------------------------------------------------


def _dense(call: Call) -> Features:
    """Features of functions that take (rows,) inputs and outputs."""
    numbers = call.numbers
    rows, inputs, outputs = numbers.get("rows", 1), numbers["inputs"], numbers["outputs"]
    return {
        "rows": rows,
        "row_words": rows * -(-inputs // _FOUR),
        "row_rest": rows * (inputs % _FOUR),
        "outputs": rows * outputs,
        "products": rows * inputs * outputs,
        **_products(rows, 1, inputs, outputs),
    }


def _products(windows: int, runs: int, run: int, outputs: int) -> Features:
    """Counts what dot products take: windows by twos, outputs by fours, taps by fours.

    Args:
      windows: how many windows there are.
      runs: how many runs of taps a window has.
      run: how many taps lie one after the other.
      outputs: how many outputs a window has.
    """
    found: Features = {}
    for place, number in (("pair", windows // 2), ("single", windows % 2)):
        if not number:
            continue
        found[place] = number
        for group, times in (
            ("four", outputs // _FOUR),
            ("two", (outputs % _FOUR) // 2),
            ("one", outputs % 2),
        ):
            if not times:
                continue
            inner = number * times
            found[f"{place}.{group}"] = inner
            found[f"{place}.{group}.run"] = inner * runs
            found[f"{place}.{group}.words"] = inner * runs * -(-run // _FOUR)
            found[f"{place}.{group}.fours"] = inner * runs * (run // _FOUR)
            found[f"{place}.{group}.rest"] = inner * runs * (run % _FOUR)
    return found


# --- windows --------------------------------------------------------------------------------------


_UNROLLED = 4
"""Up to so many rounds of a loop compilers may write out."""


class _Side:
    """Windows in one direction.

    Attributes:
      start: where each begins, of the input.
      seen: how many taps of each see the input.
      inside: whether all of each do.
    """

    def __init__(self, fields: Mapping[str, int], side: str) -> None:
        size, dilation = fields[f"filter_{side}"], fields.get(f"dilation_{side}", 1)
        length = fields[f"in_{side}"]
        self.size = size
        self.start = (
            np.arange(fields[f"out_{side}"], dtype=np.int64) * fields[f"stride_{side}"]
            - fields[f"pad_{side}"]
        )
        taps = self.start[:, None] + np.arange(size) * dilation
        self.seen = ((taps >= 0) & (taps < length)).sum(axis=1)
        self.inside = self.seen == size


def _convolution(call: Call, fields: Mapping[str, int]) -> Features:
    """Features of `struct conv_2d`."""
    groups, batches = fields["groups"], fields["batches"]
    channels, outputs = fields["in_c"] // groups, fields["out_c"] // groups
    down, across = _Side(fields, "h"), _Side(fields, "w")
    out_h, out_w = len(down.start), len(across.start)
    run = down.size and across.size * channels
    # Which windows are computed together: by two in a row, or by two in all.
    in_rows = not call.function.endswith("_dsp")
    in_order = (groups == 1 and fields["dilation_w"] == 1) or across.size == 1
    inside = down.inside[:, None] & across.inside[None, :] & in_order
    seen_rows, seen_columns = np.broadcast_arrays(down.seen[:, None], across.seen[None, :])
    whole = np.broadcast_to(across.inside[None, :] & in_order, inside.shape)

    def by_two(mask: np.ndarray) -> np.ndarray:
        """Marks windows of which the one beside it, too, is inside."""
        lines = mask if in_rows else mask.reshape(1, -1)
        both = lines.copy()
        even = lines.shape[1] // 2 * 2
        pairs = lines[:, 0:even:2] & lines[:, 1:even:2]
        both[:, 0:even:2] = both[:, 1:even:2] = pairs
        return both.reshape(mask.shape)

    both = by_two(inside)
    apart = ~both
    times = batches * groups
    windows = out_h * out_w
    pairs = out_h * (out_w // 2) if in_rows else windows // 2
    singles = windows - 2 * pairs
    found: Features = {
        "groups": groups,
        "rows": times * out_h,
        "windows": times * windows,
        "inside": times * both.sum(),
        "inside.runs": times * both.sum() * down.size,
        "inside.words": times * both.sum() * down.size * -(-run // _FOUR),
        "inside.rest": times * both.sum() * down.size * (run % _FOUR > 0),
        "apart": times * apart.sum(),
        "apart.rows_outside": times * (apart * (down.size - seen_rows)).sum(),
        "apart.rows_whole": times * (apart * whole * seen_rows).sum(),
        "apart.rows_partly": times * (apart * ~whole * seen_rows).sum(),
    }
    found["apart.words_outside"] = found["apart.rows_outside"] * -(-run // _FOUR)
    found["apart.words_whole"] = found["apart.rows_whole"] * -(-run // _FOUR)
    found["apart.rest_whole"] = found["apart.rows_whole"] * (run % _FOUR > 0)
    taps_seen = times * (apart * ~whole * seen_rows * seen_columns).sum()
    taps_outside = found["apart.rows_partly"] * across.size - taps_seen
    found["apart.taps_seen"], found["apart.taps_outside"] = taps_seen, taps_outside
    for name, number in (("seen", taps_seen), ("outside", taps_outside)):
        if channels % _FOUR:
            found[f"apart.odd_bytes_{name}"] = number * channels
        else:
            found[f"apart.words_{name}"] = number * (channels // _FOUR)
    if channels % _FOUR:
        found["apart.odd_words"] = found["apart.rows_partly"] * -(-run // _FOUR)
    # Functions without pairs compute only what is seen, tap by tap.
    taps = times * (seen_rows * seen_columns).sum()
    seen = {
        "seen": times * windows * outputs,
        "seen_rows": times * int(seen_rows.sum()) * outputs,
        "seen_taps": taps * outputs,
        "seen_products": taps * outputs * channels,
    }
    # A window of one tap needs no loops.
    suffix = "@one" if down.size == across.size == 1 else ""
    found |= {name + suffix: number for name, number in seen.items()}
    found["outputs"] = times * windows * outputs
    found["bytes_apart"] = times * apart.sum() * down.size * run
    for name, number in _products(
        2 * times * pairs + times * singles, down.size, run, outputs
    ).items():
        found[name] = found.get(name, 0) + number
    # _products has one single window at most; here are those of all rows.
    if singles * times > 1:
        for name in [n for n in found if n.startswith(("pair", "single"))]:
            del found[name]
        one = _products(1, down.size, run, outputs)
        two = _products(2, down.size, run, outputs)
        found |= {n: v * times * singles for n, v in one.items()}
        found |= {n: v * times * pairs for n, v in two.items()}
    return found


def _depthwise(call: Call, fields: Mapping[str, int]) -> Features:
    """Features of `struct depthwise_conv_2d`."""
    places = call.struct("max_places")
    channels, batches = fields["in_c"], fields["batches"]
    multiplier = fields.get("multiplier", 1)
    if places is not None:
        # Each output is the maximum of several windows.
        shape = dict(fields)
        steps = {}
        for side in "hw":
            steps[side] = places[f"filter_{side}"]
            shape[f"out_{side}"] = fields[f"out_{side}"] * steps[side]
        fields_of_sums: Mapping[str, int] = shape
    else:
        fields_of_sums = fields
    down, across = _Side(fields_of_sums, "h"), _Side(fields_of_sums, "w")
    out_h, out_w = len(down.start), len(across.start)
    fours = -(-channels // _FOUR)
    windows = batches * out_h * out_w
    seen = batches * int(down.seen.sum()) * int(across.seen.sum())
    seen_rows = batches * int(down.seen.sum()) * int((across.seen > 0).sum())
    height = (out_h - 1) * fields["stride_h"] + fields["filter_h"]
    width = (out_w - 1) * fields["stride_w"] + fields["filter_w"]
    rows = min(height - fields["pad_h"], fields["in_h"])
    columns = min(width - fields["pad_w"], fields["in_w"])
    planes = batches * channels
    odd = out_w % 2
    strided = fields["stride_w"] > 1
    # As many rows of outputs at a time, if not all.
    strips = batches * -(-fields["out_h"] // call.numbers.get("strip", fields["out_h"]))
    copied = batches * fours * rows * columns
    outputs = batches * fields["out_h"] * fields["out_w"]
    found: Features = {
        "rows": batches * out_h,
        "windows": windows,
        "windows.fours": windows * fours,
        "windows.rows": seen_rows * fours,
        "windows.taps": seen * fours,
        "channels": windows * channels * multiplier,
        "channels.rows": seen_rows * channels * multiplier,
        "channels.taps": seen * channels * multiplier,
        "outputs.fours": outputs * fours,
        "outputs": outputs * channels,
        # A channel after the other.
        "border": height * width,
        "planes": planes,
        "planes.rows": planes * rows,
        "planes.copied": planes * rows * columns,
        "planes.copied_pairs": planes * rows * (columns // 2),
        "planes.copied_rest": planes * rows * (columns % 2),
        # Four channels after the other.
        "fours": batches * fours,
        "fours.strips": strips * fours,
        "fours.strips.columns": strips * fours * width,
        "fours.rows": batches * fours * rows,
        "fours.copied": copied,
        "fours.copied.apart": copied if fields["pad_w"] % 2 else 0,
        "channels.strips": strips * channels,
    }
    if multiplier == 1:
        # A channel makes one output: no inner loop.
        for name in ("channels", "channels.rows", "channels.taps"):
            found[f"{name}@one"] = found.pop(name)
    kind = ("strided_" if strided else "") + ("odd" if odd else "even")
    found[f"planes.{kind}"] = planes
    found[f"planes.{kind}.rows"] = planes * out_h
    found[f"planes.{kind}.pairs"] = planes * out_h * ((out_w + 1) // 2)
    found[f"planes.{kind}.outputs"] = planes * out_h * out_w
    return found


def _pooling(call: Call, fields: Mapping[str, int]) -> Features:
    """Features of `struct pool_2d`."""
    del call
    down, across = _Side(fields, "h"), _Side(fields, "w")
    channels, batches = fields["channels"], fields["batches"]
    windows = batches * len(down.start) * len(across.start)
    seen = batches * int(down.seen.sum()) * int(across.seen.sum())
    seen_rows = batches * int(down.seen.sum()) * int((across.seen > 0).sum())
    fours = -(-channels // _FOUR)
    found: Features = {
        "rows": batches * len(down.start),
        "windows": windows,
        "windows.fours": windows * fours,
        "windows.rows": seen_rows * fours,
        "windows.taps": seen * fours,
        "channels": windows * channels,
        "channels.rows": seen_rows * channels,
        "channels.taps": seen * channels,
    }
    return _of_loops(found, down, across)


def _of_loops(found: Features, *sides: _Side) -> Features:
    """Gives features names of their own where compilers know how often loops over taps run.

    Of such loops some are written out, and one that runs once is no loop.
    """
    kinds = []
    for side in sides:
        known = side.size <= _UNROLLED and bool(side.inside.all())
        kinds.append("one" if side.size == 1 else "few" if known else "any")
    return {f"{name}@{','.join(kinds)}": number for name, number in found.items()}


def _numbers(field: object) -> tuple[int, ...]:
    """Gives the numbers of a struct within a struct."""
    assert isinstance(field, tuple)
    return field


def _pooled_convolution(call: Call, fields: Mapping[str, int]) -> Features:
    """Features of `struct conv_2d_max`."""
    del call
    inside = np.ones((1, 1), bool)
    for side, axis in (("h", 0), ("w", 1)):
        start = (
            np.arange(fields[f"out_{side}"], dtype=np.int64) * fields[f"step_{side}"]
            - fields[f"pad_{side}"]
        )
        fits = (start >= 0) & (start + fields[f"seen_{side}"] <= fields[f"in_{side}"])
        inside = inside & np.expand_dims(fits, 1 - axis)
    outputs, batches = fields["out_c"], fields["batches"]
    found: Features = {
        "rows": batches * fields["out_h"],
        "windows": batches * inside.size,
        "apart": batches * (~inside).sum(),
    }
    found["apart.rows"] = found["apart"] * fields["seen_h"]
    found["apart.places"] = found["apart.rows"] * fields["seen_w"]
    found["apart.bytes"] = found["apart.places"] * fields["in_c"]
    runs, run, _ = _numbers(fields["direct"])
    _, pairs, _, lines, _ = _numbers(fields["direct_places"])
    for group, times in (("four", outputs // _FOUR), ("one", outputs % _FOUR)):
        inner = found["windows"] * times
        found[group] = inner
        found[f"{group}.lines"] = inner * lines
        found[f"{group}.pairs"] = inner * lines * pairs
        found[f"{group}.runs"] = inner * lines * pairs * runs
        found[f"{group}.taps"] = inner * lines * pairs * runs * run
    found["outputs"] = found["windows"] * outputs
    return found


# --- layers with a state --------------------------------------------------------------------------


def _svdf(call: Call, fields: Mapping[str, int]) -> Features:
    del call
    batches, inputs, memory = fields["batches"], fields["inputs"], fields["memory"]
    units = batches * fields["units"]
    filters = units * fields["rank"]
    return {
        "batches": batches,
        "units": units,
        "filters": filters,
        "filters.inputs": filters * inputs,
        "filters.memory": filters * memory,
    }


def _lstm(call: Call, fields: Mapping[str, int]) -> Features:
    del call
    steps = fields["batches"] * fields["times"]
    cells = steps * fields["cells"]
    return {
        "batches": fields["batches"],
        "steps": steps,
        "cells": cells,
        "cells.inputs": cells * fields["inputs"],
        "cells.cells": cells * fields["cells"],
    }


# --- element by element ---------------------------------------------------------------------------


_SIZES = ("before", "length", "after", "size", "rows", "depth", "count", "run")
"""Parameters that say how many elements there are, from the outermost loop on."""


def _elements(call: Call) -> Features:
    """Features of all other functions: their tensors' sizes, and the sizes that they are given."""
    found: Features = {}
    values = [value.size for value in call.values]
    if values:
        found["made"] = values[-1]
        found["read"] = sum(values[:-1])
    given = call.numbers
    product = 1
    path = ""
    for name in given:
        if name in _SIZES:
            product *= given[name]
            path = f"{path}.{name}" if path else name
            found[path] = product
    if not given and call.arguments and isinstance(call.arguments[0], int):
        # Bytes of memcpy and others, or elements of a row.
        size = call.arguments[0]
        found |= _copied(1, size) if call.function in LIBRARY else {"elements": size}
    if "run" in given:
        found |= _copied(given["count"], given["run"])
        # Single bytes and words are copied otherwise.
        kind = {1: "byte", 4: "word"}.get(given["run"], "bytes")
        found = {f"{name}@{kind}": number for name, number in found.items()}
    # Code for one width has nothing of that for another one.
    widths = [str(number) for name, number in given.items() if name.endswith("_bytes")]
    if widths:
        found = {f"{name}@{','.join(widths)}": number for name, number in found.items()}
    return found


def _copied(times: int, size: int) -> Features:
    """Features of memcpy: loops over much, then over what is left."""
    return {
        "bytes": times * size,
        "blocks": times * (size // 64),
        "lines": times * (size % 64 // 16),
        "words": times * (size % 16 // _FOUR),
        "rest": times * (size % _FOUR),
    }


def _reduction(call: Call, fields: Mapping[str, int]) -> Features:
    """Features of `struct reduction`."""
    rows = fields["outputs"] * fields["rows"]
    return {"outputs": fields["outputs"], "rows": rows, "elements": rows * fields["length"]}


def _transposed_convolution(call: Call, fields: Mapping[str, int]) -> Features:
    """Features of `struct transpose_conv`: each output sees the inputs that reach it."""
    seen = {}
    for side in "hw":
        taps, stride = fields[f"filter_{side}"], fields[f"stride_{side}"]
        place = np.arange(fields[f"out_{side}"]) + fields[f"pad_{side}"]
        first = np.where(place >= taps, (place - taps) // stride + 1, 0)
        end = np.minimum(place // stride + 1, fields[f"in_{side}"])
        seen[side] = int(np.maximum(end - first, 0).sum())
    places = fields["batches"] * fields["out_h"] * fields["out_w"]
    rows = fields["batches"] * seen["h"] * fields["out_w"] * fields["out_c"]
    taps = fields["batches"] * seen["h"] * seen["w"] * fields["out_c"]
    return {
        "rows": fields["batches"] * fields["out_h"],
        "places": places,
        "outputs": places * fields["out_c"],
        "outputs.rows": rows,
        "outputs.taps": taps,
        "outputs.products": taps * fields["in_c"],
    }


_BY_STRUCT: Mapping[str, Callable[[Call, Mapping[str, int]], Features]] = {
    "conv_2d_max": _pooled_convolution,
    "conv_2d": _convolution,
    "depthwise_conv_2d": _depthwise,
    "lstm": _lstm,
    "pool_2d": _pooling,
    "reduction": _reduction,
    "svdf": _svdf,
    "transpose_conv": _transposed_convolution,
}
"""By the types of structs."""
