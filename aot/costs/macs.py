# SPDX-License-Identifier: Apache-2.0
"""Multiply-accumulates of operators, those that passes make among them.

As `tflite/costs.py` counts them in a model: taps on the border count, too.
"""

from __future__ import annotations

import math

from aot.graph import Op


def multiply_accumulates(op: Op) -> int:
    """Counts the multiply-accumulates of an operator.

    Args:
      op: the operator.

    Returns:
      How many in one run; 0 for operators that are not made of them. Those in IF and WHILE count
      once.
    """
    if op.blocks:
        return sum(multiply_accumulates(one) for block in op.blocks for one in block)
    if op.parts:
        return sum(map(multiply_accumulates, op.parts))
    kind = op.kind.removesuffix("_MAX_POOL_2D")
    made = op.output
    if kind != op.kind:
        # Of the feature map that is not stored.
        (features,) = op.intermediates
        assert features is not None
        made = features
    if kind == "CONV_2D":
        return made.size * math.prod(op.input(1).shape[1:])
    if kind == "DEPTHWISE_CONV_2D":
        return made.size * math.prod(op.input(1).shape[1:3])
    if kind == "FULLY_CONNECTED":
        return made.size * op.input(1).shape[-1]
    if kind == "TRANSPOSE_CONV":
        outputs, height, width, _ = op.input(1).shape
        return op.input(2).size * outputs * height * width
    if kind == "BATCH_MATMUL":
        shape = op.input(0).shape
        return made.size * shape[-2 if op.options.get("adj_x") else -1]
    if kind == "SVDF":
        batches = op.input(0).shape[0]
        return batches * (op.input(1).size + op.input(2).size)
    if kind == "UNIDIRECTIONAL_SEQUENCE_LSTM":
        weights = sum(v.size for v in op.inputs[1:9] if v is not None)
        source = op.input(0)
        return source.size // source.shape[-1] * weights
    return 0
