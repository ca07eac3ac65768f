# SPDX-License-Identifier: Apache-2.0
"""How operators that work element by element come into random models."""

from __future__ import annotations

import math

import numpy as np
from ai_edge_litert import schema_py_generated as generated

from aot.kernels.registry import INEXACT
from aot.testing import one_operator
from aot.testing.random_graphs import (
    FUSED,
    INT8_OR_FLOAT,
    NUMBERS,
    Builder,
    Maker,
    broadcast,
    like,
)
from tflite.testing.model_builder import TensorSpec

_FLOAT = ("float32",)
# What floats may be multiplied with before they become integers of 32 bits.
_MOST_STEPS = 1 << 29

# --- of one input ---------------------------------------------------------------------------------

_UNARY_TYPES = {
    "ABS": NUMBERS,
    "CEIL": _FLOAT,
    "COS": _FLOAT,
    "ELU": INT8_OR_FLOAT,
    "EXP": _FLOAT,
    "FLOOR": _FLOAT,
    "HARD_SWISH": INT8_OR_FLOAT,
    "LEAKY_RELU": NUMBERS,
    "LOG": _FLOAT,
    "LOGISTIC": NUMBERS,
    "NEG": _FLOAT,
    "RELU": NUMBERS,
    "RELU6": NUMBERS,
    "ROUND": _FLOAT,
    "SIN": _FLOAT,
    "SQRT": _FLOAT,
    "SQUARE": _FLOAT,
    "TANH": NUMBERS,
}
_SIGMOIDS = {
    ("LOGISTIC", "int8"): (1 / 256, -128),
    ("LOGISTIC", "int16"): (1 / 32768, 0),
    ("TANH", "int8"): (1 / 128, 0),
    ("TANH", "int16"): (1 / 32768, 0),
}


def _unary(graph: Builder, operator: str) -> None:
    sigmoid = operator in ("LOGISTIC", "TANH")
    source = graph.source(
        _UNARY_TYPES[operator],
        # TFLM multiplies int16 by more than 32 bits can hold otherwise.
        fits=lambda spec: not (sigmoid and spec.dtype == "int16" and spec.scales[0] > 5),
    )
    spec = graph.tensors[source]
    options = (
        {"Alpha": graph.choose.pick((0.1, 0.3, -0.5, 1.5))} if operator == "LEAKY_RELU" else {}
    )
    bound = graph.bound(source) * max(map(abs, options.values()), default=1)
    if operator == "SQUARE":
        bound *= bound
    elif operator == "RELU6":
        bound = _clamped(bound)
    if (operator, spec.dtype) in _SIGMOIDS:
        scale, zero_point = _SIGMOIDS[operator, spec.dtype]
        made = one_operator.tensor(spec.shape, spec.dtype, scale=scale, zero_point=zero_point)
    elif operator == "RELU6" or (spec.scales and graph.choose.one_in(3)):
        # Rescaling nothing: what a converter makes of activations.
        made = like(spec)
    else:
        made = graph.described(spec.shape, spec.dtype, spec.scales[0] if spec.scales else None)
    final = operator in INEXACT and spec.dtype == "float32"
    graph.node(operator, [source], [made], options, bound=bound, final=final)


def _rsqrt(graph: Builder, operator: str) -> None:
    source = graph.source(NUMBERS)
    spec = graph.tensors[source]
    if spec.dtype != "float32":
        # TFLM stops at what is below 0.
        source = graph.node("RELU", [source], [like(spec)])[0]
    scale = 1 / math.sqrt(spec.scales[0] * 20) / 50 if spec.scales else None
    graph.node(operator, [source], [graph.described(spec.shape, spec.dtype, scale)])


def _logical_not(graph: Builder, operator: str) -> None:
    source = graph.source(("bool",))
    graph.node(operator, [source], [like(graph.tensors[source])])


_QUANTIZE_TO = {
    "float32": ("int8", "int16"),
    "int8": ("int8", "int16", "uint8", "int32"),
    "int16": ("int8", "int16", "int32"),
    "uint8": ("int8",),
}


def _quantize(graph: Builder, operator: str) -> None:
    source = graph.source(tuple(_QUANTIZE_TO))
    spec = graph.tensors[source]
    to = graph.choose.pick(_QUANTIZE_TO[spec.dtype])
    natural = spec.scales[0] if spec.scales else 0.05
    if to == "int32":
        made = one_operator.tensor(spec.shape, to, scale=natural, zero_point=0)
    else:
        made = graph.described(spec.shape, to, natural)
    if spec.dtype == "float32":
        source = _small(graph, source, _MOST_STEPS * made.scales[0])
    graph.node(operator, [source], [made])


