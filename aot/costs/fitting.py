# SPDX-License-Identifier: Apache-2.0
"""Fits what features of calls cost to counted instructions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

_STEPS = 3000


Calls = Sequence[tuple[str, Mapping[str, float]]]
"""Functions, each with its features."""


@dataclasses.dataclass(frozen=True)
class Layer:
    """What was counted.

    Attributes:
      calls: functions, each with its features.
      instructions: how many all of them took.
    """

    calls: Calls
    instructions: int


Coefficients = dict[str, dict[str, float]]
"""Instructions of each feature, by function."""


def non_negative_least_squares(matrix: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Finds what is not negative and comes closest: min |matrix x - wanted| for x >= 0.

    C. L. Lawson, R. J. Hanson, "Solving Least Squares Problems", 1974, chapter 23.

    Args:
      matrix: float64, rows, columns.
      wanted: float64, rows.

    Returns:
      float64, columns.
    """
    columns = matrix.shape[1]
    found = np.zeros(columns)
    free = np.zeros(columns, bool)
    products, target = matrix.T @ matrix, matrix.T @ wanted
    tolerance = 1e-9 * max(float(np.abs(target).max(initial=0)), 1e-300)
    for _ in range(_STEPS):
        slope = target - products @ found
        slope[free] = -np.inf
        if free.all() or slope.max() <= tolerance:
            break
        free[int(slope.argmax())] = True
        while True:
            solved = np.zeros(columns)
            solved[free] = _solved(products[np.ix_(free, free)], target[free])
            if (solved[free] > 0).all():
                found = solved
                break
            # As far as all stay above 0.
            blocked = free & (solved <= 0)
            gaps = found[blocked] - solved[blocked]
            shares = np.divide(found[blocked], gaps, out=np.zeros_like(gaps), where=gaps > 0)
            found = found + shares.min() * (solved - found)
            free &= found > 1e-12
            found[~free] = 0
            if not free.any():
                break
    return found


def _solved(products: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Solves normal equations, also of columns of which some are the same."""
    try:
        return np.linalg.solve(products, target)
    except np.linalg.LinAlgError:
        return np.linalg.lstsq(products, target, rcond=None)[0]


ONCE = "@once"
"""Comes after a function's name if a model calls it once: compilers put it where it is called."""

ALIKE = "@alike"
"""If all calls of a model have in common what its loops depend on: compilers make it for that."""


def base(function: str) -> str:
    """Gives a function's name without what says how it is called."""
    return function.removesuffix(ONCE).removesuffix(ALIKE)


_NOISE = 30.0
"""A few instructions more or less are nothing that a loop does."""

_TIE = 0.3
"""How much a function that is called once is as one that is called several times."""


_RIDGE = 0.02
"""How much small coefficients are preferred: of several that explain the same, each has a part."""


def fit(layers: Sequence[Layer]) -> Coefficients:
    """Fits coefficients so that relative errors become small.

    What a function's features cost where it is called once, or by calls that are alike, is drawn to
    what they cost otherwise: there are fewer layers for it, and mostly it is nearly the same.

    Args:
      layers: what was counted.

    Returns:
      Coefficients above 0, for all functions.
    """
    result: Coefficients = {}
    for members in _components(layers):
        names = list(
            dict.fromkeys(
                (function, feature)
                for layer in members
                for function, features in layer.calls
                for feature in features
            )
        )
        # What a function that is called once did not do costs what it costs otherwise.
        called = {function for function, _ in names}
        names += [
            (function + suffix, feature)
            for function, feature in names
            for suffix in (ONCE, ALIKE)
            if function + suffix in called and (function + suffix, feature) not in names
        ]
        places = {name: i for i, name in enumerate(names)}
        matrix = np.zeros((len(members), len(names)))
        for row, layer in enumerate(members):
            for function, features in layer.calls:
                for feature, number in features.items():
                    matrix[row, places[function, feature]] += number
        counted = np.array([float(layer.instructions) for layer in members])
        matrix /= (counted + _NOISE)[:, None]
        wanted = counted / (counted + _NOISE)
        shares = matrix.sum(axis=0) / np.maximum((matrix > 0).sum(axis=0), 1)
        ties = _ties(shares, places)
        matrix = np.concatenate([matrix, ties, np.diag(_RIDGE * shares)])
        wanted = np.concatenate([wanted, np.zeros(len(ties) + len(shares))])
        scales = np.maximum(np.abs(matrix).max(axis=0), 1e-300)
        solved = non_negative_least_squares(matrix / scales, wanted) / scales
        for (function, feature), number in zip(names, solved, strict=True):
            kept = result.setdefault(function, {})
            if number > 0:
                kept[feature] = float(f"{number:.6g}")
    return result


def _ties(shares: np.ndarray, places: Mapping[tuple[str, str], int]) -> np.ndarray:
    """Makes a row for each feature of a function that is called otherwise elsewhere.

    Args:
      shares: how large the number of each feature is, as a share of a layer's instructions.
      places: columns of functions and features.

    Returns:
      Rows whose products with the coefficients are to be 0.
    """
    rows = []
    for (function, feature), place in places.items():
        other = places.get((base(function), feature))
        if other is None or other == place:
            continue
        row = np.zeros(len(shares))
        row[place] = _TIE * max(shares[place], shares[other])
        row[other] = -row[place]
        rows.append(row)
    return np.array(rows).reshape(-1, len(shares))


def _components(layers: Iterable[Layer]) -> list[list[Layer]]:
    """Puts layers together that have a function in common."""
    owner: dict[str, int] = {}
    groups: dict[int, list[Layer]] = {}
    for number, layer in enumerate(layers):
        functions = {base(function) for function, _ in layer.calls}
        if not functions:
            continue
        mine = [layer]
        for other in {owner[f] for f in functions if f in owner}:
            mine = groups.pop(other) + mine
        groups[number] = mine
        for one in mine:
            for function, _ in one.calls:
                owner[base(function)] = number
    return list(groups.values())


def cost(features: Mapping[str, float], coefficients: Mapping[str, float]) -> float:
    """Adds up what the features of a call cost.

    Args:
      features: of the call.
      coefficients: of its function.

    Returns:
      Instructions.
    """
    return sum(coefficients.get(name, 0.0) * number for name, number in features.items())
