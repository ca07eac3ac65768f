# SPDX-License-Identifier: Apache-2.0
"""UNIDIRECTIONAL_SEQUENCE_LSTM. Source: micro/kernels/lstm_eval{.h,.cc,_common.cc} of TFLM."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from aot import arithmetic
from aot.c_text import Body, Constant, Struct
from aot.graph import Op, Value
from aot.kernels import common, sigmoid_int16
from aot.kernels.kernel import Kernel

# Inputs of the operator. Gates are in the order forget, input, cell, output.
_INPUT_WEIGHTS = (2, 1, 3, 4)
_HIDDEN_WEIGHTS = (6, 5, 7, 8)
_BIASES = (13, 12, 14, 15)
_HIDDEN, _CELLS = 18, 19
# Peepholes, projection, normalization of layers.
_VARIANTS = (9, 10, 11, 16, 17, 20, 21, 22, 23)
# What goes into a gate's function, and what comes out of it.
_SUM_SCALE = 2.0**-12
_GATE_SCALE = 2.0**-15
# Shifts of cells such that 3 * 2^shift times 16 bits fits in 32.
_TANH_SHIFTS = range(-30, 15)


def _row(kind: str, weights: str, bias: str, cells: str, output: str) -> tuple[str, ...]:
    """Lists the types of all inputs and the output; those of variants don't matter."""
    row = [kind] + [weights] * 11 + [bias] * 6 + [output, cells] + [output] * 5
    return tuple(row)


@dataclasses.dataclass(frozen=True)
class _Sizes:
    batches: int
    times: int
    inputs: int
    cells: int
    time_major: bool


def _sizes(op: Op) -> _Sizes:
    source = op.input(0).shape
    time_major = bool(op.options["time_major"])
    times, batches = source[:2] if time_major else (source[1], source[0])
    return _Sizes(batches, times, source[2], op.input(_HIDDEN).shape[1], time_major)


class Lstm(Kernel):
    """UNIDIRECTIONAL_SEQUENCE_LSTM of floats, int8, and int16 with weights of int8."""

    # Without a projection nothing is clipped in it, and TFLM takes no weights of int8 with floats.
    options = (
        "fused_activation_function",
        "cell_clip",
        "proj_clip",
        "time_major",
        "asymmetric_quantize_inputs",
    )
    types = (
        ("float32",) * 5,
        ("int8", "int8", "int32", "int16", "int8"),
        ("int16", "int8", "int64", "int16", "int16"),
    )
    operands = ("input", "weights", "biases", "cells")
    limits = "24 inputs, constant weights; no peepholes, projection or normalized layers"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        found = list(common.check_counts(op, 24, optional=_VARIANTS))
        if not found and any(op.optional_input(i) is not None for i in _VARIANTS):
            found.append("has peepholes, a projection or normalized layers: not supported")
        if found:
            yield from found
            return
        found = list(common.check_types(op, [_row(*types) for types in self.types]))
        if op.options["fused_activation_function"] != "TANH":
            activation = op.options["fused_activation_function"]
            found.append(f"has the activation {activation}: not supported")
        for i in (*_INPUT_WEIGHTS, *_HIDDEN_WEIGHTS, *_BIASES):
            if not op.input(i).is_constant:
                found.append(f"has an input {i} that is not constant: not supported")
        for i in (_HIDDEN, _CELLS):
            if not op.input(i).is_variable:
                found.append(f"has a state, input {i}, that is not a variable")
        found += _check_shapes(op)
        yield from found
        if not found and op.output.dtype != "float32":
            yield from _check_scales(op)

    def changed(self, op: Op) -> tuple[int, ...]:
        """See Kernel."""
        return (_HIDDEN, _CELLS)

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        sizes = _sizes(op)
        source, hidden, cells = inputs[0], inputs[_HIDDEN], inputs[_CELLS]
        assert source is not None and hidden is not None and cells is not None
        step = _float_step(op) if op.output.dtype == "float32" else _integer_step(op)
        hidden, cells = (v.reshape(sizes.batches, sizes.cells) for v in (hidden, cells))
        outputs = []
        for x in source if sizes.time_major else source.swapaxes(0, 1):
            hidden, cells = step(x, hidden, cells)
            outputs.append(hidden)
        output = np.stack(outputs)
        return [
            output if sizes.time_major else output.swapaxes(0, 1),
            hidden.reshape(op.input(_HIDDEN).shape),
            cells.reshape(op.input(_CELLS).shape),
        ]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        sizes = _sizes(op)
        batch, time = (1, sizes.batches) if sizes.time_major else (sizes.times, 1)
        shape = Struct(
            "lstm",
            {
                "batches": sizes.batches,
                "times": sizes.times,
                "inputs": sizes.inputs,
                "cells": sizes.cells,
                "in_batch": batch * sizes.inputs,
                "in_time": time * sizes.inputs,
                "out_batch": batch * sizes.cells,
                "out_time": time * sizes.cells,
            },
        )
        weights = np.concatenate([_stacked(op, _INPUT_WEIGHTS), _stacked(op, _HIDDEN_WEIGHTS)], -1)
        # Cells, inputs, gates.
        interleaved = Constant("weights", weights.transpose(1, 2, 0))
        states = op.input(_HIDDEN), op.input(_CELLS), op.output
        if op.output.dtype == "float32":
            body.call(
                "lstm_float",
                shape,
                float(np.float32(op.options["cell_clip"])),
                op.input(0),
                interleaved,
                Constant("bias", _stacked(op, _BIASES).T),
                *states,
            )
            return
        hidden = op.input(_HIDDEN)
        body.call(
            f"lstm_{op.output.dtype}",
            shape,
            Struct("lstm_scaling", _scaling_fields(op)),
            common.limits_of(hidden),
            Constant("table", sigmoid_int16.table()),
            op.input(0),
            interleaved,
            Constant("bias", np.concatenate(_folded_biases(op)).T),
            *states,
        )


