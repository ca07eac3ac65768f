# SPDX-License-Identifier: Apache-2.0
"""Tests of the statistics, and that the thresholds of all tests are those of what was measured."""

import json
import os
import pathlib
import re

import pytest

from tests.seeds import thresholds


# From tables of Student's distribution.
@pytest.mark.parametrize(
    ("risk", "freedom", "expected"),
    [(0.05, 1, 6.314), (0.025, 4, 2.776), (0.001, 11, 4.025), (0.0005, 20, 3.850)],
)
def test_quantiles_are_those_of_the_tables(risk, freedom, expected):
    assert thresholds.student_quantile(risk, freedom) == pytest.approx(expected, abs=6e-4)


def test_tail_of_one_degree_is_the_arc_tangent():
    assert thresholds.student_tail(1.0, 1) == pytest.approx(0.25)
    assert thresholds.student_tail(0.0, 7) == pytest.approx(0.5)


def test_more_trainings_allow_a_higher_threshold():
    few, many = [9_890, 9_900] * 3, [9_890, 9_900] * 10
    assert thresholds.least(few) < thresholds.least(many) < 9_880
    assert thresholds.least(many) < thresholds.least(many, following=5) < 9_895


def test_the_thresholds_are_derived_from_what_was_measured():
    trainings = json.loads(pathlib.Path(os.environ["MEASURED"]).read_text())
    settings = {(training["seed"], training["instruction_set"]) for training in trainings}
    assert len(settings) == len(trainings) >= 12
    assert len({training["instruction_set"] for training in trainings}) >= 3
    constants = pathlib.Path(os.environ["LEAST"]).read_text()
    found = dict(re.findall(r"^(LEAST_\w+) = (-?\d+)$", constants, re.MULTILINE))
    derived = thresholds.derive(trainings, int(os.environ["SEEDS"]))
    assert {name: int(value) for name, value in found.items()} == derived
