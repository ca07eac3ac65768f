# SPDX-License-Identifier: Apache-2.0
"""How variables, and operators that call subgraphs, come into random models."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from aot.testing import one_operator
from aot.testing.one_operator import ACTIVATION
from aot.testing.random_graphs import FUSED, INT8_OR_FLOAT, NUMBERS, Builder, Maker, like
from tflite.testing.model_builder import TensorSpec

_COUNTER = one_operator.tensor((), "int32")

# --- subgraphs ------------------------------------------------------------------------------------


def _step(graph: Builder, place: int, to: TensorSpec) -> int:
    """Adds an operator that makes a tensor of another one of the same shape."""
    kind = graph.choose.below(4)
    if to.dtype == "int16" and kind == 3:
        kind = 0
    if kind == 0:
        other = graph.filled(like(to))
        return graph.node("ADD", [place, other], [to], {"FusedActivationFunction": 0})[0]
    if kind == 1:
        return graph.node("RELU", [place], [to])[0]
    if kind == 2:
        return graph.node("MUL", [place, place], [to], {"FusedActivationFunction": 0})[0]
    other = graph.filled(like(to))
    return graph.node("SUB", [other, place], [to], {"FusedActivationFunction": 1})[0]


def _branch(graph: Builder, arguments: Sequence[TensorSpec], results: Sequence[TensorSpec]) -> int:
    """Adds a subgraph; gives its number."""
    inner = graph.inner()
    places = [inner.input(spec) for spec in arguments]
    outputs = []
    for spec in results:
        alike = [i for i in inner.values if like(inner.tensors[i]) == like(spec)]
        kind = inner.choose.below(6)
        if kind == 0 and alike:
            # What it is given, or what another output is.
            outputs.append(inner.choose.pick(alike))
        elif kind == 1:
            outputs.append(inner.filled(spec))
        else:
            place = inner.choose.pick([i for i in places if inner.tensors[i].shape == spec.shape])
            for _ in range(inner.choose.below(2)):
                place = _step(inner, place, like(inner.tensors[place]))
            outputs.append(_step(inner, place, spec))
    return graph.subgraph(inner, outputs)


def _arguments(graph: Builder) -> list[int]:
    first = graph.source(NUMBERS, range(1, 5), lambda spec: math.prod(spec.shape) <= 60)
    spec = graph.tensors[first]
    places = [first]
    for _ in range(graph.choose.below(3)):
        alike = [i for i in graph.values if like(graph.tensors[i]) == like(spec)]
        if graph.choose.below(2):
            places.append(graph.choose.pick(alike))
        else:
            places.append(graph.filled(like(spec)))
    return places


def _if(graph: Builder, operator: str) -> None:
    places = _arguments(graph)
    arguments = [like(graph.tensors[i]) for i in places]
    results = [
        graph.described(spec.shape, spec.dtype, spec.scales[0] if spec.scales else None)
        if graph.choose.below(2)
        else spec
        for spec in arguments[: graph.choose.between(1, len(arguments))]
    ]
    if graph.choose.one_in(8):
        flag = graph.constant(np.array(bool(graph.choose.below(2))))
    else:
        flag = graph.input(one_operator.tensor(graph.choose.pick(((), (1,))), "bool"))
    options = {
        "ThenSubgraphIndex": _branch(graph, arguments, results),
        "ElseSubgraphIndex": _branch(graph, arguments, results),
    }
    graph.node(operator, [flag, *places], results, options)


def _while(graph: Builder, operator: str) -> None:
    """Adds a loop of up to four rounds."""
    places = _arguments(graph)
    specs = [like(graph.tensors[i]) for i in places]
    condition = graph.inner()
    counter = condition.input(_COUNTER)
    for spec in specs:
        condition.input(spec)
    rounds = condition.constant(np.array(graph.choose.between(0, 4), np.int32))
    less = condition.node("LESS", [counter, rounds], [one_operator.tensor((), "bool")])
    body = graph.inner()
    inputs = [body.input(_COUNTER), *map(body.input, specs)]
    one = body.constant(np.array(1, np.int32))
    outputs = body.node("ADD", [inputs[0], one], [_COUNTER], {"FusedActivationFunction": 0})
    for i, spec in enumerate(specs):
        # Also what another one was, or what it was itself.
        place = body.choose.pick((inputs[1 + i], *inputs[1:]))
        outputs.append(_step(body, place, spec) if body.choose.below(3) else place)
    options = {
        "CondSubgraphIndex": graph.subgraph(condition, less),
        "BodySubgraphIndex": graph.subgraph(body, outputs),
    }
    start = graph.constant(np.array(graph.choose.below(2), np.int32))
    graph.node(operator, [start, *places], [_COUNTER, *specs], options)


# --- variables ------------------------------------------------------------------------------------


def _variable(graph: Builder, operator: str) -> None:
    """Adds a resource variable that is read and written some times."""
    source = graph.source(NUMBERS, range(1, 5))
    spec = like(graph.tensors[source])
    name = f"variable {len(graph.nodes)}"
    if graph.choose.one_in(3):
        # Its first contents.
        inner = graph.inner()
        handle = _handle(inner, name)
        inner.node("ASSIGN_VARIABLE", [handle, inner.filled(spec)], [])
        options = {"InitSubgraphIndex": graph.subgraph(inner, [])}
        graph.node("CALL_ONCE", [], [], options)
    handle = _handle(graph, name)
    value = source
    for step in range(graph.choose.between(2, 5)):
        if graph.choose.one_in(6):
            handle = _handle(graph, name)
        # One assignment at least, the second one or before.
        if graph.choose.below(2) if step != 1 else True:
            graph.node("ASSIGN_VARIABLE", [handle, value], [])
            value = graph.choose.pick([value, source])
        else:
            (value,) = graph.node("READ_VARIABLE", [handle], [spec])
        if graph.choose.one_in(3):
            value = _step(graph, value, spec)


def _handle(graph: Builder, name: str) -> int:
    (place,) = graph.node(
        "VAR_HANDLE", [], [TensorSpec((), "resource")], {"SharedName": name}, final=True
    )
    return place


def _svdf(graph: Builder, operator: str) -> None:
    source = graph.source(INT8_OR_FLOAT, (2,))
    spec = graph.tensors[source]
    batches, depth = spec.shape
    units, rank, memory = (graph.choose.between(1, n) for n in (5, 3, 5))
    filters = units * rank
    random = graph.random()
    options = {"Rank": rank, "FusedActivationFunction": graph.choose.pick(FUSED)}
    shapes = (filters, depth), (filters, memory), (units,)
    state = (batches, filters * memory)
    if spec.dtype == "float32":
        constants = [graph.constant(random.normal(size=s).astype(np.float32)) for s in shapes]
        variable = graph.add(one_operator.tensor(state, "float32", variable=True))
        made = one_operator.tensor((batches, units), "float32")
        graph.node(operator, [source, *constants, variable], [made], options)
        return
    kind = graph.choose.pick(("int16", "int8"))
    limit = np.iinfo(kind).max
    weights, times = 0.01, 0.5 / limit
    state_scale = float(np.float32(spec.scales[0] * weights * 128 * 128 * depth / limit))
    product = float(np.float32(state_scale) * np.float32(times))
    natural = product * limit * limit / 128 * math.sqrt(memory * rank)
    inputs = [
        source,
        graph.constant(random.integers(-127, 128, shapes[0]).astype(np.int8), weights),
        graph.constant(random.integers(-limit, limit + 1, shapes[1]).astype(kind), times),
        graph.constant(random.integers(-(limit**2), limit**2, units).astype(np.int32), product),
        graph.add(
            one_operator.tensor(
                state,
                kind,
                scale=state_scale,
                zero_point=graph.zero_point(kind),
                variable=True,
            )
        ),
    ]
    # TFLM ignores the activation of integers.
    graph.node(operator, inputs, [graph.described((batches, units), "int8", natural)], options)


def _lstm(graph: Builder, operator: str) -> None:
    """Adds an LSTM of integers: with floats, little errors grow."""
    source = graph.source(("int8", "int16"), (3,))
    spec = graph.tensors[source]
    time_major = bool(graph.choose.below(2))
    first, second, depth = spec.shape
    batches = second if time_major else first
    cells = graph.choose.between(1, 5)
    random = graph.random()
    limit = np.iinfo(spec.dtype).max
    hidden = 1.0 / limit
    zero = graph.zero_point(spec.dtype)

    def weights(size: int, scale: float) -> tuple[int, float]:
        own = 1 / (scale * limit * 60 * math.sqrt(size))
        data = random.integers(-127, 128, (cells, size)).astype(np.int8)
        return graph.constant(data, own), scale * float(np.float32(own))

    def bias(scale: float) -> int:
        data = np.rint(random.normal(size=cells) / scale)
        wide = np.int32 if spec.dtype == "int8" else np.int64
        return graph.constant(data.astype(wide), scale)

    of_inputs = [weights(depth, spec.scales[0]) for _ in range(4)]
    of_hidden = [weights(cells, hidden) for _ in range(4)]
    state = one_operator.tensor(
        (batches, cells), spec.dtype, scale=hidden, zero_point=zero, variable=True
    )
    inputs = [
        source,
        *(place for place, _ in of_inputs),
        *(place for place, _ in of_hidden),
        *[-1] * 3,
        *(bias(scale) for _, scale in of_inputs),
        *[-1] * 2,
        graph.add(state),
        graph.add(one_operator.tensor((batches, cells), "int16", scale=2.0**-11, variable=True)),
        *[-1] * 4,
    ]
    options = {
        "FusedActivationFunction": ACTIVATION.TANH,
        "TimeMajor": time_major,
        "CellClip": graph.choose.pick((0.0, 0.3, 10.0)),
    }
    made = one_operator.tensor((first, second, cells), spec.dtype, scale=hidden, zero_point=zero)
    graph.node(operator, inputs, [made], options)


MAKERS: dict[str, Maker] = {
    "IF": _if,
    "SVDF": _svdf,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _lstm,
    "VAR_HANDLE": _variable,
    "WHILE": _while,
}
