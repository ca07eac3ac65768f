# SPDX-License-Identifier: Apache-2.0
"""Tests of analysis.py and the reports: a layer that is damaged on purpose must be named."""

import dataclasses
import io
import json
import math
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from aot import compiler
from pages import page
from quantization import analysis, html_report, json_report, matching, progress, text_report
from quantization.damaged_models import with_scales, with_weights
from tflite.reader import parse_model
from tflite.testing import small_cnn
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs

WEIGHTS = small_cnn.draw_weights()
FLOAT = small_cnn.build_float32(WEIGHTS)
INT8 = small_cnn.build_int8(WEIGHTS)
# More than one batch.
IMAGES = small_cnn.draw_images(5, 300)[:, np.newaxis]
CONV, POOL, DENSE, SOFTMAX = 0, 1, 3, 4


def measure(content, *, floating=FLOAT, samples=IMAGES, labels=None, metric=analysis.CLASSES):
    quantized = compiler.specification(parse_model(content, "int8"))
    exact = compiler.specification(parse_model(floating, "float"))
    matched = matching.match(quantized, exact)
    return analysis.measure(exact, quantized, matched, [samples], labels=labels, metric=metric)


@pytest.fixture(scope="module")
def sound():
    return measure(INT8)


def layer(report, index):
    (found,) = [one for one in report.layers if one.index == index]
    return found


def test_a_sound_network(sound):
    assert sound.floating.right == sound.samples == 300
    assert sound.quantized.right >= 297
    for one in sound.layers:
        assert one.own_db > 35
        # Errors of other layers can only add to it, and rounding alone can't be worse.
        assert one.total_db <= one.own_db + 0.5
        assert one.own_db <= one.best_db + 0.01
        assert one.clipped < 0.005
        assert one.saturated >= one.clipped
        assert abs(one.in_float.right - 300) <= 3 and one.alone.right >= 295
    assert layer(sound, POOL).own_db == pytest.approx(layer(sound, POOL).best_db, abs=0.01)
    assert layer(sound, POOL).weights_db is None


def three_bits(weights):
    return np.rint(weights / 48) * 48


def one_channel_clipped(weights):
    weights = weights.copy()
    weights[2] = np.clip(weights[2], -30, 30)
    return weights


def one_channel_off(weights):
    weights = weights.copy()
    weights[1] = 0
    return weights


@pytest.mark.parametrize(
    ("damage", "tensor", "change", "index", "channel", "lost"),
    [
        (with_weights, "dense", three_bits, DENSE, None, 60),
        (with_weights, "kernel", lambda w: np.rint(w / 64) * 64, CONV, None, 60),
        (with_weights, "kernel", one_channel_clipped, CONV, 2, 60),
        (with_weights, "dense", one_channel_clipped, DENSE, 2, 1),
        (with_weights, "kernel_bias", lambda b: b + [0, 0, 0, 6000], CONV, 3, 20),
        (with_weights, "dense", one_channel_off, DENSE, 1, 10),
        (with_scales, "kernel", lambda s: s * [1, 1, 1, 2], CONV, 3, 30),
        (with_scales, "dense", lambda s: s * 3, DENSE, None, 10),
    ],
    ids=[
        "dense weights of 3 bits",
        "convolution's weights of 2 bits",
        "a channel of the convolution clipped",
        "a channel of the dense layer clipped",
        "a bias of the convolution",
        "a channel of the dense layer 0",
        "a channel's scale of the convolution",
        "the dense layer's scale",
    ],
)
def test_names_the_damaged_layer(sound, damage, tensor, change, index, channel, lost):
    report = measure(damage(INT8, tensor, change))
    assert report.quantized.right <= sound.quantized.right - lost
    assert report.worst.index == index
    if channel is not None:
        assert report.worst.worst.index == channel
    damaged = layer(report, index)
    assert damaged.own_db < layer(sound, index).own_db - 15
    # Only that layer: all others do what they did.
    for one in report.layers:
        if one.index != index:
            assert one.own_db == layer(sound, one.index).own_db
            assert one.alone == layer(sound, one.index).alone
    # In float it does what it should, and alone it does the same harm.
    assert report.best_gain.index == index
    assert damaged.in_float.right == layer(sound, index).in_float.right
    assert damaged.in_float.mended >= lost
    for one in report.layers:
        gained = one.in_float.mended - one.in_float.broken
        assert one.in_float.right == report.quantized.right + gained
    assert damaged.alone.right <= sound.quantized.right - lost + 3
    text = " ".join(text_report.verdict(report))
    assert f"adds most noise is {index} {damaged.label}" in text
    assert f"With {index} {damaged.label} in float, the agreement" in text


