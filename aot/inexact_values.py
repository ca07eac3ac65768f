# SPDX-License-Identifier: Apache-2.0
"""Finds the values of a graph that depend on exp and similar functions of the C library."""

from __future__ import annotations

from collections.abc import Iterable

from aot.graph import Graph, Op, Value, walk
from aot.kernels.registry import INEXACT, INEXACT_SUMS

_INEXACT = frozenset((*INEXACT, *INEXACT_SUMS))


def inexact_values(graph: Graph) -> set[Value]:
    """Finds what depends on floats of such functions, which a C library may round in its own way.

    Args:
      graph: the graph.

    Returns:
      The outputs of operators that use such functions, and all that is computed from them.
    """
    return dependents(graph, (v for op in graph.ops if _is_inexact(op) for v in _written(op)))


def dependents(graph: Graph, values: Iterable[Value]) -> set[Value]:
    """Finds what depends on values.

    Args:
      graph: the graph.
      values: some of its values.

    Returns:
      These values, and all that is computed from them, in the same run or in a later one.
    """
    found = set(values)
    # Twice: what a run leaves in a variable is read by the next one.
    for op in (*graph.ops, *graph.ops):
        if not found.isdisjoint(op.inputs):
            found.update(_written(op))
    return found


def _is_inexact(op: Op) -> bool:
    return any(
        one.kind in _INEXACT and any(v.dtype == "float32" for v in one.outputs)
        for one in walk((op,))
    )


def _written(op: Op) -> Iterable[Value]:
    return (*op.outputs, *(v for v in op.inputs if v is not None and v.is_variable))
