# SPDX-License-Identifier: Apache-2.0
"""Puts a PAD that comes before a convolution into it: the padded image needs no memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from aot.graph import Graph, Op, Value, rewrite, same_meaning
from aot.kernels.kernel import Kernel


def fold_padding(graph: Graph, kernels: Mapping[str, Kernel]) -> Graph:
    """Folds PAD of height and width into convolutions without padding of their own.

    It is exact if what is padded stands for 0: then it adds nothing to a sum, as what a convolution
    does not see adds nothing. With floats the weights must be finite, too.

    Args:
      graph: the graph.
      kernels: of all of its operators.

    Returns:
      The graph without these PADs. Their convolutions have the options `pad_h` and `pad_w`.
    """
    del kernels
    users = graph.users()
    outputs = set(graph.outputs)
    folded: dict[Op, Op] = {}
    dropped: set[Op] = set()
    for op in graph.ops:
        if op.kind not in ("PAD", "PADV2"):
            continue
        after = users.get(op.output, [])
        paddings = _paddings(op)
        if paddings is None or op.output in outputs or not after:
            continue
        if all(_can_take(op, user) for user in after):
            for user in after:
                options = {**user.options, "pad_h": paddings[1][0], "pad_w": paddings[2][0]}
                inputs = (op.input(0), *user.inputs[1:])
                folded[user] = dataclasses.replace(user, inputs=inputs, options=options)
            dropped.add(op)
    return rewrite(graph, [folded.get(op, op) for op in graph.ops if op not in dropped])


def _paddings(op: Op) -> list[tuple[int, int]] | None:
    """Finds what is padded before and after each dimension, if only height and width are."""
    source = op.input(0)
    amounts = op.input(1).data
    if len(source.shape) != 4 or amounts is None:
        return None
    found = [(int(a), int(b)) for a, b in amounts]
    if found[0] != (0, 0) or found[3] != (0, 0):
        return None
    if not same_meaning(source, op.output):
        return None
    return found if _pads_zero(op) else None


def _pads_zero(op: Op) -> bool:
    value = op.optional_input(2)
    if value is None:
        return True
    # Convolutions of int16 take the zero point to be 0, whatever it is.
    zero = op.output.zero_point if op.output.dtype == "int8" else 0
    return value.data is not None and bool((value.data == zero).all())


def _can_take(pad: Op, user: Op) -> bool:
    if user.kind not in ("CONV_2D", "DEPTHWISE_CONV_2D") or user.options["padding"] != "VALID":
        return False
    if user.input(0) is not pad.output or "pad_h" in user.options:
        return False
    return all(value is not pad.output for value in user.inputs[1:]) and _finite(user.input(1))


def _finite(weights: Value) -> bool:
    return weights.data is not None and bool(np.isfinite(weights.data).all())