def test_says_what_the_noise_comes_from(sound):
    damaged = measure(with_weights(INT8, "dense", three_bits))
    assert text_report.cause(damaged.worst).startswith("its weights, whose SNR is ")
    # Logits that are four times as large as their range.
    report = measure(with_scales(INT8, "logits", lambda s: s / 4))
    assert report.worst.index == DENSE
    assert report.worst.best_db < 15 and report.worst.clipped > 0.2
    assert re.match(r"its output, of which \d\d\.\d\d % of the", text_report.cause(report.worst))
    assert text_report.cause(layer(sound, POOL)) == "the rounding of its output"


def test_an_error_towards_the_inside_is_not_clipping(sound):
    # A channel of which the RELU makes 0: that is at the end of the range, and far from right.
    report = measure(with_weights(INT8, "kernel_bias", lambda b: b - [0, 0, 0, 20000]))
    damaged = layer(report, CONV)
    assert damaged.saturated > layer(sound, CONV).saturated + 0.05
    assert damaged.clipped <= layer(sound, CONV).clipped + 0.001


def test_counts_what_is_right_by_labels(sound):
    floating = compiler.specification(parse_model(FLOAT, "float"))
    classes = small_cnn.activations(WEIGHTS, IMAGES[:, 0])[2].argmax(axis=1)
    labels = classes.copy()
    labels[:30] = (labels[:30] + 1) % small_cnn.CLASSES
    report = measure(INT8, labels=labels)
    assert report.labelled and report.floating.right == 270
    assert analysis.metric_of(floating) == analysis.CLASSES
    assert text_report.goal(report) == "accuracy"
    assert "float 90.00 %" in text_report.to_text(report)
    assert "agreement" not in text_report.to_text(report)


def dense_model(weights, integer):
    """Builds a model of one dense layer, whose output are values."""
    scale = float(np.abs(weights).max()) / 127
    if integer:
        constant = TensorSpec(
            weights.shape, "int8", "w", np.rint(weights / scale).astype(np.int8).tobytes(),
            [scale], [0],
        )  # fmt: skip
    else:
        constant = TensorSpec(weights.shape, "float32", "w", weights.tobytes())
    kind, quantized = ("int8", ([1 / 64], [0])) if integer else ("float32", ((), ()))
    tensors = [
        TensorSpec((1, 4), kind, "in", b"", *quantized),
        constant,
        TensorSpec((1, 6), kind, "out", b"", *([[1 / 16], [0]] if integer else [(), ()])),
    ]
    node = NodeSpec("FULLY_CONNECTED", (0, 1, -1), (2,), 1, {}, "FullyConnectedOptions")
    return build_graphs(GraphSpec(tensors, [node], (0,), (2,)))


