# SPDX-License-Identifier: Apache-2.0
"""Fitting finds what was put in."""

import numpy as np
import pytest

from aot.costs import fitting
from aot.costs.fitting import Layer, fit, non_negative_least_squares


@pytest.mark.parametrize("seed", range(5))
def test_no_neighbour_is_closer(seed: int):
    random = np.random.default_rng(seed)
    matrix, wanted = random.normal(size=(30, 8)), random.normal(size=30)
    found = non_negative_least_squares(matrix, wanted)
    assert (found >= 0).all()
    assert (found == 0).any(), "a case without limits shows nothing"
    # What is above 0 has no slope, and what is 0 would have to become negative.
    slope = matrix.T @ (matrix @ found - wanted)
    assert np.abs(slope[found > 0]).max() < 1e-8
    assert slope[found == 0].min() > -1e-8


def test_exact_solutions_are_found():
    random = np.random.default_rng(1)
    matrix = random.uniform(size=(20, 6))
    known = np.array([0, 3.0, 0, 0.5, 7, 0])
    assert non_negative_least_squares(matrix, matrix @ known) == pytest.approx(known, abs=1e-9)


def _layers(costs: dict[str, dict[str, float]], count: int = 40) -> list[Layer]:
    random = np.random.default_rng(2)
    layers = []
    for i in range(count):
        calls = []
        for function in costs if i % 3 == 0 else [list(costs)[i % len(costs)]]:
            size = float(random.integers(1, 2000))
            calls.append((function, {"calls": 1.0, "size": size, "rest": size % 4}))
        total = sum(fitting.cost(features, costs[function]) for function, features in calls)
        layers.append(Layer(calls, round(total)))
    return layers


_COSTS = {"f": {"calls": 40.0, "size": 3.0, "rest": 5.0}, "g": {"calls": 90.0, "size": 11.0}}


def test_coefficients_come_back():
    layers = _layers(_COSTS)
    found = fit(layers)
    for layer in layers:
        total = sum(fitting.cost(features, found[f]) for f, features in layer.calls)
        assert total == pytest.approx(layer.instructions, rel=0.04)
    assert found["f"]["size"] == pytest.approx(3, rel=0.03)
    assert found["g"]["size"] == pytest.approx(11, rel=0.03)


def test_a_function_of_few_layers_is_as_it_is_elsewhere():
    once = "f" + fitting.ONCE
    # Two layers can't say what three features cost; and they take a tenth less.
    few = [
        Layer(
            [(once, {"calls": 1.0, "size": size, "rest": size % 4})], round(0.9 * (40 + 3 * size))
        )
        for size in (1000.0, 1100.0)
    ]
    found = fit([*_layers(_COSTS), *few])
    total = fitting.cost({"calls": 1.0, "size": 100.0}, found[once])
    assert total == pytest.approx(0.9 * 340, rel=0.12)


def test_nothing_is_below_zero():
    # More elements take less time: no loop does so.
    layers = [Layer([("f", {"calls": 1.0, "size": float(n)})], 1000 - n) for n in range(1, 500, 9)]
    assert all(number > 0 for number in fit(layers)["f"].values())


def test_the_same_layers_give_the_same_coefficients():
    assert fit(_layers(_COSTS)) == fit(_layers(_COSTS))
