# SPDX-License-Identifier: Apache-2.0
"""LOGICAL_AND and LOGICAL_OR with broadcasting, LOGICAL_NOT.

Sources: micro/kernels/{logical_common,elementwise}.cc of TFLM.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aot.c_text import Body
from aot.graph import Op
from aot.kernels import common
from aot.kernels.broadcasting import Broadcasting
from aot.kernels.kernel import Kernel


class Logic(Broadcasting):
    """LOGICAL_AND, LOGICAL_OR and LOGICAL_NOT."""

    types = ("bool",)

    def check_counts(self, op: Op) -> Iterator[str]:
        """See Broadcasting."""
        return common.check_counts(op, 1 if op.kind == "LOGICAL_NOT" else 2)

    def compute(self, op: Op, *inputs: np.ndarray) -> np.ndarray:
        """See Broadcasting."""
        if op.kind == "LOGICAL_NOT":
            return ~inputs[0]
        a, b = inputs
        return a & b if op.kind == "LOGICAL_AND" else a | b

    def expression(self, op: Op, body: Body, *elements: str) -> str:
        """See Broadcasting."""
        if op.kind == "LOGICAL_NOT":
            return f"!{elements[0]}"
        return (" && " if op.kind == "LOGICAL_AND" else " || ").join(elements)


KERNELS: dict[str, Kernel] = {
    "LOGICAL_AND": Logic(),
    "LOGICAL_NOT": Logic(),
    "LOGICAL_OR": Logic(),
}
