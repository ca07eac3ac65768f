# SPDX-License-Identifier: Apache-2.0
"""Features of calls: counted here one by one, as the functions' loops do."""

import itertools

import pytest

from aot.c_text import Struct
from aot.costs.calls import Call
from aot.costs.features import features


def _conv(**fields: int) -> Struct:
    usual = {
        "batches": 1,
        "stride_h": 1,
        "stride_w": 1,
        "dilation_h": 1,
        "dilation_w": 1,
        "pad_h": 0,
        "pad_w": 0,
        "groups": 1,
    }
    return Struct("conv_2d", {**usual, **fields})


def _same(size: tuple[int, int], window: tuple[int, int], channels: int, outputs: int, **more: int):
    return _conv(
        in_h=size[0],
        in_w=size[1],
        in_c=channels,
        out_h=size[0],
        out_w=size[1],
        out_c=outputs,
        filter_h=window[0],
        filter_w=window[1],
        pad_h=window[0] // 2,
        pad_w=window[1] // 2,
        **more,
    )


@pytest.mark.parametrize(
    ("size", "window", "dilation"), [((5, 7), (3, 3), 1), ((4, 4), (5, 3), 1), ((6, 5), (3, 3), 2)]
)
def test_what_windows_see(size: tuple[int, int], window: tuple[int, int], dilation: int):
    shape = _same(size, window, 5, 3, dilation_h=dilation, dilation_w=dilation)
    found = features(Call("conv_2d_int16:false", (shape,)))
    seen = 0
    for y, x, i, j in itertools.product(*map(range, (*size, *window))):
        row, column = y - window[0] // 2 + i * dilation, x - window[1] // 2 + j * dilation
        seen += 0 <= row < size[0] and 0 <= column < size[1]
    assert found["seen_taps"] == seen * 3
    assert found["seen_products"] == seen * 3 * 5
    assert found["windows"] == size[0] * size[1]


def test_windows_on_the_border():
    # 4 x 6 places of 3 x 3: those of the first and last rows and columns see the outside.
    call = Call("conv_2d_int8", (_same((4, 6), (3, 3), 4, 8),))
    found = features(call)
    # By two in a row: none of the pairs (0, 1) and (4, 5) is inside.
    assert found["inside"] == 2 * 2
    assert found["apart"] == 4 * 6 - 4
    # In all, rows follow on each other: with six places in a row it is the same.
    by_pairs = features(Call("conv_2d_dsp", call.arguments))
    assert (by_pairs["inside"], by_pairs["alone"]) == (2, 20)
    # Rows that lie in the image as they are: two of each of the four in the middle above and below,
    # and three of both that are in the middle beside one that is not.
    assert by_pairs["alone.rows"] == 8 * 2 + 2 * 2 * 3
    assert by_pairs["alone.rows"] + by_pairs["others"] == 20 * 3


def test_products_by_four_outputs_and_two_windows():
    call = Call("f", (_same((1, 5), (1, 1), 7, 11),))
    found = features(call)
    assert (found["pair"], found["single"]) == (2, 1)
    # 11 outputs: twice four, once two, and one; 7 inputs: four and three.
    assert (found["pair.four"], found["pair.two"], found["pair.one"]) == (4, 2, 2)
    assert (found["pair.four.fours"], found["pair.four.rest"]) == (4, 12)
    assert found["single.four.words"] == 4


def test_rows_with_an_odd_number_of_windows():
    # Two rows of three: in each there is a single one; if they follow on each other there is none.
    fields = _same((2, 3), (1, 1), 4, 4)
    assert features(Call("conv_2d_int8", (fields,)))["single"] == 2
    assert features(Call("conv_2d_dsp", (fields,)))["pairs"] == 3
    # The last one of all is computed twice.
    assert features(Call("conv_2d_dsp", (_same((1, 3), (1, 1), 4, 4),)))["pairs"] == 2


