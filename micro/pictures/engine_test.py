# SPDX-License-Identifier: Apache-2.0
"""The real program on MNIST, and programs that fail."""

import os
import pathlib
import subprocess

import numpy as np
import pytest

from micro.pictures import engine
from train import dataset

_PROGRAM = pathlib.Path(os.environ["PROGRAM"])


def test_predictions_are_those_of_the_program(tmp_path, monkeypatch):
    # It must not look for files there.
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(tmp_path))
    digits = dataset.read_dataset(os.environ["TEST_IMAGES"], os.environ["TEST_LABELS"])
    # More than one call's.
    found = engine.predict(_PROGRAM, list(digits.images[:1100]))
    assert len(found) == 1100
    assert np.mean([one.digit for one in found] == digits.labels[:1100]) > 0.97
    for one in found:
        assert one.digit == int(np.argmax(one.scores))
        np.testing.assert_allclose(one.probabilities, (np.array(one.scores) + 128) / 256)
    last = engine.predict(_PROGRAM, [digits.images[1099]])
    assert last == found[1099:]
    assert engine.predict(_PROGRAM, []) == []


def test_an_image_is_a_pgm_file():
    assert engine.to_pgm(np.array([[1, 2, 3]], np.uint8)) == b"P5\n3 1\n255\n\x01\x02\x03"


def _program(folder: pathlib.Path, script: str) -> pathlib.Path:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    # Not "text file busy", if another test forks in between.
    subprocess.run(["true"], check=True)
    return path


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo broken >&2; exit 1", "program: exit code 1: broken"),
        ("exit 3", "program: exit code 3: no message"),
        ("true", "program: 0 answers for 1 images"),
    ],
)
def test_a_program_that_fails(tmp_path, script, message):
    with pytest.raises(engine.EngineError, match=f"^{message}$"):
        engine.predict(_program(tmp_path, script), [np.zeros((28, 28), np.uint8)])


def test_a_program_that_is_not_there(tmp_path):
    with pytest.raises(engine.EngineError, match="none: cannot be run: No such file"):
        engine.predict(tmp_path / "none", [np.zeros((28, 28), np.uint8)])
