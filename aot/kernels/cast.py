# SPDX-License-Identifier: Apache-2.0
"""CAST. Source: cast.cc of TFLM."""

from __future__ import annotations

import itertools

import numpy as np

from aot.c_text import Body
from aot.graph import Op
from aot.kernels import elementwise
from aot.kernels.elementwise import Elementwise
from aot.kernels.kernel import Kernel

_TYPES = ("bool", "int8", "int16", "int32", "uint32", "float32")


class Cast(Elementwise):
    """CAST. Integers keep their low bits.

    Floats saturate, and what is not a number becomes 0: so does the wheel, though TFLM's source of
    August 2026, which has no bool as output either, leaves them to the compiler.
    """

    options = ("in_data_type", "out_data_type")
    types = tuple(itertools.product(_TYPES, _TYPES))

    def compute(self, op: Op, source: np.ndarray) -> np.ndarray:
        """See Elementwise."""
        to = np.dtype(op.output.dtype)
        if source.dtype == np.float32 and to.kind in "iu":
            limits = np.iinfo(to)
            wide = np.nan_to_num(source.astype(np.float64), nan=0)
            return np.clip(wide, limits.min, limits.max).astype(to)
        if source.dtype == np.float32 or to.kind in "fb":
            return source.astype(to)
        return source.astype(np.int64).astype(to)

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        if op.input(0).dtype == "bool" and elementwise.is_8bit(op.output):
            # A table would have to say what bytes besides 0 and 1 are.
            body.copy(op.input(0), op.output)
        else:
            super().emit(op, body)

    def emit_wide(self, op: Op, body: Body) -> None:
        """See Elementwise."""
        source, output = op.input(0), op.output
        before, after = np.dtype(source.dtype), np.dtype(output.dtype)
        if before.kind == after.kind == "f" or (
            before.itemsize == after.itemsize and "f" not in (before.kind, after.kind)
        ):
            body.copy(source, output)
            return
        name, sizes = _function(before, after)
        body.call(name, output.size, *sizes, source, output)


def _function(before: np.dtype, after: np.dtype) -> tuple[str, tuple[int, ...]]:
    """Finds the function of the runtime, and what it must know of the types."""
    if before.kind == "f":
        if after.kind == "i":
            limits = np.iinfo(after)
            return "cast_float_integers", (after.itemsize, int(limits.min), int(limits.max))
        return ("cast_float_bool" if after.kind == "b" else "cast_float_uint32"), ()
    if after.kind == "f":
        if before.kind == "u":
            return "cast_uint32_float", ()
        return "cast_integers_float", (before.itemsize,)
    if after.kind == "b":
        return "cast_integers_bool", (before.itemsize,)
    return "cast_integers", (before.itemsize, after.itemsize)


KERNELS: dict[str, Kernel] = {
    "CAST": Cast(),
}
