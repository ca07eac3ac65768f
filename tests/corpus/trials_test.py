# SPDX-License-Identifier: Apache-2.0
"""The trials themselves: crashes, hangs and differences are answers."""

import os
import pathlib
import signal
import time

import numpy as np
import pytest

from tests.corpus import judgement, trials
from tflite.reader import parse_model
from tflite.testing.model_builder import build_model
from tflm.capabilities import Registration, Tflm


def test_a_child_gives_its_result():
    assert trials._in_child(lambda: [np.arange(3)])[0][0].tolist() == [0, 1, 2]


def test_a_child_that_raises_crashes_or_hangs(monkeypatch):
    def fail():
        os.write(2, b"the kernel says why\n")
        raise RuntimeError("no such operator")

    assert trials._in_child(fail) == (None, "no such operator: the kernel says why")
    crash = trials._in_child(lambda: os.kill(os.getpid(), signal.SIGSEGV))
    assert crash == (None, "crash (SIGSEGV)")
    assert trials._in_child(lambda: os._exit(3)) == (None, "exit code 3")
    monkeypatch.setattr(trials, "SECONDS", 0.2)
    assert trials._in_child(lambda: time.sleep(60)) == (None, "no end")


def trial(*values, dtype=np.float32):
    return trials.Trial(True, "", ((np.array(values, dtype),),))


@pytest.mark.parametrize(
    ("ours", "theirs", "found"),
    [
        (trial(1.0, 2.0), trial(1.0, 2.0), ""),
        (trial(1.0, np.nan), trial(1.0, np.nan), ""),
        (trial(1.0), trial(np.nextafter(np.float32(1), np.float32(2))), ""),
        (trial(1.0, np.nan), trial(1.0, 2.0), "element 1 has nan against 2.0"),
        (trial(1.0, 2.0), trial(1.0, 2.1), "1 of 2 elements differ"),
        (trial(1, 2, dtype=np.int8), trial(1, 3, dtype=np.int8), "1 steps"),
        (trial(1, dtype=np.int8), trial(1, dtype=np.int16), "output 0 is int8(1,), not int16(1,)"),
        (trial(1, 2, dtype=np.int8), trial(1, dtype=np.int8), "output 0 is int8(2,)"),
        (trial(True, dtype=bool), trial(False, dtype=bool), "differs"),
    ],
)
def test_differences(ours, theirs, found):
    difference = trials.difference(ours, theirs)
    assert found in difference
    assert bool(difference) == bool(found)


def test_steps_may_be_allowed():
    ours, theirs = trial(1, 2, dtype=np.int16), trial(1, 3, dtype=np.int16)
    assert not trials.difference(ours, theirs, max_steps=1)
    assert trials.difference(ours, trial(1, 4, dtype=np.int16), max_steps=1)


def test_a_model_that_tflm_refuses(tmp_path):
    # A tensor that is input, constant and output, of a custom operator that no TFLM has.
    content = build_model([("Unknown", 1)])
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    model = parse_model(content, "model.tflite")
    calls = trials.make_samples(model, 2)
    ours = trials.try_tflm(pathlib.Path(os.environ["RUNNER"]).absolute(), path, model, calls)
    assert not ours.runs
    assert "registration from op code CUSTOM" in ours.reason
    wheel = trials.try_wheel(model, calls)
    assert not wheel.runs
    assert "CUSTOM" in wheel.reason


def test_samples_are_of_the_type_and_range():
    model = parse_model(build_model([(3, 1)]), "model.tflite")
    first, second = trials.make_samples(model, 2)
    assert first[0].dtype == np.int8
    assert first[0].shape == (1, 16)
    assert not np.array_equal(first[0], second[0])
    assert np.array_equal(first[0], trials.make_samples(model, 2)[0][0])


def test_versions_as_of_old():
    entry = judgement.Entry("model", build_model([(3, 5), (9, 2), ("Own", 7)]))
    tflm = Tflm({"CONV_2D": Registration("AddConv2D", 3), "FULLY_CONNECTED": Registration("F", 4)})
    older = judgement.as_older(entry, tflm)
    model = parse_model(older.content, "older.tflite")
    versions = {operator.name: operator.version for operator in model.operators}
    assert versions == {"CONV_2D": 3, "FULLY_CONNECTED": 2, "Own": 7}
    assert len(older.content) == len(entry.content)
    assert judgement.as_older(judgement.Entry("same", build_model([(3, 2)])), tflm) is None
    assert judgement.as_older(judgement.Entry("unsound", b"TFL3"), tflm) is None


def test_kinds_of_judgements():
    runs, no = trials.Trial(True), trials.Trial(False, "no")
    kinds = {
        judgement.Judgement("m", ours=runs, wheel=runs).kind,
        judgement.Judgement("m", ours=runs, wheel=runs, difference="yes").kind,
        judgement.Judgement("m", ours=runs, wheel=no).kind,
        judgement.Judgement("m", ours=no, wheel=runs).kind,
        judgement.Judgement("m", refusals=("no",), ours=no, wheel=runs).kind,
        judgement.Judgement("m", refusals=("no",), ours=no, wheel=no).kind,
    }
    assert len(kinds) == 6
    assert judgement.count([judgement.Judgement("m", ours=runs, wheel=runs)] * 2) == {
        "runs as in the wheel": 2
    }
