# SPDX-License-Identifier: Apache-2.0
"""ARG_MAX and ARG_MIN. Source: reference/arg_min_max.h of TFLM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from aot.c_text import Body
from aot.graph import Op
from aot.kernels import common
from aot.kernels.kernel import Kernel


class ArgExtreme(Kernel):
    """ARG_MAX and ARG_MIN."""

    # The type is that of the output.
    options = ("output_type",)
    types = tuple((t, "int32", "int32") for t in ("float32", "int8"))
    limits = "one constant axis"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        found = list(common.check_counts(op, 2))
        found = found or list(common.check_types(op, self.types))
        found = found or list(common.check_one_axis(op))
        if found:
            yield from found
            return
        source, output = op.input(0).shape, op.output.shape
        axis = common.one_axis(op)
        expected = source[:axis] + source[axis + 1 :]
        if not op.input(0).size:
            yield f"has an input of {common.shape_text(source)}: it is empty"
        elif output != expected:
            yield (
                f"has an output of {common.shape_text(output)}, and its input makes"
                f" {common.shape_text(expected)}"
            )

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        source = inputs[0]
        assert source is not None
        rows = np.moveaxis(source, common.one_axis(op), 0)
        best, place = rows[0], np.zeros(op.output.shape, np.int32)
        for i, values in enumerate(rows):
            # Comparisons with what is not a number are false, as in TFLM; numpy's argmax differs.
            better = values > best if op.kind == "ARG_MAX" else values < best
            best, place = np.where(better, values, best), np.where(better, i, place)
        return [place.astype(np.int32)]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        kind = "float" if op.input(0).dtype == "float32" else "int8"
        body.call(
            f"arg_extreme_{kind}",
            *common.around_axis(op),
            "true" if op.kind == "ARG_MAX" else "false",
            op.input(0),
            op.output,
        )


KERNELS: dict[str, Kernel] = {
    "ARG_MAX": ArgExtreme(),
    "ARG_MIN": ArgExtreme(),
}
