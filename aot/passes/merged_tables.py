# SPDX-License-Identifier: Apache-2.0
"""Makes one table of operators from 8 bits to 8 bits, element by element, one after the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from aot.graph import Graph, Op, Value, rewrite, same_meaning
from aot.kernels.kernel import Kernel

# What computes the same everywhere: with floats no function of the C library's mathematics.
_ALWAYS = ("DEQUANTIZE", "LEAKY_RELU", "NEG", "QUANTIZE", "RELU", "RELU6", "RELU_N1_TO_1", "TABLE")
_FOR_INTEGERS = ("ELU", "HARD_SWISH", "LOGISTIC", "TANH")


def merge_tables(graph: Graph, kernels: Mapping[str, Kernel]) -> Graph:
    """Replaces chains of unary operators from 8 bits to 8 bits by TABLE, or by nothing.

    The table is what the operators make of all 256 values, so it proves itself. What comes out as
    it went in, as of DEQUANTIZE and QUANTIZE with one scale, is left out. With scales that differ a
    little the bytes may be the same, but they stand for other numbers: then the table stays.

    Args:
      graph: the graph.
      kernels: of all of its operators.

    Returns:
      The graph with fewer operators.
    """
    users = graph.users()
    outputs = set(graph.outputs)
    merged: dict[Op, tuple[Op, ...]] = {}
    replaced: dict[Value, Value] = {}
    for first in graph.ops:
        chain = () if first in merged else _chain(first, users, outputs)
        if len(chain) < 2:
            continue
        source, result = first.input(0), chain[-1].output
        table = _evaluate(chain, kernels)
        merged |= dict.fromkeys(chain, ())
        if _is_identity(table) and same_meaning(source, result) and result not in outputs:
            replaced[result] = source
        else:
            data = Value("table", (256,), result.dtype, data=table)
            made = Op("TABLE", (source, data), (result,), index=first.index)
            merged[chain[-1]] = (made,)
    ops = [new for op in graph.ops for new in merged.get(op, (op,))]
    return rewrite(graph, ops, replaced)


def _chain(first: Op, users: Mapping[Value, Sequence[Op]], outputs: set[Value]) -> tuple[Op, ...]:
    """Finds the longest chain from an operator on whose result is of 8 bits."""
    if not _is_unary(first) or not _is_8bit(first.input(0)):
        return ()
    chain, end = [first], 1
    while True:
        value = chain[-1].output
        if _is_8bit(value):
            end = len(chain)
        after = users.get(value, ())
        if value in outputs or len(after) != 1 or not _is_unary(after[0]):
            break
        chain.append(after[0])
    return tuple(chain[:end]) if _is_8bit(chain[end - 1].output) else ()


def _is_8bit(value: Value) -> bool:
    return value.dtype in ("int8", "uint8")


def _is_unary(op: Op) -> bool:
    exact = op.kind in _ALWAYS or (op.kind in _FOR_INTEGERS and op.output.dtype != "float32")
    return (
        exact
        and len(op.outputs) == 1
        and op.output.shape == op.input(0).shape
        and not op.input(0).is_variable
        and not op.output.is_variable
    )


def _evaluate(chain: Sequence[Op], kernels: Mapping[str, Kernel]) -> np.ndarray:
    """Runs a chain on all values of its input."""
    value = dataclasses.replace(chain[0].input(0), shape=(256,))
    data = np.arange(256, dtype=np.uint8).view(value.dtype)
    for op in chain:
        made = dataclasses.replace(op.output, shape=(256,))
        small = dataclasses.replace(op, inputs=(value, *op.inputs[1:]), outputs=(made,))
        others = [v.data if v is not None else None for v in op.inputs[1:]]
        with np.errstate(all="ignore"):
            (data,) = kernels[op.kind].evaluate(small, [data, *others])
        value = made
    data.flags.writeable = False
    return data


def _is_identity(table: np.ndarray) -> bool:
    return bool((table.view(np.uint8) == np.arange(256)).all())
