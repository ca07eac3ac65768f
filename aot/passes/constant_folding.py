# SPDX-License-Identifier: Apache-2.0
"""Computes at compile time what depends on constants alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from aot.graph import Graph, Op, Value, rewrite, writes_variable
from aot.interpreter import Budget, made_constant
from aot.kernels.kernel import Kernel


def fold_constants(graph: Graph, kernels: Mapping[str, Kernel]) -> Graph:
    """Replaces operators whose inputs are all constant by what they make.

    Args:
      graph: the graph.
      kernels: of all of its operators.

    Returns:
      The graph without them. An output of the model that is constant keeps its operator, which
      writes it.
    """
    # The importer has computed most of them already: of these, nobody reads the outputs.
    graph = rewrite(graph, graph.ops)
    budget = Budget(0)
    replaced: dict[Value, Value] = {}
    kept: list[Op] = []
    outputs = set(graph.outputs)
    for op in graph.ops:
        inputs = tuple(v if v is None else replaced.get(v, v) for v in op.inputs)
        known = dataclasses.replace(op, inputs=inputs)
        if (
            op.blocks
            or writes_variable(op)
            or outputs.intersection(op.outputs)
            or not kernels[op.kind].is_known(known)
            or not budget.covers([known])
        ):
            kept.append(op)
            continue
        made = made_constant(known, kernels[op.kind])
        replaced |= dict(zip(op.outputs, made, strict=True))
    return rewrite(graph, kept, replaced)
