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
    call = Call("f", (_same(size, window, 2, 3, dilation_h=dilation, dilation_w=dilation),))
    found = features(call)
    seen = 0
    for y, x, i, j in itertools.product(*map(range, (*size, *window))):
        row, column = y - window[0] // 2 + i * dilation, x - window[1] // 2 + j * dilation
        seen += 0 <= row < size[0] and 0 <= column < size[1]
    by_name = {name.split("@")[0]: number for name, number in found.items()}
    assert by_name["seen_taps"] == seen * 3
    assert by_name["seen_products"] == seen * 3 * 2
    assert found["windows"] == size[0] * size[1]


def test_windows_on_the_border():
    # 4 x 6 places of 3 x 3: those of the first and last rows and columns see the outside.
    call = Call("conv_2d_any", (_same((4, 6), (3, 3), 4, 8),))
    found = features(call)
    # By two in a row: none of the pairs (0, 1) and (4, 5) is inside.
    assert found["inside"] == 2 * 2
    assert found["apart"] == 4 * 6 - 4
    # In all, rows follow on each other: with six places in a row it is the same.
    assert features(Call("conv_2d_dsp", call.arguments))["inside"] == 4


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
    assert "single" not in features(Call("conv_2d_dsp", (fields,)))


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


def test_no_feature_is_zero():
    found = features(Call("f", (_same((5, 5), (3, 3), 3, 4),)))
    assert all(number > 0 for number in found.values())
