# SPDX-License-Identifier: Apache-2.0
"""The command as a user meets it: stdout, stderr, exit codes and files."""

import json
import os
import pathlib
import subprocess

import numpy as np
import pytest

from quantization.damaged_models import with_weights
from tflite.testing import small_cnn
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs

REPORT = pathlib.Path(os.environ["REPORT"]).resolve()
FLOAT, INT8 = sorted(pathlib.Path(path).resolve() for path in os.environ["MODELS"].split())
IMAGES = small_cnn.draw_images(5, 60)
LABELS = small_cnn.activations(small_cnn.draw_weights(), IMAGES)[2].argmax(axis=1)


@pytest.fixture
def run(tmp_path):
    np.savez(tmp_path / "images.npz", image=IMAGES)
    np.save(tmp_path / "labels.npy", LABELS)
    (tmp_path / "float.tflite").write_bytes(FLOAT.read_bytes())
    (tmp_path / "int8.tflite").write_bytes(INT8.read_bytes())

    def run_in_folder(*more, **replaced):
        named = {
            "float_model": "float.tflite",
            "int8_model": "int8.tflite",
            "samples": "images.npz",
        } | replaced
        return subprocess.run(
            [REPORT, *(f"--{k}={v}" for k, v in named.items() if v is not None), *more],
            # As `bazel run` does it: not where the user stands.
            cwd=REPORT.parent,
            env=os.environ | {"BUILD_WORKING_DIRECTORY": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

    return run_in_folder


def test_reports(run, tmp_path):
    result = run(labels="labels.npy", html="page.html")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("int8.tflite against float.tflite: accuracy\n  float 100.00 %,")
    assert "60 samples" in result.stdout
    whole = (tmp_path / "page.html").read_text()
    assert whole.startswith("<!doctype html>") and "FULLY_CONNECTED" in whole
    told = run(
        "--json",
        labels="labels.npy",
        count=20,
        html="again.html",
        section_file="s.html",
        text_file="t.txt",
        json_file="j.json",
    )
    found = json.loads(told.stdout)
    assert (found["samples"], found["samples_in_the_file"]) == (20, 60)
    assert (tmp_path / "j.json").read_text() == told.stdout
    assert (tmp_path / "t.txt").read_text().startswith("int8.tflite against float.tflite")
    section = (tmp_path / "s.html").read_text()
    assert section.startswith('<section id="quantization" ')
    assert set(section.split(">")) <= set(
        (tmp_path / "again.html").read_text().replace(">\n", ">").split(">")
    )


def test_the_same_every_time_and_without_labels(run):
    first = run()
    assert (first.returncode, first.stderr) == (0, "")
    assert "agreement with the float model" in first.stdout
    assert run().stdout == first.stdout


def test_names_a_damaged_layer(run, tmp_path):
    damaged = with_weights(INT8.read_bytes(), "dense", lambda w: np.rint(w / 48) * 48)
    (tmp_path / "int8.tflite").write_bytes(damaged)
    result = run(labels="labels.npy")
    assert "The layer that adds most noise is 3 FULLY_CONNECTED: SNR 2." in result.stdout
    assert "With 3 FULLY_CONNECTED in float, the accuracy is " in result.stdout


def test_names_what_it_is_quantized_to(run, tmp_path):
    (tmp_path / "half.tflite").write_bytes(small_cnn.build_float16(small_cnn.draw_weights()))
    result = run(int8_model="half.tflite")
    assert (result.returncode, result.stderr) == (0, "")
    assert "\n  float 100.00 %, float16 100.00 %\n" in result.stdout
    result = run(float_model="half.tflite")
    assert (result.returncode, result.stderr) == (0, "")
    assert "4 weights of the float model are stored as float16: errors are" in result.stdout
    assert "\n  float 100.00 %, int8 " in result.stdout


def other_network(shape=(1, 12, 12, 1), kind="float32"):
    tensors = [TensorSpec(shape, kind, "image"), TensorSpec(shape, kind, "made")]
    node = NodeSpec("RELU", (0,), (1,))
    return build_graphs(GraphSpec(tensors, [node], (0,), (1,)))


@pytest.mark.parametrize(
    ("file", "content", "flags", "message"),
    [
        ("", b"", {"samples": "none.npz"}, "{}/none.npz: cannot be read: No such file"),
        ("", b"", {"int8_model": "none.tflite"}, "{}/none.tflite: cannot be read: No such file"),
        ("", b"", {"samples": None}, "--samples: missing"),
        (
            "",
            b"",
            {"int8_model": "float.tflite"},
            "{}/float.tflite: has no quantized tensor, and no weights of",
        ),
        (
            "",
            b"",
            {"float_model": "int8.tflite", "int8_model": "float.tflite"},
            "{}/int8.tflite: computes with int8: give the float model as --float_model",
        ),
        ("int8.tflite", "cut", {}, "{}/int8.tflite: is truncated or damaged"),
        ("float.tflite", b"x", {}, "{}/float.tflite: "),
        (
            "float.tflite",
            other_network(),
            {},
            "{}/int8.tflite and {}/float.tflite: the quantized model has the outputs int8[1,5], and"
            " the float model float32[1,12,12,1]: give two models of the same network",
        ),
        (
            "float.tflite",
            small_cnn.build_float32(small_cnn.draw_weights(7)),
            {},
            "{}/int8.tflite and {}/float.tflite: the two models have the same layers, but none has",
        ),
        ("images.npz", "cut", {}, "{}/images.npz: is truncated or damaged"),
        ("images.npz", IMAGES[:, :6], {}, "{}/images.npz: has samples of 6x12x1 numbers, and"),
        (
            "images.npz",
            (IMAGES * 255).astype(np.uint8),
            {},
            "{}/images.npz: has numbers from 0 to 25",
        ),
        ("labels.npy", LABELS[1:], {"labels": "labels.npy"}, "{}/labels.npy: has 59 labels for 60"),
        (
            "labels.npy",
            LABELS + 1,
            {"labels": "labels.npy"},
            "{}/labels.npy: has labels from 1 to 5, and the model has 5 classes: count them from 0",
        ),
        ("", b"", {"scale": "big"}, "--scale: 'big' is not a number: give e.g. 1/255 or 0.5"),
        ("", b"", {"html": "."}, "cannot write {}: it is a folder"),
        ("", b"", {"html": "int8.tflite"}, "cannot write {}/int8.tflite (--html): it is the same"),
        (
            "",
            b"",
            {"labels": "labels.npy", "metric": "values"},
            "--labels: are of classes: leave out --metric=values",
        ),
    ],
)
def test_refuses_in_one_line_and_writes_nothing(run, tmp_path, file, content, flags, message):
    path = tmp_path / file
    if isinstance(content, np.ndarray):
        np.savez(path, content) if file.endswith("z") else np.save(path, content)
    elif file:
        path.write_bytes(path.read_bytes()[:-900] if content == "cut" else content)
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    result = run(**({"html": "page.html"} | flags))
    assert result.returncode == 2
    assert result.stderr.startswith("report_quantization: " + message.format(tmp_path, tmp_path))
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before