def _stacked(op: Op, indices: Sequence[int]) -> np.ndarray:
    """Puts the constants of the four gates together: gates first."""
    found = [op.input(i).data for i in indices]
    return np.stack([data for data in found if data is not None])


def _check_shapes(op: Op) -> Iterator[str]:
    source, hidden = op.input(0).shape, op.input(_HIDDEN).shape
    if len(source) != 3 or len(hidden) != 2 or not all((*source, *hidden)):
        yield (
            f"has an input of {common.shape_text(source)} and a state of"
            f" {common.shape_text(hidden)}: not three and two dimensions, or one is empty"
        )
        return
    sizes = _sizes(op)
    expected = [
        *((op.input(i), (sizes.cells, sizes.inputs)) for i in _INPUT_WEIGHTS),
        *((op.input(i), (sizes.cells, sizes.cells)) for i in _HIDDEN_WEIGHTS),
        *((op.input(i), (sizes.cells,)) for i in _BIASES),
        (op.input(_HIDDEN), (sizes.batches, sizes.cells)),
        (op.output, (*source[:2], sizes.cells)),
    ]
    for value, shape in expected:
        if value.shape != shape:
            yield (
                f"has a tensor of {common.shape_text(value.shape)} in place of"
                f" {common.shape_text(shape)} ({value.name!r})"
            )
    if op.input(_CELLS).size != sizes.batches * sizes.cells:
        yield f"has cells of {common.shape_text(op.input(_CELLS).shape)}: they do not fit"


