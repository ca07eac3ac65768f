# SPDX-License-Identifier: Apache-2.0
"""Chooses the functions of operators that several can compute, by what they cost."""

from __future__ import annotations

from collections.abc import Mapping

from aot.graph import Graph, Op, rewrite
from aot.kernels.kernel import Kernel, Variant
from aot.passes.costs import Cost, unknown

_WORTH = 0.03 / 1024
"""What a byte of flash is worth: as a share of a model's instructions."""


def choose_variants(
    graph: Graph,
    kernels: Mapping[str, Kernel],
    worth: float = _WORTH,
    cost: Cost = unknown,
) -> Graph:
    """Has each operator computed by the function that costs least: see `Kernel.variants`.

    A function that only some layers use is code that a model has besides: it is taken if it saves
    so many instructions in all layers together that they are worth its flash.

    Args:
      graph: the graph.
      kernels: of all of its operators.
      worth: which share of the model's instructions a byte of flash must save.
      cost: predicts instructions. Where it knows nothing, kernels choose for themselves.

    Returns:
      The graph. Operators compute the same.
    """
    chosen: dict[Op, Op] = {}
    saved: dict[str, float] = {}
    candidates: list[tuple[Op, float, list[tuple[Variant, float]]]] = []
    for op in graph.ops:
        found = [] if op.blocks else [(v, cost(v.op)) for v in kernels[op.kind].variants(op)]
        known = [(variant, price) for variant, price in found if price is not None]
        if not known or len(known) < len(found):
            continue
        (usual, usual_price), *others = known
        chosen[op] = usual.op
        candidates.append((op, usual_price, others))
        for variant, price in others:
            saved[variant.name] = saved.get(variant.name, 0) + max(usual_price - price, 0)
    prices = [cost(op) for op in graph.ops] if candidates else []
    total = sum(price for price in prices if price is not None)
    for op, least, others in candidates:
        for variant, price in others:
            if price < least and saved[variant.name] >= worth * variant.flash * total:
                chosen[op], least = variant.op, price
    return rewrite(graph, [chosen.get(op, op) for op in graph.ops])
