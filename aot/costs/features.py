# SPDX-License-Identifier: Apache-2.0
"""Features of a call: how often each part of a function runs, as far as its arguments say.

They are known for types of arguments, not for functions: all that take a `struct conv_2d` have the
same features, those of another core among them. What a feature costs in a function on a core is
measured: see `fitting.py`. A feature too many does no harm, its coefficient becomes 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from aot.costs import features_dsp, features_mve
from aot.costs.calls import APART, LIBRARY, Call
from aot.costs.windows import FOUR, Features, Side, before_pooling, fields_of


def features(call: Call, *, once: bool = False) -> Features:
    """Counts what a call does.

    Args:
      call: the call.
      once: whether the function is compiled for this call alone.

    Returns:
      Numbers above 0 by their names; "calls" is how often the call is made.
    """
    found = {"calls": 1.0, **_of_arguments(call)}
    if once:
        found = _of_known_numbers(call, found)
    times = int(np.prod(call.loops, dtype=np.int64)) if call.loops else 1
    if times != 1 or call.loops:
        found = {name: number * times for name, number in found.items()}
        found["times"] = found.pop("calls")
        found["calls"] = 1.0
        # Each loop begins as often as those around it run.
        found["loops"] = float(sum(np.cumprod((1, *call.loops[:-1]), dtype=np.int64)))
    return {name: float(number * call.times) for name, number in found.items() if number}


_ONE = (2**30, 1)
"""A multiplier and its shift."""


def _of_known_numbers(call: Call, found: Features) -> Features:
    """Gives the features of a function that is compiled for its arguments' numbers."""
    fields = call.struct("depthwise_conv_2d")
    if fields is not None and call.function not in features_dsp.FEATURES:
        # What loops take more that compilers know.
        return found | _of_known_loops(found, Side(fields, "h"), Side(fields, "w"))
    fields = call.struct("leaky_relu")
    if fields is not None and (fields["multiplier"], fields["shift"]) == _ONE:
        # What is multiplied by 1 stays as it is.
        return {f"{name}@same": number for name, number in found.items()}
    return found


def _of_arguments(call: Call) -> Features:
    for own in (features_dsp, features_mve):
        if call.function in own.FEATURES:
            return own.FEATURES[call.function](call)
    if call.function.split(":")[0] in _TAP_BY_TAP:
        return _tap_by_tap(call, fields_of(call, "conv_2d"))
    if call.function == "fully_connected_float":
        return _dense_float(call)
    for kind, function in _BY_STRUCT.items():
        fields = call.struct(kind)
        if fields is not None:
            return function(call, fields)
    names = call.numbers.keys()
    if {"outputs", "count"} <= names:
        return _added_products(call)
    return _dense(call) if {"inputs", "outputs"} <= names else _elements(call)


# --- dot products ---------------------------------------------------------------------------------


