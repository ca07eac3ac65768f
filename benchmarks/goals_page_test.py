# SPDX-License-Identifier: Apache-2.0
"""That the README's table of goals and the charts in docs/ are what the build measures."""

import os
import pathlib

import pytest

from benchmarks import charts, goals, goals_page


@pytest.fixture(scope="module")
def made():
    times = os.environ.get("TIMES")
    return goals_page.make(
        goals_page.Files(
            reports=[pathlib.Path(file) for file in os.environ["REPORTS"].split()],
            mnist=pathlib.Path(os.environ["MNIST"]),
            vww=pathlib.Path(os.environ["VWW"]),
            limits=pathlib.Path(os.environ["LIMITS"]),
            tflm=pathlib.Path(os.environ["TFLM"]),
            times=pathlib.Path(times) if times else None,
        )
    )


def test_the_readme_is_current(made):
    text = pathlib.Path(os.environ["README"]).read_text()
    assert goals.replace(text, made[0]) == text, f"write it: {goals.UPDATE_COMMAND}"


@pytest.mark.parametrize("name", charts.CHARTS)
def test_the_charts_are_current(made, name):
    (path,) = [f for f in os.environ["CHARTS"].split() if pathlib.Path(f).stem == name]
    current = pathlib.Path(path).read_text() == made[1][name]
    assert current, f"write it: {goals.UPDATE_COMMAND}"
