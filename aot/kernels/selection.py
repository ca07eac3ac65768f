# SPDX-License-Identifier: Apache-2.0
"""SELECT_V2 with broadcasting. Sources: micro/kernels/select.cc, reference/select.h of TFLM."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aot.c_text import Body
from aot.graph import Op
from aot.kernels import common
from aot.kernels.broadcasting import Broadcasting
from aot.kernels.kernel import Kernel


class Selection(Broadcasting):
    """SELECT_V2: of integers as they are, whatever their scales. TFLM has no SELECT."""

    types = tuple(("bool", t, t, t) for t in ("float32", "int8", "int16"))

    def check_counts(self, op: Op) -> Iterator[str]:
        """See Broadcasting."""
        return common.check_counts(op, 3)

    def compute(self, op: Op, *inputs: np.ndarray) -> np.ndarray:
        """See Broadcasting."""
        condition, a, b = inputs
        return np.where(condition, a, b)

    def expression(self, op: Op, body: Body, *elements: str) -> str:
        """See Broadcasting."""
        return common.choice_text(op, *elements)


KERNELS: dict[str, Kernel] = {
    "SELECT_V2": Selection(),
}
