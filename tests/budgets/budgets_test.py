# SPDX-License-Identifier: Apache-2.0
"""The budgets are met; and a breach says what it must."""

import json
import os
import pathlib

import pytest

from tests.budgets import budgets


def _path(variable: str) -> pathlib.Path:
    return pathlib.Path(os.environ[variable]).resolve()


def test_budgets_hold():
    program = _path("PROGRAM")
    limits = json.loads(_path("BUDGETS").read_text())[budgets.tflm_source(program)]
    measured = budgets.measure(program, _path("FLOAT32_MODEL"), _path("INT8_MODEL"))
    found = budgets.breaches(measured, limits)
    assert not found, "\n".join(["over budget:", *map(str, found)])


def test_a_breach_says_used_limit_difference_and_command():
    found = budgets.breaches({"arena (bytes)": 9_808}, {"arena (bytes)": 9_792})
    assert [str(breach) for breach in found] == [
        "arena (bytes): used 9,808, limit 9,792, difference 16; if it is meant to be so:"
        " `./bazelw run //tests/budgets:update`"
    ]


def test_every_figure_has_its_budget():
    with pytest.raises(ValueError, match="don't match: b; run"):
        budgets.breaches({"a": 1, "b": 2}, {"a": 1})


def test_headroom_only_where_compilers_differ():
    assert budgets.with_headroom({"arena (bytes)": 100, ".text of mnist_micro (bytes)": 1_000}) == {
        "arena (bytes)": 100,
        ".text of mnist_micro (bytes)": 1_088,
    }
