# SPDX-License-Identifier: Apache-2.0
"""What is printed of a model's costs."""

import json
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from aot import compiler
from aot.costs import macs, report, report_svg
from aot.testing.one_operator import PADDING, tensor
from tflite.costs import multiply_accumulates
from tflite.model import Model
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, build_graphs

CORE = "cortex_m4f"
# Layers of the model below, and their multiply-accumulates.
KINDS = ["CONV_2D", "DEPTHWISE_CONV_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"]
MACS = [6 * 6 * 8 * 9 * 2, 6 * 6 * 8 * 9, 0, 288 * 5, 0]


def _model() -> Model:
    random = np.random.default_rng(0)

    def weights(*shape: int, axis: int = 0):
        return tensor(shape, scale=0.02, axis=axis, data=random.integers(-99, 99, shape))

    tensors = [
        tensor((1, 6, 6, 2), scale=0.1, name="image"),
        weights(8, 3, 3, 2),
        tensor((1, 6, 6, 8), scale=0.9, name="features"),
        weights(1, 3, 3, 8, axis=3),
        tensor((1, 6, 6, 8), scale=0.8, name="more features"),
        tensor((2,), "int32", data=np.array([1, 288])),
        tensor((1, 288), scale=0.8, name="flat"),
        weights(5, 288),
        tensor((1, 5), scale=9.0, name="scores"),
        tensor((1, 5), scale=1 / 256, zero_point=-128, name="shares"),
    ]
    step = {"Padding": PADDING.SAME, "StrideH": 1, "StrideW": 1}
    nodes = [
        NodeSpec("CONV_2D", [0, 1], [2], options=step, options_type="Conv2DOptions"),
        NodeSpec(
            "DEPTHWISE_CONV_2D",
            [2, 3],
            [4],
            options={**step, "DepthMultiplier": 1},
            options_type="DepthwiseConv2DOptions",
        ),
        NodeSpec("RESHAPE", [4, 5], [6]),
        NodeSpec("FULLY_CONNECTED", [6, 7], [8], options_type="FullyConnectedOptions"),
        NodeSpec("SOFTMAX", [8], [9], options={"Beta": 1.0}, options_type="SoftmaxOptions"),
    ]
    return parse_model(build_graphs(GraphSpec(tensors, nodes, [0], [9])), "small.tflite")


def _measured(counts: list[int], **changes: object) -> dict:
    return {
        "kernels": "compiled",
        "core": CORE,
        "instructions": {"inference": sum(counts)},
        "operators": [
            {"name": name, "instructions": n} for name, n in zip(KINDS, counts, strict=True)
        ],
        **changes,
    }


@pytest.fixture(scope="module")
def compiled() -> compiler.Compiled:
    return compiler.compile_model(_model(), name="small", target="armv7em")


@pytest.fixture(scope="module")
def made(compiled: compiler.Compiled) -> report.Report:
    return report.make(compiled, name="small.tflite", core=CORE)


def test_layers(made: report.Report, compiled: compiler.Compiled):
    assert [layer.operators for layer in made.layers] == KINDS
    assert [layer.macs for layer in made.layers] == MACS
    assert made.macs == sum(MACS)
    assert made.layers[0].functions == ("conv_2d_dsp",)
    assert made.layers[0].shape == (1, 6, 6, 8)
    # It is where it was: nothing runs.
    assert (made.layers[2].functions, made.layers[2].predicted) == ((), 0)
    assert made.predicted == sum(layer.predicted or 0 for layer in made.layers)
    assert made.working_memory == compiled.plan.size


def test_macs_are_those_of_the_model():
    model = _model()
    graph = compiler.specification(model)
    for op, node in zip(graph.ops, model.main.nodes, strict=True):
        assert macs.multiply_accumulates(op) == multiply_accumulates(node, model.main)


def test_memory(made: report.Report):
    first, second, *others = made.layers
    # Input, output, and what two windows see: 36 taps of 2 bytes, twice.
    assert first.ram >= 72 + 288
    # It lies on its input; four channels of 8 x 8 and two bytes each are beside it.
    assert second.ram == 288 + 4 * 8 * 8 * 2
    # So does this.
    assert others[-1].ram == 5
    assert made.peak == max(layer.ram for layer in made.layers)
    assert made.peak <= made.working_memory


