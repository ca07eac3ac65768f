# SPDX-License-Identifier: Apache-2.0
"""CONV_2D, with groups. Source: reference_integer_ops/conv.h, reference/conv.h of TFLM.

What it has in common with DEPTHWISE_CONV_2D and FULLY_CONNECTED is here, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from aot import arithmetic
from aot.c_text import Argument, Body, Constant, Scratch, Struct
from aot.graph import Op, Value
from aot.kernels import bounds, common, in_place, live_channels
from aot.kernels.int8_layer import Int8Layer, int8_layer, rounding
from aot.kernels.kernel import Distance, Kernel, Types

OPTIONS = (
    "padding",
    "stride_w",
    "stride_h",
    "dilation_w_factor",
    "dilation_h_factor",
    "fused_activation_function",
)
# The schema's number of the type that sums of int16 have if there is no bias.
_INT32 = 2
OPERANDS = ("input", "weights", "bias")
# TFLM's depthwise convolution would read 64 bits for each bias beside int16, whatever it is.
DEPTHWISE_TYPES = (
    "float32",
    ("int8", "int8", "int32", "int8"),
    ("int16", "int8", "int64", "int16"),
)
TYPES = (*DEPTHWISE_TYPES, ("int16", "int8", "int32", "int16"))
# Of TFLM's 16 bits.
_MULTIPLIER_END = 1 << 15


def windows(op: Op) -> tuple[common.Window, common.Window]:
    """Places a convolution's window: vertically and horizontally."""
    found = []
    for axis, letter in ((1, "h"), (2, "w")):
        size, outputs = op.input(1).shape[axis], op.output.shape[axis]
        stride, dilation = op.option(f"stride_{letter}"), op.option(f"dilation_{letter}_factor")
        length = op.input(0).shape[axis]
        placed = common.window(str(op.options["padding"]), size, stride, dilation, length)
        # A pass may have put padding into the operator.
        before = op.options.get(f"pad_{letter}", placed.before)
        assert isinstance(before, int)
        # What makes no difference is 1.
        found.append(
            common.Window(size, 1 if outputs == 1 else stride, 1 if size == 1 else dilation, before)
        )
    return found[0], found[1]


