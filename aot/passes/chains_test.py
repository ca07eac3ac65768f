# SPDX-License-Identifier: Apache-2.0
"""Layers that run by rows: fewer bytes, the same results; not for everything."""

import dataclasses
import math
import pathlib

import numpy as np
import pytest

from aot import compiler
from aot.graph import Op
from aot.kernels import row_schedule
from aot.kernels.registry import KERNELS
from aot.passes import chains
from aot.passes.chains import RAM, SIZE, SPEED, run_by_rows
from aot.targets import TARGETS
from aot.testing import one_operator
from aot.testing.image_networks import image_network
from tflite.model import Model


def _dense_model(channels: int) -> Model:
    return image_network((3, 1, channels), size=12, channels=2, dense=2 * channels)


def _kinds(made: Model, optimize: str) -> list[str]:
    """Gives the operators that are left, those of a chain with signs between them."""
    ops = compiler.optimized(made, optimize=optimize).ops
    return ["+".join(part.kind for part in op.parts) or op.kind for op in ops]


_WIDE = ((1, 1, 32), (3, 2, 4))


def test_agrees_and_takes_less_memory(tmp_path: pathlib.Path):
    made = image_network(*_WIDE)
    sizes = {}
    for optimize in chains.OPTIMIZE:
        compiled = compiler.compile_model(made, name="model", optimize=optimize)
        sizes[optimize] = compiled.plan.size
        folder = tmp_path / optimize
        folder.mkdir()
        one_operator.check(made, folder, runs=3, optimize=optimize)
    # The image between them has 32 KiB.
    assert sizes[RAM] <= sizes[SPEED] < 10_000 < 32_768 < sizes[SIZE]


@pytest.mark.parametrize(
    "made",
    [
        image_network((3, 1, 4), (3, 1, 4), skip=True),
        image_network((3, 1, 0), (3, 1, 4), skip=True),
        image_network((3, 2, 8), (3, 1, 0), (1, 1, 48), (3, 2, 0)),
        image_network((5, 1, 8), (2, 2, 3), size=17),
        image_network((3, 2, 16), (4, 3, 2), size=31, channels=1),
        # One that reads less than there is.
        image_network((3, 1, 16), (1, 2, 2), size=16),
    ],
    ids=lambda _: "",
)
def test_chains_agree(made: Model, tmp_path: pathlib.Path):
    assert any("+" in kind for kind in _kinds(made, RAM))
    one_operator.check(made, tmp_path, runs=3, optimize=RAM)


def test_a_sum_lies_on_the_image_that_it_is_made_of():
    made = image_network((3, 1, 4), (3, 1, 4), skip=True)
    compiled = compiler.compile_model(made, name="model", optimize=RAM)
    (op,) = compiled.graph.ops
    offsets = compiled.plan.offsets
    # Not farther apart than a row.
    assert 0 <= offsets[op.input(0)] - offsets[op.output] <= 32 * 4
    # Three rows of one convolution, one of the other, and what the windows see.
    assert compiled.plan.size < 32 * 32 * 4 + 6 * 32 * 4


@pytest.mark.parametrize("channels", [4, 3])
def test_a_dense_layer_adds_up_rows(channels: int, tmp_path: pathlib.Path):
    made = _dense_model(channels)
    assert _kinds(made, RAM)[0] == "CONV_2D+FULLY_CONNECTED"
    compiled = compiler.compile_model(made, name="model", optimize=RAM)
    # The image, a row of the convolution, and the sums.
    assert compiled.plan.size < 12 * 12 * 2 + 3 * 12 * channels + 100
    for target in TARGETS:
        source = compiler.compile_model(
            made, name="model", target=target, optimize=RAM
        ).sources.source
        # Only if channels come in fours, the DSP extension is used for it.
        assert ("add_products_dsp(" in source) == (target == "armv7em" and channels == 4)
    one_operator.check(made, tmp_path, runs=4, optimize=RAM)


def test_a_dense_layer_reads_what_the_reshape_says(tmp_path: pathlib.Path):
    made = image_network((3, 1, 4), size=12, channels=2, dense=8, flat_zero_point=-90)
    assert _kinds(made, RAM)[-1] == "FULLY_CONNECTED"
    one_operator.check(made, tmp_path, runs=3, optimize=RAM)


def test_a_dense_layer_alone_keeps_its_reshape():
    assert _kinds(_dense_model(4), SPEED) == ["CONV_2D", "RESHAPE", "FULLY_CONNECTED"]


def test_size_has_no_chains():
    assert _kinds(image_network(*_WIDE), SIZE) == ["CONV_2D", "CONV_2D"]
    assert _kinds(image_network(*_WIDE), SPEED) == ["CONV_2D+CONV_2D"]


