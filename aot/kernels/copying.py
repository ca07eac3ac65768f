# SPDX-License-Identifier: Apache-2.0
"""Copies of whole tensors: READ_VARIABLE, ASSIGN_VARIABLE, and between subgraphs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from aot.c_text import Body
from aot.graph import Op
from aot.kernels import common
from aot.kernels.kernel import Kernel


class Copy(Kernel):
    """Copies bytes, whatever shapes and types say of them.

    COPY is the importer's own. READ_VARIABLE and ASSIGN_VARIABLE have the variable as an input or
    an output in place of its handle.
    """

    types = common.ALL_TYPES

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        found = list(common.check_counts(op, 1))
        if found:
            yield from found
            return
        types = {op.input(0).dtype, op.output.dtype}
        # Not all bytes are a boolean.
        same = types == {"bool"} or "bool" not in types
        if not same or op.input(0).byte_size != op.output.byte_size or not op.output.size:
            yield (
                f"copies {common.shape_text(op.input(0).shape)} of {op.input(0).dtype} to"
                f" {common.shape_text(op.output.shape)} of {op.output.dtype}: not supported"
            )

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        assert inputs[0] is not None
        content = np.frombuffer(inputs[0].tobytes(), op.output.dtype)
        return [content.reshape(op.output.shape)]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        body.copy(op.input(0), op.output)

    def may_share(self, op: Op) -> tuple[int, ...]:
        """See Kernel."""
        return (0,)


KERNELS: dict[str, Kernel] = {
    "ASSIGN_VARIABLE": Copy(),
    "COPY": Copy(),
    "READ_VARIABLE": Copy(),
}
