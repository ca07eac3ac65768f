# SPDX-License-Identifier: Apache-2.0
"""Tests of the memory plan: by hand and by its own rules on random buffers.

//tests:memory_plan_test compares plans with what TFLM allocates.
"""

import random

import pytest

from tflite import memory_plan
from tflite.memory_plan import PlanError, Step, greedy_offsets, plan_memory
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, branching, build_graphs


@pytest.mark.parametrize(
    ("buffers", "offsets"),
    [
        ([], []),
        # As in TFLM's greedy_memory_planner_test.cc.
        ([(10, 0, 1), (20, 2, 3)], [0, 0]),
        ([(10, 0, 1), (20, 1, 2)], [20, 0]),
        (
            [(10, 0, 1), (20, 1, 2), (30, 2, 3), (40, 3, 4), (50, 0, 1)],
            [50, 70, 40, 0, 0],
        ),
        ([(100, 0, 1), (50, 0, 0), (20, 1, 1)], [0, 100, 100]),
        # From the bottom, the first gap that is large enough.
        ([(50, 0, 3), (40, 0, 0), (40, 1, 3), (30, 0, 3)], [0, 50, 50, 90]),
        ([(30, 0, 0), (20, 0, 9), (10, 1, 9)], [0, 30, 0]),
        # A gap of just the size.
        ([(40, 0, 1), (25, 0, 0), (25, 0, 1), (25, 1, 1)], [0, 40, 65, 40]),
        # Of the same size: in the order of the file.
        ([(16, 0, 1), (16, 1, 2), (16, 0, 2)], [0, 16, 32]),
    ],
)
def test_places_buffers_as_tflm_does(buffers, offsets):
    assert greedy_offsets(buffers) == offsets


def test_places_the_last_of_equal_buffers_first_as_todays_tflm_does():
    buffers = [(16, 0, 1), (16, 1, 2), (16, 0, 2), (32, 0, 0)]
    assert greedy_offsets(buffers, "first") == [32, 0, 48, 0]
    assert greedy_offsets(buffers, "last") == [48, 0, 32, 0]


def test_buffers_that_live_together_never_overlap():
    generator = random.Random(1)
    for _ in range(200):
        buffers = []
        for _ in range(generator.randrange(1, 30)):
            first = generator.randrange(10)
            buffers.append((generator.randrange(1, 100), first, first + generator.randrange(5)))
        offsets = greedy_offsets(buffers)
        for i, (size, first, last) in enumerate(buffers):
            for k, (other_size, other_first, other_last) in enumerate(buffers[:i]):
                if first <= other_last and other_first <= last:
                    assert offsets[i] + size <= offsets[k] or offsets[k] + other_size <= offsets[i]


CHAIN = GraphSpec(
    [
        TensorSpec((20,), name="in"),
        TensorSpec((4,), name="weights", data=b"1234"),
        TensorSpec((33,), name="middle"),
        TensorSpec((1,), "float32", name="state", variable=True),
        TensorSpec((5,), name="out"),
    ],
    [NodeSpec("CONV_2D", (0, 1, -1), (2,)), NodeSpec("SVDF", (2, 3), (4,))],
    outputs=(4,),
)


def test_plans_from_first_to_last_use():
    plan = plan_memory(parse_model(build_graphs(CHAIN), "m"))
    assert plan.steps == (Step(0, None, "start"), Step(0, 0, "CONV_2D"), Step(0, 1, "SVDF"))
    assert [(t.name, t.bytes, t.size, t.first, t.last, t.offset) for t in plan.tensors] == [
        ("in", 20, 32, 0, 1, 48),
        ("middle", 33, 48, 1, 2, 0),
        ("out", 5, 16, 2, 2, 48),
    ]
    assert (plan.peak, plan.live, plan.variables) == (80, (32, 80, 64), 16)


def test_inputs_outputs_and_branches_live_as_long_as_they_are_needed():
    graph = GraphSpec(
        [TensorSpec((16,), name=name) for name in ("a", "b", "sum", "side", "out")],
        [
            NodeSpec("ADD", (0, 1), (2,)),
            NodeSpec("SPLIT", (2,), (3, 4)),
            NodeSpec("ADD", (4, 0), (4,)),
        ],
        inputs=(0, 1),
        outputs=(4, 2),
    )
    plan = plan_memory(parse_model(build_graphs(graph), "m"))
    assert {t.name: (t.first, t.last) for t in plan.tensors} == {
        "a": (0, 3),
        "b": (0, 1),
        "sum": (1, 3),
        "side": (2, 2),
        "out": (2, 3),
    }


def test_plans_the_subgraphs_of_control_flow_within_it():
    branch = GraphSpec(
        [TensorSpec((16,)), TensorSpec((16,))], [NodeSpec("ABS", (0,), (1,))], outputs=(1,)
    )
    whole = GraphSpec(
        [TensorSpec((1,), "bool"), TensorSpec((16,)), TensorSpec((16,))],
        [branching((0, 1), (2,))],
        inputs=(0, 1),
        outputs=(2,),
    )
    plan = plan_memory(parse_model(build_graphs(whole, branch, branch), "m"))
    assert [(step.subgraph, step.name) for step in plan.steps] == [
        (0, "start"),
        (0, "IF"),
        (1, "start"),
        (1, "ABS"),
        (2, "start"),
        (2, "ABS"),
    ]
    # The condition and the input outlive both branches, which share their memory.
    assert [(t.subgraph, t.tensor, t.first, t.last) for t in plan.tensors] == [
        (0, 0, 0, 5),
        (0, 1, 0, 5),
        (0, 2, 1, 5),
        (1, 0, 2, 3),
        (1, 1, 3, 3),
        (2, 0, 4, 5),
        (2, 1, 5, 5),
    ]
    assert plan.peak == 5 * 16


def loop(subgraph):
    return NodeSpec(
        "CALL_ONCE",
        (),
        (),
        options_type="CallOnceOptions",
        options={"InitSubgraphIndex": subgraph},
    )


@pytest.mark.parametrize(
    ("graphs", "message"),
    [
        ([GraphSpec([TensorSpec((1,))], [loop(0)])], "subgraph 0 calls itself"),
        (
            [GraphSpec([TensorSpec((1,))], [loop(7)])],
            "operator 0 calls subgraph 7, which is none",
        ),
        (
            [GraphSpec([TensorSpec((1,), "string")], [NodeSpec("ABS", (0,), (0,))])],
            "tensor 0 is string, of no fixed size",
        ),
        (
            [
                GraphSpec([TensorSpec((1,))], [loop(i + 1)] * 4 if i < 11 else [], inputs=())
                for i in range(12)
            ],
            "an inference has more than 100000 steps",
        ),
        (
            [GraphSpec([TensorSpec((1,))] * 5_001, [NodeSpec("ABS", (0,), (0,))])],
            "5001 tensors are more than the 5000 that are planned",
        ),
    ],
)
def test_says_why_there_is_no_plan(graphs, message):
    with pytest.raises(PlanError) as error:
        plan_memory(parse_model(build_graphs(*graphs), "m"))
    assert str(error.value) == message


def test_aligns_to_16_bytes():
    assert [memory_plan.align(size) for size in (0, 1, 16, 17)] == [0, 16, 16, 32]
