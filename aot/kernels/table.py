# SPDX-License-Identifier: Apache-2.0
"""TABLE, an operator that passes make: bytes of bytes, by a table of 256."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from aot.c_text import Body
from aot.graph import Op
from aot.kernels import elementwise
from aot.kernels.kernel import Distance, Kernel


class Table(Kernel):
    """The second input is the table: 256 elements of the output's type, by the first one's bits."""

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel. Models that ask for it don't exist."""
        del op
        yield "is made by the compiler alone"

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        source, table = inputs
        assert source is not None and table is not None
        # Of a scalar, numpy makes an array.
        return [table[np.ascontiguousarray(source).view(np.uint8)].reshape(op.output.shape)]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        table = op.input(1).data
        assert table is not None
        elementwise.emit_table(op, body, lambda values: table[values.view(np.uint8)])

    def may_share(self, op: Op) -> tuple[int, ...]:
        """See Kernel."""
        return (0,)

    def distances(self, op: Op) -> Mapping[int, Distance]:
        """See Kernel."""
        return elementwise.distances((0,), op)


KERNELS: dict[str, Kernel] = {
    "TABLE": Table(),
}
