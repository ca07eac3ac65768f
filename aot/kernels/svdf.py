# SPDX-License-Identifier: Apache-2.0
"""SVDF. Source: micro/kernels/svdf_common.cc of TFLM."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from aot import arithmetic
from aot.c_text import Body, Constant, Struct
from aot.graph import Op
from aot.kernels import common, int8_layer
from aot.kernels.kernel import Kernel

# Of floats: the lowest and the highest output, and what comes of what is not a number.
_ACTIVATIONS = {
    "NONE": (-math.inf, math.inf, math.nan),
    "RELU": (0.0, math.inf, 0.0),
    "RELU_N1_TO_1": (-1.0, 1.0, 1.0),
    "RELU6": (0.0, 6.0, 6.0),
}
_STATE = 4


class Svdf(Kernel):
    """SVDF, with floats or int8; then what it remembers is int16 or int8."""

    # TFLM has no activation of integers, whatever the file says, and takes no floats beside them.
    options = ("rank", "fused_activation_function", "asymmetric_quantize_inputs")
    types = (
        "float32",
        ("int8", "int8", "int8", "int32", "int8", "int8"),
        ("int8", "int8", "int16", "int32", "int16", "int8"),
    )
    operands = ("input", "weights", "time weights", "bias", "state")
    limits = "constant weights and bias; integers have no fused activation, as in TFLM"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        found = list(common.check_counts(op, 5))
        if found:
            yield from found
            return
        found = list(common.check_types(op, self.types))
        for i in (1, 2, 3):
            if not op.input(i).is_constant:
                found.append(f"has an input {i} that is not constant: not supported")
        if not op.input(_STATE).is_variable:
            found.append("has a state that is not a variable")
        yield from found
        yield from _check_shapes(op)
        if op.output.dtype == "float32":
            if op.options["fused_activation_function"] not in _ACTIVATIONS:
                activation = op.options["fused_activation_function"]
                yield f"has the fused activation {activation}: not supported"
        elif not found:
            yield from _check_scales(op)

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        source, weights, time_weights, bias, state = inputs
        assert source is not None and weights is not None and time_weights is not None
        assert bias is not None and state is not None
        batches = len(source)
        filters, memory = time_weights.shape
        state = state.reshape(batches, filters, memory)
        if op.output.dtype == "float32":
            new = _sum_of_products(source[:, None], weights)
            state = np.concatenate([state[..., 1:], new[..., None]], axis=-1)
            sums = _sum_of_products(state, time_weights)
            total = np.broadcast_to(bias, op.output.shape)
            # One after the other: the order of sums matters.
            for r in range(op.option("rank")):
                total = total + sums.reshape(*op.output.shape, -1)[..., r]
            low, high, otherwise = map(np.float32, _activation(op))
            output = np.where(np.isnan(total), otherwise, np.clip(total, low, high))
        else:
            first, second = _factors(op)
            limits, zero_point = np.iinfo(state.dtype), op.input(_STATE).zero_point
            sums = (source.astype(np.int64) - op.input(0).zero_point) @ weights.astype(np.int64).T
            sums = arithmetic.wrap_int32(sums)
            new = np.clip(arithmetic.requantize(sums, *first), limits.min, limits.max) + zero_point
            new = new.astype(state.dtype)
            state = np.concatenate([state[..., 1:], new[..., None]], axis=-1)
            sums = ((state.astype(np.int64) - zero_point) * time_weights).sum(axis=-1)
            total = sums.reshape(*op.output.shape, -1).sum(axis=-1) + bias
            total = arithmetic.requantize(arithmetic.wrap_int32(total), *second)
            output = np.clip(total + op.output.zero_point, -128, 127).astype(np.int8)
        return [output, state.reshape(op.input(_STATE).shape)]

    def changed(self, op: Op) -> tuple[int, ...]:
        """See Kernel."""
        return (_STATE,)

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        source, state = op.input(0), op.input(_STATE)
        weights, time_weights, bias = (op.input(i).data for i in (1, 2, 3))
        assert weights is not None and time_weights is not None and bias is not None
        rank = op.option("rank")
        shape = Struct(
            "svdf",
            {
                "batches": source.shape[0],
                "inputs": source.shape[1],
                "units": op.output.shape[1],
                "rank": rank,
                "memory": time_weights.shape[1],
            },
        )
        if op.output.dtype == "float32":
            low, high, otherwise = _activation(op)
            body.call(
                "svdf_float",
                shape,
                Struct("svdf_activation", {"lowest": low, "highest": high, "otherwise": otherwise}),
                source,
                Constant("weights", weights),
                Constant("time_weights", time_weights),
                Constant("bias", bias),
                state,
                op.output,
            )
            return
        # The weights of an output's filters, one after the other.
        rows = time_weights.reshape(op.output.shape[1], -1)
        (filter_multiplier, filter_shift), (multiplier, shift) = _factors(op)
        body.call(
            f"svdf_{state.dtype}",
            shape,
            Struct(
                "svdf_scaling",
                {
                    "filter_multiplier": filter_multiplier,
                    "filter_shift": filter_shift,
                    "filter_zero_point": state.zero_point,
                    "multiplier": multiplier,
                    "shift": shift,
                },
            ),
            common.limits_of(op.output),
            source,
            Constant("weights", int8_layer.interleaved(weights)),
            Constant("filter_bias", int8_layer.folded_bias(weights, None, source.zero_point)),
            Constant("time_weights", time_weights),
            Constant("bias", int8_layer.folded_bias(rows, bias, state.zero_point)),
            state,
            op.output,
        )


def _activation(op: Op) -> tuple[float, float, float]:
    return _ACTIVATIONS[str(op.options["fused_activation_function"])]


def _sum_of_products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Multiplies and adds up over the last dimension, one product after the other, from 0 on."""
    total = np.zeros(np.broadcast_shapes(a.shape, b.shape)[:-1], np.float32)
    for i in range(a.shape[-1]):
        total = total + a[..., i] * b[..., i]
    return total


