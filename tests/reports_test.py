# SPDX-License-Identifier: Apache-2.0
"""The promised sizes and accuracies, on the real artifacts and all 10,000 test images."""

import json
import os
import pathlib

import pytest


def _file(variable: str) -> pathlib.Path:
    return pathlib.Path(os.environ[variable])


@pytest.fixture(scope="module")
def accuracy() -> dict:
    return json.loads(_file("ACCURACY").read_text())


@pytest.fixture(scope="module")
def sizes() -> dict:
    return json.loads(_file("SIZES").read_text())


@pytest.mark.parametrize("name", ["keras", "tflite-float32", "tflite-int8"])
def test_accuracy_is_what_a_training_in_a_million_misses(accuracy, name):
    assert accuracy[name]["images"] == 10_000
    least = "LEAST_INT8" if name == "tflite-int8" else "LEAST_FLOAT32"
    assert accuracy[name]["correct"] >= int(os.environ[least])
    assert accuracy[name]["accuracy"] == round(accuracy[name]["correct"] / 100, 2)


def test_quantization_costs_what_a_training_in_a_million_exceeds(accuracy):
    gained = accuracy["tflite-int8"]["correct"] - accuracy["tflite-float32"]["correct"]
    assert gained >= int(os.environ["LEAST_GAINED"])


@pytest.mark.parametrize(
    ("name", "variable", "limit"),
    [("tflite-float32", "FLOAT32_MODEL", 90_300), ("tflite-int8", "INT8_MODEL", 25_304)],
)
def test_models_are_small_and_the_analysis_is_true(sizes, name, variable, limit):
    size = _file(variable).stat().st_size
    keras_size = _file("KERAS_MODEL").stat().st_size
    assert size <= limit
    assert sizes[name] == {
        "tflite_bytes": size,
        "keras_bytes": keras_size,
        "compression_ratio": round(keras_size / size, 2),
    }


def test_artifacts_tell_what_computed_them(sizes):
    history = json.loads(_file("HISTORY").read_text())
    trained, converted = history["environment"], sizes["environment"]
    assert trained["tensorflow"].startswith("2.16.")
    assert converted["tensorflow"].startswith("2.15.")
    assert (trained["threads"], trained["seed"]) == (
        history["recipe"]["threads"],
        history["recipe"]["seed"],
    )
    assert trained["instruction_set"] == os.environ["INSTRUCTION_SET"]
    assert trained["seed"] == int(os.environ["SEED"])
    assert "sse2" in trained["cpu_features"] and "sse2" in converted["cpu_features"]


def test_history_tells_the_recipe_and_every_epoch():
    history = json.loads(_file("HISTORY").read_text())
    recipe = history["recipe"]
    losses = history["loss"]
    assert len(losses) == recipe["epochs"]
    assert losses[-1] < losses[0]
    # 2,000 images: four of their standard deviations below what the test images give.
    assert 0.975 < history["held_out"] < 1
    by_epoch = history["held_out_by_epoch"]
    assert len(by_epoch) == recipe["epochs"]
    assert by_epoch[-1] == history["held_out"] > by_epoch[0]
    rates = history["learning_rate"]
    assert len(rates) == recipe["epochs"]
    assert 0 < rates[-1] < max(rates) <= recipe["learning_rate"]
