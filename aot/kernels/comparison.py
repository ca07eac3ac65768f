# SPDX-License-Identifier: Apache-2.0
"""EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, with broadcasting.

Sources: micro/kernels/comparisons.cc, reference/comparisons.h of TFLM.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator

import numpy as np

from aot import arithmetic
from aot.c_text import Body
from aot.graph import Op
from aot.kernels import common
from aot.kernels.broadcasting import Broadcasting
from aot.kernels.kernel import Kernel

# By which integers are multiplied before they are scaled.
_UNIT = 1 << 8


class Comparison(Broadcasting):
    """A comparison of numbers; int8 is compared by the real numbers that it stands for."""

    limits = "int8: scales are below 1"

    tabulated = True

    def __init__(self, symbol: str, function: Callable, *more: str) -> None:
        """Makes one of the comparisons.

        Args:
          symbol: the operator in C.
          function: the same in Python.
          *more: types that not all of them have.
        """
        self._symbol = symbol
        self._function = function
        # TFLM's GREATER takes int16, too, but never finds out how to scale it.
        self.types = tuple((t, t, "bool") for t in ("float32", "int8", "int32", "int64", *more))

    def check_more(self, op: Op) -> Iterator[str]:
        """See Broadcasting."""
        if op.input(0).dtype != "int8":
            return
        found = list(common.check_quantized(*op.inputs))
        if not found:
            found += common.check_small_factors(op.input(0).scale, op.input(1).scale)
        yield from found

    def compute(self, op: Op, *inputs: np.ndarray) -> np.ndarray:
        """See Broadcasting."""
        a, b = inputs
        if op.input(0).dtype == "int8":
            a, b = (
                arithmetic.requantize(
                    (values.astype(np.int64) - op.input(i).zero_point) * _UNIT,
                    *arithmetic.quantize_multiplier(op.input(i).scale),
                )
                for i, values in enumerate(inputs)
            )
        return self._function(a, b)

    def expression(self, op: Op, body: Body, *elements: str) -> str:
        """See Broadcasting."""
        a, b = elements
        if op.input(0).dtype == "int8":
            a, b = (
                common.scaled_text(body, e, op.input(i).zero_point, _UNIT, op.input(i).scale)
                for i, e in enumerate(elements)
            )
        return f"{a} {self._symbol} {b}"


KERNELS: dict[str, Kernel] = {
    "EQUAL": Comparison("==", operator.eq, "bool"),
    "GREATER": Comparison(">", operator.gt),
    "GREATER_EQUAL": Comparison(">=", operator.ge),
    "LESS": Comparison("<", operator.lt),
    "LESS_EQUAL": Comparison("<=", operator.le),
    "NOT_EQUAL": Comparison("!=", operator.ne, "bool"),
}