def test_buffers(made: report.Report):
    image, *others = made.buffers
    assert (image.name, image.bytes, image.first, image.last) == ("image", 72, 0, 0)
    assert max(b.offset + b.bytes for b in made.buffers) == made.working_memory
    assert min(b.offset for b in made.buffers) == 0
    # Both convolutions have scratch memory, for as long as they run.
    assert {(b.first, b.last) for b in others if not b.name} == {(0, 0), (1, 1)}
    shares = made.buffers[[b.name for b in made.buffers].index("shares")]
    # It is an output: the caller reads it after the last layer.
    assert (shares.bytes, shares.first, shares.last) == (5, 4, 5)
    for i, layer in enumerate(made.layers):
        used = {
            byte
            for b in made.buffers
            if b.first <= i <= b.last
            for byte in range(b.offset, b.offset + b.bytes)
        }
        assert len(used) == layer.ram


def test_flash(made: report.Report, compiled: compiler.Compiled):
    # At least a byte a weight; some take two.
    assert made.layers[3].flash >= 5 * 288
    assert made.layers[2].flash == 0
    assert made.flash == sum(layer.flash for layer in made.layers)
    text = compiled.sources.source
    arrays = text.count("static const int32_t ") + text.count("static const int8_t ")
    assert arrays > 3, "the figure is of arrays like these"


def test_text(made: report.Report):
    text = report.to_text(made)
    assert text.startswith("small.tflite on cortex_m4f, compiled for armv7em\n\n")
    (line,) = (one for one in text.splitlines() if one.startswith("0 CONV_2D"))
    layer = made.layers[0]
    columns = line.split()
    assert columns[2:5] == ["conv_2d_dsp", "1x6x6x8", f"{layer.macs:,}"]
    assert columns[5] == f"{layer.predicted:,}"
    assert "measured" not in text
    assert text.count(" *") >= 1
    assert "no prediction" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_measured(compiled: compiler.Compiled):
    counted = [60000, 20000, 9, 3000, 1500]
    made = report.make(compiled, name="small.tflite", core=CORE, measured=_measured(counted))
    assert [layer.measured for layer in made.layers] == counted
    off = report.deviation(made.layers[0])
    assert made.layers[0].predicted is not None
    assert off == pytest.approx(made.layers[0].predicted / 60000 - 1)
    text = report.to_text(made)
    (line,) = (one for one in text.splitlines() if one.startswith("0 CONV_2D"))
    assert "60,000" in line
    assert f"{off:+.1%}" in line
    (line,) = (one for one in text.splitlines() if one.startswith("total"))
    assert f"{sum(counted):,}" in line


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kernels": "reference"}, "--measured is of TFLM with kernels 'reference', not of"),
        ({"core": "cortex_m7"}, "--measured is of cortex_m7, not of cortex_m4f"),
        ({"operators": []}, "--measured has the layers (none); the model has CONV_2D, "),
        ({"instructions": {}}, "--measured is not the JSON of a firmware_report"),
        ({"operators": [{}]}, "--measured is not the JSON of a firmware_report"),
    ],
)
def test_reports_of_something_else(changes: dict, message: str, compiled: compiler.Compiled):
    measured = _measured([1, 2, 3, 4, 5], **changes)
    with pytest.raises(report.ReportError) as error:
        report.make(compiled, name="small.tflite", core=CORE, measured=measured)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_json(made: report.Report):
    found = json.loads(json.dumps(report.to_json(made)))
    assert found["predicted_instructions"] == made.predicted
    assert found["measured_instructions"] is None
    assert [layer["operator"] for layer in found["layers"]] == KINDS
    assert found["layers"][0]["functions"] == ["conv_2d_dsp"]
    assert found["layers"][3]["flash"] == made.layers[3].flash


def test_layers_without_a_prediction(compiled: compiler.Compiled, monkeypatch):
    monkeypatch.setattr(report.prediction, "coefficients", lambda core: {})
    made = report.make(compiled, name="small.tflite", core=CORE)
    assert made.predicted is None
    assert report.to_text(made).count("no prediction") == 4
    assert "not known" in report.to_text(made)
    ElementTree.fromstring(report_svg.draw(made))


@pytest.mark.parametrize("counted", [None, [60000, 20000, 9, 3000, 1500]])
def test_drawing(compiled: compiler.Compiled, counted: list[int] | None):
    measured = None if counted is None else _measured(counted)
    made = report.make(compiled, name="a<b>.tflite", core=CORE, measured=measured)
    svg = report_svg.draw(made)
    root = ElementTree.fromstring(svg)
    bars = [e.get("class") for e in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert bars.count("measured") == (0 if counted is None else 4)
    assert bars.count("predicted") >= 3
    assert bars.count("peak") == 1
    width = float(root.get("width", "0"))
    for rect in root.iter("{http://www.w3.org/2000/svg}rect"):
        if rect.get("x"):
            assert float(rect.get("x", "")) + float(rect.get("width", "")) <= width
    assert svg == report_svg.draw(made)
