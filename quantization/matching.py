# SPDX-License-Identifier: Apache-2.0
"""Finds which layers of a quantized model and of its float model belong together.

Both are graphs of the compiler. Layers are matched from the inputs on: two belong together if they
are the same operator with the same options on inputs that belong together, and constants of the
same shapes. What matches nothing is listed, not guessed. Names of tensors, which the converter
keeps, are asked only for what comes after a layer without a partner.

- Operators that pass values on (RESHAPE, QUANTIZE and so on) may be in one model alone.
- An activation may be fused in one model, and an operator of its own in the other one.
- Among several layers that could be meant, the weights that are most alike decide.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from aot.graph import Graph, Op, Value

PASSED = ("DEQUANTIZE", "EXPAND_DIMS", "QUANTIZE", "RESHAPE", "SQUEEZE")
"""Operators that give the same numbers, but for what integers can represent."""

# They may swap their inputs.
_SYMMETRIC = ("ADD", "MAXIMUM", "MINIMUM", "MUL")
_FUSED = "fused_activation_function"
_ACTIVATIONS = ("RELU", "RELU6", "RELU_N1_TO_1", "TANH")
# What the converter decides by the types, and what the shapes say as well.
_FREE_OPTIONS = (
    _FUSED,
    "asymmetric_quantize_inputs",
    "keep_num_dims",
    "new_shape",
    # Of ADD and SUB: the converter says False for int16, and the default for floats.
    "pot_scale_int16",
    "quantized_bias_type",
    "squeeze_dims",
    "weights_format",
)
# Below that the rounding errors of all weights are larger than the weights.
_UNRELATED_DB = 0.0


class MatchError(ValueError):
    """Two models that are not of the same network. The message says why, and what to do."""


@dataclasses.dataclass(frozen=True, eq=False)
class Layer:
    """A layer of both models.

    Attributes:
      quantized: its operators in the quantized model: one, and perhaps its activation.
      floating: the same in the float model.
      inputs: its inputs that are neither constants nor variables: of the quantized model, then of
        the float model. They have as many elements; their shapes may differ.
      outputs: its outputs in the same way.
      weights: constants that correspond, in the same way: those that are floats in the float model.
    """

    quantized: tuple[Op, ...]
    floating: tuple[Op, ...]
    inputs: tuple[tuple[Value, Value], ...]
    outputs: tuple[tuple[Value, Value], ...]
    weights: tuple[tuple[Value, Value], ...]

    @property
    def label(self) -> str:
        """Its operators in the quantized model, e.g. "CONV_2D", "CONV_2D + RELU"."""
        return " + ".join(op.kind for op in self.quantized)


@dataclasses.dataclass(frozen=True)
class Matching:
    """How two models correspond.

    Attributes:
      layers: in the order of the quantized model.
      inputs: of each input of the quantized model the number of that of the float model.
      outputs: the same for outputs.
      unmatched: operators of the quantized model without a partner.
      unmatched_float: operators of the float model without one.
      passed: operators of the quantized model that pass values on.
    """

    layers: tuple[Layer, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    unmatched: tuple[Op, ...]
    unmatched_float: tuple[Op, ...]
    passed: tuple[Op, ...]


def real_values(value: Value, data: np.ndarray) -> np.ndarray:
    """Gives the numbers that a tensor's contents stand for.

    Args:
      value: the tensor.
      data: contents of it; dimensions may come before those of the tensor, if it has one scale.

    Returns:
      float32 of the same shape; integers without quantization, and booleans, as they are.
    """
    quantization = value.quantization
    if data.dtype.kind not in "iu" or quantization is None:
        return data
    if not quantization.per_channel:
        steps = data.astype(np.int64) - value.zero_point
        return steps.astype(np.float32) * np.float32(value.scale)
    along = [1] * data.ndim
    along[quantization.axis] = -1
    points = np.array(quantization.zero_points, np.int64).reshape(along)
    scales = np.array(quantization.scales, np.float32).reshape(along)
    return (data.astype(np.int64) - points).astype(np.float32) * scales


def ratio_db(signal: float, noise: float) -> float:
    """Gives a ratio of powers in decibels: infinite without noise, of zeros that stay zeros too."""
    if noise == 0:
        return float("inf")
    return 10 * float(np.log10(signal / noise)) if signal else float("-inf")


def weights_db(layer: Layer) -> float | None:
    """Compares weights: power of the float model's over that of the difference, in decibels.

    Args:
      layer: a layer.

    Returns:
      Of all constants of more than one dimension, or of all if there are none such; None for a
      layer without weights.
    """
    pairs = [pair for pair in layer.weights if len(pair[0].shape) > 1] or list(layer.weights)
    if not pairs:
        return None
    signal = noise = 0.0
    for quantized, floating in pairs:
        assert quantized.data is not None and floating.data is not None
        wanted = floating.data.astype(np.float64)
        found = real_values(quantized, quantized.data).reshape(wanted.shape)
        signal += float(np.square(wanted).sum())
        noise += float(np.square(found - wanted).sum())
    return ratio_db(signal, noise)


def match(quantized: Graph, floating: Graph) -> Matching:
    """Matches two models.

    Args:
      quantized: the quantized model, before the compiler's passes.
      floating: the float model, before them, too.

    Returns:
      What belongs together.

    Raises:
      MatchError: they are not of the same network: their inputs, outputs or all layers differ, or
        all weights do.
    """
    return _Matcher(quantized, floating).matching()


class _Side:
    """One of the two models.

    Attributes:
      graph: the model.
      ops: its operators that compute something of the model's inputs.
      passed: those that pass values on.
      named: values that operators make, by their names, where a name is that of one value.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._producers = graph.producers()
        self._users = graph.users()
        live = [op for op in graph.ops if not all(v.is_constant for v in op.outputs)]
        # Not those of constants, e.g. of weights that are stored as float16.
        self.passed = [
            op for op in live if op.kind in PASSED and not (op.inputs and op.input(0).is_constant)
        ]
        self.ops = [op for op in live if op.kind not in PASSED]
        counts = collections.Counter(v.name for op in self.ops for v in op.outputs)
        self.named = {v.name: v for op in self.ops for v in op.outputs if counts[v.name] == 1}
        self.named.pop("", None)

    def source(self, value: Value) -> Value:
        """Finds what a value was before operators passed it on."""
        while True:
            op = self._producers.get(value)
            if op is None or op.kind not in PASSED or not op.inputs or op.input(0).is_constant:
                return value
            value = op.input(0)

    def activation_after(self, op: Op, kind: str) -> Op | None:
        """Finds the activation that an operator of its own computes of an operator's output."""
        users = self._users.get(op.output, [])
        if len(op.outputs) != 1 or len(users) != 1 or op.output in self.graph.outputs:
            return None
        return users[0] if users[0].kind == kind and len(users[0].inputs) == 1 else None