def _small(graph: Builder, source: int, most: float) -> int:
    """Gives floats that are numbers, not larger than so; what becomes of others is not defined."""
    if graph.bound(source) < most:
        return source
    spec = graph.tensors[source]
    if math.isinf(graph.bound(source)):
        source = graph.input(like(spec))
    return graph.node("RELU6", [source], [like(spec)], bound=6.0)[0]


def _clamped(bound: float) -> float:
    """The bound after RELU6, which leaves what is not a number as it is."""
    return min(bound, 6.0) if math.isfinite(bound) else math.inf


def _dequantize(graph: Builder, operator: str) -> None:
    source = graph.source(("int8", "int16", "uint8"))
    spec = graph.tensors[source]
    made = one_operator.tensor(spec.shape, "float32")
    (place,) = graph.node(operator, [source], [made], bound=graph.bound(source))
    if graph.choose.one_in(2):
        # As converters leave them, with the same quantization or another one.
        to = like(spec)
        if graph.choose.one_in(2) or spec.dtype == "uint8":
            to = graph.described(spec.shape, "int8", spec.scales[0])
        if graph.choose.one_in(2):
            place = graph.node("RELU", [place], [made], bound=graph.bound(source))[0]
        if graph.bound(place) / to.scales[0] < _MOST_STEPS:
            graph.node("QUANTIZE", [place], [to])


_CAST_CODES = {
    name: getattr(generated.TensorType, name.upper())
    for name in ("bool", "int8", "int16", "int32", "float32")
}


def _cast(graph: Builder, operator: str) -> None:
    source = graph.source(tuple(_CAST_CODES))
    spec = graph.tensors[source]
    to = graph.choose.pick(tuple(_CAST_CODES))
    if spec.dtype == "float32" and to != "float32":
        source = _small(graph, source, 100)
    bound = graph.bound(source) if spec.dtype == "float32" else 2.0**31
    options = {"InDataType": _CAST_CODES[spec.dtype], "OutDataType": _CAST_CODES[to]}
    graph.node(operator, [source], [graph.described(spec.shape, to)], options, bound=bound)


# What rows of probabilities must have: scale, zero point, type.
_PROBABILITIES = {
    ("SOFTMAX", "int8"): ((1 / 256, -128, "int8"), (1 / 65536, -32768, "int16")),
    ("SOFTMAX", "int16"): ((1 / 32768, 0, "int16"),),
    ("LOG_SOFTMAX", "int8"): ((1 / 16, 127, "int8"),),
    ("L2_NORMALIZATION", "int8"): ((1 / 128, 0, "int8"),),
}


def _rows(graph: Builder, operator: str) -> None:
    types = NUMBERS if operator == "SOFTMAX" else INT8_OR_FLOAT
    source = graph.source(types, range(1, 5), lambda spec: not spec.scales or spec.scales[0] > 1e-4)
    spec = graph.tensors[source]
    options = {"Beta": graph.choose.pick((1.0, 0.5, 2.0))} if operator == "SOFTMAX" else {}
    if spec.dtype == "float32":
        final = operator in INEXACT
        graph.node(operator, [source], [like(spec)], options, final=final, bound=1.0)
        return
    scale, zero, dtype = graph.choose.pick(_PROBABILITIES[operator, spec.dtype])
    made = one_operator.tensor(spec.shape, dtype, scale=scale, zero_point=zero)
    # Nothing else takes int16 with a zero point.
    graph.node(operator, [source], [made], options, final=zero == -32768)


# --- shapes ---------------------------------------------------------------------------------------


def _reshape(graph: Builder, operator: str) -> None:
    source = graph.source((*NUMBERS, "int32", "bool"))
    graph.reshaped(source, graph.factors(graph.size(source), graph.choose.between(1, 5)))


def _squeeze(graph: Builder, operator: str) -> None:
    source = graph.source(NUMBERS, range(6))
    spec = graph.tensors[source]
    ones = [i for i, n in enumerate(spec.shape) if n == 1]
    chosen = [i for i in ones if graph.choose.below(2)]
    shape = [n for i, n in enumerate(spec.shape) if i not in (chosen or ones)]
    dims = np.array([i - len(spec.shape) * graph.choose.below(2) for i in chosen], np.int32)
    options = {"SqueezeDims": dims} if chosen else {}
    bound = graph.bound(source)
    graph.node(operator, [source], [like(spec, shape)], options, bound=bound)


