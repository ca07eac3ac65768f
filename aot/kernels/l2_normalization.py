# SPDX-License-Identifier: Apache-2.0
"""L2_NORMALIZATION. Source: reference{,/integer_ops}/l2normalization.h of TFLM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from aot import arithmetic
from aot.c_text import Body
from aot.graph import Op
from aot.kernels import common
from aot.kernels.kernel import Kernel

# The smallest norm of floats that is divided by.
_EPSILON = np.float32(1e-6)
# Of the output of int8, whatever scale it has.
_FRACTION_BITS = 7


class L2Normalization(Kernel):
    """L2_NORMALIZATION of the last dimension."""

    options = ("fused_activation_function",)
    types = ("float32", "int8")
    limits = "of the last of 1 to 4 dimensions, no fused activation"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        found = list(common.check_counts(op, 1))
        found = found or list(common.check_types(op, self.types))
        if found:
            yield from found
            return
        if op.options["fused_activation_function"] != "NONE":
            yield (
                f"has the fused activation {op.options['fused_activation_function']}: not supported"
            )
        source, output = op.input(0), op.output
        if source.shape != output.shape or not source.size or len(source.shape) not in range(1, 5):
            yield (
                f"has the shapes {common.shape_text(source.shape)} and"
                f" {common.shape_text(output.shape)}: not the same, empty, or not 1 to 4 dimensions"
            )
        if output.dtype == "int8" and source.quantization is not None:
            yield from common.check_quantized(source, zero=True)

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        source = inputs[0]
        assert source is not None
        if op.output.dtype == "float32":
            # One square after the other: the order of sums matters.
            sums = np.add.accumulate(source * source, axis=-1)[..., -1:]
            norms = np.sqrt(sums)
            return [source / np.where(norms < _EPSILON, _EPSILON, norms)]
        shifted = source.astype(np.int64) - op.input(0).zero_point
        sums = arithmetic.wrap_int32((shifted * shifted).sum(axis=-1, keepdims=True))
        multipliers, shifts = arithmetic.inverse_square_root(sums)
        scaled = arithmetic.requantize(shifted, multipliers, shifts + _FRACTION_BITS)
        return [np.clip(scaled, -128, 127).astype(np.int8)]

    def may_share(self, op: Op) -> tuple[int, ...]:
        """See Kernel."""
        return (0,)

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        source = op.input(0)
        depth = source.shape[-1]
        rows = source.size // depth
        if op.output.dtype == "float32":
            body.call("l2_normalization_float", rows, depth, source, op.output)
        else:
            body.call("l2_normalization_int8", rows, depth, source.zero_point, source, op.output)


KERNELS: dict[str, Kernel] = {
    "L2_NORMALIZATION": L2Normalization(),
}