def test_values_are_compared_by_their_noise():
    random = np.random.default_rng(1)
    weights = random.uniform(-1, 1, (6, 4)).astype(np.float32)
    floating, content = dense_model(weights, False), dense_model(weights, True)
    graph = compiler.specification(parse_model(floating, "float"))
    assert analysis.metric_of(graph) == analysis.VALUES
    samples = random.uniform(-1, 1, (100, 1, 4)).astype(np.float32)
    report = measure(content, floating=floating, samples=samples, metric=analysis.VALUES)
    # By hand: inputs, weights and outputs rounded.
    exact = samples[:, 0].astype(np.float64) @ weights.T.astype(np.float64)
    scale = np.abs(weights).max() / 127
    rounded = (
        np.rint(samples[:, 0] * 64).clip(-128, 127) / 64 @ (np.rint(weights / scale) * scale).T
    )
    noise = np.rint(rounded * 16).clip(-128, 127) / 16 - exact
    by_hand = 10 * math.log10(np.square(exact).sum() / np.square(noise).sum())
    (one,) = report.layers
    assert report.quantized.output_db == pytest.approx(by_hand, abs=0.05)
    assert one.own_db == one.total_db == report.quantized.output_db
    by_channel = 10 * np.log10(np.square(exact).sum(axis=0) / np.square(noise).sum(axis=0))
    assert one.worst.index == int(by_channel.argmin())
    assert one.worst.db == pytest.approx(by_channel.min(), abs=0.1)
    assert report.quantized.right is None
    assert one.in_float.output_db > report.quantized.output_db
    assert one.in_float.output_db == pytest.approx(one.best_db, abs=1)
    text = text_report.to_text(report)
    assert "%" not in text.split("\n\n")[1].replace(text_report.percent(one.clipped), "")
    json.dumps(json_report.to_json(report), allow_nan=False)


def limited_model(limits, integer, more_outputs=()):
    """Builds SUB, then MAXIMUM or MINIMUM with 0, then MUL of a coarse output.

    The values before a limit have no more range than those behind it, as of the converter's models.
    """
    sign = -1 if limits[-1] == "MINIMUM" else 1
    shape = (1, 6)
    zero_point = -128 * sign - (sign < 0)
    quantized = {
        "in": (1 / 100, 0),
        "shift": (1 / 100, 0),
        "zero": (1 / 250, zero_point),
        "factor": (1 / 100, 0),
        "made": (1 / 12, 0),
    }
    constants = {
        "shift": np.full(shape, 0.2 * sign),
        "zero": np.zeros(shape),
        "factor": np.full(shape, 0.9),
    }

    def tensor(name):
        scale, point = quantized.get(name, quantized["zero"])
        data = constants.get(name)
        if not integer:
            content = b"" if data is None else data.astype(np.float32).tobytes()
            return TensorSpec(shape, "float32", name, content)
        content = b"" if data is None else np.rint(data / scale + point).astype(np.int8).tobytes()
        return TensorSpec(shape, "int8", name, content, [scale], [point])

    names = ["in", "shift", "zero", "factor", "moved"]
    nodes = [NodeSpec("SUB", (0, 1), (4,), 1, {}, "SubOptions")]
    for kind in limits:
        names.append(f"limited{len(names)}")
        last = len(names) - 1
        inputs = (last - 1, 2) if kind in ("MAXIMUM", "MINIMUM") else (last - 1,)
        options = {"NewShape": np.array(shape, np.int32)} if kind == "RESHAPE" else {}
        nodes.append(
            NodeSpec(kind, inputs, (last,), 1, options, "ReshapeOptions" if options else "")
        )
    names.append("made")
    last = len(names) - 1
    nodes.append(NodeSpec("MUL", (last - 1, 3), (last,), 1, {}, "MulOptions"))
    tensors = [tensor(name) for name in names]
    return build_graphs(GraphSpec(tensors, nodes, (0,), (last, *more_outputs)))


