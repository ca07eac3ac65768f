# SPDX-License-Identifier: Apache-2.0
"""Functions that are chosen by what they cost, and by what their code takes."""

from __future__ import annotations

import dataclasses
import math
import pathlib

import numpy as np
import pytest

from aot import compiler
from aot.costs import prediction
from aot.graph import Graph, Op
from aot.passes.chains import RAM, SIZE, SPEED
from aot.passes.variants import choose_variants
from aot.targets import ARMV7EM, TARGETS
from aot.testing import one_operator
from aot.testing.one_operator import tensor
from tflite.model import Model

_KERNELS = TARGETS[ARMV7EM]


def _dense(inputs: int, outputs: int) -> Model:
    weights = np.arange(outputs * inputs).reshape(outputs, inputs) % 100
    return one_operator.model(
        "FULLY_CONNECTED",
        [tensor((1, inputs), scale=0.1), tensor((outputs, inputs), scale=0.02, data=weights)],
        [tensor((1, outputs), scale=30.0)],
    )


def _eights(made: Model, optimize: str = SPEED) -> bool:
    compiled = compiler.compile_model(made, name="model", target=ARMV7EM, optimize=optimize)
    return "fully_connected_eights_dsp(" in compiled.sources.source


@pytest.mark.parametrize("outputs", [8, 24, 64])
def test_the_prediction_decides(outputs: int):
    made = _dense(128, outputs)
    (op,) = compiler.specification(made).ops
    assert prediction.core_of(ARMV7EM) == "cortex_m4f"
    cost = prediction.Costs(ARMV7EM, "cortex_m4f")
    by_fours, by_eights = (cost.of(v.op) for v in _KERNELS[op.kind].variants(op))
    assert by_fours is not None
    assert by_eights is not None
    # Nothing else is in this model, so that much less is worth the code.
    assert by_eights < 0.95 * by_fours
    assert _eights(made)
    assert _eights(made, RAM)
    # Code takes flash.
    assert not _eights(made, SIZE)


def test_few_outputs_have_no_choice():
    for outputs in (4, 12):
        (op,) = compiler.specification(_dense(128, outputs)).ops
        assert _KERNELS[op.kind].variants(op) == ()
        assert not _eights(_dense(128, outputs))


def test_both_agree_with_the_wheel(tmp_path: pathlib.Path):
    for optimize in (SPEED, SIZE):
        folder = tmp_path / optimize
        folder.mkdir()
        one_operator.check(_dense(20, 24), folder, runs=3, optimize=optimize)


def _chosen(graph: Graph, worth: float, prices: dict[int, float]) -> list[object]:
    """Gives the options that are set, by prices of an operator without the option and with it."""

    def cost(*ops: Op) -> float | None:
        (op,) = ops
        return prices.get(bool(op.options.get("eight_outputs")))

    made = choose_variants(graph, _KERNELS, worth, cost)
    return [op.options.get("eight_outputs") for op in made.ops]


def test_code_must_be_worth_it():
    graph = compiler.specification(_dense(128, 64))
    (op,) = graph.ops
    _, variant = _KERNELS[op.kind].variants(op)
    # It saves a tenth of the instructions.
    prices = {0: 1000.0, 1: 900.0}
    enough = 0.1 / variant.flash
    assert _chosen(graph, 0.99 * enough, prices) == [1]
    assert _chosen(graph, 1.01 * enough, prices) == [0]
    assert _chosen(graph, math.inf, prices) == [0]
    assert _chosen(graph, 0, {0: 900.0, 1: 1000.0}) == [0]
    # Of two layers together it is worth twice as much of one.
    both = dataclasses.replace(graph, ops=(op, dataclasses.replace(op)))
    assert _chosen(both, 0.99 * enough, prices) == [1, 1]


def test_without_a_prediction_kernels_choose():
    graph = compiler.specification(_dense(128, 64))
    assert _chosen(graph, 0, {}) == [None]
    assert _chosen(graph, 0, {0: 1000.0}) == [None]


def test_the_explanation_names_what_was_not_chosen():
    compiled = compiler.compile_model(_dense(128, 64), name="model", target=ARMV7EM)
    (line,) = (line for line in compiler.explain(compiled).splitlines() if "CONNECTED" in line)
    assert "eight outputs at a time; " in line
    chosen, other = line.split("; ")[-2:]
    assert chosen.endswith(" instructions predicted on cortex_m4f")
    assert other.endswith(" four outputs at a time")
    assert int(chosen.split()[0].replace(",", "")) < int(other.split()[0].replace(",", ""))
