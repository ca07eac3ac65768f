# SPDX-License-Identifier: Apache-2.0
"""What the operators of a compiled model call, with the features of each call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from aot import graph
from aot.costs import calls, features, fitting
from aot.graph import Value

if TYPE_CHECKING:
    # Its passes may choose by predictions.
    from aot.compiler import Compiled


def features_of(compiled: Compiled) -> list[fitting.Calls]:
    """Lists for each operator of a model what it calls.

    Args:
      compiled: the model.

    Returns:
      Functions with their features; none for IF and WHILE, and for what costs nothing.
    """
    places = compiled.plan.offsets

    def same_place(a: Value, b: Value) -> bool:
        return a in places and b in places and places[a] == places[b]

    # Those in blocks count as often as they are written.
    written = {
        op: calls.calls_of(op, compiled.kernels, same_place)[0]
        for op in graph.walk(compiled.graph.ops)
        if not op.blocks
    }
    times = Counter(call.function for made in written.values() for call in made)
    return [
        [(_name(call, times), features.features(call)) for call in written.get(op, ())]
        for op in compiled.graph.ops
    ]


def _name(call: calls.Call, times: Mapping[str, int]) -> str:
    # Functions of the C library are never compiled for one call.
    once = times[call.function] == 1 and call.function not in calls.LIBRARY
    return call.function + (fitting.ONCE if once else "")
