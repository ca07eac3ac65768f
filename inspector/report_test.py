# SPDX-License-Identifier: Apache-2.0
"""Tests of the reports, with goldens of a model that has a bit of everything.

To write the goldens again: UPDATE_GOLDENS=$PWD/inspector/testdata in the test's environment.
"""

import json
import os
import pathlib
import xml.etree.ElementTree

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as generated

from inspector import json_report, plan_svg, text_report
from inspector.inspection import inspect_model
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, branching, build_graphs
from tflm.capabilities import Registration, Tflm
from tflm.verdict import Verdict
from tools import command

GOLDENS = pathlib.Path(__file__).parent / "testdata"
TFLM = Tflm(
    {
        "CONV_2D": Registration(
            "AddConv2D", 3, dispatch="input", types=("float32", "int8"), per_channel=True
        ),
        "FULLY_CONNECTED": Registration("AddFullyConnected", 4),
        "SVDF": Registration("AddSvdf", 3, scratch=True),
        "IF": Registration("AddIf"),
        "TANH": Registration("AddTanh", missing="its kernel is not compiled"),
    },
    one_subgraph=True,
)
TENSORS = [
    TensorSpec(
        (1, 8, 8, 1), name="image", scales=(0.5,), zero_points=(-128,), signature=(-1, 8, 8, 1)
    ),
    TensorSpec(
        (2, 3, 3, 1), name="conv/filter", data=bytes(18), scales=(0.1, 0.2), zero_points=(0, 0)
    ),
    TensorSpec((2,), "int32", "conv/bias", data=bytes(8), scales=(0.05, 0.1), zero_points=(0, 0)),
    TensorSpec((1, 2, 3, 2), name="features <of> the & image", scales=(0.25,), zero_points=(3,)),
    TensorSpec((), "bool", "which"),
    TensorSpec((1, 12), "int16", "state", variable=True),
    TensorSpec((4, 12), "int8", "a/very/long/path/of/scopes/that/TensorFlow/makes", data=bytes(48)),
    TensorSpec((1, 4), "float32", "scores"),
    TensorSpec((1, 4), name="extra"),
]
NODES = [
    NodeSpec(
        "CONV_2D",
        (0, 1, 2),
        (3,),
        version=3,
        options_type="Conv2DOptions",
        options={
            "Padding": generated.Padding.VALID,
            "StrideW": 2,
            "StrideH": 3,
            "FusedActivationFunction": generated.ActivationFunctionType.RELU6,
        },
    ),
    NodeSpec("SVDF", (3, 6, 6, -1, 5), (8,), version=4),
    NodeSpec("MyOp", (3, 4), (7,), custom_options=b"123"),
    branching((4, 8), (8,)),
    NodeSpec("TANH", (7,), (7,)),
]
BRANCH = GraphSpec(
    [TensorSpec((1, 4)), TensorSpec((1, 4))], [NodeSpec("TANH", (0,), (1,))], outputs=(1,)
)
EVERYTHING = build_graphs(
    GraphSpec(TENSORS, NODES, inputs=(0, 4), outputs=(7, 8), name="main"),
    BRANCH,
    BRANCH,
    signatures={"serving_default": (0, {"image": 0, "which": 4}, {"scores": 7})},
    description="made by hand",
    metadata={"note": b"1234567"},
)
PLAIN = build_graphs(
    GraphSpec(
        [TensorSpec((1, 10)), TensorSpec((4, 10), data=bytes(40)), TensorSpec((1, 4))],
        [NodeSpec("FULLY_CONNECTED", (0, 1, -1), (2,))],
        outputs=(2,),
    )
)


REFUSED = Verdict(False, "initialize", "refused", log=("Only 1 subgraph is supported.",))
RUNS = Verdict(True, arena_used_bytes=1_234)


def inspect(content, name="m.tflite", answer=REFUSED):
    return inspect_model(parse_model(content, name), TFLM, answer, name)


def golden(name, text):
    if folder := os.environ.get("UPDATE_GOLDENS"):
        (pathlib.Path(folder) / f"{name}.golden").write_text(text)
    return (GOLDENS / f"{name}.golden").read_text()


def test_text_equals_its_golden():
    text = text_report.to_text(inspect(EVERYTHING))
    assert text == golden("everything.txt", text)


def test_json_equals_its_golden():
    text = command.json_text(json_report.to_json(inspect(EVERYTHING)))
    assert text == golden("everything.json", text)


def test_svg_equals_its_golden():
    inspection = inspect(EVERYTHING)
    text = plan_svg.draw(inspection.plan, inspection.name)
    assert text == golden("everything.svg", text)


def test_json_and_text_agree_on_a_plain_model():
    inspection = inspect(PLAIN, answer=RUNS)
    told = json.loads(command.json_text(json_report.to_json(inspection)))
    assert told["runs_on_the_linked_tflm"] is True
    assert told["refusals"] == []
    assert told["arena_used_bytes"] == 1_234
    assert told["totals"] == {"multiply_accumulates": 40, "weight_bytes": 40}
    assert told["memory_plan"]["peak_bytes"] == told["memory_plan"]["least_bytes"] == 32
    text = text_report.to_text(inspection)
    assert "1 subgraph, 1 layer, 3 tensors, 40 multiply-accumulates, 40 bytes of weights" in text
    assert "Memory plan of the activations: 32 bytes" in text
    assert "can't run" not in text
    assert "The linked TFLM runs it, with 1,234 bytes of arena on this machine." in text


