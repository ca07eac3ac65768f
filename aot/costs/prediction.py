# SPDX-License-Identifier: Apache-2.0
"""Predicts the instructions of operators on emulated cores: features times fitted coefficients.

`coefficients.json` beside this file has the coefficients; `./bazelw run //tests/costs:update`
writes it.
"""

from __future__ import annotations

import functools
import json
import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from aot.costs import calls, features, fitting, model_calls
from aot.graph import Op
from aot.targets import TARGETS

if TYPE_CHECKING:
    # Its passes may choose by predictions.
    from aot.compiler import Compiled

_FILE = pathlib.Path(__file__).resolve().parent / "coefficients.json"


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
    """Gives the coefficients of a core."""
    return _table()["cores"][core]["functions"]


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
    return round(total)
