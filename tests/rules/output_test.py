"""What the rules write, against goldens; and that their tests fail where they must, and say why."""

import json
import os
import pathlib
import re
import shutil
import subprocess

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
    run = _run_test("SIZE_TEST", "--max_bytes=25000")
    assert run.returncode == 2
    assert run.stderr.strip() == (
        "check_size: mnist_model_quantized.tflite: used 25,232 bytes, limit 25,000, difference 232"
    )


def test_accuracy_below_the_least_fails_with_the_figures():
    run = _run_test("ACCURACY_TEST", "--min_accuracy=99.9")
    assert run.returncode == 2
    assert re.fullmatch(
        r"check_accuracy: \d+ of 10000 are right, 99\.\d+ %: at least 99\.9 % are asked for",
        run.stderr.strip(),
    )


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
    assert run.stderr.strip().endswith("short: has 10 bytes, which is no multiple of 24")
