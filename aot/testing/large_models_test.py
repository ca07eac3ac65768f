# SPDX-License-Identifier: Apache-2.0
"""Models that say that they are large: they are compiled or refused in little time and memory."""

import pathlib
import resource
import time
from collections.abc import Mapping

import numpy as np
import pytest

from aot import compiler
from aot.testing import isolation, one_operator
from aot.testing.one_operator import PADDING, tensor
from tflite.model import Model, ModelError
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs

# The most that a tensor may have.
_MANY = 1 << 28
# Of 2^14 by 2^14.
_SIDE = 1 << 14
_MEMORY = 1 << 30
_SECONDS = 5


def _int32(*numbers: int) -> TensorSpec:
    return tensor((len(numbers),), "int32", data=np.array(numbers))


def _int8(*shape: int) -> TensorSpec:
    return tensor(shape, "int8", scale=0.5, zero_point=3)


def _ones(*shape: int) -> TensorSpec:
    return tensor(shape, "int8", scale=0.5, data=np.ones(shape))


_WINDOW = {"StrideH": 1, "StrideW": 1, "Padding": PADDING.SAME}
_FILTER = {**_WINDOW, "FilterHeight": 3, "FilterWidth": 3}
_CONVOLUTION = {**_WINDOW, "DilationHFactor": 1, "DilationWFactor": 1}

