# SPDX-License-Identifier: Apache-2.0
"""RESHAPE, SQUEEZE, EXPAND_DIMS: the same elements in another shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from aot.c_text import Body
from aot.graph import Op
from aot.kernels import common
from aot.kernels.kernel import Kernel


class Reshaping(Kernel):
    """RESHAPE, SQUEEZE and EXPAND_DIMS. The output's shape is that of the file."""

    options = ("new_shape", "squeeze_dims")
    types = common.ALL_TYPES
    limits = "the output's shape is that of the file"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        if not op.inputs or op.inputs[0] is None or len(op.outputs) != 1:
            yield "has no input, or not one output"
            return
        source = op.input(0)
        yield from common.check_types(op, self.types, [0])
        if source.size != op.output.size:
            yield f"has an input of {source.size} elements and an output of {op.output.size}"

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        assert inputs[0] is not None
        return [inputs[0].reshape(op.output.shape)]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        body.copy(op.input(0), op.output)

    def may_share(self, op: Op) -> tuple[int, ...]:
        """See Kernel."""
        return (0,)


KERNELS: dict[str, Kernel] = {
    "EXPAND_DIMS": Reshaping(),
    "RESHAPE": Reshaping(),
    "SQUEEZE": Reshaping(),
}
