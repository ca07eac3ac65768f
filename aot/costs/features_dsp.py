# SPDX-License-Identifier: Apache-2.0
"""Features of functions for cores with the DSP extension, whose loops are counted as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from aot.costs.calls import Call
from aot.costs.windows import FOUR, Features, Side, before_pooling, fields_of


def _convolution(call: Call) -> Features:
    """Features of conv_2d_dsp and conv_2d_max_dsp: two windows at a time, all outputs of both."""
    fields = before_pooling(call, fields_of(call, "conv_2d"))
    places = call.struct("max_places")
    groups, batches = fields["groups"], fields["batches"]
    channels, outputs = fields["in_c"] // groups, fields["out_c"] // groups
    down, across = Side(fields, "h"), Side(fields, "w")
    run, height = across.size * channels, down.size
    in_order = across.size == 1 or (groups == 1 and fields["dilation_w"] == 1)
    # If the rows of a window are not multiples of four, they lie one after the other.
    joined = run % FOUR != 0 and height > 1
    whole = np.broadcast_to(across.inside & in_order, (len(down.start), len(across.start)))
    inside = down.inside[:, None] & whole
    rows = np.broadcast_to(down.seen[:, None], inside.shape)
    columns = np.broadcast_to(across.seen[None, :], inside.shape)
    if places is None:
        order = np.arange(inside.size)
    else:
        # The places of a maximum one after the other.
        sides = places["filter_h"], places["filter_w"]
        order = np.arange(inside.size).reshape(
            fields["out_h"] // sides[0], sides[0], fields["out_w"] // sides[1], sides[1]
        )
        order = order.transpose(0, 2, 1, 3).reshape(-1, sides[0] * sides[1])
        if order.shape[1] % 2:
            order = np.concatenate([order, order[:, -1:]], axis=1)
        order = order.ravel()
    if len(order) % 2:
        # The last one has no other one: it is taken twice.
        order = np.concatenate([order, order[-1:]])
    pairs = order.reshape(-1, 2)
    together = inside.ravel()[pairs].all(axis=1)
    # Windows that are copied one by one.
    alone = pairs[~together].ravel()
    count, both = len(pairs), int(together.sum())
    seen, seen_whole = rows.ravel()[alone], whole.ravel()[alone]
    taps_seen = int((seen * columns.ravel()[alone]).sum())
    found: Features = {"rows": len(down.start), "windows": inside.size, "pairs": count}
    if places is not None:
        found["maxima"] = count * 2 * outputs
        found["maxima.words"] = count * 2 * (outputs // FOUR)
    if joined:
        taps = height * run
        found |= {
            "joined": both,
            "joined.rows": both * height,
            "joined.words": both * height * (run // FOUR),
            "joined.bytes": both * height * (run % FOUR),
            "joined.fours": both * -(-taps // FOUR),
            "bytes": len(alone),
            "bytes.fours": len(alone) * -(-taps // FOUR),
            "bytes.rows": len(alone) * height,
        }
        outside = len(alone) * height * across.size - taps_seen
        fours = -(-taps // FOUR)
    else:
        whole_rows = int((seen * seen_whole).sum())
        other_rows = len(alone) * height - whole_rows
        taps_seen = int((seen * columns.ravel()[alone] * ~seen_whole).sum())
        outside = other_rows * across.size - taps_seen
        found |= {
            "inside": both,
            "inside.rows": both * height,
            "inside.words": both * height * (run // FOUR),
            "inside.rest": both * height * (run % FOUR > 0),
            "alone": len(alone),
            "alone.rows": whole_rows,
            "alone.words": whole_rows * (run // FOUR),
            "alone.rest": whole_rows * (run % FOUR > 0),
            "others": other_rows,
        }
        fours = height * -(-run // FOUR)
        if channels % FOUR:
            found["bytes.fours"] = other_rows * -(-run // FOUR)
            found["bytes.rows"] = other_rows
    if joined or channels % FOUR:
        found |= {"bytes.seen": taps_seen * channels, "bytes.outside": outside * channels}
        found |= {"bytes.taps_seen": taps_seen, "bytes.taps_outside": outside}
    else:
        found |= {"taps": taps_seen, "taps.words": taps_seen * (channels // FOUR)}
        found |= {"outside": outside, "outside.words": outside * (channels // FOUR)}
    found |= _outputs(count, fours, outputs)
    times = batches * groups
    return {"groups": groups} | {name: times * number for name, number in found.items()}


def _outputs(count: int, words: int, outputs: int) -> Features:
    """Features of dot products of windows, or of two at a time: outputs by fours, then by twos.

    Args:
      count: of windows, or of twos of them.
      words: fours of inputs.
      outputs: how many a window has.
    """
    fours, left = outputs // FOUR, outputs % FOUR
    twos = -(-left // 2)
    return {
        "fours": count * fours,
        "fours.words": count * fours * words,
        "fours.rounds": count * fours * -(-words // 2),
        "twos": count * twos,
        "twos.words": count * twos * words,
        "twos.outputs": count * left,
    }


def _dense(call: Call) -> Features:
    """Features of fully_connected_dsp: one row."""
    inputs, outputs = call.numbers["inputs"], call.numbers["outputs"]
    # The last inputs of fours of outputs are computed apart.
    found = _outputs(1, inputs // FOUR, outputs)
    found["fours.rest"] = outputs // FOUR * (inputs % FOUR > 0)
    found["twos.words"] = -(-(outputs % FOUR) // 2) * -(-inputs // FOUR)
    found["rest"] = inputs % FOUR
    return found


def _rows(call: Call) -> Features:
    """Features of fully_connected_rows_dsp: two rows at a time."""
    inputs, pairs = call.numbers["inputs"], -(-call.numbers["rows"] // 2)
    return {
        "pairs": pairs,
        "pairs.words": pairs * (inputs // FOUR),
        "pairs.rest": pairs * (inputs % FOUR > 0),
        **_outputs(pairs, -(-inputs // FOUR), call.numbers["outputs"]),
    }


def _eights(call: Call) -> Features:
    """Features of fully_connected_eights_dsp: inputs by four words at a time."""
    eights, words = call.numbers["outputs"] // 8, call.numbers["inputs"] // FOUR
    return {
        "eights": eights,
        "eights.words": eights * words,
        "eights.rounds": eights * -(-words // FOUR),
    }


def _depthwise(call: Call) -> Features:
    """Features of depthwise_conv_2d_dsp."""
    fields, strip = fields_of(call, "depthwise_conv_2d"), call.numbers["strip"]
    channels, batches = fields["in_c"], fields["batches"]
    out_h, out_w, stride = fields["out_h"], fields["out_w"], fields["stride_h"]
    odd, across = out_w % 2, fields["stride_w"]
    pitch = 2 + across * (out_w + odd)
    together = min(channels, FOUR)
    columns = min(pitch - fields["pad_w"], fields["in_w"])
    # Columns at the ends that do not make a pair.
    first = fields["pad_w"] % 2 if together == FOUR else 0
    ends, pairs = first + (columns - first) % 2, (columns - first) // 2
    copied = "fours" if together == FOUR else "one"
    rows_of = "even_strided" if across > 1 else "even"
    found: Features = {
        "borders": together * pitch * ((strip - 1) * stride + 3) / batches,
        "fours": -(-channels // FOUR),
        "channels": channels,
    }

    def add(name: str, number: float) -> None:
        found[name] = found.get(name, 0) + number

    for y in range(0, out_h, strip):
        outputs = min(out_h - y, strip)
        top = y * stride - fields["pad_h"]
        height = (outputs - 1) * stride + 3
        kept = 0 if y == 0 else max(3 - stride, 0)
        above = max(-top, kept)
        below = min(fields["in_h"] - top, height)
        fours = -(-channels // FOUR)
        add("strips", fours)
        add("strips.planes", fours * together)
        add("kept.words", fours * together * kept * pitch // 2)
        if strip < out_h:
            outside = max(above - kept, 0) + max(height - below, 0)
            add("outside", fours * together * outside * pitch)
        if below > above and columns > 0:
            times = fours * (below - above) * (1 if together == FOUR else together)
            add(f"copied.{copied}", times / (below - above))
            add(f"copied.{copied}.rows", times)
            add(f"copied.{copied}.pairs", times * pairs)
            add(f"copied.{copied}.ends", times * ends)
        apart = int(odd and y + outputs == out_h)
        rows = outputs - apart
        add("strips.channels", channels)
        add(f"{rows_of}", channels * (rows > 0))
        add(f"{rows_of}.rows", channels * rows)
        add(f"{rows_of}.pairs", channels * rows * (out_w + odd) // 2)
        add("last", channels * apart)
        add("last.outputs", channels * apart * out_w)
    return {name: batches * number for name, number in found.items()}


FEATURES: Mapping[str, Callable[[Call], Features]] = {
    "conv_2d_dsp": _convolution,
    "conv_2d_max_dsp": _convolution,
    "depthwise_conv_2d_dsp": _depthwise,
    "fully_connected_dsp": _dense,
    "fully_connected_eights_dsp": _eights,
    "fully_connected_rows_dsp": _rows,
}
"""By the names of functions."""