def _expand_dims(graph: Builder, operator: str) -> None:
    source = graph.source(INT8_OR_FLOAT, range(5))
    spec = graph.tensors[source]
    rank = len(spec.shape)
    axis = graph.choose.between(0, rank)
    shape = [*spec.shape[:axis], 1, *spec.shape[axis:]]
    place = graph.constant(np.array([axis - (rank + 1) * graph.choose.below(2)], np.int32))
    graph.node(operator, [source, place], [like(spec, shape)], bound=graph.bound(source))


# --- of two and more inputs -----------------------------------------------------------------------


def _pair(graph: Builder, source: int, other: int) -> tuple[list[int], tuple[int, ...]]:
    """Orders two inputs; gives the shape that they have together, too."""
    shape = np.broadcast_shapes(graph.tensors[source].shape, graph.tensors[other].shape)
    pair = [source, other] if graph.choose.below(2) == 0 else [other, source]
    return pair, shape


def _arithmetic(graph: Builder, operator: str) -> None:
    types = {"SQUARED_DIFFERENCE": (*NUMBERS, "int32"), "DIV": (*INT8_OR_FLOAT, "int32")}
    source = graph.source(types.get(operator, (*NUMBERS, "int32")), fits=_plain)
    spec = graph.tensors[source]
    if operator == "DIV":
        other = _divisor(graph, source)
        pair = [source, other]
        shape = np.broadcast_shapes(spec.shape, graph.tensors[other].shape)
    else:
        other = graph.operand(source, _plain)
        pair, shape = _pair(graph, source, other)
    a, b = (graph.tensors[i].scales[0] if spec.scales else 1.0 for i in pair)
    natural = {
        "ADD": a + b,
        "SUB": a + b,
        "MUL": a * b * 64,
        "DIV": a / b / 8,
        "SQUARED_DIFFERENCE": max(a, b) ** 2 * 64,
    }[operator]
    bounds = [graph.bound(i) for i in pair]
    bound = {
        "ADD": sum(bounds),
        "SUB": sum(bounds),
        "MUL": bounds[0] * bounds[1],
        "DIV": math.inf,
        "SQUARED_DIFFERENCE": sum(bounds) ** 2,
    }[operator]
    options = {"FusedActivationFunction": graph.choose.pick(FUSED)}
    if operator == "SQUARED_DIFFERENCE":
        options = {}
    graph.node(operator, pair, [graph.described(shape, spec.dtype, natural)], options, bound=bound)


def _plain(spec: TensorSpec) -> bool:
    """Whether a tensor is what arithmetic takes: int32 without a scale."""
    return spec.dtype != "int32" or not spec.scales


def _divisor(graph: Builder, source: int) -> int:
    """Adds a constant that is not 0 anywhere."""
    spec = graph.tensors[source]
    shape = graph.other_shape(spec.shape)
    random = graph.random()
    if spec.dtype == "float32":
        size = random.uniform(0.5, 9, shape) * random.choice([-1, 1], shape)
        return graph.constant(size.astype(np.float32))
    made = graph.described(shape, spec.dtype)
    zero = made.zero_points[0] if made.zero_points else 0
    data = random.integers(-128, 128, shape).astype(spec.dtype)
    data = np.where(data == zero, zero + 1 if zero < 127 else zero - 1, data)
    data = data.astype(spec.dtype)
    return graph.constant(data, made.scales, zero_point=made.zero_points)


def _extreme(graph: Builder, operator: str) -> None:
    source = graph.source((*NUMBERS, "int32"))
    pair, shape = _pair(graph, source, graph.operand(source))
    made = like(graph.tensors[pair[0]], shape)
    graph.node(operator, pair, [made], bound=max(map(graph.bound, pair)))


def _floor_operation(graph: Builder, operator: str) -> None:
    source = graph.source(_FLOAT)
    pair = [source, _divisor(graph, source)]
    shape = np.broadcast_shapes(*(graph.tensors[i].shape for i in pair))
    graph.node(operator, pair, [one_operator.tensor(shape, "float32")])