def test_rows_of_windows_that_are_no_fours():
    # 4 x 3 places of 3 x 3 x 1, and 5 outputs: nine taps are three fours.
    found = features(Call("conv_2d_dsp", (_same((4, 3), (3, 3), 1, 5),)))
    assert "inside" not in found
    assert found["pairs"] == 6
    assert found["fours.words"] == 6 * 3
    assert (found["twos"], found["twos.words"], found["twos.outputs"]) == (6, 18, 6)


def test_places_of_a_maximum_are_computed_together():
    # 2 x 3 maxima of 1 x 3 places, of which the last one is computed twice.
    fields = _conv(
        in_h=2, in_w=9, in_c=4, out_h=2, out_w=3, out_c=8, filter_h=1, filter_w=1, pad_h=0, pad_w=0
    )
    places = Struct("max_places", {"filter_h": 1, "filter_w": 3, "stride_h": 1, "stride_w": 3})
    found = features(Call("conv_2d_max_dsp", (fields, places)))
    assert found["windows"] == 18
    assert found["pairs"] == 6 * 2
    assert found["maxima"] == 6 * 4 * 8


def _depthwise(size: tuple[int, int], channels: int, strip: int) -> Call:
    fields = {"batches": 1, "in_h": size[0], "in_w": size[1], "in_c": channels}
    fields |= {"out_h": size[0], "out_w": size[1], "filter_h": 3, "filter_w": 3}
    fields |= {"stride_h": 1, "stride_w": 1, "dilation_h": 1, "dilation_w": 1}
    struct = Struct("depthwise_conv_2d", {**fields, "pad_h": 1, "pad_w": 1, "multiplier": 1})
    rest = (0, 0, "in", "weights", "bias", "multipliers", "shifts", "planes", "out")
    return Call("depthwise_conv_2d_dsp", (struct, strip, *rest))


def test_strips_of_a_depthwise_convolution():
    found = features(_depthwise((9, 6), 6, 4))
    # Rows 0 to 3, 4 to 7 and 8, of channels 0 to 3 and 2 to 5.
    assert found["strips"] == 3 * 2
    # Rows 0 to 4, 5 to 8; the last strip sees only those that are there.
    assert found["copied.fours.rows"] == 2 * (5 + 4)
    assert found["even.rows"] == 9 * 6
    assert found["even.pairs"] == 9 * 6 * 3
    # The first and the last column are in no pair.
    assert found["copied.fours.pairs"] == 2 * 9 * 2
    assert found["copied.fours.ends"] == 2 * 9 * 2
    # The last row of an odd length is computed by another function.
    odd = features(_depthwise((9, 5), 6, 9))
    assert (odd["even.rows"], odd["last.outputs"]) == (8 * 6, 5 * 6)


def test_sums_of_some_inputs():
    arguments = (40, 11, "0 + step * 8", 8, "x", "weights", "sums")
    found = features(Call("add_products_int8", arguments))
    assert (found["four.products"], found["rest.products"]) == (2 * 8, 3 * 8)


def test_vectors_of_sixteen():
    # 20 inputs are two vectors; seven outputs are two fours, the second one with four sums of two.
    to = Struct("requantization", {})
    rest = (to, "in", "weights", "bias", "factors", 5, "out")
    found = features(Call("fully_connected_rows_mve", (3, 20, 7, *rest)))
    assert (found["pairs"], found["fours"]) == (2, 4)
    assert (found["sums"], found["sums.vectors"]) == (2 * 4, 2 * 4 * 2)


def test_pieces_of_a_depthwise_convolution():
    fields = {"batches": 1, "channels": 20, "in_along": 7, "in_across": 5, "out_along": 7}
    fields |= {"out_across": 5, "next_in_along": 20, "next_in_across": 140, "next_out_along": 20}
    fields |= {"next_out_across": 140, "pad_along": 1, "pad_across": 1, "piece": 4}
    struct = Struct("depthwise_3x3", fields)
    arguments = (struct, 1, 0, 0, "in", "records", "strip", "out")
    found = features(Call("depthwise_3x3_mve", arguments))
    # Of 4 and of 3 along, in strips of two across, of which the last one overlaps: 16 channels,
    # and 4.
    assert found["pieces@1"] == 2
    assert found["strips@1"] == 2 * 2 * 3
    assert found["strips.columns@1"] == 2 * 3 * (5 + 4)
    assert found["channels.whole@1"] == 20 * 3 * (2 + 1)
    assert found["channels.left@1"] == 20 * 3


