# SPDX-License-Identifier: Apache-2.0
"""Predicts the instructions of operators on emulated cores: features times fitted coefficients.

`coefficients.json` beside this file has the coefficients; `./bazelw run //tests/costs:update`
writes it.
"""

from __future__ import annotations

import functools
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aot.costs import calls, features, fitting, model_calls
from aot.graph import Op
from aot.kernels.chain import Chain
from aot.targets import ARMV7EM, ARMV8_1M_MVE, PORTABLE, TARGETS

if TYPE_CHECKING:
    # Its passes may choose by predictions.
    from aot.compiler import Compiled

_FILE = pathlib.Path(__file__).resolve().parent / "coefficients.json"


_CHOICES = {PORTABLE: "cortex_m3", ARMV7EM: "cortex_m4f", ARMV8_1M_MVE: "cortex_m55"}


@functools.cache
def _table() -> Mapping[str, Mapping]:
    return json.loads(_FILE.read_text(encoding="utf-8"))


def cores() -> tuple[str, ...]:
    """Names the cores that there are predictions for."""
    return tuple(_table()["cores"])


def target_of(core: str) -> str:
    """Names the target that models are compiled for on a core, if nothing else is asked for."""
    return str(_table()["cores"][core]["target"])


def compiler() -> str:
    """Names the C compiler and its flags that the coefficients are of."""
    return str(_table()["compiler"])


def coefficients(core: str) -> fitting.Coefficients:
    """Gives the coefficients of a core, which may be another one's."""
    cores_ = _table()["cores"]
    return cores_[cores_[core].get("as", core)]["functions"]


def predicted(compiled: Compiled, core: str) -> list[int | None]:
    """Predicts what each operator of a model takes.

    Args:
      compiled: the model.
      core: one of `cores()`.

    Returns:
      Instructions on the emulated core; None where that is not known: see `predicted_instructions`.
    """
    return [
        None if op.blocks else _predicted(made, core)
        for op, made in zip(compiled.graph.ops, model_calls.features_of(compiled), strict=True)
    ]


def core_of(target: str) -> str | None:
    """Names the core by which a target's choices are made; None if there are no predictions."""
    return _CHOICES.get(target)


class Costs:
    """What operators cost on a core, for passes that compare many: chains have parts in common.

    Attributes:
      core: one of `cores()`.
    """

    def __init__(self, target: str, core: str) -> None:
        """Makes it.

        Args:
          target: what operators are compiled for, one of targets.TARGETS.
          core: one of `cores()`.
        """
        self.core = core
        self._kernels = TARGETS[target]
        self._known: dict[Op, float | None] = {}
        self._rows: dict[tuple[Op, tuple[object, ...]], float | None] = {}

    def of(self, *ops: Op) -> float | None:
        """Predicts the instructions of operators, one after the other; None if one is unknown."""
        found = [self._of(op) for op in ops]
        return None if None in found else sum(cost for cost in found if cost is not None)

    def _of(self, op: Op) -> float | None:
        if op not in self._known:
            kernel = None if op.blocks else self._kernels[op.kind]
            if kernel is None:
                cost = None
            elif isinstance(kernel, Chain):
                cost = self._of_chain(op, kernel)
            else:
                cost = self._of_calls(calls.calls_of(op, self._kernels)[0])
            self._known[op] = cost
        return self._known[op]

    def _of_chain(self, op: Op, kernel: Chain) -> float | None:
        total = 0.0
        for piece in calls.pieces(op, kernel, self._kernels):
            key = piece.part, piece.key
            if key not in self._rows:
                self._rows[key] = self._of_calls(piece.calls())
            cost = self._rows[key]
            if cost is None:
                return None
            total += piece.times * cost
        return total

    def _of_calls(self, made: Sequence[calls.Call]) -> float | None:
        return _cost([(call.function, features.features(call)) for call in made], self.core)


def predicted_instructions(op: Op, target: str, core: str, *, once: bool = False) -> int | None:
    """Predicts what an operator takes, whatever is around it: for choices between several.

    Args:
      op: the operator.
      target: what it is compiled for, one of targets.TARGETS.
      core: one of `cores()`.
      once: whether no other operator of the model calls the same functions.

    Returns:
      Instructions of one run on the emulated core; None if that is not known: IF and WHILE depend
      on data, and some functions have no coefficients.
    """
    if op.blocks:
        return None
    made, _ = calls.calls_of(op, TARGETS[target])
    suffix = fitting.ONCE if once else ""
    return _predicted([(c.function + suffix, features.features(c)) for c in made], core)


def _predicted(made: fitting.Calls, core: str) -> int | None:
    total = _cost(made, core)
    return None if total is None else round(total)


def _cost(made: fitting.Calls, core: str) -> float | None:
    known = coefficients(core)
    total = 0.0
    for function, counts in made:
        # A function may have been measured in one of the two ways only.
        other = (
            function.removesuffix(fitting.ONCE)
            if function.endswith(fitting.ONCE)
            else function + fitting.ONCE
        )
        costs = known.get(function, known.get(other))
        if costs is None:
            return None
        total += fitting.cost(counts, costs)
    return total