def test_a_small_model_is_not_worth_it():
    made = image_network(*_WIDE, size=5)
    assert _kinds(made, SPEED) == ["CONV_2D", "CONV_2D"]
    assert _kinds(made, RAM) == ["CONV_2D+CONV_2D"]


def test_the_cost_decides():
    made = compiler.optimized(image_network(*_WIDE), disabled=["run_by_rows"])

    def chains_if(chain: float | None, limit: float = 1000) -> bool:
        def cost(*ops: Op) -> float | None:
            if any(op.parts for op in ops):
                return chain
            return limit / 2 * len(ops)

        return len(run_by_rows(made, KERNELS, SPEED, cost).ops) == 1

    # Up to 3 % more instructions, and what no chain takes less than.
    assert chains_if(10_300, limit=10_000)
    assert not chains_if(10_301, limit=10_000)
    assert chains_if(9_000, limit=10_000)
    # Without a prediction they are estimated.
    assert chains_if(None, limit=1e9)
    assert not chains_if(None, limit=1)


def test_what_others_read_is_made_as_a_whole(tmp_path: pathlib.Path):
    made = image_network(*_WIDE, outputs=(0,))
    assert _kinds(made, RAM) == ["CONV_2D", "CONV_2D"]
    one_operator.check(made, tmp_path, runs=2, optimize=RAM)


def test_it_can_be_disabled():
    made = image_network(*_WIDE)
    plain = compiler.optimized(made, disabled=["run_by_rows"], optimize=RAM)
    assert len(plain.ops) == 2
    assert len(run_by_rows(plain, KERNELS, RAM).ops) == 1


def test_explanation_and_text_name_the_parts():
    made = image_network(*_WIDE)
    text = compiler.explain(compiler.compile_model(made, name="model"))
    assert "operator 1 (CHAIN)" in text
    assert "operator 0 (CONV_2D) in a buffer of" in text
    shown = compiler.show_stage(made, "run_by_rows")
    assert [line.split(" = ")[1].split("(")[0] for line in shown.splitlines()[1:-1]] == [
        "CHAIN",
        "CONV_2D",
        "CONV_2D",
    ]


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 40])
def test_no_row_is_made_twice(rows: int):
    graph = compiler.specification(
        image_network((3, 2, 8), (3, 1, 0), (1, 1, 16), (3, 2, 0), size=33)
    )
    plan = row_schedule.schedule(graph.ops, rows)
    assert plan is not None
    made = dict.fromkeys(range(len(graph.ops)), 0)
    for step in plan.steps:
        for call in step.calls:
            assert call.first == made[call.part]
            made[call.part] = call.end
            for read in call.reads:
                assert read.place >= 0
                # What is read is there, and still there.
                if read.value in plan.rows:
                    assert read.end <= made[call.part - 1]
                    assert read.place + read.end - read.first <= plan.rows[read.value]
    assert [made[i] for i in range(4)] == [op.output.shape[1] for op in graph.ops]


def test_rows_of_nothing_but_padding_are_not_made():
    graph = compiler.specification(image_network((3, 1, 8), (3, 1, 4), size=8))
    first, second = graph.ops
    # A window that moves far away from the image.
    below = dataclasses.replace(second, options={**second.options, "pad_h": 9})
    assert row_schedule.schedule((first, below), 1) is None
    assert row_schedule.schedule((first, second), 1) is not None


def test_batches_and_other_operators_stay():
    graph = compiler.specification(image_network(*_WIDE))
    op = graph.ops[0]
    assert row_schedule.runs_by_rows(op)
    twice = dataclasses.replace(op.output, shape=(2, *op.output.shape[1:]))
    assert not row_schedule.runs_by_rows(dataclasses.replace(op, outputs=(twice,)))
    assert not row_schedule.runs_by_rows(dataclasses.replace(op, kind="SOFTMAX"))
    weights = dataclasses.replace(op.input(1), data=None)
    inputs = (op.input(0), weights, op.input(2))
    assert not row_schedule.runs_by_rows(dataclasses.replace(op, inputs=inputs))
    state = dataclasses.replace(op.output, is_variable=True)
    assert not row_schedule.runs_by_rows(dataclasses.replace(op, outputs=(state,)))


def test_constants_of_sums_are_the_same_for_all_rows():
    graph = compiler.specification(image_network((3, 1, 4), (3, 1, 4), skip=True))
    op = graph.ops[-1]
    assert row_schedule.runs_by_rows(op)
    for shape, fits in (((1, 1, 32, 4), True), ((4,), True), ((1, 32, 1, 1), False)):
        data = np.zeros(shape, np.int8)
        constant = dataclasses.replace(op.input(1), shape=shape, data=data)
        inputs = (op.input(0), constant)
        assert row_schedule.runs_by_rows(dataclasses.replace(op, inputs=inputs)) == fits
    assert math.prod(op.output.shape) == 32 * 32 * 4