def _fused(op: Op) -> str:
    return str(op.options.get(_FUSED, "NONE"))


def _options(op: Op) -> dict:
    return {name: value for name, value in op.options.items() if name not in _FREE_OPTIONS}


def _is_given(value: Value | None) -> bool:
    """Whether the input is neither left out nor a constant nor a variable."""
    return value is not None and not value.is_constant and not value.is_variable


def _listed(values: Iterable[Value]) -> str:
    return ", ".join(f"{v.dtype}[{','.join(map(str, v.shape))}]" for v in values) or "none"


class _Matcher:
    def __init__(self, quantized: Graph, floating: Graph) -> None:
        self._quantized = _Side(quantized)
        self._floating = _Side(floating)
        # Sources of the quantized model to those of the float model.
        self._known: dict[Value, Value] = {}
        self._used: set[Op] = set()

    def matching(self) -> Matching:
        inputs = self._inputs()
        layers: list[Layer] = []
        unmatched: list[Op] = []
        taken: set[Op] = set()
        for op in self._quantized.ops:
            if op in taken:
                continue
            layer = self._layer(op)
            if layer is None:
                unmatched.append(op)
                self._resume(op)
                continue
            layers.append(layer)
            taken.update(layer.quantized)
            self._used.update(layer.floating)
            for mine, other in layer.outputs:
                self._known[mine] = other
        outputs = self._outputs()
        _check(layers, len(self._quantized.ops))
        return Matching(
            tuple(layers),
            inputs,
            outputs,
            tuple(unmatched),
            tuple(op for op in self._floating.ops if op not in self._used),
            tuple(self._quantized.passed),
        )

    def _inputs(self) -> tuple[int, ...]:
        mine, others = self._quantized.graph.inputs, self._floating.graph.inputs
        order = _corresponding(mine, others)
        if order is None:
            raise MatchError(
                f"the quantized model has the inputs {_listed(mine)}, and the float model"
                f" {_listed(others)}: give two models of the same network"
            )
        self._known.update((value, others[i]) for value, i in zip(mine, order, strict=True))
        return order

    def _outputs(self) -> tuple[int, ...]:
        mine, others = self._quantized.graph.outputs, self._floating.graph.outputs
        sources = [self._floating.source(value) for value in others]
        found = []
        for value in mine:
            other = self._known.get(self._quantized.source(value))
            found.append(sources.index(other) if other in sources else -1)
        if len(mine) == len(others) and sorted(found) == list(range(len(others))):
            return tuple(found)
        order = _corresponding(mine, others)
        if order is None:
            raise MatchError(
                f"the quantized model has the outputs {_listed(mine)}, and the float model"
                f" {_listed(others)}: give two models of the same network"
            )
        return order

    def _layer(self, op: Op) -> Layer | None:
        """Finds an operator's partner."""
        found = [
            layer
            for other in self._floating.ops
            if other not in self._used and other.kind == op.kind
            for layer in self._pairs(op, other)
        ]
        if len(found) < 2:
            return found[0] if found else None
        # Several layers of one kind that read the same, as the branches of a network do.
        return max(found, key=_likeness)

    def _pairs(self, op: Op, other: Op) -> Iterator[Layer]:
        """Makes a layer of two operators of one kind, if they belong together."""
        if len(op.inputs) != len(other.inputs) or _options(op) != _options(other):
            return
        ends = self._ends(op, other)
        if ends is None:
            return
        mine, others = ends
        outputs = tuple(zip(mine[-1].outputs, others[-1].outputs, strict=False))
        if len(mine[-1].outputs) != len(others[-1].outputs):
            return
        if any(a.size != b.size for a, b in outputs):
            return
        orders = [other.inputs]
        if op.kind in _SYMMETRIC and len(other.inputs) == 2:
            orders.append(other.inputs[::-1])
        for theirs in orders:
            if all(map(self._agree, op.inputs, theirs)):
                both = [(a, b) for a, b in zip(op.inputs, theirs, strict=True) if a and b]
                given = tuple((a, b) for a, b in both if _is_given(a))
                weights = tuple((a, b) for a, b in both if _are_weights(a, b))
                yield Layer(mine, others, given, outputs, weights)
                return

    def _ends(self, op: Op, other: Op) -> tuple[tuple[Op, ...], tuple[Op, ...]] | None:
        """Adds what is an activation of its own in one of the two models."""
        if _fused(op) == _fused(other):
            return (op,), (other,)
        for a, b, side in ((op, other, self._floating), (other, op, self._quantized)):
            if _fused(a) in _ACTIVATIONS and _fused(b) == "NONE":
                after = side.activation_after(b, _fused(a))
                if after is None:
                    return None
                return ((op,), (other, after)) if b is other else ((op, after), (other,))
        return None

    def _agree(self, mine: Value | None, other: Value | None) -> bool:
        """Whether an operator's input is the same in both models."""
        if mine is None or other is None:
            # A bias that is zero may be left out.
            return mine is other
        if mine.is_constant or other.is_constant:
            return mine.is_constant and other.is_constant and mine.shape == other.shape
        if mine.is_variable or other.is_variable:
            return mine.is_variable and other.is_variable and mine.shape == other.shape
        known = self._known.get(self._quantized.source(mine))
        return known is not None and known is self._floating.source(other)

    def _resume(self, op: Op) -> None:
        """Finds by their names what an operator without a partner makes."""
        for value in op.outputs:
            other = self._floating.named.get(value.name)
            if (
                self._quantized.named.get(value.name) is value
                and other is not None
                and other.size == value.size
            ):
                self._known[value] = other