def _comparison(graph: Builder, operator: str) -> None:
    types = ["int8", "float32", "int32"]
    if operator in ("EQUAL", "NOT_EQUAL"):
        types.append("bool")

    def fits(spec: TensorSpec) -> bool:
        return spec.dtype != "int8" or spec.scales[0] < 1

    def described(dtype: str, shape: tuple[int, ...]) -> TensorSpec:
        scale = graph.choose.pick((0.05, 0.5)) if dtype == "int8" else ()
        zero = graph.zero_point("int8") if dtype == "int8" else 0
        return one_operator.tensor(shape, dtype, scale=scale, zero_point=zero)

    source = graph.source(types, fits=fits, make=described)
    pair, shape = _pair(graph, source, graph.operand(source, fits))
    graph.node(operator, pair, [one_operator.tensor(shape, "bool")])


def _logic(graph: Builder, operator: str) -> None:
    source = graph.source(("bool",))
    pair, shape = _pair(graph, source, graph.operand(source))
    graph.node(operator, pair, [one_operator.tensor(shape, "bool")])


def _select(graph: Builder, operator: str) -> None:
    a = graph.source(NUMBERS)
    b = graph.operand(a)
    pair, shape = _pair(graph, a, b)
    conditions = [
        i
        for i in graph.values
        if graph.tensors[i].dtype == "bool" and broadcast(graph.tensors[i].shape, shape) is not None
    ]
    if conditions:
        condition = graph.choose.pick(conditions)
    else:
        condition = graph.input(one_operator.tensor(graph.other_shape(shape), "bool"))
    made = np.broadcast_shapes(tuple(graph.tensors[condition].shape), shape)
    spec = graph.tensors[pair[0]]
    bound = max(map(graph.bound, pair))
    graph.node(operator, [condition, *pair], [like(spec, made)], bound=bound)


def _add_n(graph: Builder, operator: str) -> None:
    first = graph.source(INT8_OR_FLOAT)
    spec = graph.tensors[first]
    places = [first]
    for _ in range(graph.choose.between(1, 3)):
        alike = [i for i in graph.values if like(graph.tensors[i]) == like(spec)]
        kind = graph.choose.below(3)
        if kind == 0:
            places.append(graph.choose.pick(alike))
        elif kind == 1:
            places.append(graph.input(like(spec)))
        else:
            places.append(graph.filled(like(spec)))
    scale = spec.scales[0] * 2 if spec.scales else None
    bound = sum(map(graph.bound, places))
    graph.node(operator, places, [graph.described(spec.shape, spec.dtype, scale)], bound=bound)


def _prelu(graph: Builder, operator: str) -> None:
    source = graph.source(NUMBERS, range(1, 5))
    spec = graph.tensors[source]
    # One slope for each place of the last dimensions, or one for all.
    shape = spec.shape[graph.choose.between(0, len(spec.shape)) :]
    shape = [1 if graph.choose.one_in(3) else n for n in shape]
    random = graph.random()
    if spec.dtype == "float32":
        slopes = graph.constant(random.normal(0, 1, shape).astype(np.float32))
    else:
        scale, zero = graph.choose.pick((0.01, 0.001, 0.1)), graph.zero_point("int8")
        data = random.integers(-128, 128, shape).astype(np.int8)
        slopes = graph.constant(data, scale, zero_point=zero)
    made = graph.described(spec.shape, spec.dtype, spec.scales[0] if spec.scales else None)
    bound = graph.bound(source) * 6
    graph.node(operator, [source, slopes], [made], bound=bound)


MAKERS: dict[str, Maker] = {
    **dict.fromkeys(_UNARY_TYPES, _unary),
    **dict.fromkeys(("ADD", "DIV", "MUL", "SQUARED_DIFFERENCE", "SUB"), _arithmetic),
    **dict.fromkeys(("EQUAL", "GREATER", "GREATER_EQUAL"), _comparison),
    **dict.fromkeys(("FLOOR_DIV", "FLOOR_MOD"), _floor_operation),
    **dict.fromkeys(("L2_NORMALIZATION", "LOG_SOFTMAX", "SOFTMAX"), _rows),
    **dict.fromkeys(("LESS", "LESS_EQUAL", "NOT_EQUAL"), _comparison),
    **dict.fromkeys(("LOGICAL_AND", "LOGICAL_OR"), _logic),
    **dict.fromkeys(("MAXIMUM", "MINIMUM"), _extreme),
    "ADD_N": _add_n,
    "CAST": _cast,
    "DEQUANTIZE": _dequantize,
    "EXPAND_DIMS": _expand_dims,
    "LOGICAL_NOT": _logical_not,
    "PRELU": _prelu,
    "QUANTIZE": _quantize,
    "RESHAPE": _reshape,
    "RSQRT": _rsqrt,
    "SELECT_V2": _select,
    "SQUEEZE": _squeeze,
}