def tap(one: common.Window, place: int, outputs: int, length: int) -> tuple[slice, slice]:
    """Finds what one tap of a window sees in one dimension, where it sees anything.

    Args:
      one: the window.
      place: of the tap in it.
      outputs: how many.
      length: of the input.

    Returns:
      (the outputs that it sees something for, what it sees).
    """
    start = place * one.dilation - one.before
    first = max(0, -(start // one.stride))
    end = max(first, min(outputs, (length - 1 - start) // one.stride + 1))
    if first == end:
        return slice(0), slice(0)
    seen = start + first * one.stride
    return slice(first, end), slice(seen, start + (end - 1) * one.stride + 1, one.stride)


def add_products(total: np.ndarray, source: np.ndarray, weights: np.ndarray) -> None:
    """Adds products of floats to sums, one product after the other: their order matters.

    Args:
      total: the sums; outputs in the last dimension. Changed.
      source: one number for each channel, in the last dimension; the others are those of `total`.
      weights: channels, then what fits the last dimensions of `total`.
    """
    product = np.empty_like(total)
    for c, row in enumerate(weights):
        np.multiply(source[..., c, None], row, out=product)
        total += product


class Convolution(Kernel):
    """CONV_2D."""

    options = (*OPTIONS, "quantized_bias_type")
    types = TYPES
    operands = OPERANDS
    limits = (
        "groups; weights have one scale, or one a channel, and no zero point; an int32 bias "
        "beside int16 is constant"
    )

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from check_convolution(op, self.types)

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        source, weights, bias = given(inputs)
        down, across = windows(op)
        groups, channels = _groups(op), weights.shape[3]
        shifted = without_zero_point(op, source)
        kind = shifted.dtype
        shifted = shifted.reshape(*source.shape[:3], groups, channels)
        # Rows, columns, channels, groups, outputs of a group.
        filters = weights.astype(kind).reshape(groups, -1, *weights.shape[1:])
        filters = np.ascontiguousarray(filters.transpose(2, 3, 4, 0, 1))
        total = np.zeros((*op.output.shape[:3], *filters.shape[3:]), kind)
        for y, x in np.ndindex(filters.shape[:2]):
            rows, seen_rows = tap(down, y, total.shape[1], source.shape[1])
            columns, seen_columns = tap(across, x, total.shape[2], source.shape[2])
            seen, sums = shifted[:, seen_rows, seen_columns], total[:, rows, columns]
            if kind == np.float32:
                add_products(sums, seen, filters[y, x])
            else:
                sums += np.einsum("byxgc,cgo->byxgo", seen, filters[y, x])
        return [finished(op, total.reshape(op.output.shape), bias)]

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        weights = op.input(1).data
        if weights is not None:
            yield from explain_sums(op, weights.reshape(len(weights), -1), self.layer(op))

    def scratch_bytes(self, op: Op) -> int:
        """See Kernel."""
        if self.layer(op) is None:
            return 0
        return scratch_of(self.fields(op))

    def distances(self, op: Op) -> Mapping[int, Distance]:
        """See Kernel."""
        if self.layer(op) is None:
            return distances_any(op, self.fields(op))
        return distances_int8(self.fields(op))

    def layer(self, op: Op) -> Int8Layer | None:
        """Prepares the fast functions; None if they can't compute a use of it."""
        weights = op.input(1).data
        return None if weights is None else layer_of(op, weights.reshape(len(weights), -1))

    def fields(self, op: Op) -> dict[str, int]:
        """Gives the fields of its `struct conv_2d`."""
        return conv_2d(op.input(0).shape, op.output.shape, windows(op), _groups(op))

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        source, weights = op.input(0), op.input(1)
        fields = self.fields(op)
        if op.output.dtype == "float32":
            body.call(
                "conv_2d_float",
                Struct("conv_2d", fields),
                *common.float_activation(op),
                source,
                common.weights_argument("weights", weights),
                common.weights_argument("bias", op.optional_input(2)),
                op.output,
            )
            return
        layer = self.layer(op)
        if layer is not None:
            emit_int8(op, body, layer, fields)
            return
        emit_any(op, body, fields, (math.prod(weights.shape[1:]), weights.shape[3]))


def _groups(op: Op) -> int:
    return op.input(0).shape[3] // op.input(1).shape[3]


def conv_2d(
    source: Sequence[int],
    output: Sequence[int],
    placed: tuple[common.Window, common.Window],
    groups: int,
) -> dict[str, int]:
    """Describes a convolution for the runtime.

    Args:
      source: the input's shape: batch, height, width, channels.
      output: the output's.
      placed: the window, vertically and horizontally.
      groups: how many.

    Returns:
      The fields of a `struct conv_2d`.
    """
    down, across = placed
    return {
        "batches": source[0],
        "in_h": source[1],
        "in_w": source[2],
        "in_c": source[3],
        "out_h": output[1],
        "out_w": output[2],
        "out_c": output[3],
        "filter_h": down.size,
        "filter_w": across.size,
        "stride_h": down.stride,
        "stride_w": across.stride,
        "dilation_h": down.dilation,
        "dilation_w": across.dilation,
        "pad_h": down.before,
        "pad_w": across.before,
        "groups": groups,
    }


def explain_sums(op: Op, weights: np.ndarray, layer: Int8Layer | None) -> Iterator[str]:
    """Says how large a layer's sums can be, and which functions compute them.

    Args:
      op: the operator.
      weights: outputs, taps.
      layer: what the fast functions need; None if they can't compute it.

    Yields:
      As `Kernel.explain`.
    """
    bias = op.optional_input(2)
    if op.output.dtype == "float32" or (bias is not None and bias.data is None):
        return
    found = bounds.of_products(
        weights.astype(np.int64) - weights_zero_point(op),
        bias.data if bias is not None else None,
        op.input(0),
    )
    yield str(found)
    if op.output.dtype == "int8":
        yield "fast functions" if layer is not None else "the functions for all scales"


def layer_of(
    op: Op,
    weights: np.ndarray,
    *,
    folded: bool = True,
) -> Int8Layer | None:
    """Prepares the operator for the fast functions.

    Args:
      op: the operator; its second input are the weights.
      weights: the weights as outputs, taps.
      folded: see `int8_layer`.

    Returns:
      The layer; None if they can't compute it.
    """
    bias = op.optional_input(2)
    if op.output.dtype != "int8" or (bias is not None and bias.data is None):
        return None
    factors = _factors(op, len(weights))
    bias_data = bias.data if bias is not None else None
    return int8_layer(op, weights, bias_data, factors, folded=folded)


def _factors(op: Op, channels: int) -> common.Requantization:
    factor = common.convolution_factor(op, op.input(0))
    return common.requantization(op.input(1), _live_channels(op, channels), factor)


def _live_channels(op: Op, channels: int) -> np.ndarray:
    if weights_zero_point(op):
        return np.ones(channels, bool)
    return live_channels.find(
        live_channels.Layer(
            op,
            op.input(0),
            op.input(1),
            op.optional_input(2),
            _narrow(op),
            *_zero_points(op),
        ),
        channels,
    )


def dense_rows(fields: Mapping[str, int]) -> int | None:
    """Finds of how many rows a convolution is a dense layer; None if it is none."""
    f = fields
    if f["groups"] != 1 or f["pad_h"] or f["pad_w"]:
        return None
    strides_dilations = [f[k] for k in ("stride_h", "stride_w", "dilation_h", "dilation_w")]
    if any(n != 1 for n in strides_dilations):
        return None
    source, window = (f["in_h"], f["in_w"]), (f["filter_h"], f["filter_w"])
    output = f["out_h"], f["out_w"]
    if window == (1, 1) and output == source:
        return f["batches"] * f["in_h"] * f["in_w"]
    return f["batches"] if window == source and output == (1, 1) else None


def lying(fields: Mapping[str, int]) -> Mapping[str, int]:
    """Turns a convolution that moves only down into one that moves to the right.

    Its rows lie one after the other as places of one row do: then two are computed at a time.
    """
    f = fields
    if f["out_w"] != 1 or f["filter_w"] != f["in_w"] or f["pad_w"] or f["dilation_h"] != 1:
        return fields
    if f["dilation_w"] != 1 or (f["groups"] != 1 and f["in_w"] != 1):
        return fields
    turned = {f"{name}_h": 1 for name in ("in", "out", "filter", "stride", "dilation")}
    turned |= {f"{name}_w": f[f"{name}_h"] for name in ("in", "out", "filter", "stride")}
    turned |= {"pad_h": 0, "pad_w": f["pad_h"], "in_c": f["in_w"] * f["in_c"]}
    return {**fields, **turned}


def scratch_of(fields: Mapping[str, int]) -> int:
    """Finds how much memory `emit_int8` needs.

    Args:
      fields: of the convolution's `struct conv_2d`.

    Returns:
      How many bytes: for what two windows see of a group, if they can't be read where they are.
    """
    f = lying(fields)
    inside = f["groups"] == 1 and f["dilation_w"] == 1
    for side in "hw":
        last = (f[f"out_{side}"] - 1) * f[f"stride_{side}"] - f[f"pad_{side}"]
        last += (f[f"filter_{side}"] - 1) * f[f"dilation_{side}"]
        inside = inside and not f[f"pad_{side}"] and last < f[f"in_{side}"]
    if inside or dense_rows(f) is not None:
        return 0
    return 2 * f["filter_h"] * f["filter_w"] * f["in_c"] // f["groups"]


def distances_int8(fields: Mapping[str, int]) -> Mapping[int, Distance]:
    """Finds the distance from the output of `emit_int8` to the input: see `Kernel.distances`."""
    f = lying(fields)
    rows = dense_rows(f)
    if rows is not None:
        inputs = f["filter_h"] * f["filter_w"] * f["in_c"]
        return {0: Distance(in_place.rows_int8(rows, inputs, f["out_c"]))}
    # With groups, the first one's outputs are there before anything of the second one is read.
    return {0: Distance(in_place.conv_2d_int8(f))} if f["groups"] == 1 else {}


def distances_any(op: Op, fields: Mapping[str, int]) -> Mapping[int, Distance]:
    """Finds the same of functions for all scales, and of those of floats."""
    found = in_place.one_by_one(fields, fields["groups"], fields["out_c"])
    return {0: Distance(found * np.dtype(op.output.dtype).itemsize)}


def emit_int8(op: Op, body: Body, layer: Int8Layer, fields: Mapping[str, int]) -> None:
    """Writes C for a convolution by the fast functions.

    Args:
      op: the operator.
      body: where to write.
      layer: what it computes.
      fields: of its `struct conv_2d`.
    """
    fields = lying(fields)
    rows = dense_rows(fields)
    if rows is not None:
        emit_dense(op, body, layer, rows)
        return
    body.call(
        "conv_2d_int8",
        Struct("conv_2d", fields),
        op.input(0).zero_point,
        rounding(op),
        op.input(0),
        *layer.constants(fields["groups"]),
        Scratch("int8") if scratch_of(fields) else "NULL",
        op.output,
    )
    emit_clamp(op, body)


def emit_dense(op: Op, body: Body, layer: Int8Layer, rows: int) -> None:
    """Writes C for a dense layer by the fast functions: see `emit_int8`."""
    outputs, inputs = layer.weights.shape
    body.call(
        "fully_connected_int8" if rows == 1 else "fully_connected_rows_int8",
        *([] if rows == 1 else [rows]),
        inputs,
        outputs,
        rounding(op),
        op.input(0),
        *layer.constants(),
        op.output,
    )
    emit_clamp(op, body)


def emit_clamp(op: Op, body: Body) -> None:
    """Writes C that clamps an output of the fast functions, which clamp to the type's limits."""
    limits = common.integer_activation(op)
    if limits != (-128, 127):
        body.call("clamp_int8", op.output.size, *limits, op.output)


def emit_any(
    op: Op,
    body: Body,
    fields: Mapping[str, int],
    steps: tuple[int, int],
) -> None:
    """Writes C for any convolution of integers.

    Args:
      op: the operator.
      body: where to write.
      fields: of its `struct conv_2d`.
      steps: from the weights of an output to those of the next one; the same of taps.
    """
    weights, bias = op.input(1), op.optional_input(2)
    source_zero, output_zero = _zero_points(op)
    lowest, highest = common.integer_activation(op)
    factors = _factors(op, fields["out_c"])
    wide = op.output.dtype == "int16"
    bias_argument = common.weights_argument("bias", bias)
    if wide and isinstance(bias_argument, Constant):
        bias_argument = Constant("bias", bias_argument.data.astype(np.int64))
    narrow: list[Argument] = ["true" if _narrow(op) else "false"] if wide else []
    body.call(
        "conv_2d_int16" if wide else "conv_2d_int8_any",
        Struct("conv_2d", fields),
        Struct(
            "conv_2d_weights",
            {"next_output": steps[0], "next_tap": steps[1], "zero_point": weights_zero_point(op)},
        ),
        Struct(
            "requantization",
            {"zero_point": output_zero, "lowest": lowest, "highest": highest},
        ),
        *narrow,
        source_zero,
        op.input(0),
        common.weights_argument("weights", weights),
        bias_argument,
        Constant("multipliers", factors.multipliers),
        Constant("shifts", factors.shifts),
        op.output,
    )


def given(
    inputs: Sequence[np.ndarray | None],
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Takes input, weights and bias out of the inputs."""
    source, weights = inputs[0], inputs[1]
    assert source is not None and weights is not None
    return source, weights, inputs[2] if len(inputs) > 2 else None


def _zero_points(op: Op) -> tuple[int, int]:
    """The zero points of input and output; TFLM's convolutions of int16 take them to be 0."""
    if op.output.dtype == "int16" and op.kind != "FULLY_CONNECTED":
        return 0, 0
    return op.input(0).zero_point, op.output.zero_point


def weights_zero_point(op: Op) -> int:
    """The zero point of weights, which only dense layers may have."""
    return 0 if len(op.input(1).scales) > 1 else op.input(1).zero_point


def _narrow(op: Op) -> bool:
    """Whether sums have 32 bits."""
    bias = op.optional_input(2)
    if op.output.dtype == "int8" or bias is not None:
        return bias is None or bias.dtype == "int32"
    return op.options.get("quantized_bias_type") == _INT32


def without_zero_point(op: Op, source: np.ndarray) -> np.ndarray:
    """Takes the zero point off the contents of the input.

    Args:
      op: the operator.
      source: its input.

    Returns:
      int64, or float32 as it is.
    """
    if op.output.dtype == "float32":
        return source
    return source.astype(np.int64) - _zero_points(op)[0]


def check_convolution(op: Op, types: Sequence[Types]) -> Iterator[str]:
    """Checks what CONV_2D and DEPTHWISE_CONV_2D have in common: yields reasons why not."""
    found = list(check_tensors(op, types))
    if found:
        yield from found
        return
    found = list(common.check_window(op, dilated=True)) or list(check_shapes(op))
    yield from found
    if not found and op.output.dtype != "float32":
        yield from check_layer(op, op.output.shape[-1])


def check_tensors(op: Op, types: Sequence[Types]) -> Iterator[str]:
    """Checks tensors, types and activation of a layer with weights: yields reasons why not."""
    found = list(common.check_counts(op, range(2, 4), optional=(2,)))
    if found:
        yield from found
        return
    yield from common.check_types(op, types, range(3))
    yield from common.check_activation(op)


def check_layer(op: Op, channels: int) -> Iterator[str]:
    """Checks the scales of a layer with weights: yields reasons why not.

    Args:
      op: the operator.
      channels: how many outputs it has.

    Yields:
      Reasons why not.
    """
    found = list(common.check_rescaled(op.input(0), to=op.output))
    if op.kind == "FULLY_CONNECTED" and len(op.input(1).scales) == 1:
        found += common.check_quantized(op.input(1), zero=True)
    else:
        found += check_weights(op.input(1), channels)
    yield from found
    if found:
        return
    found = list(common.check_integer_activation(op))
    yield from found
    if found:
        return
    scales = np.broadcast_to(op.input(1).scales, channels)[_live_channels(op, channels)]
    factor = common.convolution_factor(op, op.input(0))(float(scales.max(initial=0)))
    yield from common.check_factor(factor, live_channels.highest_shift(_narrow(op)))
    bias = op.optional_input(2)
    if (
        bias is not None
        and (op.output.dtype, bias.dtype) == ("int16", "int32")
        and bias.data is None
    ):
        yield "has a bias of int32 that is not constant: not supported"


def check_weights(weights: Value, channels: int) -> Iterator[str]:
    """Checks the scales of weights: yields reasons why not."""
    found = list(common.check_quantized(weights, per_channel=True, zero=True))
    yield from found
    if found:
        return
    if len(weights.scales) not in (1, channels):
        yield f"has {len(weights.scales)} scales for {channels} channels"
    assert weights.quantization is not None
    if any(weights.quantization.zero_points):
        yield "has weights with a zero point: not supported"


def check_shapes(op: Op) -> Iterator[str]:
    """Checks the shapes of input, weights, bias and output: yields reasons why not."""
    source, weights, output = op.input(0).shape, op.input(1).shape, op.output.shape
    bias = op.optional_input(2)
    if not all(len(shape) == 4 and all(shape) for shape in (source, weights, output)):
        yield (
            f"has the shapes {common.shape_text(source)}, {common.shape_text(weights)} and"
            f" {common.shape_text(output)}: not four dimensions, or one is empty"
        )
        return
    depthwise = op.kind == "DEPTHWISE_CONV_2D"
    out_c = weights[3] if depthwise else weights[0]
    if source[0] != output[0] or out_c != output[3]:
        yield f"has an output of {common.shape_text(output)}, which does not fit its inputs"
    if depthwise:
        multiplier = op.option("depth_multiplier")
        if weights[0] != 1 or out_c % source[3] or multiplier < 1:
            yield f"has weights of {common.shape_text(weights)}: they do not fit its input"
        elif out_c != source[3] * multiplier or multiplier >= _MULTIPLIER_END:
            yield f"has the depth multiplier {multiplier}: it does not fit"
    elif source[3] % weights[3] or weights[0] % (source[3] // weights[3]):
        yield f"has weights of {common.shape_text(weights)}: they do not fit its input"
    if bias is not None and bias.size != out_c:
        yield f"has {bias.size} biases for {out_c} channels"
    yield from _check_places(op)


def _check_places(op: Op) -> Iterator[str]:
    """Checks that windows fit into their inputs, and their places into 31 bits."""
    _, height, width, channels = op.input(0).shape
    down, across = windows(op)
    for one, length, outputs in zip(
        (down, across), (height, width), op.output.shape[1:3], strict=True
    ):
        if op.options["padding"] == "VALID" and (one.size - 1) * one.dilation >= length:
            yield "has a window that is larger than its input"
        yield from common.check_reach(one, outputs)
        yield from common.check_steps(one.stride, one.dilation)
    lines = max(down.dilation, down.stride) * width
    if max(lines, across.dilation, across.stride) * channels >= common.INDEX_END:
        yield "has a stride or a dilation that goes too far"


def finished(op: Op, total: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
    """Makes outputs of sums: adds the bias, scales, clamps.

    Args:
      op: the operator; its second input are the weights.
      total: sums; the last dimension is the channels.
      bias: one a channel; None without.

    Returns:
      The output, of its type.
    """
    if op.output.dtype == "float32":
        # TFLM adds 0 if there is no bias, which makes 0 of -0.
        total = total + (np.float32(0) if bias is None else bias.ravel())
        return common.clamp_float(total, *common.float_activation(op))
    if bias is not None:
        total = total + bias.ravel().astype(np.int64)
    factors = _factors(op, total.shape[-1])
    multipliers = factors.multipliers.astype(np.int64)
    if _narrow(op):
        scaled = arithmetic.requantize(arithmetic.wrap_int32(total), multipliers, factors.shifts)
    else:
        scaled = arithmetic.requantize_wide(total, multipliers, factors.shifts)
    shifted = arithmetic.wrap_int32(scaled + _zero_points(op)[1])
    return np.clip(shifted, *common.integer_activation(op)).astype(op.output.dtype)


KERNELS: dict[str, Kernel] = {
    "CONV_2D": Convolution(),
}
