# SPDX-License-Identifier: Apache-2.0
"""The reports of the rule quantization_report: of MNIST's network, of others', of a damaged one."""

import json
import os
import pathlib

import pytest


def read(variable):
    """Reads a report; None if its model can't be had here."""
    path = os.environ.get(variable)
    return pathlib.Path(path).read_text() if path else None


def test_mnist_agrees_with_the_evaluation():
    report = json.loads(read("MNIST"))
    accuracy = json.loads(read("ACCURACY"))
    assert report["samples"] == report["samples_in_the_file"] == 10_000
    for model in ("float", "int8"):
        evaluated = accuracy["tflite-float32" if model == "float" else "tflite-int8"]
        assert report[model]["right"] == evaluated["correct"]


def test_mnist_has_no_bad_layer():
    report = json.loads(read("MNIST"))
    layers = {layer["operator"]: layer for layer in report["layers"]}
    assert list(layers) == ["CONV_2D", "MAX_POOL_2D", "FULLY_CONNECTED", "SOFTMAX"]
    assert (report["unmatched"], report["unmatched_float"]) == ([], [])
    for layer in report["layers"]:
        assert layer["own_snr_db"] > 30
        assert layer["clipped_share"] < 0.01
        # No layer makes a difference that could be seen.
        assert abs(layer["in_float"]["right"] - report["int8"]["right"]) < 20
        assert abs(layer["alone"]["right"] - report["float"]["right"]) < 20


def test_names_the_damaged_layer():
    report = json.loads(read("DAMAGED"))
    assert report["labelled"] and report["float"]["share"] == 1
    assert report["int8"]["share"] < 0.8
    assert report["worst_layer"] == report["best_layer_in_float"] == 3
    (layer,) = [layer for layer in report["layers"] if layer["index"] == 3]
    assert layer["in_float"]["share"] > 0.98
    # Weights of three bits: a step of 48 in place of 1.
    assert layer["weights_snr_db"] < 5 < 35 < report["layers"][0]["weights_snr_db"]


def test_the_page_shows_this_output():
    page = read("PAGE")
    text = read("DAMAGED_TEXT")
    update = "./bazelw build //tests/quantization:damaged and copy the .txt file"
    assert f"```\n{text}```\n" in page, f"docs/quantization.md is out of date: {update}"


def test_the_files_of_a_report_belong_together():
    section, whole = read("SECTION"), read("DAMAGED_PAGE")
    assert section.startswith('<section id="quantization"')
    assert "small_cnn_damaged.tflite" in section and "<h1>" not in section
    assert set(section.split(">")) <= set(whole.replace(">\n", ">").split(">"))


def test_keyword_spotting_is_matched():
    text = read("KWS")
    if text is None:
        pytest.skip("MLPerf Tiny's models are not at hand: set MNIST_MICRO_MODELS")
    report = json.loads(text)
    assert len(report["layers"]) == 12
    assert report["passed"] == ["operator 10 (RESHAPE)"]
    assert (report["unmatched"], report["unmatched_float"]) == ([], [])
    for layer in report["layers"]:
        assert layer["weights_snr_db"] is None or layer["weights_snr_db"] > 35
    assert "stored as integers" in " ".join(report["remarks"])
