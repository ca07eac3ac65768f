# SPDX-License-Identifier: Apache-2.0

import dataclasses

import numpy as np
import pytest

from aot import interpreter
from aot.graph import Graph, Op, Option, Value
from aot.kernels.registry import KERNELS
from aot.passes.folded_padding import fold_padding
from tflite.model import Quantization

_ZERO_POINT = 3
_QUANTIZATION = Quantization((0.5,), (_ZERO_POINT,))
_AMOUNTS = np.array([[0, 0], [1, 2], [2, 0], [0, 0]], np.int32)
_CONVOLUTION: dict[str, Option] = {
    "padding": "VALID",
    "stride_w": 1,
    "stride_h": 2,
    "dilation_w_factor": 1,
    "dilation_h_factor": 1,
    "fused_activation_function": "NONE",
    "quantized_bias_type": 0,
}


def _graph(
    kind: str = "PAD",
    amounts: np.ndarray = _AMOUNTS,
    padded_with: int | None = None,
    padded_as: Quantization = _QUANTIZATION,
    dtype: str = "int8",
    **options: Option,
) -> Graph:
    """PAD of 4 x 4 to 7 x 6, then a convolution of 3 x 3."""
    source = Value("in", (1, 4, 4, 2), dtype, _QUANTIZATION)
    shape = tuple(n + int(a + b) for n, (a, b) in zip(source.shape, amounts, strict=True))
    padded = Value("padded", shape, dtype, padded_as)
    sizes = Value("sizes", (4, 2), "int32", data=amounts)
    random = np.random.default_rng(0)
    weights = random.integers(-127, 128, (3, 3, 3, shape[3])).astype(np.int8)
    weight_value = Value("w", weights.shape, "int8", Quantization((0.1,), (0,)), weights)
    rows, columns = (shape[1] - 3) // 2 + 1, shape[2] - 2
    result = Value("out", (1, rows, columns, 3), dtype, Quantization((9.0,), (-5,)))
    inputs = [source, sizes]
    if padded_with is not None:
        data = np.array([padded_with], dtype)
        inputs.append(Value("with", (1,), dtype, _QUANTIZATION, data))
    pad = Op(kind, tuple(inputs), (padded,), {}, 0)
    convolution = Op("CONV_2D", (padded, weight_value), (result,), {**_CONVOLUTION, **options}, 1)
    return Graph((pad, convolution), (source,), (result,))


def _run(graph: Graph) -> np.ndarray:
    data = np.random.default_rng(1).integers(-128, 128, (1, 4, 4, 2))
    data = data.astype(graph.inputs[0].dtype)
    return interpreter.Interpreter(graph, KERNELS).run([data])[graph.outputs[0]]


@pytest.mark.parametrize(("kind", "padded_with"), [("PAD", None), ("PADV2", _ZERO_POINT)])
def test_padding_becomes_a_part_of_the_convolution(kind: str, padded_with: int | None):
    graph = _graph(kind, padded_with=padded_with)
    folded = fold_padding(graph, KERNELS)
    (op,) = folded.ops
    assert op.inputs[0] is graph.inputs[0]
    assert (op.options["pad_h"], op.options["pad_w"]) == (1, 2)
    assert not list(KERNELS["CONV_2D"].problems(op))
    np.testing.assert_array_equal(_run(folded), _run(graph))


@pytest.mark.parametrize(("padded_with", "count"), [(0, 1), (_ZERO_POINT, 2)])
def test_convolutions_of_int16_have_no_zero_point(padded_with: int, count: int):
    graph = _graph("PADV2", padded_with=padded_with, dtype="int16")
    folded = fold_padding(graph, KERNELS)
    assert len(folded.ops) == count
    np.testing.assert_array_equal(_run(folded), _run(graph))


@pytest.mark.parametrize(
    "graph",
    [
        _graph("PADV2", padded_with=_ZERO_POINT + 1),
        _graph(amounts=np.array([[0, 0], [1, 2], [2, 0], [1, 0]], np.int32)),
        _graph(amounts=np.array([[1, 0], [1, 2], [2, 0], [0, 0]], np.int32)),
        _graph(padding="SAME"),
        _graph(padded_as=Quantization((0.25,), (_ZERO_POINT,))),
        _graph(padded_as=Quantization((0.5,), (_ZERO_POINT + 1,))),
    ],
    ids=["another value", "channels", "images", "padding of its own", "scale", "zero point"],
)
def test_other_padding_stays(graph: Graph):
    assert fold_padding(graph, KERNELS).ops == graph.ops


def test_a_padded_image_that_is_read_elsewhere_stays():
    graph = _graph()
    shown = dataclasses.replace(graph, outputs=(*graph.outputs, graph.ops[0].output))
    assert fold_padding(shown, KERNELS).ops == graph.ops


def test_a_padded_image_that_another_convolution_cannot_take_stays():
    graph = _graph()
    convolution = graph.ops[1]
    other = dataclasses.replace(
        convolution,
        outputs=(Value("other", (1, 4, 6, 3), "int8", convolution.output.quantization),),
        options={**convolution.options, "padding": "SAME"},
    )
    both = Graph((*graph.ops, other), graph.inputs, (*graph.outputs, other.output))
    assert fold_padding(both, KERNELS).ops == both.ops


def test_two_convolutions_take_the_same_padding():
    graph = _graph()
    convolution = graph.ops[1]
    other = dataclasses.replace(
        convolution, outputs=(dataclasses.replace(convolution.output, name="other"),)
    )
    both = Graph((*graph.ops, other), graph.inputs, (*graph.outputs, other.output))
    folded = fold_padding(both, KERNELS)
    assert [(op.kind, op.input(0)) for op in folded.ops] == [("CONV_2D", graph.inputs[0])] * 2
    np.testing.assert_array_equal(_run(folded), _run(graph))