def test_pooling():
    fields = {"batches": 2, "in_h": 4, "in_w": 4, "channels": 6, "out_h": 2, "out_w": 2}
    fields |= {"filter_h": 2, "filter_w": 2, "stride_h": 2, "stride_w": 2, "pad_h": 0, "pad_w": 0}
    found = features(Call("max_pool_2d_int8", (Struct("pool_2d", fields),)))
    # Loops of two rounds have names of their own: compilers write them out.
    assert found["windows@few,few"] == 8
    assert found["windows.taps@few,few"] == 8 * 4 * 2
    assert found["channels.taps@few,few"] == 8 * 4 * 6
    padded = features(Call("max_pool_2d_int8", (Struct("pool_2d", {**fields, "pad_h": 1}),)))
    assert padded["windows@any,few"] == 8
    # The first row of windows sees one row of the input.
    assert padded["windows.rows@any,few"] == 2 * (1 + 2) * 2 * 2


def test_loops_around_a_call():
    found = features(Call("ADD:f", (5,), (2, 3)))
    assert found["calls"] == 1
    assert found["times"] == 6
    assert found["elements"] == 30
    # The outer loop begins once, the inner one twice.
    assert found["loops"] == 3


def test_sizes_of_other_functions():
    found = features(Call("softmax_float", (3, 7, 1.0, "in", "out")))
    assert (found["rows"], found["rows.depth"]) == (3, 21)
    # Code for one width is another than that for others.
    arguments = (9, 2, 1, 0, 1, 1, "to", "in", "out")
    assert features(Call("requantize_integers", arguments))["size@2,1"] == 9
    # Shifts to the right round, too.
    arguments = (9, 2, 1, 0, 1, -1, "to", "in", "out")
    assert features(Call("requantize_integers", arguments))["size@2,1,right"] == 9


@pytest.mark.parametrize(("run", "kind"), [(1, "byte"), (4, "word"), (12, "bytes"), (6, "odd")])
def test_pieces_that_are_moved(run: int, kind: str):
    counts = (1, 1, 2, 3, 5)
    found = features(Call("copy_nd", (Struct("copy_nd", {"run": run, "counts": counts}),)))
    assert found["rows"] == 2 * 3
    assert found[f"pieces@{kind}"] == 2 * 3 * 5
    assert found[f"bytes@{kind}"] == 2 * 3 * 5 * run


def test_no_feature_is_zero():
    found = features(Call("f", (_same((5, 5), (3, 3), 3, 4),)))
    assert all(number > 0 for number in found.values())


@pytest.mark.parametrize(("inputs", "kind"), [(8, "@fours"), (7, "")])
def test_dense_floats_by_whole_vectors(inputs: int, kind: str):
    arguments = (2, inputs, 5, "-FLT_MAX", "FLT_MAX", "in", "weights", "bias", "out")
    found = features(Call("fully_connected_float", arguments))
    assert found == {
        "calls": 1,
        "rows": 2,
        f"outputs{kind}": 10,
        f"products{kind}": 10 * inputs,
    }


@pytest.mark.parametrize(
    ("multiplier", "shift", "once", "kind"),
    [(2**30, 1, True, "@same"), (2**30, 1, False, ""), (2**30 + 1, 1, True, "")],
)
def test_a_scale_that_stays_the_same(multiplier: int, shift: int, once: bool, kind: str):
    how = Struct("leaky_relu", {"multiplier": multiplier, "shift": shift})
    found = features(Call("leaky_relu_int16", (30, how, "in", "out")), once=once)
    assert found[f"size{kind}"] == 30
    assert all(name.endswith("@same") == bool(kind) for name in found)
