# SPDX-License-Identifier: Apache-2.0
"""A convolution and MAX_POOL_2D in one, as cores with the vector extension (MVE) compute them."""

from __future__ import annotations

import numpy as np

from aot.c_text import Body, Constant, Scratch, Struct
from aot.graph import Op
from aot.kernels import common, convolution, mve_layer, pooled_convolution, pooling
from aot.kernels.int8_layer import Int8Layer
from aot.kernels.pooled_convolution import PooledConvolution

# Zeros before the weights of `emit_small`.
_BEFORE = 5


def emit_small(op: Op, body: Body, kernel: PooledConvolution) -> None:
    """Writes C for 3 x 3 inputs of one channel at 2 x 2 places.

    Args:
      op: both operators in one.
      body: where to write.
      kernel: its kernel.
    """
    layer = kernel.layer(op)
    # A zero after each row, and a row of zeros.
    weights = np.pad(layer.weights.reshape(-1, 3, 3), ((0, 0), (0, 1), (0, 1)))
    body.call(
        "conv_3x3_max_2x2_mve",
        kernel.shape(op),
        op.input(0).zero_point,
        kernel.map(op).zero_point,
        op.input(0),
        Constant("weights", np.concatenate([np.zeros(_BEFORE, np.int8), weights.ravel()])),
        Constant("bias", layer.bias),
        Constant("multipliers", layer.multipliers),
        Constant("shifts", mve_layer.shifts(layer)),
        op.output,
    )
    kernel.emit_clamp(op, body)


def _row(layer: Op, pool: Op) -> dict[str, int]:
    """Gives the fields of the `struct conv_2d` of the rows that a maximum sees."""
    source, places = layer.input(0).shape, convolution.windows(layer)
    down, _ = pooling.windows(pool)
    shape = (source[0], down.size, *layer.output.shape[2:])
    return convolution.conv_2d(source, shape, places, 1)


def scratch_of(layer: Op, pool: Op) -> int:
    """Finds how many bytes of memory `emit_rows` needs."""
    f = _row(layer, pool)
    return f["out_h"] * f["out_w"] * f["out_c"] + 2 * f["filter_h"] * f["filter_w"] * f["in_c"]


def emit_rows(op: Op, body: Body, prepared: Int8Layer) -> None:
    """Writes C for any other convolution: see `emit_small`."""
    layer, pool = pooled_convolution.parts(op)
    f = _row(layer, pool)
    _, across = pooling.windows(pool)
    down, _ = convolution.windows(layer)
    pooled_down, _ = pooling.windows(pool)
    lowest, highest = pooled_convolution.limits(op)
    row = {
        "batches": 1,
        "in_h": f["out_h"],
        "in_w": f["out_w"],
        "channels": f["out_c"],
        "out_h": 1,
        "out_w": pool.output.shape[2],
        "filter_h": f["out_h"],
        "filter_w": across.size,
        "stride_h": 1,
        "stride_w": across.stride,
        "pad_h": 0,
        "pad_w": 0,
    }
    made = f["out_h"] * f["out_w"] * f["out_c"]
    patch = body.argument(Scratch("int8"))
    body.call(
        "conv_2d_max_mve",
        Struct("conv_2d", f),
        Struct("pool_2d", row),
        pool.output.shape[1],
        pooled_down.stride * down.stride,
        layer.input(0).zero_point,
        common.limits_of(layer.output, lowest, highest),
        layer.input(0),
        *mve_layer.constants(prepared, rows=2),
        f"{patch} + {made}",
        patch,
        op.output,
    )
