# SPDX-License-Identifier: Apache-2.0
"""Depthwise convolutions, as cores with the vector extension (MVE, Helium) compute them.

An instruction (VMLADAV) multiplies 16 pairs of bytes and adds the products. Those are four columns
of four inputs of a channel: all that 2 x 2 windows of 3 x 3 see. So channels are taken apart first,
and the weights of the four windows are the same bytes at four distances from zeros around them.
"""

from __future__ import annotations

import numpy as np

from aot.c_text import Body, Constant, Scratch, Struct
from aot.graph import Op
from aot.kernels import convolution, depthwise_convolution, mve_layer
from aot.kernels.int8_layer import BLOCK, Int8Layer

# Of runtime/depthwise_3x3.h: bytes of a column of a strip, and before the first one.
_COLUMN = 64
_BEFORE = 16
# More outputs are made in pieces, so that strips need little memory.
_LONGEST = 16


def is_3x3(op: Op) -> bool:
    """Whether the function for windows of 3 x 3 computes a use of it."""
    down, across = convolution.windows(op)
    for one in (down, across):
        if (one.size, one.dilation) != (3, 1) or one.stride not in (1, 2):
            return False
    # What makes no difference has stride 1.
    if down.stride != across.stride:
        return False
    return down.stride == 2 or min(op.output.shape[1:3]) >= 2


def _turned(op: Op) -> bool:
    """Whether outputs are made down the image, which is the longer way."""
    return op.output.shape[1] > op.output.shape[2]


def _piece(op: Op) -> int:
    """Finds how many outputs are made along the image at a time."""
    stride, outputs = convolution.windows(op)[0].stride, max(op.output.shape[1:3])
    multiple = 2 if stride == 1 else 4
    pieces = -(-outputs // _LONGEST)
    return -(-outputs // (pieces * multiple)) * multiple


def scratch_of(op: Op) -> int:
    """Finds how many bytes of memory `emit_3x3` needs."""
    stride = convolution.windows(op)[0].stride
    return _BEFORE + _COLUMN * (_piece(op) * stride + 2)


def emit_3x3(op: Op, body: Body, layer: Int8Layer) -> None:
    """Writes C for windows of 3 x 3.

    Args:
      op: the operator.
      body: where to write.
      layer: what it computes, with the input's zero point in the bias.
    """
    down, across = convolution.windows(op)
    batches, in_h, in_w, channels = op.input(0).shape
    _, out_h, out_w, _ = op.output.shape
    lines = {"in": in_h, "out": out_h, "next_in": in_w * channels, "next_out": out_w * channels}
    lines["pad"] = down.before
    places = {"in": in_w, "out": out_w, "next_in": channels, "next_out": channels}
    places["pad"] = across.before
    # Channels, columns, rows.
    weights = layer.weights.reshape(channels, 3, 3).transpose(0, 2, 1)
    if _turned(op):
        lines, places, weights = places, lines, weights.transpose(0, 2, 1)
    fields = {"batches": batches, "channels": channels}
    fields |= {f"{name}_along": value for name, value in places.items()}
    fields |= {f"{name}_across": value for name, value in lines.items()}
    fields["piece"] = _piece(op)
    # A zero after each column.
    taps = np.pad(weights, ((0, 0), (0, 0), (0, 1))).reshape(channels, 12)
    words = np.ascontiguousarray(taps).view("<i4").astype(np.int32)
    scales = [layer.bias, layer.multipliers, mve_layer.shifts(layer).astype(np.int32)]
    body.call(
        "depthwise_3x3_mve",
        Struct("depthwise_3x3", fields),
        down.stride,
        op.input(0).zero_point,
        op.output.zero_point,
        op.input(0),
        Constant("weights", np.concatenate([words, np.stack(scales, axis=1)], axis=1)),
        Scratch("int8"),
        op.output,
    )
    convolution.emit_clamp(op, body)


def emit_any(op: Op, body: Body, layer: Int8Layer) -> None:
    """Writes C for windows of any size.

    Args:
      op: the operator.
      body: where to write.
      layer: what it computes, without the input's zero point in the bias.
    """
    body.call(
        "depthwise_conv_2d_mve",
        depthwise_convolution.shape_of(op),
        op.input(0).zero_point,
        mve_layer.to_output(op),
        op.input(0),
        Constant("weights", layer.weights.T),
        Constant("bias", mve_layer.padded(layer.bias, BLOCK)),
        Constant("factors", mve_layer.factors(layer)),
        op.output,
    )
