# SPDX-License-Identifier: Apache-2.0

import dataclasses

import numpy as np
import pytest

from aot import interpreter
from aot.graph import Graph, Op, Value
from aot.kernels.registry import KERNELS
from aot.passes.merged_tables import merge_tables
from tflite.model import Quantization


def _int8(name: str, scale: float, zero_point: int) -> Value:
    return Value(name, (256,), "int8", Quantization((scale,), (zero_point,)))


def _float(name: str) -> Value:
    return Value(name, (256,), "float32")


def _chain(*values: Value, kinds: tuple[str, ...]) -> Graph:
    options = {kind: dict.fromkeys(KERNELS[kind].options, 0) for kind in kinds}
    ops = tuple(
        Op(kind, (values[i],), (values[i + 1],), options[kind], i) for i, kind in enumerate(kinds)
    )
    return Graph(ops, (values[0],), (values[-1],))


def _run(graph: Graph) -> np.ndarray:
    values = np.arange(-128, 128, dtype=np.int8)
    return interpreter.Interpreter(graph, KERNELS).run([values])[graph.outputs[0]]


def test_a_chain_becomes_one_table():
    graph = _chain(
        *(_int8("a", 0.1, 3), _float("b"), _float("c"), _int8("d", 0.07, -128)),
        kinds=("DEQUANTIZE", "RELU6", "QUANTIZE"),
    )
    merged = merge_tables(graph, KERNELS)
    assert [op.kind for op in merged.ops] == ["TABLE"]
    np.testing.assert_array_equal(_run(merged), _run(graph))
    assert len(np.unique(_run(graph))) > 50


def test_what_changes_nothing_is_left_out():
    values = _int8("a", 0.1, 3), _float("b"), _int8("c", 0.1, 3), _int8("d", 0.2, 0)
    graph = _chain(*values, kinds=("DEQUANTIZE", "QUANTIZE", "QUANTIZE"))
    merged = merge_tables(
        Graph((*graph.ops[:2], Op("RESHAPE", (values[2],), (values[3],))), *_ends(graph)), KERNELS
    )
    assert [(op.kind, op.inputs) for op in merged.ops] == [("RESHAPE", (values[0],))]


def test_the_same_bytes_that_mean_something_else_stay():
    # So little that all 256 bytes come out as they went in.
    scale = 0.1 * (1 + 1e-3)
    values = _int8("a", 0.1, 3), _float("b"), _int8("c", scale, 3), _float("d")
    graph = _chain(*values, kinds=("DEQUANTIZE", "QUANTIZE", "DEQUANTIZE"))
    merged = merge_tables(graph, KERNELS)
    assert [op.kind for op in merged.ops] == ["TABLE", "DEQUANTIZE"]
    np.testing.assert_array_equal(_run(merged), _run(graph))


def _ends(graph: Graph) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
    return graph.inputs, graph.outputs


@pytest.mark.parametrize("place", [0, 2])
def test_what_reads_or_writes_a_variable_stays(place: int):
    values = [_int8(name, 0.1, 3) for name in "abc"]
    values[place] = dataclasses.replace(values[place], is_variable=True)
    graph = _chain(*values, kinds=("RELU", "RELU6"))
    assert merge_tables(graph, KERNELS).ops == graph.ops


def test_one_operator_stays():
    graph = _chain(_int8("a", 0.1, 3), _int8("b", 0.1, 3), kinds=("RELU",))
    assert merge_tables(graph, KERNELS).ops == graph.ops


def test_what_is_read_in_between_is_made():
    a, b, c = _int8("a", 0.1, 3), _float("b"), _int8("c", 0.1, 3)
    ops = _chain(a, b, c, kinds=("DEQUANTIZE", "QUANTIZE")).ops
    other = Op("RELU", (b,), (_float("d"),), {})
    graph = Graph((*ops, other), (a,), (c, other.output))
    assert merge_tables(graph, KERNELS).ops == graph.ops
    graph = Graph(ops, (a,), (b, c))
    assert merge_tables(graph, KERNELS).ops == graph.ops


def test_exp_of_floats_is_not_computed_here():
    graph = _chain(
        *(_int8("a", 0.1, 3), _float("b"), _float("c"), _int8("d", 1 / 256, -128)),
        kinds=("DEQUANTIZE", "LOGISTIC", "QUANTIZE"),
    )
    assert merge_tables(graph, KERNELS).ops == graph.ops


def test_a_scalar_stays_one():
    quantization = Quantization((0.1,), (3,))
    source = Value("a", (), "int8", quantization)
    result = Value("b", (), "int8", quantization)
    table = Value("table", (256,), "int8", data=np.arange(256, dtype=np.uint8).view(np.int8))
    op = Op("TABLE", (source, table), (result,))
    (made,) = KERNELS["TABLE"].evaluate(op, [np.array(-7, np.int8), table.data])
    assert made.shape == ()
    assert made == -7
