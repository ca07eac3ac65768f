# SPDX-License-Identifier: Apache-2.0
"""Tests of the networks of //benchmarks:scale, and of what it prints of them."""

import dataclasses

import numpy as np
import pytest

from aot import compiler, interpreter
from aot.kernels.registry import KERNELS
from benchmarks import growth, scale_model
from benchmarks.figures import Figure
from benchmarks.scale_model import Shape
from tflite import costs
from tflite.reader import parse_model

SHAPES = [Shape(4, 8, 1), Shape(8, 5, 3), Shape(3, 6, 2)]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_multiply_accumulates_are_those_of_the_model(shape):
    model = parse_model(scale_model.build(shape), "net")
    counted = [costs.multiply_accumulates(node, model.main) for node in model.main.nodes]
    assert sum(counted) == shape.multiply_accumulates
    assert len(counted) == shape.depth + 2


def test_the_same_shape_gives_the_same_bytes():
    assert scale_model.build(SHAPES[0]) == scale_model.build(SHAPES[0])
    assert scale_model.build(SHAPES[0]) != scale_model.build(SHAPES[1])


def test_outputs_neither_vanish_nor_saturate():
    model = parse_model(scale_model.build(Shape(8, 8, 6)), "net")
    graph = compiler.specification(model)
    image = np.random.default_rng(1).integers(-128, 128, (1, 8, 8, 3), dtype=np.int8)
    values = interpreter.Interpreter(graph, KERNELS).run([image])
    for op in graph.ops[:6]:
        made = values[op.outputs[0]]
        # ReLU makes half of them the lowest.
        assert np.mean(made == -128) < 0.8 and np.mean(made == 127) < 0.3, op.label
        assert len(np.unique(made)) > 50, op.label


def figure(shape, variant, instructions):
    return Figure(
        shape.name, "cortex_m4f", "compiled", variant, instructions, 9_000, 4_000, 500, 800
    )


def test_finds_the_networks_smallest_first():
    shapes = [Shape(16, 8, 2), Shape(4, 8, 2)]
    found = growth.points([figure(s, t, 1_000) for s in shapes for t in ("portable", "armv7em")])
    assert [point.shape for point in found] == shapes[::-1]
    assert list(found[0].by_target) == ["armv7em", "portable"]


def test_refuses_another_model():
    other = dataclasses.replace(figure(SHAPES[0], "armv7em", 1), model="mnist")
    with pytest.raises(ValueError, match="mnist is not a network"):
        growth.points([other])


def test_a_series_differs_in_one_dimension():
    base = Shape(8, 8, 2)
    shapes = [base, Shape(4, 8, 2), Shape(8, 16, 2), Shape(8, 8, 3), Shape(4, 8, 3)]
    found = growth.points([figure(s, "armv7em", 1) for s in shapes])
    chosen = {d: [p.shape for p in growth.series(found, d, base)] for d in growth.DIMENSIONS}
    assert chosen == {
        "channels": [Shape(4, 8, 2), base],
        "size": [base, Shape(8, 16, 2)],
        "depth": [base, Shape(8, 8, 3)],
    }


def test_the_table_has_instructions_for_each_mac():
    shape = SHAPES[0]
    macs = shape.multiply_accumulates
    found = growth.points([figure(shape, "armv7em", 2 * macs)])
    lines = growth.table(found, ["armv7em", "portable"]).splitlines()
    assert len(lines) == 2
    assert lines[1].split() == [
        *("4", "8", "1", f"{macs:,}", f"{2 * macs:,}", "2.000", "-", "-"),
        *("500", "4,000", "5,000"),
    ]
    (target,) = found[0].as_json()["targets"].values()
    assert (target["instructions_per_mac"], target["code_bytes"]) == (2.0, 5_000)
