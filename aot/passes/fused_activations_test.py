# SPDX-License-Identifier: Apache-2.0

import pytest

from aot.graph import Graph, Op, Value
from aot.kernels.registry import KERNELS
from aot.passes.fused_activations import fuse_activations
from tflite.model import Quantization


def _value(name: str, scale: float = 0.5, zero_point: int = 3) -> Value:
    return Value(name, (1, 2, 2, 1), "int8", Quantization((scale,), (zero_point,)))


def _graph(kind: str, activation: str, result: Value, **options) -> Graph:
    source, made = _value("in"), _value("between")
    first = Op(kind, (source,) * (2 if kind == "ADD" else 1), (made,), options, 0)
    second = Op(activation, (made,), (result,), {}, 1)
    return Graph((first, second), (source,), (result,))


_POOL = {
    "padding": "VALID",
    "stride_w": 1,
    "stride_h": 1,
    "filter_width": 1,
    "filter_height": 1,
    "fused_activation_function": "NONE",
}


@pytest.mark.parametrize("activation", ["RELU", "RELU6"])
def test_an_activation_becomes_an_option(activation: str):
    graph = _graph("MAX_POOL_2D", activation, _value("out"), **_POOL)
    (op,) = fuse_activations(graph, KERNELS).ops
    assert op.kind == "MAX_POOL_2D"
    assert op.options["fused_activation_function"] == activation
    assert op.outputs == graph.outputs


@pytest.mark.parametrize("result", [_value("out", scale=0.25), _value("out", zero_point=4)])
def test_what_rescales_stays(result: Value):
    graph = _graph("MAX_POOL_2D", "RELU", result, **_POOL)
    assert fuse_activations(graph, KERNELS).ops == graph.ops


def test_what_rescales_stays_though_the_operator_could_make_it():
    graph = _graph("ADD", "RELU", _value("out", scale=0.25), fused_activation_function="NONE")
    assert fuse_activations(graph, KERNELS).ops == graph.ops
    graph = _graph("ADD", "RELU", _value("out"), fused_activation_function="NONE")
    assert [op.kind for op in fuse_activations(graph, KERNELS).ops] == ["ADD"]


def test_what_has_one_already_stays():
    options = {**_POOL, "fused_activation_function": "RELU6"}
    graph = _graph("MAX_POOL_2D", "RELU", _value("out"), **options)
    assert fuse_activations(graph, KERNELS).ops == graph.ops


def test_what_is_read_elsewhere_stays():
    graph = _graph("MAX_POOL_2D", "RELU", _value("out"), **_POOL)
    other = Op("RELU", (graph.ops[0].output,), (_value("other"),), {}, 2)
    both = Graph((*graph.ops, other), graph.inputs, (*graph.outputs, other.output))
    assert fuse_activations(both, KERNELS).ops == both.ops
    shown = Graph(graph.ops, graph.inputs, (*graph.outputs, graph.ops[0].output))
    assert fuse_activations(shown, KERNELS).ops == shown.ops


@pytest.mark.parametrize("kind", ["L2_NORMALIZATION", "SVDF"])
def test_what_ignores_the_option_stays(kind: str):
    value = Value("out", (2, 3), "int8", Quantization((1 / 128,), (0,)))
    source, made = (Value(n, (2, 3), "int8", value.quantization) for n in ("in", "between"))
    ops = (
        Op(kind, (source,), (made,), {"fused_activation_function": "NONE"}, 0),
        Op("RELU", (made,), (value,), {}, 1),
    )
    graph = Graph(ops, (source,), (value,))
    assert fuse_activations(graph, KERNELS).ops == ops
