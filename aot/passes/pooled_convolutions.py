# SPDX-License-Identifier: Apache-2.0
"""Puts a MAX_POOL_2D that comes after a convolution into it: the feature map needs no memory."""

from __future__ import annotations

from collections.abc import Mapping

from aot.graph import Graph, Op, rewrite
from aot.kernels import pooled_convolution
from aot.kernels.kernel import Kernel
from aot.passes.costs import Cost, unknown

# So many times as much must be predicted of one operator: it takes less memory, and predictions are
# not closer.
_MORE = 1.1


def fuse_pooling(graph: Graph, kernels: Mapping[str, Kernel], cost: Cost = unknown) -> Graph:
    """Fuses MAX_POOL_2D of int8 into CONV_2D and DEPTHWISE_CONV_2D.

    The largest sum of a pooled window is scaled, once, in place of each sum: see
    kernels/pooled_convolution.py, which proves of each layer that this is exact, or leaves it.

    Args:
      graph: the graph.
      kernels: of all of its operators.
      cost: predicts instructions: two operators stay two if one takes more.

    Returns:
      The graph with one operator for each such pair. What the convolutions made is not made any
      more.
    """
    del kernels
    users = graph.users()
    producers = graph.producers()
    outputs = set(graph.outputs)
    fused: dict[Op, Op] = {}
    dropped: set[Op] = set()
    for op in graph.ops:
        if op.kind != "MAX_POOL_2D" or op.output.dtype != "int8":
            continue
        features = op.input(0)
        layer = producers.get(features)
        if layer is None or users[features] != [op] or features in outputs:
            continue
        # What a variable is depends on the place of what reads and writes it.
        if any(v is not None and v.is_variable for v in (*layer.inputs, features, op.output)):
            continue
        made = pooled_convolution.fused(layer, op)
        if made is not None and not _is_slower(cost(made), cost(layer, op)):
            fused[op] = made
            dropped.add(layer)
    return rewrite(graph, [fused.get(op, op) for op in graph.ops if op not in dropped])


def _is_slower(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and one > _MORE * other