@pytest.mark.parametrize(
    "limits", [["MAXIMUM"], ["MINIMUM"], ["RELU", "MAXIMUM"], ["RESHAPE", "MAXIMUM", "RELU6"]]
)
def test_noise_that_is_dropped_at_once_does_not_count(limits):
    random = np.random.default_rng(1)
    samples = random.uniform(-1, 1, (200, 1, 6)).astype(np.float32)
    for more_outputs in ((), (4,)):
        models = [limited_model(limits, integer, more_outputs) for integer in (True, False)]
        report = measure(models[0], floating=models[1], samples=samples, metric=analysis.VALUES)
        first = report.layers[0]
        assert first.label == "SUB" and first.own_db < 6 and first.clipped > 0.5
        text = " ".join(text_report.verdict(report))
        if more_outputs:
            # Others read it, too.
            assert report.worst is first and first.kept_db == first.own_db
            assert "adds most noise is 0 SUB" in text
        else:
            assert report.worst.label == "MUL" and first.kept_db > 35
            assert json_report.to_json(report)["layers"][0]["kept_snr_db"] > 35
            assert f"noise is {len(limits) + 1} MUL" in text
            assert "Most noise of 0 SUB is dropped by the operators that limit its output" in text


@pytest.mark.parametrize("count", [2, 600])
def test_many_limits_are_passed_in_a_short_time(count):
    tensors = [TensorSpec((1, 1), "float32", "in")]
    nodes = []

    def add(kind, *inputs):
        tensors.append(dataclasses.replace(tensors[0], name=f"made{len(tensors)}"))
        nodes.append(NodeSpec(kind, inputs, (len(tensors) - 1,)))
        return len(tensors) - 1

    last = add("TANH", 0)
    # Behind so many operators, then on 2**count ways.
    for _ in range(count):
        last = add("RELU", last)
    for _ in range(count):
        last = add("MAXIMUM", add("RELU", last), add("RELU6", last))
    made = build_graphs(GraphSpec(tensors, nodes, outputs=(add("TANH", last),)))
    graph = compiler.specification(parse_model(made, "m.tflite"))
    readers = analysis._Readers(graph)
    assert readers.kept_in(graph.ops[0].output) == (graph.ops[-1].input(0),)
    assert readers.kept_in(graph.outputs[0]) == (graph.outputs[0],)


def test_dropped_noise_is_only_named_if_most_of_it_is(sound):
    first, second = sound.layers[:2]
    rest = [dataclasses.replace(one, own_db=90.0, kept_db=90.0) for one in sound.layers[2:]]
    for kept, is_named in ((12.9, False), (13.1, True)):
        layers = (
            dataclasses.replace(first, own_db=10.0, kept_db=kept),
            dataclasses.replace(second, own_db=20.0, kept_db=20.0),
            *rest,
        )
        text = " ".join(text_report.verdict(dataclasses.replace(sound, layers=layers)))
        assert f"noise is {first.index} {first.label}: SNR {kept} dB by itself, behind" in text
        assert ("is dropped" in text) == is_named


def test_the_same_model_twice_has_no_noise():
    report = measure(FLOAT, samples=IMAGES[:1], metric=analysis.VALUES)
    lines = text_report.to_text(report).splitlines()
    assert lines[2] == "  1 sample"
    assert text_report.verdict(report) == [
        "No layer adds noise.",
        "No layer in float makes the output SNR better.",
    ]


def test_intervals_are_wilsons():
    # Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    for right, count, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        found = analysis.interval(right, count)
        assert found == pytest.approx((low, high), abs=5e-5)


def test_says_if_a_gain_may_be_chance():
    assert text_report.chance(analysis.Variant(1, 0.0, 1, 0)) == 1.0
    assert text_report.chance(analysis.Variant(1, 0.0, 6, 0)) == pytest.approx(2 / 64)
    assert text_report.chance(analysis.Variant(1, 0.0, 5, 5)) == 1.0


def test_classes_of_all_kinds_of_outputs():
    graph = compiler.specification(parse_model(FLOAT, "float"))
    scores = graph.outputs[0]
    assert analysis.chosen_classes(scores, np.array([[[0.1, 0.7, 0.2]]])).tolist() == [1]
    one = dataclasses.replace(scores, shape=(1, 1))
    assert analysis.chosen_classes(one, np.array([[[0.2]], [[0.5]]])).tolist() == [0, 1]
    number = dataclasses.replace(scores, shape=(1,), dtype="int32")
    assert analysis.chosen_classes(number, np.array([[3], [0]], np.int32)).tolist() == [3, 0]


