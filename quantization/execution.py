# SPDX-License-Identifier: Apache-2.0
"""Runs models on many samples at once, by the specification of the compiler's kernels.

Kernels compute one sample, of the shapes of the file. Those in BATCHED compute each row of the
first dimension for itself, so that many samples are as many rows. All others are called for one
sample after the other. Results are those of `aot.interpreter`, to the bit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from aot.graph import Graph, Op, Value
from aot.kernels.kernel import Kernel
from aot.kernels.registry import KERNELS
from quantization.matching import Layer, real_values
from tflite.quantization import quantize

Contents = dict[Value, np.ndarray]
"""What values contain: arrays whose first dimension counts samples, then the value's own."""

_RESHAPING = ("EXPAND_DIMS", "RESHAPE", "SQUEEZE")
_ROW_BY_ROW = (
    "AVERAGE_POOL_2D",
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "FULLY_CONNECTED",
    "L2_POOL_2D",
    "MAX_POOL_2D",
    "SOFTMAX",
)
_ELEMENT_BY_ELEMENT = (
    "ABS",
    "DEQUANTIZE",
    "ELU",
    "EXP",
    "HARD_SWISH",
    "LEAKY_RELU",
    "LOG",
    "LOGISTIC",
    "NEG",
    "QUANTIZE",
    "RELU",
    "RELU6",
    "RSQRT",
    "SQRT",
    "SQUARE",
    "TANH",
)
_OF_TWO = ("ADD", "MAXIMUM", "MINIMUM", "MUL", "SQUARED_DIFFERENCE", "SUB")
BATCHED = (*_ROW_BY_ROW, *_ELEMENT_BY_ELEMENT, *_OF_TWO)
"""Operators that compute many samples at once, if each sample is one row."""

# Of the arrays of an operator, while it runs.
_MOST_ELEMENTS = 1 << 22


class UnsupportedError(ValueError):
    """A model that can't be run so. The message says why, and what to do."""


def check(graph: Graph) -> None:
    """Refuses what can't be run on samples that are independent of each other.

    Args:
      graph: a model.

    Raises:
      UnsupportedError: it has branches or loops.
    """
    for op in graph.ops:
        if op.blocks:
            raise UnsupportedError(
                f"{op.label}: a model with branches or loops can't be compared layer by layer: give"
                " one without IF and WHILE"
            )