def _check_scales(op: Op) -> Iterator[str]:
    weights = [op.input(i) for i in (*_INPUT_WEIGHTS, *_HIDDEN_WEIGHTS)]
    hidden, cells = op.input(_HIDDEN), op.input(_CELLS)
    found = list(common.check_quantized(op.input(0), *weights, zero=True))
    found += common.check_quantized(hidden, cells)
    yield from found
    if found:
        return
    if any(value.zero_point for value in weights):
        yield "has weights with a zero point: not supported"
    for factor in itertools.chain(*_gate_factors(op)):
        # What TFLM takes for sums of 32 and of 64 bits.
        yield from common.check_factor(factor, 30 if op.output.dtype == "int8" else 7)
    # Products of gates have 30 bits: more would not fit.
    for factor in (_GATE_SCALE**2 / cells.scale, _GATE_SCALE**2 / hidden.scale):
        yield from common.check_factor(factor, 0)
    power = sigmoid_int16.power_of_two(cells.scale)
    if power is None or power + 12 not in _TANH_SHIFTS:
        yield f"has cells with the scale {cells.scale:.6g}, not a power of two that fits"


def _gate_factors(op: Op) -> tuple[list[float], list[float]]:
    """Finds the factors of each gate, for inputs and hidden state.

    TFLM's sources have a product of floats; in the wheel it has double precision.
    """

    def factors(source: Value, weights: Sequence[int]) -> list[float]:
        return [source.scale * op.input(i).scale / _SUM_SCALE for i in weights]

    return factors(op.input(0), _INPUT_WEIGHTS), factors(op.input(_HIDDEN), _HIDDEN_WEIGHTS)


def _cell_limits(op: Op) -> tuple[int, int]:
    clip = float(np.float32(op.options["cell_clip"]))
    if not clip > 0:
        return -(1 << 15), (1 << 15) - 1
    limit = int(min(clip / op.input(_CELLS).scale, 32767.0))
    return -limit, limit


def _tanh_scaling(op: Op) -> tuple[int, int]:
    """Finds how cells are scaled before tanh: multiplier, and shift to the right."""
    power = sigmoid_int16.power_of_two(op.input(_CELLS).scale)
    assert power is not None
    left = power + 12
    return (3 << left, 0) if left >= 0 else (3, -left)


def _scaling_fields(op: Op) -> dict[str, int | float | Sequence[int]]:
    split = arithmetic.quantize_multiplier
    gates = [list(zip(*map(split, factors), strict=True)) for factors in _gate_factors(op)]
    lowest, highest = _cell_limits(op)
    cell_multiplier, cell_shift = split(_GATE_SCALE**2 / op.input(_CELLS).scale)
    tanh_multiplier, tanh_shift = _tanh_scaling(op)
    output_multiplier, output_shift = split(_GATE_SCALE**2 / op.input(_HIDDEN).scale)
    return {
        "input_multipliers": gates[0][0],
        "input_shifts": gates[0][1],
        "hidden_multipliers": gates[1][0],
        "hidden_shifts": gates[1][1],
        "cell_multiplier": cell_multiplier,
        "cell_shift": cell_shift,
        "cell_lowest": lowest,
        "cell_highest": highest,
        "tanh_multiplier": tanh_multiplier,
        "tanh_shift": tanh_shift,
        "output_multiplier": output_multiplier,
        "output_shift": output_shift,
    }


def _folded_biases(op: Op) -> tuple[np.ndarray, np.ndarray]:
    """Puts zero points into the biases: of inputs, and of the hidden state; gates, cells."""
    kind = op.input(_BIASES[0]).dtype
    # As wide as sums are, so that it wraps as they do.
    input_sums = _stacked(op, _INPUT_WEIGHTS).sum(axis=-1, dtype=kind)
    hidden_sums = _stacked(op, _HIDDEN_WEIGHTS).sum(axis=-1, dtype=kind)
    zero_points = np.array([op.input(0).zero_point, op.input(_HIDDEN).zero_point], kind)
    return (
        _stacked(op, _BIASES) - zero_points[0] * input_sums,
        -zero_points[1] * hidden_sums,
    )