def test_says_what_the_linked_tflm_cannot_run():
    told = json_report.to_json(inspect(EVERYTHING))
    assert told["runs_on_the_linked_tflm"] is False
    assert told["refusals"] == [
        "has 3 subgraphs: the linked TFLM runs models of one only",
        "the linked TFLM has no operator SVDF version 4: its newest is version 3",
        "the linked TFLM has no operator TANH version 1: its kernel is not compiled",
        "the linked TFLM has no custom operator MyOp version 1",
        "the linked TFLM refuses it when it loads the model: Only 1 subgraph is supported.",
    ]
    assert [(o["name"], o["method"]) for o in told["operators"] if not o["missing"]] == [
        ("CONV_2D", "AddConv2D"),
        ("IF", "AddIf"),
    ]


@pytest.mark.parametrize(("activations", "weights"), [("int16", "int8"), ("float32", "int8")])
def test_inspects_int16_and_hybrid_models_and_says_that_they_are_refused(activations, weights):
    content = build_graphs(
        GraphSpec(
            [
                TensorSpec((1, 4, 4, 1), activations),
                TensorSpec((1, 3, 3, 1), weights, data=bytes(9)),
                TensorSpec((1, 2, 2, 1), activations),
            ],
            [NodeSpec("CONV_2D", (0, 1, -1), (2,))],
            outputs=(2,),
        )
    )
    inspection = inspect(content)
    assert json_report.to_json(inspection)["totals"]["multiply_accumulates"] == 36
    assert inspection.plan.peak == {"int16": 32 + 16, "float32": 64 + 16}[activations]
    told = {
        "int16": "has int16 activations",
        "float32": "operator 0 of subgraph 0 (CONV_2D) has int8",
    }
    assert inspection.refusals[0].startswith(told[activations])


def test_tells_when_there_is_no_plan():
    content = build_graphs(GraphSpec([TensorSpec((1,), "string")], [NodeSpec("X", (0,), (0,))]))
    inspection = inspect(content)
    note = "there is none: tensor 0 is string, of no fixed size"
    assert json_report.to_json(inspection)["memory_plan"] == {"peak_bytes": None, "notes": [note]}
    assert text_report.to_text(inspection).endswith(
        f"Memory plan of the activations:\n  ({note})\n"
    )


def test_notes_scratch_buffers_and_plans_in_the_file():
    content = build_graphs(
        GraphSpec([TensorSpec((1,))], [NodeSpec("SVDF", (0,), (0,))]),
        metadata={"OfflineMemoryAllocation": bytes(12)},
    )
    assert inspect(content).plan_notes == (
        "without the scratch buffers that kernels may ask for: SVDF",
        "the file has a plan of its own, which today's TFLM takes instead",
    )


def test_names_cannot_break_lines_or_xml():
    tensor = TensorSpec((100,), name="a\n</svg>\x00\"'&")
    content = build_graphs(GraphSpec([tensor], [NodeSpec("SVDF", (0,), (0,))]))
    inspection = inspect(content, '<&>".tflite')
    xml.etree.ElementTree.fromstring(plan_svg.draw(inspection.plan, inspection.name))
    assert len(text_report.to_text(inspection).splitlines()) == len(
        text_report.to_text(inspect(content.replace(b"a\n<", b"abc"))).splitlines()
    )


@pytest.mark.parametrize("layers", [1, 30, 400])
def test_svg_boxes_are_where_the_plan_says(layers):
    tensors = [TensorSpec((100 + i,)) for i in range(layers + 1)]
    nodes = [NodeSpec("SVDF", (i,), (i + 1,)) for i in range(layers)]
    inspection = inspect(build_graphs(GraphSpec(tensors, nodes, outputs=(layers,))))
    svg = xml.etree.ElementTree.fromstring(plan_svg.draw(inspection.plan, "m"))
    space = "{http://www.w3.org/2000/svg}"
    boxes = svg.findall(f"{space}g/{space}rect")
    assert len(boxes) == layers + 1
    width, height = float(svg.get("width")), float(svg.get("height"))
    scale = 400 / inspection.plan.peak
    column = float(boxes[0].get("width")) / 2
    for box, tensor in zip(boxes, inspection.plan.tensors, strict=True):
        x, y, w, h = (float(box.get(name)) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + w <= width
        assert 0 <= y <= y + h <= height
        assert h == pytest.approx(tensor.size * scale, abs=0.02)
        assert y == pytest.approx(460 - (tensor.offset + tensor.size) * scale, abs=0.02)
        assert x == pytest.approx(90 + tensor.first * column, abs=0.02 * layers + 0.02)


def test_shortens_names_in_the_middle():
    assert text_report.short("x" * 40) == "x" * 40
    assert text_report.short("begin" + "x" * 100 + "end").startswith("begin")
    assert text_report.short("begin" + "x" * 100 + "end").endswith("end")
    assert len(text_report.short("x" * 41)) == 40


def test_shows_options_that_are_not_the_default_and_cuts_long_ones():
    shape = {"NewShape": np.arange(100, dtype=np.int32)}
    nodes = [
        NodeSpec("ADD", (0, 0), (1,), options_type="AddOptions", options={"PotScaleInt16": False}),
        NodeSpec("ADD", (0, 0), (1,), options_type="AddOptions", options={}),
        NodeSpec("RESHAPE", (0,), (1,), options_type="ReshapeOptions", options=shape),
    ]
    text = text_report.to_text(
        inspect(build_graphs(GraphSpec([*TENSORS[:1]] * 2, nodes, outputs=(1,))))
    )
    rows = [line for line in text.splitlines() if " ADD " in line or " RESHAPE " in line]
    first, second, third = rows[-3:]
    assert first.endswith("  pot_scale_int16 false")
    assert "pot_scale" not in second
    assert third.endswith("…") and "new_shape [0, 1, 2, 3," in third and len(third) < 200
