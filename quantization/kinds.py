# SPDX-License-Identifier: Apache-2.0
"""What a model is quantized to."""

from __future__ import annotations

import collections

from aot.graph import Graph
from tflite.model import Model

INTEGERS = ("int8", "int16", "uint8")
"""Types of quantized activations."""

_STORED = ("int4", *INTEGERS)


def computed_kind(graph: Graph) -> str | None:
    """Finds the type that a model computes with.

    Args:
      graph: the model.

    Returns:
      One of INTEGERS: that of most quantized values that its operators make; None if all are
      floats.
    """
    counts = collections.Counter(
        value.dtype
        for op in graph.ops
        for value in op.outputs
        if value.dtype in INTEGERS and value.quantization is not None and not value.is_constant
    )
    return max(counts, key=lambda dtype: (counts[dtype], dtype), default=None)


def stored_kind(model: Model) -> tuple[str | None, int]:
    """Finds the type that the weights of a model are stored in.

    Args:
      model: the model.

    Returns:
      "float16" or an integer's: that of most numbers of constants that are not stored as they are;
      None if all are. Then how many constants are stored so.
    """
    numbers: collections.Counter[str] = collections.Counter()
    tensors: collections.Counter[str] = collections.Counter()
    for tensor in (tensor for subgraph in model.subgraphs for tensor in subgraph.tensors):
        is_integer = tensor.dtype in _STORED and tensor.quantization is not None
        if tensor.is_constant and (tensor.dtype == "float16" or is_integer):
            numbers[tensor.dtype] += tensor.element_count
            tensors[tensor.dtype] += 1
    kind = max(numbers, key=lambda dtype: (numbers[dtype], dtype), default=None)
    return kind, tensors[kind] if kind else 0


def kind(model: Model, graph: Graph) -> str | None:
    """Names what a model is quantized to.

    Args:
      model: the model.
      graph: the compiler's graph of it.

    Returns:
      The type that it computes with, else that of its weights, else that of its inputs, e.g.
      "int8", "float16"; None if nothing of it is quantized.
    """
    given = [v.dtype for v in graph.inputs if v.dtype in INTEGERS and v.quantization is not None]
    return computed_kind(graph) or stored_kind(model)[0] or next(iter(given), None)
