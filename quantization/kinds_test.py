# SPDX-License-Identifier: Apache-2.0
"""Tests of kinds.py."""

import itertools

import pytest

from aot import compiler
from aot.graph import Graph, Op, Value
from quantization import kinds
from tflite.model import Quantization
from tflite.reader import parse_model
from tflite.testing import small_cnn
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs

WEIGHTS = small_cnn.draw_weights()
SCALE = Quantization((0.5,), (0,))


def dense(weights, scales, given="float32"):
    """A dense layer with constants of some type."""
    tensors = [
        TensorSpec((1, 4), given, "in", b"", *(((0.5,), (0,)) if given == "int8" else ())),
        TensorSpec((1, 4), "float32", "floats"),
        TensorSpec((2, 4), weights, "w", bytes(32), scales, [0] * len(scales)),
        TensorSpec((1, 2), "float32", "out"),
    ]
    nodes = [NodeSpec("FULLY_CONNECTED", (1, 2, -1), (3,), 1, {}, "FullyConnectedOptions")]
    if given == "int8":
        nodes.insert(0, NodeSpec("DEQUANTIZE", (0,), (1,)))
    return build_graphs(GraphSpec(tensors, nodes, (0 if given == "int8" else 1,), (3,)))


@pytest.mark.parametrize(
    ("content", "kind", "stored"),
    [
        (small_cnn.build_int8(WEIGHTS), "int8", ("int8", 2)),
        (small_cnn.build_float16(WEIGHTS), "float16", ("float16", 4)),
        (small_cnn.build_float32(WEIGHTS), None, (None, 0)),
        (dense("int8", [0.5]), "int8", ("int8", 1)),
        # Integers that stand for themselves.
        (dense("float32", [], "int8"), "int8", (None, 0)),
    ],
)
def test_models(content, kind, stored):
    model = parse_model(content, "m")
    graph = compiler.specification(model)
    assert kinds.kind(model, graph) == kind
    assert kinds.stored_kind(model) == stored


def test_activations_count_and_the_most_of_them():
    types = ["int16", "int16", "int16", "int8"]
    values = [Value(str(i), (1,), dtype, SCALE) for i, dtype in enumerate(types)]
    ops = [Op("RELU", (a,), (b,)) for a, b in itertools.pairwise(values)]
    assert kinds.computed_kind(Graph(tuple(ops), (values[0],), (values[-1],))) == "int16"
    plain = Value("e", (1,), "int8")
    assert kinds.computed_kind(Graph((Op("CAST", (values[0],), (plain,)),), (), (plain,))) is None
