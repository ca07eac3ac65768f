# SPDX-License-Identifier: Apache-2.0
"""CUMSUM. Source: reference/cumsum.h and micro/kernels/cumsum.cc of TFLM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from aot import arithmetic
from aot.c_text import Argument, Body
from aot.graph import Op
from aot.kernels import common
from aot.kernels.kernel import Kernel

# Of sums: TFLM shifts by 20 bits, then halves.
_FRACTION_BITS = 19


def _factor(op: Op) -> float:
    """By how much sums are scaled."""
    return 2 * op.input(0).scale / ((1 << (_FRACTION_BITS + 1)) * op.output.scale)


class CumulativeSum(Kernel):
    """CUMSUM."""

    options = ("exclusive", "reverse")
    types = tuple((t, "int32", t) for t in ("float32", "int8"))
    limits = "one constant axis"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        found = list(common.check_counts(op, 2))
        found = found or list(common.check_types(op, self.types))
        found = found or list(common.check_one_axis(op))
        if found:
            yield from found
            return
        source, output = op.input(0), op.output
        if not source.size or source.shape != output.shape:
            yield (
                f"has the shapes {common.shape_text(source.shape)} and"
                f" {common.shape_text(output.shape)}: not the same, or empty"
            )
        if output.dtype == "int8":
            found = list(common.check_quantized(source, output))
            yield from found or common.check_small_factors(_factor(op))

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        source = inputs[0]
        assert source is not None
        is_float = op.output.dtype == "float32"
        rows = np.moveaxis(source, common.one_axis(op), 0)
        if op.options["reverse"]:
            rows = rows[::-1]
        if is_float:
            first = np.zeros((1, *rows.shape[1:]), np.float32)
        else:
            # TFLM begins at what an element of 0 stands for.
            rows = (rows.astype(np.int64) - op.input(0).zero_point) << _FRACTION_BITS
            first = np.full((1, *rows.shape[1:]), -op.input(0).zero_point << _FRACTION_BITS)
        sums = np.add.accumulate(np.concatenate([first, rows]), axis=0)
        sums = sums[:-1] if op.options["exclusive"] else sums[1:]
        if op.options["reverse"]:
            sums = sums[::-1]
        sums = np.moveaxis(sums, 0, common.one_axis(op))
        if not is_float:
            factor = arithmetic.quantize_multiplier(_factor(op))
            scaled = arithmetic.requantize(arithmetic.wrap_int32(sums), *factor)
            sums = np.clip(scaled + op.output.zero_point, -128, 127)
        return [sums.astype(op.output.dtype)]

    def may_share(self, op: Op) -> tuple[int, ...]:
        """See Kernel."""
        return (0,)

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        source, output = op.input(0), op.output
        flags = ["true" if op.options[name] else "false" for name in ("exclusive", "reverse")]
        arguments: list[Argument] = [*common.around_axis(op), *flags]
        if output.dtype == "float32":
            body.call("cumsum_float", *arguments, source, output)
            return
        body.call(
            "cumsum_int8",
            *arguments,
            common.limits_of(output),
            *arithmetic.quantize_multiplier(_factor(op)),
            source.zero_point,
            source,
            output,
        )


KERNELS: dict[str, Kernel] = {
    "CUMSUM": CumulativeSum(),
}