def _check_shapes(op: Op) -> Iterator[str]:
    source, weights, time_weights, bias, state = (op.input(i).shape for i in range(5))
    rank, output = op.option("rank"), op.output.shape
    shapes = (source, weights, time_weights, state, output)
    if not all(len(shape) == 2 and all(shape) for shape in shapes):
        yield "has a tensor that does not have two dimensions, or is empty"
        return
    if rank < 1 or weights[0] % rank:
        yield f"has {weights[0]} filters and the rank {rank}"
        return
    expected = (
        (source[0], weights[1]),
        (time_weights[0], weights[1]),
        time_weights,
        (source[0], weights[0] * time_weights[1]),
        (source[0], weights[0] // rank),
    )
    if shapes != expected or bias != (output[1],):
        yield (
            f"has the shapes {', '.join(map(common.shape_text, (*shapes, bias)))}: they do not fit"
        )


def _real_factors(op: Op) -> tuple[float, float]:
    """Finds how results of filters are scaled, and sums.

    TFLM's sources multiply and divide floats; in the wheel all has double precision.
    """
    scales = [value.scale for value in (*map(op.input, range(5)), op.output)]
    source, weights, time_weights, _, state, output = scales
    return source * weights / state, state * time_weights / output


def _factors(op: Op) -> tuple[tuple[int, int], tuple[int, int]]:
    first, second = _real_factors(op)
    return arithmetic.quantize_multiplier(first), arithmetic.quantize_multiplier(second)


def _check_scales(op: Op) -> Iterator[str]:
    values = [op.input(i) for i in (0, 1, 2, _STATE)]
    found = list(common.check_rescaled(*values[:3], to=op.input(_STATE)))
    found += common.check_quantized(op.output)
    yield from found
    if found:
        return
    for value in values[1:3]:
        if value.zero_point:
            yield "has weights with a zero point: not supported"
    for factor in _real_factors(op):
        yield from common.check_factor(factor)
    if not abs(op.input(3).scale - op.input(_STATE).scale * op.input(2).scale) < 1e-5:
        yield "has a bias whose scale is not that of its products: TFLM refuses it"


KERNELS: dict[str, Kernel] = {
    "SVDF": Svdf(),
}
