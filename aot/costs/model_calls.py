# SPDX-License-Identifier: Apache-2.0
"""What the operators of a compiled model call, with the features of each call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aot import graph
from aot.c_text import Struct
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
    uses: dict[str, list[calls.Call]] = {}
    for made in written.values():
        for call in made:
            uses.setdefault(call.function, []).append(call)
    names = {function: _name(function, found) for function, found in uses.items()}
    return [
        [
            (name, features.features(call, once=name.endswith(fitting.ONCE)))
            for call in written.get(op, ())
            for name in [names[call.function]]
        ]
        for op in compiled.graph.ops
    ]


def _name(function: str, uses: Sequence[calls.Call]) -> str:
    """Says whether a function is compiled for one call, or for several that are alike."""
    # Functions of the C library never are.
    if function in calls.LIBRARY:
        return function
    if len(uses) == 1:
        return function + fitting.ONCE
    kinds = {struct.type for struct in _structs(uses[0])}
    for in_loops, suffix in _IN_LOOPS.items():
        if in_loops in kinds and len({_shape(call) for call in uses}) == 1:
            return function + suffix
    return function


def _shape(call: calls.Call) -> object:
    """Gives what compilers put into a function if all calls have it in common."""
    return tuple(
        (struct.type, repr(sorted(struct.fields.items())))
        for struct in _structs(call)
        if struct.type != _OF_OUTPUTS
    )


def _structs(call: calls.Call) -> list[Struct]:
    return [argument for argument in call.arguments if isinstance(argument, Struct)]


_IN_LOOPS = {"conv_2d_weights": fitting.ONCE, "depthwise_conv_2d": fitting.ALIKE}
"""Structs whose numbers are in the innermost loops: where they are known, these are others.

Functions with the first come out as if they were called once.
"""

_OF_OUTPUTS = "requantization"
"""A struct on which no loop depends."""
