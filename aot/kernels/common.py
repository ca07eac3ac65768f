# SPDX-License-Identifier: Apache-2.0
"""What several kernels share: checks of types and shapes, scales, activations, windows."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from aot import arithmetic, c_text
from aot.c_text import Argument, Body, Constant, Struct
from aot.graph import Op, Value
from aot.kernels.kernel import Types

FLOAT_LOWEST = float(np.finfo(np.float32).min)
FLOAT_HIGHEST = float(np.finfo(np.float32).max)

ALL_TYPES = (
    "float32",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "bool",
)
"""Those that a tensor may have, by numpy's names."""

# By the schema's names: the real numbers that an activation clamps to.
_ACTIVATIONS: dict[str, tuple[float | None, float | None]] = {
    "NONE": (None, None),
    "RELU": (0.0, None),
    "RELU_N1_TO_1": (-1.0, 1.0),
    "RELU6": (0.0, 6.0),
}


def check_counts(
    op: Op, inputs: int | range, outputs: int = 1, *, optional: Sequence[int] = ()
) -> Iterator[str]:
    """Checks how many inputs and outputs there are.

    Args:
      op: the operator.
      inputs: how many, or from how many to below how many.
      outputs: how many.
      optional: inputs that may be left out.

    Yields:
      Reasons why not.
    """
    allowed = range(inputs, inputs + 1) if isinstance(inputs, int) else inputs
    if len(op.inputs) not in allowed:
        yield f"has {len(op.inputs)} inputs: not supported"
    if len(op.outputs) != outputs:
        yield f"has {len(op.outputs)} outputs: not supported"
    for i, value in enumerate(op.inputs):
        if value is None and i not in optional:
            yield f"has no input {i}: not supported"


def check_types(
    op: Op, allowed: Sequence[Types], inputs: Sequence[int] | None = None
) -> Iterator[str]:
    """Checks the types of inputs and of the first output.

    Args:
      op: the operator.
      allowed: see `Kernel.types`. An input that is left out matches all.
      inputs: those that the types are of; default: all.

    Yields:
      Reasons why not.
    """
    places = range(len(op.inputs)) if inputs is None else inputs
    values = (*map(op.optional_input, places), op.output)
    types = tuple(v.dtype if v is not None else None for v in values)
    for row in allowed:
        wanted = (row,) * len(types) if isinstance(row, str) else row
        if all(t in (None, w) for t, w in zip(types, wanted, strict=True)):
            return
    shown = ", ".join(t or "none" for t in types[:-1])
    yield f"has inputs of {shown} and an output of {types[-1]}: not supported"


def check_quantized(
    *values: Value | None, per_channel: bool = False, zero: bool = False
) -> Iterator[str]:
    """Checks that integers have a usable scale.

    Args:
      *values: tensors of integers; None for those that are left out.
      per_channel: whether they may have several.
      zero: whether a scale may be 0, as converters write it for tensors of zeros: TFLM multiplies
        by it, or does not look at it. Divided by it, the result depends on the compiler of TFLM.

    Yields:
      Reasons why not.
    """
    for value in values:
        if value is None:
            continue
        if np.dtype(value.dtype).kind not in "iu":
            yield f"has a tensor of {value.dtype} among integers ({value.name!r}): not supported"
        elif value.quantization is None:
            yield f"has a tensor without quantization ({value.name!r})"
        elif value.quantization.per_channel and not per_channel:
            yield f"has a tensor with a scale for each channel ({value.name!r}): not supported"
        elif not all(s >= 0 and math.isfinite(s) for s in value.scales):
            yield f"has a tensor with a scale that is negative or not finite ({value.name!r})"
        elif not zero and not all(value.scales):
            yield f"has a tensor with a scale of 0 ({value.name!r}): the result is not defined"
        elif not all(
            np.iinfo(value.dtype).min <= z <= np.iinfo(value.dtype).max
            for z in value.quantization.zero_points
        ):
            yield f"has a zero point outside of its type ({value.name!r})"


def check_rescaled(*sources: Value | None, to: Value) -> Iterator[str]:
    """Checks scales of which a factor is made: those of the inputs, divided by that of the output.

    Args:
      *sources: inputs of integers.
      to: the output.

    Yields:
      Reasons why not.
    """
    yield from check_quantized(*sources, zero=True)
    yield from check_quantized(to)


def check_activation(op: Op) -> Iterator[str]:
    """Checks the fused activation: yields reasons why not."""
    activation = op.options["fused_activation_function"]
    if activation not in _ACTIVATIONS:
        yield f"has the fused activation {activation}: not supported"


