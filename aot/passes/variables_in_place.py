# SPDX-License-Identifier: Apache-2.0
"""Lets operators read and write resource variables where these are, without copies."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from aot.graph import Graph, Op, Value, rewrite, walk
from aot.kernels.kernel import Kernel


def use_variables_in_place(graph: Graph, kernels: Mapping[str, Kernel]) -> Graph:
    """Leaves out READ_VARIABLE and ASSIGN_VARIABLE where nobody sees the difference.

    What READ_VARIABLE makes is as good as the variable if all that read it run before that changes.
    An operator may write to the variable what ASSIGN_VARIABLE would copy there, if nothing needs in
    between what was there before.

    Args:
      graph: the graph.
      kernels: of all of its operators.

    Returns:
      The graph with fewer copies.
    """
    graph = _without_reads(graph, kernels)
    place = 0
    while place < len(graph.ops):
        op = graph.ops[place]
        made = _without_assignment(graph, kernels, op) if op.kind == "ASSIGN_VARIABLE" else graph
        place += made is graph
        graph = made
    return graph


def _without_reads(graph: Graph, kernels: Mapping[str, Kernel]) -> Graph:
    places = {op: i for i, op in enumerate(graph.ops)}
    users = graph.users()
    replaced: dict[Value, Value] = {}
    kept: list[Op] = []
    for i, op in enumerate(graph.ops):
        kept.append(op)
        if op.kind != "READ_VARIABLE" or op.output in graph.outputs:
            continue
        last = max((places[user] for user in users.get(op.output, ())), default=i)
        if _alike(op.input(0), op.output) and last < _next_change(graph, kernels, op.input(0), i):
            replaced[op.output] = op.input(0)
            kept.pop()
    return rewrite(graph, kept, replaced)


def _without_assignment(graph: Graph, kernels: Mapping[str, Kernel], op: Op) -> Graph:
    """Lets the operator before an ASSIGN_VARIABLE do its work, if it can."""
    places = {one: i for i, one in enumerate(graph.ops)}
    value, variable, here = op.input(0), op.output, places[op]
    before = graph.producers().get(value)
    if before is None or before.blocks or value.is_variable or value in graph.outputs:
        return graph
    if not _alike(value, variable):
        return graph
    if any(variable in _used(one) for one in graph.ops[places[before] : here]):
        return graph
    last = max(places[user] for user in graph.users()[value])
    if last >= _next_change(graph, kernels, variable, here):
        return graph
    outputs = tuple(variable if v is value else v for v in before.outputs)
    ops = [
        dataclasses.replace(one, outputs=outputs) if one is before else one
        for one in graph.ops
        if one is not op
    ]
    return rewrite(graph, ops, {value: variable})


def _next_change(graph: Graph, kernels: Mapping[str, Kernel], variable: Value, place: int) -> int:
    """Finds the first operator after a place that changes a variable."""
    for i in range(place + 1, len(graph.ops)):
        for one in walk((graph.ops[i],)):
            changed = () if one.blocks else kernels[one.kind].changed(one)
            if variable in one.outputs or any(one.inputs[k] is variable for k in changed):
                return i
    return len(graph.ops)


def _used(op: Op) -> set[Value | None]:
    return {v for one in walk((op,)) for v in (*one.inputs, *one.outputs)}


def _alike(a: Value, b: Value) -> bool:
    """Whether kernels see no difference between two values of the same contents."""
    return (a.dtype, a.shape, a.quantization) == (b.dtype, b.shape, b.quantization)