def _dense(call: Call) -> Features:
    """Features of functions that take (rows,) inputs and outputs."""
    numbers = call.numbers
    rows, inputs, outputs = numbers.get("rows", 1), numbers["inputs"], numbers["outputs"]
    return {
        "rows": rows,
        "row_words": rows * -(-inputs // FOUR),
        "row_rest": rows * (inputs % FOUR),
        "outputs": rows * outputs,
        "products": rows * inputs * outputs,
        **_products(rows, 1, inputs, outputs),
    }


def _dense_float(call: Call) -> Features:
    """Features of fully_connected_float: one output at a time.

    Compilers that know that all inputs are in whole vectors multiply a vector at a time.
    """
    numbers = call.numbers
    rows, inputs, outputs = numbers["rows"], numbers["inputs"], numbers["outputs"]
    kind = _suffix(["fours"] if inputs % FOUR == 0 else [])
    sums: Features = {"outputs": rows * outputs, "products": rows * outputs * inputs}
    return {"rows": rows, **{name + kind: number for name, number in sums.items()}}


def _added_products(call: Call) -> Features:
    """Features of functions that add products of (count,) inputs to the sums of all outputs."""
    outputs, count = call.numbers["outputs"], call.numbers["count"]
    found: Features = {"outputs": outputs, "products": outputs * count}
    for group, times in (("four", outputs // FOUR), ("rest", outputs % FOUR)):
        found[group] = times
        found[f"{group}.products"] = times * count
    return found


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
            ("four", outputs // FOUR),
            ("two", (outputs % FOUR) // 2),
            ("one", outputs % 2),
        ):
            if not times:
                continue
            inner = number * times
            found[f"{place}.{group}"] = inner
            found[f"{place}.{group}.run"] = inner * runs
            found[f"{place}.{group}.words"] = inner * runs * -(-run // FOUR)
            found[f"{place}.{group}.fours"] = inner * runs * (run // FOUR)
            found[f"{place}.{group}.rest"] = inner * runs * (run % FOUR)
    return found


# --- windows --------------------------------------------------------------------------------------


_TAP_BY_TAP = ("conv_2d_any", "conv_2d_float", "conv_2d_int16", "conv_2d_int8_any")

_UNROLLED = 4
"""Up to so many rounds of a loop compilers may write out."""


def _convolution(call: Call, fields: Mapping[str, int]) -> Features:
    """Features of `struct conv_2d`."""
    fields = before_pooling(call, fields)
    groups, batches = fields["groups"], fields["batches"]
    channels, outputs = fields["in_c"] // groups, fields["out_c"] // groups
    down, across = Side(fields, "h"), Side(fields, "w")
    out_h, out_w = len(down.start), len(across.start)
    run = down.size and across.size * channels
    in_order = (groups == 1 and fields["dilation_w"] == 1) or across.size == 1
    inside = down.inside[:, None] & across.inside[None, :] & in_order
    seen_rows, seen_columns = np.broadcast_arrays(down.seen[:, None], across.seen[None, :])
    whole = np.broadcast_to(across.inside[None, :] & in_order, inside.shape)

    def by_two(mask: np.ndarray) -> np.ndarray:
        """Marks windows of which the one beside it in a row, too, is inside."""
        both = mask.copy()
        even = mask.shape[1] // 2 * 2
        pairs = mask[:, 0:even:2] & mask[:, 1:even:2]
        both[:, 0:even:2] = both[:, 1:even:2] = pairs
        return both

    both = by_two(inside)
    apart = ~both
    times = batches * groups
    windows = out_h * out_w
    pairs = out_h * (out_w // 2)
    singles = windows - 2 * pairs
    found: Features = {
        "groups": groups,
        "rows": times * out_h,
        "windows": times * windows,
        "inside": times * both.sum(),
        "inside.runs": times * both.sum() * down.size,
        "inside.words": times * both.sum() * down.size * -(-run // FOUR),
        "inside.rest": times * both.sum() * down.size * (run % FOUR > 0),
        "apart": times * apart.sum(),
        "apart.rows_outside": times * (apart * (down.size - seen_rows)).sum(),
        "apart.rows_whole": times * (apart * whole * seen_rows).sum(),
        "apart.rows_partly": times * (apart * ~whole * seen_rows).sum(),
    }
    found["apart.words_whole"] = found["apart.rows_whole"] * -(-run // FOUR)
    found["apart.rest_whole"] = found["apart.rows_whole"] * (run % FOUR > 0)
    taps_seen = times * (apart * ~whole * seen_rows * seen_columns).sum()
    rows_by_taps = found["apart.rows_partly"] + found["apart.rows_outside"]
    taps_outside = rows_by_taps * across.size - taps_seen
    found["apart.taps_seen"], found["apart.taps_outside"] = taps_seen, taps_outside
    for name, number in (("seen", taps_seen), ("outside", taps_outside)):
        if channels % FOUR:
            found[f"apart.odd_bytes_{name}"] = number * channels
        else:
            found[f"apart.words_{name}"] = number * (channels // FOUR)
    if channels % FOUR:
        found["apart.odd_words"] = rows_by_taps * -(-run // FOUR)
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


def _tap_by_tap(call: Call, fields: Mapping[str, int]) -> Features:
    """Features of functions with a `struct conv_2d` that compute only what is seen."""
    del call
    groups, batches = fields["groups"], fields["batches"]
    channels, outputs = fields["in_c"] // groups, fields["out_c"] // groups
    down, across = Side(fields, "h"), Side(fields, "w")
    places = batches * len(down.start) * len(across.start)
    each = batches * groups * outputs
    rows = each * int(down.seen.sum()) * len(across.start)
    taps = each * int(down.seen.sum()) * int(across.seen.sum())
    found: Features = {
        "windows": places,
        "seen": places * groups * outputs,
        "seen_rows": rows,
        "seen_taps": taps,
        "seen_products": taps * channels,
    }
    # A window of one tap needs no loops; those over few channels may be written out.
    kinds = ["one"] if down.size == across.size == 1 else []
    kinds += [f"few_{channels}"] if channels <= _UNROLLED else []
    if channels <= _UNROLLED:
        del found["seen_products"]
    found = {name + _suffix(kinds): number for name, number in found.items()}
    if not (down.inside.all() and across.inside.all()):
        # Which taps are seen must be found out.
        found |= {"seen@padded": places * groups * outputs, "seen_rows@padded": rows}
        found["seen_taps@padded"] = taps
    return found


def _depthwise(call: Call, fields: Mapping[str, int]) -> Features:
    """Features of `struct depthwise_conv_2d`."""
    channels, batches = fields["in_c"], fields["batches"]
    multiplier = fields.get("multiplier", 1)
    # Each output may be the maximum of several windows.
    sums = before_pooling(call, fields)
    down, across = Side(sums, "h"), Side(sums, "w")
    out_h, out_w = len(down.start), len(across.start)
    fours = -(-channels // FOUR)
    windows = batches * out_h * out_w
    seen = batches * int(down.seen.sum()) * int(across.seen.sum())
    seen_rows = batches * int(down.seen.sum()) * int((across.seen > 0).sum())
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
    }
    if multiplier == 1:
        # A channel makes one output: no inner loop.
        for name in ("channels", "channels.rows", "channels.taps"):
            found[f"{name}@one"] = found.pop(name)
    return found


def _pooling(call: Call, fields: Mapping[str, int]) -> Features:
    """Features of `struct pool_2d`."""
    del call
    down, across = Side(fields, "h"), Side(fields, "w")
    channels, batches = fields["channels"], fields["batches"]
    windows = batches * len(down.start) * len(across.start)
    seen = batches * int(down.seen.sum()) * int(across.seen.sum())
    seen_rows = batches * int(down.seen.sum()) * int((across.seen > 0).sum())
    fours = -(-channels // FOUR)
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


def _of_loops(found: Features, *sides: Side) -> Features:
    """Gives features names of their own where compilers know how often loops over taps run.

    Of such loops some are written out, and one that runs once is no loop.
    """
    kinds = []
    for side in sides:
        known = side.size <= _UNROLLED and bool(side.inside.all())
        kinds.append("one" if side.size == 1 else "few" if known else "any")
    return {f"{name}@{','.join(kinds)}": number for name, number in found.items()}


def _of_known_loops(found: Features, *sides: Side) -> Features:
    """Gives the same, but nothing of loops that are as in a function for all calls."""
    named = _of_loops(found, *sides)
    return {} if all(name.endswith("@any,any") for name in named) else named


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
    for group, times in (("four", outputs // FOUR), ("one", outputs % FOUR)):
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
    filters = fields["units"] * fields["rank"]
    found: Features = {
        "units": units,
        "filters": batches * filters,
        "filters.memory": batches * filters * memory,
        "rank": units * (fields["rank"] > 1),
    }
    for name, number in (("four", filters // FOUR), ("rest", filters % FOUR)):
        found[name] = batches * number
        found[f"{name}.inputs"] = batches * number * inputs
    return {"batches": batches} | found


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
        copies = call.function in (*LIBRARY, "move_rows")
        if copies:
            apart = f"@{APART}" if APART in call.arguments else ""
            found |= {name + apart: number for name, number in _copied(1, size).items()}
        else:
            # Some functions take four at a time.
            fours = {"elements.fours": size // FOUR, "elements.rest": int(size % FOUR > 0)}
            found |= {"elements": size, **fours}
    if "run" in given:
        found |= _copied(given["count"], given["run"])
        # Single bytes and words are copied otherwise.
        kind = {1: "byte", 4: "word"}.get(given["run"], "bytes")
        found = {f"{name}@{kind}": number for name, number in found.items()}
    # Code for one width has nothing of that for another one.
    widths = [str(number) for name, number in given.items() if name.endswith("_bytes")]
    # What is shifted to the right is rounded, too.
    widths += ["right"] if given.get("shift", 0) < 0 else []
    if widths:
        found = {f"{name}@{','.join(widths)}": number for name, number in found.items()}
    return found


def _moved(call: Call, fields: Mapping[str, int]) -> Features:
    """Features of `struct copy_nd`: rows of pieces, as copy_rows copies them."""
    del call
    *outer, count = _numbers(fields["counts"])
    rows, run = int(np.prod(outer, dtype=np.int64)), fields["run"]
    found = _copied(rows * count, run) | {"pieces": rows * count}
    # Places of pieces that are not whole words are mostly not those of words either.
    kind = {1: "byte", 4: "word"}.get(run, "bytes" if run % FOUR == 0 else "odd")
    return {"rows": rows} | {f"{name}@{kind}": number for name, number in found.items()}


def _copied(times: int, size: int) -> Features:
    """Features of memcpy: loops over much, then over what is left."""
    return {
        "bytes": times * size,
        "blocks": times * (size // 64),
        "lines": times * (size % 64 // 16),
        "words": times * (size % 16 // FOUR),
        "rest": times * (size % FOUR),
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
    found: Features = {
        "rows": fields["batches"] * fields["out_h"],
        "places": places,
        "outputs": places * fields["out_c"],
    }
    # A single row or column has no loop.
    one = [side for side in "hw" if fields[f"in_{side}"] == 1]
    found["outputs.rows" + _suffix(one)] = rows
    found["outputs.taps" + _suffix(one)] = taps
    few = [f"few_{fields['in_c']}"] if fields["in_c"] <= _UNROLLED else []
    found["outputs.products" + _suffix([*one, *few])] = taps * fields["in_c"]
    return found


def _suffix(kinds: Sequence[str]) -> str:
    """Writes the end of the name of what compilers write in another way."""
    return "@" + ",".join(kinds) if kinds else ""


_BY_STRUCT: Mapping[str, Callable[[Call, Mapping[str, int]], Features]] = {
    "conv_2d_max": _pooled_convolution,
    "conv_2d": _convolution,
    "copy_nd": _moved,
    "depthwise_conv_2d": _depthwise,
    "lstm": _lstm,
    "pool_2d": _pooling,
    "reduction": _reduction,
    "svdf": _svdf,
    "transpose_conv": _transposed_convolution,
}
"""By the types of structs."""
