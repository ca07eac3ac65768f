# SPDX-License-Identifier: Apache-2.0
"""Tests of the table of goals, on figures that nobody measured."""

import dataclasses

import pytest

from benchmarks import goals
from benchmarks.figures import Figure, Figures
from benchmarks.goals import Times, Weights
from tools.page import PageError


def figure(
    model="mnist", core="cortex_m4f", engine="compiled", variant="", instructions=150_000, **sizes
):
    numbers = {"flash": 26_000, "constants": 22_000, "arena": 2_500, "ram": 3_000} | sizes
    return Figure(model, core, engine, variant, instructions, **numbers)


def found(*figures, times=None, weights=None):
    lines = goals.goals(Figures(figures), times, weights or {})
    return {goal.key: goal for goal in lines}


def test_nothing_is_met_that_was_not_measured():
    lines = found()
    assert all(goal.met is None and goal.measured == "" for goal in lines.values())
    assert len(lines) == 6 + 4 + 4 + 4 + 1 + 3


@pytest.mark.parametrize(("instructions", "met"), [(150_000, True), (150_001, False)])
def test_a_goal_is_met_up_to_its_bound(instructions, met):
    goal = found(figure(instructions=instructions))["mnist_m4f"]
    assert goal.met is met
    assert goal.goal == "≤ 150,000"
    assert goal.measured == f"{instructions:,}"


def test_portable_c_has_a_bound_of_its_own():
    lines = found(figure(variant="portable", instructions=240_000))
    assert lines["mnist_m4f_portable"].met and lines["mnist_m4f"].met is None


@pytest.mark.parametrize(
    ("instructions", "base", "met"),
    [
        (15_000_000, 30_000_000, True),
        (15_000_001, 40_000_000, False),
        (15_000_000, 29_999_999, False),
        (15_000_000, None, None),
    ],
)
def test_both_of_two_conditions_must_be_met(instructions, base, met):
    figures = [figure("ic", instructions=instructions)]
    if base:
        figures.append(figure("ic", engine="cmsis_nn", instructions=base))
    goal = found(*figures)["ic_m4f"]
    assert goal.met is met
    assert goal.goal == "≤ 15,000,000 and ≤ 0.5 of it"


def test_on_the_m55_only_the_ratio_counts():
    base = figure("vww", "cortex_m55", "cmsis_nn", instructions=1_000)
    assert found(base, figure("vww", "cortex_m55", instructions=700))["vww_m55"].met
    goal = found(base, figure("vww", "cortex_m55", instructions=701))["vww_m55"]
    assert goal.met is False and goal.measured == "701, 0.70 of it"


def test_memory_is_that_of_a_way_that_is_not_much_slower():
    usual = figure("vww", instructions=1_000, arena=50_000)
    quick = figure("vww", variant="ram", instructions=1_100, arena=34_000)
    slow = figure("vww", variant="tiny", instructions=1_101, arena=1_000)
    goal = found(usual, quick, slow)["vww_memory"]
    assert goal.met and goal.measured == "34,000 B (ram, +10.0% instructions)"
    assert found(usual, slow)["vww_memory"].measured == "50,000 B"
    assert found(slow)["vww_memory"].met is None


def test_any_way_counts_for_the_least_memory_of_mnist():
    lines = found(
        figure(instructions=1_000, arena=2_136),
        figure(variant="ram", instructions=9_000, arena=1_100),
    )
    assert lines["mnist_least_memory"].met
    assert lines["mnist_memory"].measured == "2,136 B"


@pytest.mark.parametrize(("compiled", "met"), [(30_000, True), (30_001, False)])
def test_weights_count_without_what_tables_take(compiled, met):
    measured = figure("vww", constants=39_000)
    goal = found(measured, weights={"vww": Weights(200_000, compiled)})["vww_weights"]
    assert goal.met is met
    assert goal.base == "200,000 B"
    assert goal.measured == f"{compiled:,} B (39,000 B with biases and all tables)"


def test_the_program_counts_without_the_weights_of_the_model():
    # Weights that a target makes larger count.
    grown = figure(flash=27_001, constants=24_000)
    goal = found(grown, weights={"mnist": Weights(22_000, 21_000)})["mnist_code"]
    assert goal.met is False and goal.measured == "5,001 B"
    assert found(
        dataclasses.replace(grown, flash=27_000), weights={"mnist": Weights(22_000, 21_000)}
    )["mnist_code"].met
    assert found(grown)["mnist_code"].met is None


ROWS = [
    {"model": "mnist", "engine": "compiled portable", "microseconds": 9.0},
    {"model": "mnist", "engine": "compiled avx2", "microseconds": 1.0},
    {"model": "mnist", "engine": "litert", "microseconds": 4.0},
    {"model": "mnist", "engine": "tflm", "microseconds": 99.0},
    *(
        {"model": f"mlperf_tiny_{task}_int8", "engine": engine, "microseconds": time}
        for task, times in {"ic": (4, 2), "kws": (4, 5), "vww": (4, 2), "ad": (4, 2)}.items()
        for engine, time in zip(("litert", "compiled avx2"), times, strict=True)
    ),
]


def test_times_of_a_pc_are_compared_with_the_fastest_compiled():
    times = goals.times_from_json({"cpu": "CPU", "compiler": "gcc", "rows": ROWS})
    lines = found(times=times)
    lite = lines["x86_mnist_litert"]
    assert lite.met is False and lite.measured == "1.00 µs, 0.25 of it" and lite.base == "4.00 µs"
    tflm = lines["x86_mnist_tflm"]
    assert tflm.met is False and tflm.measured == "1.00 µs, 99 times as fast"
    four = lines["x86_mlperf_tiny"]
    # (0.5^3 · 1.25)^(1/4)
    assert four.measured.startswith("mean 0.63 of it: IC 0.50, KWS 1.25, VWW 0.50, AD 0.50")
    # One is above 1.2.
    assert four.met is False


def test_a_model_without_times_leaves_the_mean_open():
    rows = {("ic", "litert"): 4.0, ("ic", "compiled"): 2.0}
    assert found(times=Times("CPU", "gcc", rows))["x86_mlperf_tiny"].met is None


def test_the_table_says_what_is_met_and_what_forbids_it():
    lines = goals.goals(Figures([figure(), figure("ic", instructions=99)]), None, {})
    text = goals.render(lines, {}, None, "of 2020")
    (first,) = [line for line in text.splitlines() if "MNIST, M4F, instructions" in line]
    assert first == "| MNIST, M4F, instructions |  | ≤ 150,000 | 150,000 | met |"
    assert "| not measured |" in text and "x86-64: " not in text
    assert "TFLM of 2020" in text


def test_a_limit_must_be_of_a_goal_that_is_not_met():
    lines = goals.goals(Figures([figure()]), None, {})
    goals.render(lines, {"mnist_m55": "why"}, None, "")
    for key in ("mnist_m4f", "unknown"):
        with pytest.raises(PageError, match=f"that there are not: {key}"):
            goals.render(lines, {key: "why"}, None, "")


def test_a_goal_that_is_not_met_says_so_with_its_limit():
    lines = goals.goals(Figures([figure(instructions=160_000)]), None, {})
    text = goals.render(lines, {"mnist_m4f": "see below"}, None, "")
    assert "| 160,000 | **not met**: see below |" in text
    times = Times("Xeon", "gcc 12.2", {})
    assert "x86-64: Xeon; gcc 12.2." in goals.render(lines, {}, times, "")
