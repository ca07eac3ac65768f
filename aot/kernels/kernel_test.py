# SPDX-License-Identifier: Apache-2.0
"""What kernels inherit from each other."""

from collections.abc import Mapping

from aot.c_text import Body
from aot.graph import Op, Value
from aot.kernels.kernel import Distance
from aot.kernels.table import Table

_VALUES = Value("", (4,), "int8"), Value("", (4,), "int8")
_OP = Op("TABLE", _VALUES[:1], _VALUES[1:])


class _Quiet(Table):
    """Explains itself otherwise."""


class _OtherC(Table):
    """Has C that may read and write in another order."""

    def emit(self, op: Op, body: Body) -> None:
        del op, body


class _OtherCWithDistances(_OtherC):
    """Has C of which it is known."""

    def emit(self, op: Op, body: Body) -> None:
        del op, body

    def distances(self, op: Op) -> Mapping[int, Distance]:
        del op
        return {0: Distance(3)}


def test_distances_are_inherited_with_the_c_only():
    assert Table().distances(_OP) == _Quiet().distances(_OP) == {0: Distance(0)}
    assert _OtherC().distances(_OP) == {}
    assert _OtherCWithDistances().distances(_OP) == {0: Distance(3)}
