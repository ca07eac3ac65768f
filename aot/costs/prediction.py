# SPDX-License-Identifier: Apache-2.0
"""Predicts the instructions of operators on emulated cores: features times fitted coefficients.

`coefficients.json` beside this file has the coefficients; `./bazelw run //tests/costs:update`
writes it.
"""

from __future__ import annotations

import functools
import json
import pathlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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

    Functions that only one call of a model needs are compiled for that call, and cost less.

    Attributes:
      core: one of `cores()`.
    """

    def __init__(self, target: str, core: str, ops: Sequence[Op] = ()) -> None:
        """Makes it.

        Args:
          target: what operators are compiled for, one of targets.TARGETS.
          core: one of `cores()`.
          ops: those of the model, or what it has for now in their place.
        """
        self.core = core
        self._kernels = TARGETS[target]
        self._ops = ops
        self._made: dict[tuple[Op, tuple[object, ...]], Sequence[calls.Call]] = {}
        self._prices: dict[tuple[Op, tuple[object, ...], tuple[bool, ...]], float | None] = {}

    @functools.cached_property
    def _uses(self) -> Counter[str]:
        """How often each function is called by the model."""
        return sum((self._uses_of(op) for op in self._ops if not op.blocks), Counter())

    def _uses_of(self, op: Op) -> Counter[str]:
        return Counter(call.function for piece in self._pieces(op) for call in self._calls(piece))

    def of(self, *ops: Op, without: Sequence[Op] = ()) -> float | None:
        """Predicts the instructions of operators, one after the other.

        Args:
          *ops: the operators.
          without: those of the model in whose place they would come. Of chains their parts are left
            out anyway.

        Returns:
          Instructions; None if those of one are not known.
        """
        found = [self._of(op, without) for op in ops]
        return None if None in found else sum(cost for cost in found if cost is not None)

    def _of(self, op: Op, without: Sequence[Op]) -> float | None:
        if op.blocks:
            return None
        uses = Counter(self._uses)
        known = set(self._ops)
        for other in {op, *op.parts, *without} & known:
            uses -= self._uses_of(other)
        uses += self._uses_of(op)
        total = 0.0
        for piece in self._pieces(op):
            once = tuple(uses[call.function] == 1 for call in self._calls(piece))
            key = piece.part, piece.key, once
            if key not in self._prices:
                self._prices[key] = self._price(self._calls(piece), once)
            price = self._prices[key]
            if price is None:
                return None
            total += piece.times * price
        return total

    def _pieces(self, op: Op) -> Iterator[calls.Piece]:
        kernel = self._kernels[op.kind]
        if isinstance(kernel, Chain):
            return calls.pieces(op, kernel, self._kernels)
        made = functools.partial(calls.calls_of, op, self._kernels)
        return iter([calls.Piece(op, (), 1, lambda: made()[0])])

    def _calls(self, piece: calls.Piece) -> Sequence[calls.Call]:
        key = piece.part, piece.key
        if key not in self._made:
            self._made[key] = piece.calls()
        return self._made[key]

    def _price(self, made: Sequence[calls.Call], once: Sequence[bool]) -> float | None:
        named = [
            (
                call.function
                + (fitting.ONCE if alone and call.function not in calls.LIBRARY else ""),
                features.features(call, once=alone),
            )
            for call, alone in zip(made, once, strict=True)
        ]
        return _cost(named, self.core)


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
    return _predicted([(c.function + suffix, features.features(c, once=once)) for c in made], core)


def _predicted(made: fitting.Calls, core: str) -> int | None:
    total = _cost(made, core)
    return None if total is None else round(total)


def _cost(made: fitting.Calls, core: str) -> float | None:
    known = coefficients(core)
    total = 0.0
    for function, counts in made:
        # A function may have been measured in one of these ways only.
        plain = fitting.base(function)
        costs = known.get(function, known.get(plain, known.get(plain + fitting.ONCE)))
        if costs is None:
            return None
        total += fitting.cost(counts, costs)
    return total
