# SPDX-License-Identifier: Apache-2.0
"""Moves: few loops, nothing where elements stay, and no copy where a byte is repeated."""

import numpy as np
import pytest

from aot import compiler
from aot.graph import Value
from aot.kernels import movement
from aot.testing import one_operator
from aot.testing.one_operator import constant, tensor


def _layout(shape, read, written=lambda array: array) -> movement.Layout:
    """Finds the layout of a move between views of arrays of float32."""
    source = Value("source", shape, "float32")
    array = movement.placeholder(source)
    destination = Value("destination", shape, "float32")
    other = movement.placeholder(destination)
    move = movement.Move(source, read(array), destination, written(other))
    return movement.layout(move, {source: array, destination: other})


def test_all_of_a_tensor_is_one_run():
    assert _layout((2, 3, 1, 5), lambda a: a) == movement.Layout(120, (), (), (), 0, 0)


def test_neighbours_are_joined():
    def part(array):
        return array[:, :, 1:3]

    found = _layout((2, 3, 4, 5), part, lambda a: a[:, :, :2])
    assert found == movement.Layout(40, (6,), (80,), (80,), 20, 0)


def test_the_longest_loop_is_the_innermost():
    found = _layout((5, 5, 2), lambda a: a.transpose(1, 0, 2)[:, :2], lambda a: a[:, :2])
    assert found == movement.Layout(8, (2, 5), (40, 8), (8, 40), 0, 0)


def test_backwards_and_repeated():
    assert _layout((4,), lambda a: a[::-1]) == movement.Layout(4, (4,), (-4,), (4,), 12, 0)
    found = _layout((4, 3), lambda a: np.broadcast_to(a[1], a.shape))
    assert found == movement.Layout(12, (4,), (0,), (12,), 12, 0)


@pytest.mark.parametrize(
    ("operator", "inputs", "outputs", "options"),
    [
        ("TRANSPOSE", [tensor((4, 1, 6)), constant(1, 0, 2)], [tensor((1, 4, 6))], {}),
        ("SLICE", [tensor((4, 6)), constant(0, 0), constant(2, 6)], [tensor((2, 6))], {}),
        ("CONCATENATION", [tensor((4, 6))], [tensor((4, 6))], {}),
        ("SPACE_TO_DEPTH", [tensor((1, 4, 4, 2))], [tensor((1, 4, 4, 2))], {"BlockSize": 1}),
    ],
)
def test_what_stays_is_not_copied(operator, inputs, outputs, options):
    made = one_operator.model(operator, inputs, outputs, options)
    source = compiler.compile_model(made, name="model").sources.source
    assert "copy" not in source and "memset" not in source


def test_a_later_part_does_not_lie_on_what_it_is_copied_from():
    made = one_operator.model(
        "SLICE", [tensor((4, 6)), constant(1, 0), constant(3, 6)], [tensor((3, 6))]
    )
    compiled = compiler.compile_model(made, name="model")
    places = sorted(
        (compiled.plan.offsets[v], v.byte_size)
        for v in (*compiled.graph.inputs, *compiled.graph.outputs)
    )
    assert places[0][0] + places[0][1] <= places[1][0]
    assert compiled.sources.source.count("memcpy(") == 1


def test_the_first_part_stays():
    made = one_operator.model(
        "SPLIT", [constant(0), tensor((4, 6))], [tensor((2, 6)), tensor((2, 6))], {"NumSplits": 2}
    )
    source = compiler.compile_model(made, name="model").sources.source
    assert source.count("memcpy(") == 1


@pytest.mark.parametrize(
    ("dtype", "number", "text"),
    [("int8", -3, "memset(value_, 253, 6);"), ("float32", 0, "memset(value_, 0, 24);")],
)
def test_repeated_bytes_are_set(dtype, number, text):
    made = one_operator.model(
        "FILL",
        [constant(2, 3), tensor((), dtype, data=np.array(number))],
        [tensor((2, 3), dtype)],
    )
    source = compiler.compile_model(made, name="model").sources.source
    assert text in source