def check_integer_activation(op: Op) -> Iterator[str]:
    """Checks that the limits of a fused activation are integers of 32 bits: yields reasons."""
    for real in _ACTIVATIONS[str(op.options["fused_activation_function"])]:
        if real is None:
            continue
        with np.errstate(all="ignore"):
            quotient = np.float32(real) / np.float32(op.output.scale)
        # Of what TFLM takes, this leaves out that to which the zero point can't be added.
        if not abs(quotient) < (1 << 31) - (1 << 16):
            yield f"has an output scale too small for {op.options['fused_activation_function']}"


def check_small_factors(*factors: float) -> Iterator[str]:
    """Checks factors as TFLM's QuantizeMultiplierSmallerThanOneExp does.

    Args:
      *factors: of requantizations.

    Yields:
      Reasons why not.
    """
    for factor in factors:
        if not 0 < factor < 1 or arithmetic.quantize_multiplier(factor)[1] > 0:
            yield f"has scales with the factor {factor:.6g}, which is not between 0 and 1"


def in_order(*checks: Iterable[str]) -> Iterator[str]:
    """Runs checks of which each relies on those before it.

    Args:
      *checks: reasons why not, found while they are iterated.

    Yields:
      The reasons of the first check that finds any.
    """
    for check in checks:
        found = list(check)
        if found:
            yield from found
            return


# Offsets in bytes are of 32 bits.
_MAX_BYTES = 1 << 30


def check_data(
    op: Op, allowed: Sequence[Types], inputs: Sequence[int] | None = None
) -> Iterator[str]:
    """Checks tensors of which an operator moves elements: one type, and neither empty nor huge.

    Args:
      op: the operator.
      allowed: see `Kernel.types`: each a type that all have.
      inputs: those that it moves elements of; default: all. All outputs are checked.

    Yields:
      Reasons why not.
    """
    sources = [op.input(i) for i in (range(len(op.inputs)) if inputs is None else inputs)]
    types = dict.fromkeys(v.dtype for v in (*sources, *op.outputs))
    if len(types) > 1 or not set(types) <= set(allowed):
        yield f"has tensors of {' and '.join(types)}: not supported"
    for value in (*sources, *op.outputs):
        if not value.size or value.byte_size > _MAX_BYTES:
            yield f"has a tensor of the shape {shape_text(value.shape)}: not supported"
    if any(value in op.inputs for value in op.outputs):
        yield "writes what it reads: not supported"


def check_constant(
    op: Op,
    i: int,
    name: str,
    allowed: Sequence[str] = ("int32",),
    shape: Sequence[int] | None = None,
) -> Iterator[str]:
    """Checks an input that must be known at compile time.

    Args:
      op: the operator.
      i: the input.
      name: what it is, e.g. "axis".
      allowed: types.
      shape: what it must have; default: any of one element.

    Yields:
      Reasons why not.
    """
    value = op.input(i)
    if value.data is None:
        yield f"computes its {name} at run time: not supported"
    elif value.dtype not in allowed:
        yield f"has {name} of {value.dtype}: not supported"
    elif value.size != 1 if shape is None else value.shape != tuple(shape):
        wanted = "one element" if shape is None else f"the shape {shape_text(shape)}"
        yield f"has {name} of the shape {shape_text(value.shape)}, not of {wanted}"


def integers(op: Op, i: int) -> tuple[int, ...]:
    """Gives all elements of an input that `check_constant` has checked."""
    data = op.input(i).data
    assert data is not None
    return tuple(int(number) for number in data.ravel())


def check_shape(value: Value, expected: Sequence[int]) -> Iterator[str]:
    """Checks the shape of an output: yields reasons why not."""
    if value.shape != tuple(expected):
        yield (
            f"has an output of the shape {shape_text(value.shape)}, not of {shape_text(expected)}"
        )


def check_rank(value: Value, allowed: Sequence[int]) -> Iterator[str]:
    """Checks how many dimensions there are: yields reasons why not."""
    if len(value.shape) not in allowed:
        yield f"has a tensor of the shape {shape_text(value.shape)}: not supported"


def check_axis(axis: int, rank: int) -> Iterator[str]:
    """Checks an axis, which may count from the end: yields reasons why not."""
    if not -rank <= axis < rank:
        yield f"has the axis {axis} of {rank} dimensions"


def float_activation(op: Op) -> tuple[float, float]:
    """Finds the limits of a fused activation on floats.

    Returns:
      The lowest and the highest output; of "NONE" those of the type, as TFLM has it.
    """
    low, high = _ACTIVATIONS[str(op.options["fused_activation_function"])]
    return (
        FLOAT_LOWEST if low is None else low,
        FLOAT_HIGHEST if high is None else high,
    )


