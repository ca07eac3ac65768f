# SPDX-License-Identifier: Apache-2.0
"""Puts an activation that comes after an operator into it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from aot.graph import Graph, Op, rewrite, same_meaning
from aot.kernels.kernel import Kernel

# That clamp to the limits of their activations, of all types. Others have the option as well, but
# TFLM ignores it: SVDF of integers.
_TAKERS = (
    "ADD",
    "AVERAGE_POOL_2D",
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "DIV",
    "FULLY_CONNECTED",
    "L2_POOL_2D",
    "MAX_POOL_2D",
    "MUL",
    "SUB",
    "TRANSPOSE_CONV",
)
# Operators that are options of others, too.
_ACTIVATIONS = ("RELU", "RELU6", "RELU_N1_TO_1")


def fuse_activations(graph: Graph, kernels: Mapping[str, Kernel]) -> Graph:
    """Fuses RELU, RELU6 and RELU_N1_TO_1 into the operators before them.

    It is exact if the activation does not rescale: the operator clamps to the same limits at its
    end. The value in between is not made any more.

    Args:
      graph: the graph.
      kernels: of all of its operators.

    Returns:
      The graph without these activations.
    """
    users = graph.users()
    producers = graph.producers()
    outputs = set(graph.outputs)
    fused: dict[Op, Op] = {}
    dropped: set[Op] = set()
    for op in graph.ops:
        source = op.optional_input(0)
        before = producers.get(source) if source is not None else None
        if op.kind not in _ACTIVATIONS or before is None or source is None or before in dropped:
            continue
        if (
            before.kind in _TAKERS
            and before.options["fused_activation_function"] == "NONE"
            and len(before.outputs) == 1
            and users[source] == [op]
            and source not in outputs
            and source.shape == op.output.shape
            and same_meaning(source, op.output)
        ):
            options = {**before.options, "fused_activation_function": op.kind}
            made = dataclasses.replace(before, outputs=op.outputs, options=options)
            # A scale may be too small for the limits.
            if not any(kernels[made.kind].problems(made)):
                fused[before] = made
                dropped.add(op)
    return rewrite(graph, [fused.get(op, op) for op in graph.ops if op not in dropped])