def _are_weights(mine: Value, other: Value) -> bool:
    return mine.is_constant and other.is_constant and other.dtype == "float32" and other.size > 0


def _likeness(layer: Layer) -> tuple[float, bool]:
    """Says how much two operators that could belong together are alike."""
    weights = weights_db(layer)
    names = [a.name == b.name for a, b in layer.outputs]
    return (float("-inf") if weights is None else weights, all(names))


def _corresponding(mine: Sequence[Value], others: Sequence[Value]) -> tuple[int, ...] | None:
    """Finds which inputs, or outputs, of two models correspond: by names, or by their order."""
    if len(mine) != len(others):
        return None
    numbers: Mapping[str, int] = {value.name: i for i, value in enumerate(others)}
    by_name = tuple(numbers.get(value.name, -1) for value in mine)
    for order in (by_name, tuple(range(len(mine)))):
        if sorted(order) == list(range(len(others))) and all(
            value.size == others[i].size for value, i in zip(mine, order, strict=True)
        ):
            return order
    return None


def _check(layers: Sequence[Layer], count: int) -> None:
    if not layers:
        raise MatchError(
            f"none of the quantized model's {count} layers is found in the float model: give two"
            " models of the same network"
        )
    # Zeros, e.g. the first state of an unrolled LSTM, are the same after any training.
    trained = [x for x in layers if any(b.data is not None and b.data.any() for _, b in x.weights)]
    alike = [found for layer in trained if (found := weights_db(layer)) is not None]
    if alike and max(alike) <= _UNRELATED_DB:
        raise MatchError(
            "the two models have the same layers, but none has the same weights: give two models"
            " of the same training"
        )
