# SPDX-License-Identifier: Apache-2.0
"""Finds a smaller random model that fails as another one does."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterator, Sequence

from aot.testing.random_graphs import RandomModel
from tflite.testing.model_builder import GraphSpec

# So many are tried at the same time.
_TOGETHER = 12


def shrink(
    model: RandomModel,
    remake: Callable[[Sequence[int]], RandomModel],
    fail: Callable[[Sequence[RandomModel]], Sequence[bool]],
    *,
    attempts: int = 600,
) -> RandomModel:
    """Makes a model smaller: fewer operators, smaller dimensions, fewer inputs and outputs.

    Args:
      model: a model that fails.
      remake: makes a model of choices.
      fail: says which of several models fail in the same way.
      attempts: how many models are tried.

    Returns:
      The smallest one that was found.
    """
    while attempts > 0:
        candidates = [m for m in _smaller(model, remake) if size(m) < size(model)]
        for start in range(0, len(candidates), _TOGETHER):
            some = candidates[start : start + _TOGETHER]
            attempts -= len(some)
            failing = [m for m, bad in zip(some, fail(some), strict=True) if bad]
            if failing:
                model = min(failing, key=size)
                break
            if attempts <= 0:
                break
        else:
            break
    return model


def size(model: RandomModel) -> tuple[int, ...]:
    """Measures a model: what is smaller is simpler."""
    tensors = [t for graph in model.graphs for t in graph.tensors]
    return (
        sum(len(graph.nodes) for graph in model.graphs),
        len(tensors),
        sum(len(graph.outputs) for graph in model.graphs),
        sum(math.prod(t.shape) for t in tensors),
        sum(model.choices),
    )


def _smaller(
    model: RandomModel, remake: Callable[[Sequence[int]], RandomModel]
) -> Iterator[RandomModel]:
    """Makes models of which some are smaller, those that save most first."""
    yield from map(remake, _fewer_choices(model))
    main, *others = model.graphs
    for graph in _cuts(main):
        # It is not made of the choices any more.
        yield RandomModel((graph, *others))


def _fewer_choices(model: RandomModel) -> Iterator[list[int]]:
    """Leaves choices out, or makes them smaller."""
    choices, spans = list(model.choices), model.spans
    count = len(spans)
    for width in (count // 2, count // 4, 1):
        if not 0 < width < count:
            continue
        for first in range(count - width, -1, -width):
            start, end = spans[first][0], spans[first + width - 1][1]
            yield [choices[0] - width, *choices[1:start], *choices[end:]]
    for i, number in enumerate(choices):
        for smaller in dict.fromkeys((0, number // 2, number - 1)):
            if 0 <= smaller < number:
                yield [*choices[:i], smaller, *choices[i + 1 :]]


def _cuts(graph: GraphSpec) -> Iterator[GraphSpec]:
    """Leaves operators or outputs out."""
    for node in reversed(graph.nodes):
        nodes = [n for n in graph.nodes if n is not node]
        read = {i for n in nodes for i in n.inputs}
        inputs = [*graph.inputs, *(i for i in node.outputs if i in read)]
        outputs = [i for i in graph.outputs if i not in node.outputs]
        if not outputs and nodes:
            outputs = [nodes[-1].outputs[0]]
        if outputs:
            yield _pruned(dataclasses.replace(graph, nodes=nodes, inputs=inputs, outputs=outputs))
    if len(graph.outputs) > 1:
        for i in range(len(graph.outputs)):
            outputs = [*graph.outputs[:i], *graph.outputs[i + 1 :]]
            yield _pruned(dataclasses.replace(graph, outputs=outputs))


def _pruned(graph: GraphSpec) -> GraphSpec:
    """Leaves out inputs that nobody reads, and tensors that nobody has."""
    used = {*graph.outputs, *itertools.chain.from_iterable(n.inputs for n in graph.nodes)}
    inputs = [i for i in graph.inputs if i in used]
    used |= set(itertools.chain.from_iterable(n.outputs for n in graph.nodes))
    kept = [i for i in range(len(graph.tensors)) if i in used]
    places = {old: new for new, old in enumerate(kept)} | {-1: -1}
    nodes = [
        dataclasses.replace(
            n,
            inputs=tuple(places[i] for i in n.inputs),
            outputs=tuple(places[i] for i in n.outputs),
        )
        for n in graph.nodes
    ]
    return GraphSpec(
        [graph.tensors[i] for i in kept],
        nodes,
        [places[i] for i in inputs],
        [places[i] for i in graph.outputs],
    )