def batch_size(*graphs: Graph) -> int:
    """Finds how many samples fit into memory at once: from 1 to 256."""
    values = [v for g in graphs for op in g.ops for v in op.outputs]
    largest = max((v.size for v in values), default=1)
    return max(1, min(256, _MOST_ELEMENTS // max(largest, 1)))


def initial(graph: Graph, inputs: Sequence[np.ndarray]) -> Contents:
    """Gives what is known before a model runs.

    Args:
      graph: the model.
      inputs: samples of each input.

    Returns:
      The contents of inputs and variables.
    """
    known = dict(zip(graph.inputs, inputs, strict=True))
    count = len(inputs[0]) if inputs else 1
    for value in graph.variables:
        if value not in known:
            start = graph.initial[value]
            known[value] = np.broadcast_to(start, (count, *start.shape))
    return known


def run(graph: Graph, known: Contents) -> None:
    """Runs a model.

    Args:
      graph: the model.
      known: contents of its inputs and variables. Those of all other values are added.
    """
    for op in graph.ops:
        run_op(op, known)


def rerun(
    graph: Graph,
    first: Contents,
    complete: Contents,
    ops: Sequence[Op],
    changed: Contents,
) -> Contents:
    """Runs a model once more, with other outputs of some of its operators.

    Args:
      graph: the model.
      first: what `initial` gave.
      complete: the contents of all values after a run.
      ops: operators that are not run.
      changed: the contents of what they make.

    Returns:
      The contents of all values then.
    """
    if graph.variables:
        # A variable has other contents at other times: all is run.
        known = first | changed
        for op in graph.ops:
            if op not in ops:
                run_op(op, known)
                known |= changed
        return known
    known = complete | changed
    different = {v for v, data in changed.items() if not np.array_equal(data, complete[v])}
    for op in graph.ops:
        if op in ops or different.isdisjoint(v for v in op.inputs if v is not None):
            continue
        run_op(op, known)
        # What comes out as before makes no difference any more.
        different.update(v for v in op.outputs if not np.array_equal(known[v], complete[v]))
    return known


def contents(value: Value, known: Mapping[Value, np.ndarray]) -> np.ndarray:
    """Gives what a value contains for each sample, whether it is a constant or not."""
    if value.data is None:
        return known[value]
    count = max((len(data) for data in known.values()), default=1)
    return np.broadcast_to(value.data, (count, *value.shape))


def run_op(op: Op, known: Contents) -> None:
    """Runs an operator on many samples.

    Args:
      op: the operator.
      known: contents; those of its outputs, and of the variables that it changes, are put in.
    """
    if all(v.is_constant for v in op.outputs):
        return
    kernel = KERNELS[op.kind]
    given = [None if v is None else (known[v] if v.data is None else v.data) for v in op.inputs]
    count = next(
        (len(known[v]) for v in op.inputs if v is not None and v.data is None),
        max((len(data) for data in known.values()), default=1),
    )
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        if op.kind in _RESHAPING and op.input(0).data is None:
            known[op.output] = known[op.input(0)].reshape(count, *op.output.shape)
            return
        if is_batched(op):
            known[op.output] = _batched(op, kernel, given, count)
            return
        made = [
            kernel.evaluate(
                op,
                [
                    data if v is None or data is None or v.data is not None else data[i]
                    for v, data in zip(op.inputs, given, strict=True)
                ],
            )
            for i in range(count)
        ]
    values = (*op.outputs, *(op.input(i) for i in kernel.changed(op)))
    for value, results in zip(values, zip(*made, strict=True), strict=True):
        known[value] = np.stack(results)


def is_batched(op: Op) -> bool:
    """Whether samples can be rows of an operator's tensors."""
    given = [v for v in op.inputs if v is not None and v.data is None]
    if op.kind not in BATCHED or not given or any(v.is_variable for v in (*given, *op.outputs)):
        return False
    if not all(v.shape and v.shape[0] == 1 for v in (*given, op.output)):
        return False
    if op.kind in _OF_TWO:
        # A constant of as many dimensions must not be one of several rows.
        rank = len(op.output.shape)
        return all(len(v.shape) == rank for v in given) and all(
            len(v.shape) < rank or v.shape[0] == 1 for v in op.inputs if v is not None
        )
    if op.kind in _ROW_BY_ROW and not all(len(v.shape) > 1 for v in (*given, op.output)):
        # The only dimension is that of channels.
        return False
    if op.kind == "FULLY_CONNECTED":
        outputs, depth = op.input(1).shape[-2:]
        if op.input(0).size * outputs != op.output.size * depth:
            # It reads less than its input has.
            return False
    # Weights that are not constant are of one sample.
    return given == [op.inputs[0]]


def _batched(op: Op, kernel: Kernel, given: Sequence[np.ndarray | None], count: int) -> np.ndarray:
    def rows(value: Value) -> Value:
        return dataclasses.replace(value, shape=(count, *value.shape[1:]))

    many = dataclasses.replace(
        op,
        inputs=tuple(v if v is None or v.data is not None else rows(v) for v in op.inputs),
        outputs=(rows(op.output),),
    )
    flat = [
        data if v is None or data is None or v.data is not None else data.reshape(-1, *v.shape[1:])
        for v, data in zip(op.inputs, given, strict=True)
    ]
    (made,) = kernel.evaluate(many, flat)
    return made.reshape(count, *op.output.shape)


# --- from one model to the other ------------------------------------------------------------------


def as_float(value: Value, data: np.ndarray, other: Value) -> np.ndarray:
    """Makes contents of the float model's value of those of the quantized model's.

    Args:
      value: of the quantized model.
      data: its contents.
      other: the value of the float model.

    Returns:
      What it stands for, in the other's shape and type.
    """
    return real_values(value, data).reshape(-1, *other.shape).astype(other.dtype)


def as_quantized(other: Value, data: np.ndarray, value: Value) -> np.ndarray:
    """Does the reverse: contents of `other`, a value of the float model, for `value`."""
    del other
    shaped = data.reshape(-1, *value.shape)
    if value.quantization is None or np.dtype(value.dtype).kind not in "iu":
        return shaped.astype(value.dtype)
    return quantize(shaped.astype(np.float32), np.dtype(value.dtype), value.scale, value.zero_point)


def layer_in_float(
    layer: Layer, quantized: Mapping[Value, np.ndarray], floating_first: Contents
) -> Contents:
    """Computes a layer of the quantized model by the float model's operators and weights.

    Args:
      layer: the layer.
      quantized: contents of the quantized model's values: the inputs are taken from these.
      floating_first: what is known before the float model runs: its variables.

    Returns:
      The layer's outputs, quantized again, as the quantized model has them.
    """
    known = dict(floating_first)
    for mine, other in layer.inputs:
        known[other] = as_float(mine, contents(mine, quantized), other)
    for op in layer.floating:
        run_op(op, known)
    return {mine: as_quantized(other, known[other], mine) for mine, other in layer.outputs}


def layer_alone(
    layer: Layer, floating: Mapping[Value, np.ndarray], quantized_first: Contents
) -> Contents:
    """Computes a layer of the float model by the quantized model's operators and weights.

    Args:
      layer: the layer.
      floating: contents of the float model's values: the inputs, which are quantized.
      quantized_first: what is known before the quantized model runs: its variables.

    Returns:
      The layer's outputs as the quantized model has them.
    """
    known = dict(quantized_first)
    for mine, other in layer.inputs:
        known[mine] = as_quantized(other, contents(other, floating), mine)
    for op in layer.quantized:
        run_op(op, known)
    return {mine: known[mine] for mine, _ in layer.outputs}
