# SPDX-License-Identifier: Apache-2.0
"""What operators call, without a word of C being read."""

import numpy as np

from aot import compiler
from aot.costs import calls
from aot.graph import Op
from aot.passes.chains import RAM
from aot.targets import TARGETS
from aot.testing import one_operator
from aot.testing.image_networks import image_network
from aot.testing.one_operator import PADDING, constant, tensor


def _only(kind: str, inputs, outputs, options=None, target: str = "portable") -> list[calls.Call]:
    made = one_operator.model(kind, inputs, outputs, options)
    (op,) = compiler.specification(made).ops
    return list(calls.calls_of(op, TARGETS[target])[0])


def _convolution(target: str) -> list[calls.Call]:
    weights = np.arange(36).reshape(4, 3, 3, 1)
    return _only(
        "CONV_2D",
        [tensor((1, 6, 5, 1), scale=0.1), tensor((4, 3, 3, 1), scale=0.02, data=weights)],
        [tensor((1, 6, 5, 4), scale=0.3)],
        {"Padding": PADDING.SAME, "StrideH": 1, "StrideW": 1},
        target,
    )


def test_a_function_and_its_struct():
    for target, function in (("portable", "conv_2d_int8"), ("armv7em", "conv_2d_dsp")):
        (call,) = _convolution(target)
        assert call.function == function
        fields = call.struct("conv_2d")
        assert fields is not None
        assert (fields["in_h"], fields["in_w"], fields["out_c"]) == (6, 5, 4)
        assert call.struct("pool_2d") is None
        assert [value.shape for value in call.values] == [(1, 6, 5, 1), (1, 6, 5, 4)]


def test_numbers_have_the_names_of_the_c():
    (call,) = _only(
        "FULLY_CONNECTED",
        [tensor((3, 5), scale=0.1), tensor((4, 5), scale=0.02, data=np.ones((4, 5)))],
        [tensor((3, 4), scale=0.3)],
    )
    assert call.function == "fully_connected_rows_int8"
    assert {"rows": 3, "inputs": 5, "outputs": 4}.items() <= call.numbers.items()


def test_parameters():
    assert calls.parameters("lookup_8bit") == ("size", "table", "in", "out")
    # One of them is a function.
    assert calls.parameters("map_float") == ("size", "function", "in", "out")
    assert calls.parameters("no_such_function") == ()


def test_a_function_that_is_an_argument_counts():
    (call,) = _only("EXP", [tensor((2, 3), "float32")], [tensor((2, 3), "float32")])
    assert call.function == "map_float:expf"


def test_loops_that_are_written_out():
    (call,) = _only(
        "ADD",
        [tensor((2, 3, 4), scale=0.1), tensor((1, 1, 4), scale=0.2)],
        [tensor((2, 3, 4), scale=0.3)],
    )
    assert call.function == "ADD:scaled_sum_int8"
    assert (call.loops, call.arguments) == ((6,), (4,))
    (call,) = _only("ADD", [tensor((2, 3), "float32")] * 2, [tensor((2, 3), "float32")])
    assert (call.function, call.loops) == ("ADD:clamp_float", (6,))


def test_memory_that_is_copied():
    reshape = [tensor((2, 6), scale=0.1), constant(3, 4)]
    (call,) = _only("RESHAPE", reshape, [tensor((3, 4), scale=0.1)])
    assert (call.function, call.arguments) == ("memcpy", (12,))
    made = one_operator.model("RESHAPE", reshape, [tensor((3, 4), scale=0.1)])
    op: Op = compiler.specification(made).ops[0]
    # Nothing is copied to where it lies.
    assert calls.calls_of(op, TARGETS["portable"], lambda a, b: True) == ((), ())


def test_copies_of_what_does_not_lie_at_words():
    for start, apart in ((4, ()), (3, (calls.APART,))):
        (call,) = _only(
            "STRIDED_SLICE",
            [tensor((1, 40), scale=0.1), constant(0, start), constant(1, 40), constant(1, 1)],
            [tensor((1, 40 - start), scale=0.1)],
        )
        assert (call.function, call.arguments) == ("memcpy", (40 - start, *apart))


def test_a_chain_calls_for_the_rows_of_each_step():
    made = image_network((3, 1, 8), (3, 1, 4), size=12, skip=True)
    compiled = compiler.compile_model(made, name="model", optimize=RAM)
    (chain,) = (op for op in compiled.graph.ops if op.kind == "CHAIN")
    found, _ = calls.calls_of(chain, compiled.kernels)
    rows = {part.output.shape[1] for part in chain.parts if part.kind == "CONV_2D"}
    assert rows == {12}
    made_rows = sum(
        call.times * (call.struct("conv_2d") or {"out_h": 0})["out_h"] for call in found
    )
    windows = sum(part.kind == "CONV_2D" for part in chain.parts)
    assert windows > 0 and made_rows == 12 * windows


def test_a_dense_layer_at_the_end_of_a_chain():
    made = image_network((3, 1, 4), size=12, channels=2, dense=8)
    for target, function in (("portable", "add_products_int8"), ("armv7em", "add_products_dsp")):
        compiled = compiler.compile_model(made, name="model", target=target, optimize=RAM)
        (op,) = (op for op in compiled.graph.ops if op.kind == "CHAIN")
        assert op.parts[-1].kind == "FULLY_CONNECTED"
        found, _ = calls.calls_of(op, compiled.kernels)
        unit = 4 if target == "armv7em" else 1
        added = sum(
            call.times * call.numbers["count"] for call in found if call.function == function
        )
        assert added == 12 * 12 * 4 // unit
        names = [call.function for call in found]
        assert (names[0], found[0].arguments) == ("memcpy", (8 * 4,))
        assert function.replace("add_products", "scale_sums") in names