def integer_activation(op: Op, output: Value | None = None) -> tuple[int, int]:
    """Finds the limits of a fused activation: TFLM's CalculateActivationRangeQuantized.

    Args:
      op: the operator.
      output: what it is clamped for; default: the operator's first output.

    Returns:
      The lowest and the highest output.
    """
    output = output or op.output
    limits = np.iinfo(output.dtype)
    low, high = _ACTIVATIONS[str(op.options["fused_activation_function"])]
    return (
        limits.min if low is None else max(limits.min, quantized(low, output)),
        limits.max if high is None else min(limits.max, quantized(high, output)),
    )


def quantized(real: float, value: Value) -> int:
    """Finds the integer that stands for a real number, or the type's that is nearest to it.

    Args:
      real: the number.
      value: whose scale and zero point count.

    Returns:
      The integer.
    """
    limits = np.iinfo(value.dtype)
    with np.errstate(over="ignore"):
        quotient = float(np.float32(real) / np.float32(value.scale))
    # Beyond what the type holds anyway, and infinity has no integer.
    quotient = min(max(quotient, -float(1 << 31)), float(1 << 31))
    whole = value.zero_point + arithmetic.round_half_away(quotient)
    return min(max(whole, limits.min), limits.max)


def clamp_float(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Clamps as C++'s std::min and std::max do: what is not a number stays.

    Args:
      values: float32.
      low: the lowest result.
      high: the highest one.

    Returns:
      float32, the same shape.
    """
    values = np.where(values < np.float32(low), np.float32(low), values)
    return np.where(np.float32(high) < values, np.float32(high), values)


@dataclasses.dataclass(frozen=True)
class Requantization:
    """Factors for each channel.

    Attributes:
      multipliers: int32, 31 fractional bits.
      shifts: int8: to the left if positive.
    """

    multipliers: np.ndarray
    shifts: np.ndarray


def requantization(
    weights: Value, live: np.ndarray, factor: Callable[[float], float]
) -> Requantization:
    """Finds the factors by which sums become outputs.

    Args:
      weights: with one scale, or one a channel.
      live: bool, one a channel: of the others the scale makes no difference.
      factor: finds the real factor of a scale of the weights.

    Returns:
      One factor a channel; 0 for those that are not live.
    """
    scales = np.broadcast_to(weights.scales, live.shape)
    pairs = [
        arithmetic.quantize_multiplier(factor(float(s))) if lives else (0, 0)
        for s, lives in zip(scales, live, strict=True)
    ]
    return Requantization(
        np.array([m for m, _ in pairs], dtype=np.int32),
        np.array([s for _, s in pairs], dtype=np.int8),
    )


def check_factor(factor: float, highest: int = 30) -> Iterator[str]:
    """Checks that a factor can be split.

    Args:
      factor: by which sums become outputs.
      highest: the highest shift to the left for which TFLM's result is defined.

    Yields:
      A reason why not.
    """
    if not math.isfinite(factor) or arithmetic.quantize_multiplier(factor)[1] > highest:
        yield f"has scales of which the quotient is {factor:.6g}: too large"


def check_axes(axes: Value, rank: int) -> Iterator[str]:
    """Checks an input that names dimensions.

    Args:
      axes: the input.
      rank: how many dimensions there are.

    Yields:
      Reasons why not.
    """
    if axes.data is None:
        yield "has axes that are not constant: not supported"
        return
    for axis in axes.data.ravel():
        if not -rank <= axis < rank:
            yield f"has the axis {axis}, and its input has {rank} dimensions"


def check_one_axis(op: Op) -> Iterator[str]:
    """Checks that the second input is one dimension of the first: yields reasons why not."""
    axes = op.input(1)
    if axes.size != 1:
        yield f"has {axes.size} axes: not supported"
    else:
        yield from check_axes(axes, len(op.input(0).shape))


def one_axis(op: Op) -> int:
    """Gives the dimension that the second input names, not below 0."""
    axes = op.input(1).data
    assert axes is not None
    return int(axes.ravel()[0]) % len(op.input(0).shape)


def around_axis(op: Op) -> tuple[int, int, int]:
    """Sees the first input as three dimensions.

    Returns:
      How many elements there are before the dimension that the second input names, in it, after it.
    """
    shape, axis = op.input(0).shape, one_axis(op)
    return math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])


def limits_of(output: Value, lowest: int | None = None, highest: int | None = None) -> Struct:
    """Makes the struct of what comes after scaling.

    Args:
      output: whose zero point counts.
      lowest: the lowest output; default: the type's.
      highest: the highest output; default: the type's.

    Returns:
      A `struct requantization`.
    """
    limits = np.iinfo(output.dtype)
    return Struct(
        "requantization",
        {
            "zero_point": output.zero_point,
            "lowest": limits.min if lowest is None else lowest,
            "highest": limits.max if highest is None else highest,
        },
    )


def weights_argument(name: str, value: Value | None) -> Argument:
    """Passes weights or a bias to the runtime.

    Args:
      name: what they are, e.g. "weights": comes after the layer's name.
      value: None for those that are left out.

    Returns:
      The argument.
    """
    if value is None:
        return "NULL"
    return value if value.data is None else Constant(name, value.data)


def convolution_factor(op: Op, source: Value) -> Callable[[float], float]:
    """Makes the factor of convolutions, in double precision: input * weights / output."""
    return lambda scale: float(np.float32(source.scale)) * scale / op.output.scale


@dataclasses.dataclass(frozen=True)
class Window:
    """How a window moves over one dimension.

    Attributes:
      size: of the window, in taps.
      stride: from one output to the next.
      dilation: from one tap to the next.
      before: the padding before the first element.
    """

    size: int
    stride: int
    dilation: int
    before: int

    def start(self, output: int) -> int:
        """The input of an output's first tap; may be negative."""
        return output * self.stride - self.before


def window(padding: str, size: int, stride: int, dilation: int, length: int) -> Window:
    """Places a window: TFLM's ComputePaddingWithOffset.

    Args:
      padding: "SAME" or "VALID".
      size: of the window.
      stride: its step.
      dilation: of its taps.
      length: of the input.

    Returns:
      The window.
    """
    effective = (size - 1) * dilation + 1
    outputs = -(-length // stride) if padding == "SAME" else (length + stride - effective) // stride
    total = max(0, (outputs - 1) * stride + effective - length)
    return Window(size, stride, dilation, total // 2)


def check_window(op: Op, dilated: bool) -> Iterator[str]:
    """Checks the options of a window: yields reasons why not."""
    if op.options["padding"] not in ("SAME", "VALID"):
        yield f"has the padding {op.options['padding']}: not supported"
    names = ["stride_w", "stride_h"] + (
        ["dilation_w_factor", "dilation_h_factor"] if dilated else []
    )
    for name in names:
        if op.option(name) < 1:
            yield f"has {name} = {op.option(name)}"


# What is added to places must leave them in 31 bits.
INDEX_END = 1 << 31
_INT16_END = 1 << 15


def check_reach(one: Window, places: int) -> Iterator[str]:
    """Checks that the places of a window fit in 31 bits, and its padding in TFLM's 16.

    Args:
      one: the window.
      places: how many it has.

    Yields:
      Reasons why not.
    """
    reach = (one.size - 1) * one.dilation + 1
    if (places - 1) * one.stride + reach >= INDEX_END:
        yield "has a window that goes too far"
    if one.before >= _INT16_END:
        yield f"has a padding of {one.before}, of which TFLM keeps 16 bits: not supported"


def check_steps(*steps: int) -> Iterator[str]:
    """Checks strides and dilations of convolutions, which TFLM keeps in 16 bits: yields reasons.

    Args:
      *steps: those that make a difference.
    """
    for step in steps:
        if step >= _INT16_END:
            yield f"has a stride or dilation of {step}, of which TFLM keeps 16 bits: not supported"


def shape_text(shape: Sequence[int]) -> str:
    """Writes a shape, e.g. "[1, 28, 28, 1]"."""
    return f"[{', '.join(map(str, shape))}]"


def scaled_text(body: Body, element: str, zero_point: int, unit: int, factor: float) -> str:
    """Writes a scaled integer as C.

    Args:
      body: where to use a file of the runtime.
      element: the integer.
      zero_point: what is taken from it.
      unit: what it is multiplied by then.
      factor: the factor of the requantization.

    Returns:
      The expression.
    """
    body.use("requantize")
    multiplier, shift = arithmetic.quantize_multiplier(factor)
    return f"requantize(({element} - ({zero_point})) * {unit}, {multiplier}, {shift})"


def choice_text(op: Op, condition: str, a: str, b: str) -> str:
    """Writes the choice of two elements as C, of the type of the output.

    Args:
      op: the operator.
      condition: when to choose the first one.
      a: the first element.
      b: the second one.

    Returns:
      The expression.
    """
    choice = f"{condition} ? {a} : {b}"
    # C chooses among small integers as int.
    small = op.output.dtype in ("int8", "int16")
    return f"({c_text.c_type(op.output.dtype)})({choice})" if small else choice