_Step = Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def _integer_step(op: Op) -> _Step:
    """Makes the function that goes one step in time."""
    hidden_value = op.input(_HIDDEN)
    wide = op.output.dtype == "int16"
    requantize = arithmetic.requantize_wide if wide else arithmetic.requantize
    sides = [
        list(zip(_stacked(op, weights), map(arithmetic.quantize_multiplier, factors), strict=True))
        for weights, factors in zip(
            (_INPUT_WEIGHTS, _HIDDEN_WEIGHTS), _gate_factors(op), strict=True
        )
    ]
    biases = _stacked(op, _BIASES).astype(np.int64)
    cell_factor = arithmetic.quantize_multiplier(_GATE_SCALE**2 / op.input(_CELLS).scale)
    output_factor = arithmetic.quantize_multiplier(_GATE_SCALE**2 / hidden_value.scale)

    def saturated(x: np.ndarray) -> np.ndarray:
        return np.clip(x, -(1 << 15), (1 << 15) - 1)

    def dense(
        x: np.ndarray, weights: np.ndarray, factor: tuple[int, int], bias: np.ndarray | int
    ) -> np.ndarray:
        total = x @ weights.astype(np.int64).T + bias
        return saturated(requantize(total if wide else arithmetic.wrap_int32(total), *factor))

    def step(x: np.ndarray, hidden: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x = x.astype(np.int64) - op.input(0).zero_point
        h = hidden.astype(np.int64) - hidden_value.zero_point
        forget, enter, candidate, leave = (
            saturated(dense(x, one[0], one[1], bias) + dense(h, two[0], two[1], 0))
            for one, two, bias in zip(*sides, biases, strict=True)
        )
        forget, enter, leave = (
            sigmoid_int16.logistic(gate, 3, 0).astype(np.int64) for gate in (forget, enter, leave)
        )
        candidate = sigmoid_int16.tanh(candidate, 3, 0).astype(np.int64)
        kept = saturated(
            arithmetic.requantize(forget * cells, *arithmetic.quantize_multiplier(_GATE_SCALE))
        )
        added = saturated(arithmetic.requantize(enter * candidate, *cell_factor))
        new = np.clip(saturated(kept + added), *_cell_limits(op))
        seen = sigmoid_int16.tanh(new, *_tanh_scaling(op)).astype(np.int64)
        output = arithmetic.requantize(seen * leave, *output_factor) + hidden_value.zero_point
        limits = np.iinfo(hidden.dtype)
        return np.clip(output, limits.min, limits.max).astype(hidden.dtype), new.astype(np.int16)

    return step


def _finite(values: np.ndarray) -> np.ndarray:
    """TFLM does not let sums and products become infinite."""
    return common.clamp_float(values, common.FLOAT_LOWEST, common.FLOAT_HIGHEST)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    one = np.float32(1)
    middle = one / (one + arithmetic.rounded(np.exp, -x))
    low = np.where(x < np.float32(-9), arithmetic.rounded(np.exp, x), middle)
    return np.where(x > np.float32(16.619047164916992188), one, low)


def _float_step(op: Op) -> _Step:
    """Makes the function that goes one step in time."""
    input_weights, hidden_weights = _stacked(op, _INPUT_WEIGHTS), _stacked(op, _HIDDEN_WEIGHTS)
    biases = _stacked(op, _BIASES)
    clip = np.float32(op.options["cell_clip"])

    def dense(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
        total = np.zeros((len(x), len(weights)), np.float32)
        # One product after the other: the order of sums matters.
        for i in range(x.shape[1]):
            total = total + x[:, i, None] * weights[None, :, i]
        return total

    def step(x: np.ndarray, hidden: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        forget, enter, candidate, leave = (
            _finite(dense(x, one) + bias) + _finite(dense(hidden, two) + np.float32(0))
            for one, two, bias in zip(input_weights, hidden_weights, biases, strict=True)
        )
        candidate = arithmetic.rounded(np.tanh, candidate)
        new = _finite(_sigmoid(forget) * cells) + _finite(_sigmoid(enter) * candidate)
        if clip > 0:
            # What is not a number becomes the highest.
            new = np.where(new < clip, new, clip)
            new = np.where(new < -clip, -clip, new)
        return _finite(arithmetic.rounded(np.tanh, new) * _sigmoid(leave)), new

    return step


KERNELS: dict[str, Kernel] = {
    "UNIDIRECTIONAL_SEQUENCE_LSTM": Lstm(),
}
