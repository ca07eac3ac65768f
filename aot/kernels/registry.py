# SPDX-License-Identifier: Apache-2.0
"""The kernels of all operators that can be compiled, by the schema's names."""

from __future__ import annotations

from collections.abc import Mapping

from aot.kernels import (
    activation,
    arg_extreme,
    batch_matrix_product,
    cast,
    chain,
    comparison,
    convolution,
    copying,
    cumulative_sum,
    depthwise_convolution,
    elementwise_arithmetic,
    filling,
    fully_connected,
    gathering,
    joining,
    l2_normalization,
    logic,
    lstm,
    pooled_convolution,
    pooling,
    prelu,
    quantization,
    rearranging,
    reduction,
    reshaping,
    resizing,
    selection,
    slicing,
    softmax,
    svdf,
    table,
    transposed_convolution,
    unary_math,
)
from aot.kernels.kernel import Kernel

INEXACT = ("COS", "ELU", "EXP", "LOG", "LOGISTIC", "LOG_SOFTMAX", "SIN", "SOFTMAX", "TANH")
"""Whose floats come from the C library: they may differ in their last bits."""

MAX_ULP = 4
"""By how many units in the last place: glibc, the wheel and numpy round in ways of their own."""

LEAST = {"LOG_SOFTMAX": 1.0}
"""Smaller results are taken for so large then: they are differences of larger numbers."""

INEXACT_SUMS = ("UNIDIRECTIONAL_SEQUENCE_LSTM",)
"""Which compute with such floats: the differences may grow."""

INTERNAL = (*pooled_convolution.KERNELS, *table.KERNELS, chain.KIND)
"""Which passes make: models don't have them."""

_SIMPLE: dict[str, Kernel] = {
    **activation.KERNELS,
    **arg_extreme.KERNELS,
    **batch_matrix_product.KERNELS,
    **cast.KERNELS,
    **comparison.KERNELS,
    **convolution.KERNELS,
    **copying.KERNELS,
    **cumulative_sum.KERNELS,
    **depthwise_convolution.KERNELS,
    **elementwise_arithmetic.KERNELS,
    **filling.KERNELS,
    **fully_connected.KERNELS,
    **gathering.KERNELS,
    **joining.KERNELS,
    **l2_normalization.KERNELS,
    **logic.KERNELS,
    **lstm.KERNELS,
    **pooled_convolution.KERNELS,
    **pooling.KERNELS,
    **prelu.KERNELS,
    **quantization.KERNELS,
    **rearranging.KERNELS,
    **reduction.KERNELS,
    **reshaping.KERNELS,
    **resizing.KERNELS,
    **selection.KERNELS,
    **slicing.KERNELS,
    **softmax.KERNELS,
    **svdf.KERNELS,
    **table.KERNELS,
    **transposed_convolution.KERNELS,
    **unary_math.KERNELS,
}


def with_chains(kernels: Mapping[str, Kernel]) -> dict[str, Kernel]:
    """Adds the operator that runs several of them: each target has its own."""
    return {**kernels, chain.KIND: chain.Chain(kernels)}


KERNELS: dict[str, Kernel] = with_chains(_SIMPLE)
