# SPDX-License-Identifier: Apache-2.0
"""What the rules write, against goldens; and that their tests fail when they must, and say why."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import numpy as np
import pytest

TESTDATA = pathlib.Path(__file__).parent / "testdata"


def _path(variable: str) -> pathlib.Path:
    return pathlib.Path(os.environ[variable])


def _run_test(variable: str, *changed: str) -> subprocess.CompletedProcess:
    """Runs a test with further arguments, which override its own."""
    return subprocess.run([_path(variable).absolute(), *changed], capture_output=True, text=True)


def test_the_class_is_as_the_golden():
    assert _path("CLASS_HEADER").read_text() == (TESTDATA / "halves.h.golden").read_text()


def test_the_description_is_as_the_golden():
    golden = json.loads((TESTDATA / "halves_model.description.json.golden").read_text())
    assert json.loads(_path("DESCRIPTION").read_text()) == golden


def test_the_union_has_each_operator_once():
    header = _path("UNION").read_text()
    adds = re.findall(r"resolver\.(Add\w+)\(\)", header)
    expected = ["AddAdd", "AddConv2D", "AddFullyConnected", "AddMaxPool2D"]
    assert sorted(adds) == [*expected, "AddReshape", "AddSoftmax", "AddSplit"]
    assert "MicroMutableOpResolver<7>" in header
    assert "halves_model.tflite, mnist_model_quantized.tflite" in header


def test_size_over_budget_fails_with_the_difference():
    run = _run_test("SIZE_TEST", "--max_bytes=20000")
    assert run.returncode == 2
    used = _path("INT8_MODEL").stat().st_size
    assert run.stderr.strip() == (
        f"check_size: mnist_model_quantized.tflite: used {used:,} bytes, limit 20,000,"
        f" difference {used - 20_000:,}"
    )


def test_accuracy_below_the_least_fails_with_the_figures():
    run = _run_test("ACCURACY_TEST", "--min_accuracy=100")
    assert run.returncode == 2
    figures = re.fullmatch(
        r"check_accuracy: (\d+) of 10000 are right, (\d+\.\d+) %: at least 100\.0 % are asked for",
        run.stderr.strip(),
    )
    assert float(figures[2]) == int(figures[1]) / 100


@pytest.mark.parametrize("least", ["nan", "-1", "0", "100.5"])
def test_an_accuracy_that_any_model_has_is_refused(least):
    run = _run_test("ACCURACY_TEST", f"--min_accuracy={least}")
    assert run.returncode == 2
    assert run.stderr.startswith(f"check_accuracy: min_accuracy {float(least)}: must be above 0")


@pytest.mark.parametrize(
    ("flag", "values", "message"),
    [
        ("labels", np.eye(10_000, 10, dtype=np.uint8), "has uint8 of shape [10000, 10]: needs one"),
        ("labels", np.zeros(10_000, np.float32), "has float32 of shape [10000]: needs one integer"),
        ("labels", np.uint8(3), "has uint8 of shape []: needs one integer for each sample"),
        ("labels", np.zeros(0, np.uint8), "has uint8 of shape [0]: needs one integer"),
        ("labels", np.full(10_000, 10), "has the class 10, but the model has 10 scores"),
        ("labels", np.full(10_000, -1), "has the class -1, but the model has 10 scores"),
        ("labels", np.zeros(9_999, np.uint8), "has the shape [10000, 28, 28], but there are 9999"),
        (
            "inputs",
            np.zeros((10_000, 28, 27)),
            "has the shape [10000, 28, 27], but there are 10000",
        ),
        ("inputs", np.full(10_000, "a"), "has <U1: needs numbers"),
    ],
)
def test_data_that_are_none_of_the_model_are_refused(tmp_path, flag, values, message):
    np.save(tmp_path / "data.npy", values)
    run = _run_test("ACCURACY_TEST", f"--{flag}={tmp_path / 'data.npy'}")
    assert run.returncode == 2
    assert len(run.stderr.splitlines()) == 1
    assert message in run.stderr


def test_too_few_golden_vectors_are_refused():
    # The test's own files, and further inputs.
    inputs = [f"--input={TESTDATA / name}.bin" for name in ("left", "right")]
    run = _run_test("PARITY_TEST", *inputs)
    assert run.returncode == 2
    assert run.stderr.strip().endswith("first.bin: has 1 samples, but the inputs have 2")


def test_another_output_fails_with_sample_and_element(tmp_path):
    for name in ("left", "right", "first", "second"):
        shutil.copyfile(TESTDATA / f"{name}.bin", tmp_path / name)
    data = bytearray((tmp_path / "second").read_bytes())
    data[4] ^= 1  # The lowest bit of element 1.
    (tmp_path / "second").write_bytes(data)
    run = _run_test(
        "PARITY_TEST",
        *(f"--input={tmp_path / name}" for name in ("left", "right")),
        *(f"--expected={tmp_path / name}" for name in ("first", "second")),
    )
    assert run.returncode == 2
    assert "1 of 2 samples differ, the first is sample 1: element [0, 1] of output 1" in run.stderr
    assert "1 ULP apart, 0 allowed" in run.stderr


def test_samples_of_another_size_are_refused(tmp_path):
    (tmp_path / "short").write_bytes(bytes(10))
    run = _run_test("PARITY_TEST", f"--input={tmp_path / 'short'}", f"--input={tmp_path / 'short'}")
    assert run.returncode == 2
    assert run.stderr.strip().endswith("short: has 10 bytes, which is not a multiple of 24")