def test_text(sound):
    text = text_report.to_text(sound)
    assert text.startswith("int8 against float: agreement with the float model\n")
    assert "Pass values on, not measured: operator 2 (RESHAPE)." in text
    assert "300 samples: with 95 % confidence" in text
    rows = re.findall(r"^ +(\d) +(\w+) ", text, re.MULTILINE)
    assert rows == [
        ("0", "CONV_2D"),
        ("1", "MAX_POOL_2D"),
        ("3", "FULLY_CONNECTED"),
        ("4", "SOFTMAX"),
    ]


def test_what_it_is_quantized_to_is_named(sound):
    other = dataclasses.replace(sound, int8_name="q", kind="int16")
    for made in (text_report.to_text(other), html_report.page_of(other)):
        assert "int8" not in made and "int16" in made
    assert json_report.to_json(other)["quantized_to"] == "int16"


def test_weights_of_float16():
    half = small_cnn.build_float16(WEIGHTS)
    report = measure(half)
    assert report.floating.right == report.quantized.right == 300
    for one in report.layers:
        assert one.own_db > 60 and one.best_db is None and one.clipped is None
    assert report.worst.weights_db is not None and 60 < report.worst.weights_db < 90
    assert report.passed == ("operator 6 (RESHAPE)",)
    # As the float model, too.
    assert measure(INT8, floating=half).quantized.right >= 297


def test_json_has_all_that_the_text_has(sound):
    found = json.loads(json.dumps(json_report.to_json(sound), allow_nan=False))
    assert [one["index"] for one in found["layers"]] == [CONV, POOL, DENSE, SOFTMAX]
    assert found["worst_layer"] == sound.worst.index
    assert found["layers"][0]["worst_channel"]["index"] == sound.layers[0].worst.index
    assert found["int8"]["right"] == sound.quantized.right
    assert found["passed"] == ["operator 2 (RESHAPE)"]


def test_a_page_has_the_section_and_no_markup_of_names(sound):
    hostile = dataclasses.replace(sound, int8_name="<script>alert(1)</script>.tflite")
    section = html_report.section(hostile)
    whole = html_report.page_of(hostile)
    assert section.replace("</tr>", "</tr>\n").split("</h2>")[1].split("</p>")[0] in whole
    ElementTree.fromstring(whole.removeprefix("<!doctype html>\n"))
    assert "<script" not in whole and "&lt;script&gt;" in section
    assert section.startswith('<section id="quantization" ')
    assert page.STYLE in whole
    (marked,) = re.findall(r'<th scope="row" class="shade-1">(\d+)<', section)
    assert int(marked) == sound.worst.index


def test_progress_is_shown_after_two_seconds():
    now, stream = [0.0], io.StringIO()
    shown = progress.Progress(stream, clock=lambda: now[0])
    for done, time in ((1, 1.0), (2, 1.9), (3, 2.5), (4, 2.6), (6, 4.0)):
        now[0] = time
        shown(done, 12)
    shown.end()
    lines = [line.strip() for line in stream.getvalue().split("\r")]
    assert lines == ["", "25 %, 8 s left", "50 %, 4 s left", "", ""]
    quick = io.StringIO()
    short = progress.Progress(quick, clock=lambda: 0.0)
    short(1, 2)
    short.end()
    assert quick.getvalue() == ""


def test_progress_is_told():
    told = []
    quantized, floating = (compiler.specification(parse_model(c, "m")) for c in (INT8, FLOAT))
    matched = matching.match(quantized, floating)
    analysis.measure(
        floating,
        quantized,
        matched,
        [IMAGES],
        metric=analysis.CLASSES,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(i, 8) for i in range(1, 9)]