# Operator, inputs, outputs, options.
_MODELS: list[tuple[str, list[TensorSpec], list[TensorSpec], Mapping[str, float]]] = [
    ("ADD", [_int8(_MANY), _int8(_MANY)], [_int8(_MANY)], {}),
    ("ADD", [_int8(_SIDE, 1), _int8(_SIDE)], [_int8(_SIDE, _SIDE)], {}),
    ("ARG_MAX", [_int8(2, _MANY // 2), _int32(1)], [tensor((2,), "int32")], {"OutputType": 2}),
    (
        "AVERAGE_POOL_2D",
        [_ones(1, 2, 2, 1)],
        [tensor((1, 2, 2, 1), scale=0.5)],
        {**_WINDOW, "FilterHeight": (1 << 15) - 1, "FilterWidth": (1 << 15) - 1},
    ),
    ("AVERAGE_POOL_2D", [_int8(1, _MANY, 1, 1)], [_int8(1, _MANY, 1, 1)], _FILTER),
    ("AVERAGE_POOL_2D", [_int8(1, _SIDE, _SIDE, 1)], [_int8(1, _SIDE, _SIDE, 1)], _FILTER),
    (
        "BATCH_TO_SPACE_ND",
        [
            _int8(4, _SIDE, _SIDE // 4, 1),
            _int32(2, 2),
            tensor((2, 2), "int32", data=np.zeros((2, 2))),
        ],
        [_int8(1, 2 * _SIDE, _SIDE // 2, 1)],
        {},
    ),
    ("BATCH_MATMUL", [_int8(_SIDE, 2), _int8(2, _SIDE)], [_int8(_SIDE, _SIDE)], {}),
    ("BROADCAST_TO", [_int8(1), _int32(_MANY)], [_int8(_MANY)], {}),
    ("BROADCAST_TO", [_ones(1), _int32(_MANY)], [_int8(_MANY)], {}),
    ("CONCATENATION", [_int8(_MANY // 2), _int8(_MANY // 2)], [_int8(_MANY)], {}),
    ("CONV_2D", [_int8(1, _MANY, 1, 1), _ones(1, 3, 1, 1)], [_int8(1, _MANY, 1, 1)], _CONVOLUTION),
    (
        "CONV_2D",
        [_int8(1, _SIDE, _SIDE, 1), _ones(1, 3, 3, 1)],
        [_int8(1, _SIDE, _SIDE, 1)],
        _CONVOLUTION,
    ),
    ("CUMSUM", [_int8(_MANY), _int32(0)], [_int8(_MANY)], {}),
    (
        "DEPTH_TO_SPACE",
        [_int8(1, 1, _MANY // 4, 4)],
        [_int8(1, 2, _MANY // 2, 1)],
        {"BlockSize": 2},
    ),
    (
        "DEPTHWISE_CONV_2D",
        [_int8(1, _SIDE, _SIDE, 1), _ones(1, 3, 3, 1)],
        [_int8(1, _SIDE, _SIDE, 1)],
        {**_CONVOLUTION, "DepthMultiplier": 1},
    ),
    ("DYNAMIC_UPDATE_SLICE", [_int8(_MANY), _int8(_MANY // 2), _int32(5)], [_int8(_MANY)], {}),
    ("FILL", [_int32(_MANY), _int8()], [_int8(_MANY)], {}),
    ("FILL", [_int32(_SIDE, _SIDE), tensor((), data=np.ones(()))], [_int8(_SIDE, _SIDE)], {}),
    ("FULLY_CONNECTED", [_int8(_MANY // 2, 2), _ones(2, 2)], [_int8(_MANY // 2, 2)], {}),
    ("GATHER", [_int8(_MANY // 2, 2), _int32(0, 1, 5)], [_int8(3, 2)], {}),
    ("GATHER", [_int8(2, _MANY // 4), _int32(0, 1, 0)], [_int8(3, _MANY // 4)], {}),
    ("GATHER_ND", [_int8(2, _MANY // 4), tensor((3, 1), "int32")], [_int8(3, _MANY // 4)], {}),
    ("L2_NORMALIZATION", [_int8(1, _MANY)], [tensor((1, _MANY), scale=1 / 128)], {}),
    ("MAX_POOL_2D", [_int8(1, _SIDE, _SIDE, 1)], [_int8(1, _SIDE, _SIDE, 1)], _FILTER),
    ("MEAN", [_int8(2, _MANY // 2), _int32(1)], [_int8(2)], {}),
    (
        "MIRROR_PAD",
        [_int8(_MANY // 2), tensor((1, 2), "int32", data=np.array([[5, 7]]))],
        [_int8(_MANY // 2 + 12)],
        {"Mode": 1},
    ),
    ("PACK", [_int8(_MANY // 2), _int8(_MANY // 2)], [_int8(2, _MANY // 2)], {"ValuesCount": 2}),
    (
        "PAD",
        [_int8(1), tensor((1, 2), "int32", data=np.array([[_MANY // 2, 0]]))],
        [_int8(_MANY // 2 + 1)],
        {},
    ),
    (
        "PAD",
        [_ones(1), tensor((1, 2), "int32", data=np.array([[_MANY // 2, 0]]))],
        [_int8(_MANY // 2 + 1)],
        {},
    ),
    ("PRELU", [_int8(_SIDE, _SIDE), _ones(1)], [_int8(_SIDE, _SIDE)], {}),
    ("RELU", [_int8(_MANY)], [_int8(_MANY)], {}),
    ("RESHAPE", [_int8(_MANY)], [_int8(_SIDE, _SIDE)], {}),
    ("RESIZE_BILINEAR", [_int8(1, 2, 2, 1), _int32(_SIDE, _SIDE)], [_int8(1, _SIDE, _SIDE, 1)], {}),
    ("RESIZE_BILINEAR", [_int8(1, 2, 2, 1), _int32(1, _MANY)], [_int8(1, 1, _MANY, 1)], {}),
    ("RESIZE_NEAREST_NEIGHBOR", [_ones(1, 2, 2, 1), _int32(1, _MANY)], [_int8(1, 1, _MANY, 1)], {}),
    ("RESIZE_NEAREST_NEIGHBOR", [_int8(1, 2, 2, 1), _int32(1, _MANY)], [_int8(1, 1, _MANY, 1)], {}),
    ("REVERSE_V2", [_int8(_SIDE, _SIDE), _int32(1)], [_int8(_SIDE, _SIDE)], {}),
    ("SLICE", [_int8(_SIDE, _SIDE), _int32(1, 1), _int32(9, _SIDE - 1)], [_int8(9, _SIDE - 1)], {}),
    (
        "SOFTMAX",
        [_int8(2, _MANY // 2)],
        [tensor((2, _MANY // 2), scale=1 / 256, zero_point=-128)],
        {"Beta": 1.0},
    ),
    (
        "SPACE_TO_DEPTH",
        [_int8(1, 2, _MANY // 2, 1)],
        [_int8(1, 1, _MANY // 4, 4)],
        {"BlockSize": 2},
    ),
    ("SPLIT", [_int32(0), _int8(_MANY)], [_int8(_MANY // 2)] * 2, {"NumSplits": 2}),
    (
        "STRIDED_SLICE",
        [_int8(_SIDE, _SIDE), _int32(1, 1), _int32(_SIDE, _SIDE), _int32(3, 2)],
        [_int8((_SIDE + 1) // 3, _SIDE // 2)],
        {},
    ),
    ("SUM", [_int8(_SIDE, _SIDE), _int32(0, 1)], [_int8()], {}),
    ("TRANSPOSE", [_int8(_SIDE, _SIDE), _int32(1, 0)], [_int8(_SIDE, _SIDE)], {}),
    (
        "TRANSPOSE_CONV",
        [_int32(1, _SIDE, _SIDE, 1), _ones(1, 3, 3, 1), _int8(1, _SIDE, _SIDE, 1)],
        [_int8(1, _SIDE, _SIDE, 1)],
        _WINDOW,
    ),
    ("UNPACK", [_int8(2, _MANY // 2)], [_int8(_MANY // 2)] * 2, {"Num": 2}),
    ("ZEROS_LIKE", [_int8(_MANY)], [_int8(_MANY)], {}),
]


def _variable() -> Model:
    """Makes a model with a variable that begins with a zero point."""
    state = tensor((_MANY,), "int16", scale=0.5, zero_point=300, variable=True)
    node = NodeSpec("RESHAPE", [0], [1])
    return parse_model(build_graphs(GraphSpec([state, state], [node], [], [1])), "variable.tflite")


def _chain(
    operator: str,
    inputs: list[TensorSpec],
    outputs: list[TensorSpec],
    options: Mapping[str, float],
) -> Model:
    """Makes a model in which the compiler may want to know what the operator makes."""
    tensors = [*inputs, *outputs, outputs[0]]
    node = NodeSpec(
        operator,
        list(range(len(inputs))),
        list(range(len(inputs), len(inputs) + len(outputs))),
        options=options,
        options_type=one_operator.options_type(operator),
    )
    after = NodeSpec("RELU", [len(inputs)], [len(tensors) - 1])
    reads = [i for i, t in enumerate(inputs) if not t.data]
    graph = GraphSpec(tensors, [node, after], reads, [len(tensors) - 1])
    return parse_model(build_graphs(graph), f"{operator}.tflite")


def _compile(model: Model, folder: pathlib.Path, send: isolation.Send) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    start = time.process_time()
    try:
        compiler.compile_model(model, name="model")
    except ModelError as error:
        send(str(error))
    send(time.process_time() - start)


def _check(model: Model, seconds: float = _SECONDS) -> None:
    pool = isolation.Pool(_compile, seconds=120)
    pool.add(model)
    (result,) = pool.results()
    assert not result.fault
    assert result.messages[-1] < seconds, result.messages


@pytest.mark.parametrize("place", range(len(_MODELS)), ids=lambda i: f"{i}_{_MODELS[i][0]}")
def test_one_operator(place: int):
    operator, inputs, outputs, options = _MODELS[place]
    _check(one_operator.model(operator, inputs, outputs, options))
    _check(_chain(operator, inputs, outputs, options))


def test_a_variable():
    _check(_variable())


def test_many_tensors_that_live_together():
    count = 3000
    nodes = [NodeSpec("LOGISTIC", [i], [i + 1]) for i in range(count)]
    byte = tensor((1,), scale=1 / 256, zero_point=-128)
    graph = GraphSpec([byte] * (count + 1), nodes, [0], range(1, count + 1))
    _check(parse_model(build_graphs(graph), "many.tflite"), seconds=15)


def test_a_first_value_that_takes_long():
    options = {**_WINDOW, "FilterHeight": (1 << 15) - 1, "FilterWidth": (1 << 15) - 1}
    made = tensor((1, 2, 2, 1), scale=0.5)

    def node(operator: str, inputs: list[int], outputs: list[int], **more: int | str) -> NodeSpec:
        kind = one_operator.options_type(operator)
        return NodeSpec(operator, inputs, outputs, options=more, options_type=kind)

    nodes = [
        node("VAR_HANDLE", [], [0], SharedName="x"),
        node("AVERAGE_POOL_2D", [1], [2], **options),
        node("ASSIGN_VARIABLE", [0, 2], []),
    ]
    first = GraphSpec([TensorSpec((), "resource"), _ones(1, 2, 2, 1), made], nodes, [], [])
    call = node("CALL_ONCE", [], [], InitSubgraphIndex=1)
    main = GraphSpec([made, made], [call, node("RELU", [0], [1])], [0], [1])
    with pytest.raises(ModelError) as caught:
        compiler.compile_model(parse_model(build_graphs(main, first), "m.tflite"), name="m")
    assert str(caught.value) == (
        "m.tflite: operator 0 (CALL_ONCE) calls a subgraph that computes much: not supported"
    )
