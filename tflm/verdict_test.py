# SPDX-License-Identifier: Apache-2.0
"""Tests of tflm/verdict.py: what is read, and how a refusal is put into words."""

import dataclasses
import json

import pytest

from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs
from tflm import verdict
from tflm.verdict import Verdict, VerdictError

ANSWER = {
    "runs": False,
    "stage": "invoke",
    "end": "killed",
    "code": 11,
    "operator": "ADD\n",
    "operators_started": 2,
    "log": "one\r\n\n\ttwo\u0007\r\n",
    "arena_used_bytes": 0,
    "planned_bytes": 48,
    "integer_inputs": 1,
    "tflm_source": "upstream",
    "tflm_commit": "90b9",
}
ONE = parse_model(
    build_graphs(GraphSpec([TensorSpec((1,))] * 2, [NodeSpec("ADD", (0, 0), (1,))], outputs=(1,))),
    "m",
)
TWO = parse_model(
    build_graphs(
        GraphSpec(
            [TensorSpec((1,))] * 3,
            [NodeSpec("ADD", (0, 0), (1,)), NodeSpec("ADD", (1, 0), (2,))],
            outputs=(2,),
        )
    ),
    "m",
)
NODE = "Node ADD (number 0f) failed to prepare with status 1"


def test_reads_what_the_judge_writes():
    assert verdict.from_json(json.dumps(ANSWER), "v") == Verdict(
        False, "invoke", "killed", 11, "ADD", ("one", "two"), 0, 48, "upstream, 90b9", 1
    )


@pytest.mark.parametrize("text", ["", "[]", "{}", "7", json.dumps(ANSWER | {"log": 7})])
def test_refuses_other_files(text):
    with pytest.raises(VerdictError, match="^v: is not an answer of //tflm/host:judge$"):
        verdict.from_json(text, "v")


def test_says_which_file_is_missing(tmp_path):
    with pytest.raises(VerdictError, match="no.json: cannot be read: No such file"):
        verdict.read_json(tmp_path / "no.json")
    with pytest.raises(VerdictError, match="no-judge: cannot be run: No such file"):
        verdict.ask(tmp_path / "no-judge", b"")


def test_passes_on_what_the_judge_complains_of(tmp_path):
    judge = tmp_path / "judge"
    judge.write_text("#!/bin/sh\necho 'judge: m: cannot be read' >&2\nexit 2\n")
    judge.chmod(0o755)
    with pytest.raises(VerdictError, match="^m: cannot be read$"):
        verdict.ask(judge, b"")


REFUSED = Verdict(False, "allocate", "refused")


@pytest.mark.parametrize(
    ("answer", "model", "expected"),
    [
        (REFUSED, ONE, "the linked TFLM refuses it when it prepares the model"),
        (
            dataclasses.replace(REFUSED, stage="initialize", log=("Only 1 subgraph",)),
            ONE,
            "the linked TFLM refuses it when it loads the model: Only 1 subgraph",
        ),
        (
            dataclasses.replace(REFUSED, log=("external/x/kernels/add.cc:12 a != b", NODE)),
            ONE,
            "operator 0 of subgraph 0 (ADD): the linked TFLM refuses it: a != b (add.cc:12)",
        ),
        (
            dataclasses.replace(REFUSED, log=("x/kernels/add.cc a != b",)),
            ONE,
            "the linked TFLM refuses it when it prepares the model: a != b (add.cc)",
        ),
        # Which of several subgraphs it is, TFLM does not say; which operator, it does.
        (
            dataclasses.replace(REFUSED, log=("no", NODE)),
            TWO,
            "operator 0 of subgraph 0 (ADD): the linked TFLM refuses it: no",
        ),
        (
            dataclasses.replace(REFUSED, log=(NODE.replace("ADD", "Other"),)),
            TWO,
            "operator 0 (Other): the linked TFLM refuses it",
        ),
        (
            Verdict(False, "invoke", "killed", 11, "ADD"),
            ONE,
            "the linked TFLM crashes (SIGSEGV) when it runs the model in operator 0 of subgraph 0"
            " (ADD)",
        ),
        (
            Verdict(False, "invoke", "killed", 6, "ADD", ("Check failed",)),
            TWO,
            "the linked TFLM crashes (SIGABRT) when it runs the model in an operator ADD: Check"
            " failed",
        ),
        (
            Verdict(False, "allocate", "exited", 3),
            ONE,
            "the linked TFLM crashes (exit code 3) when it prepares the model",
        ),
        (
            Verdict(False, "invoke", "timed out", 14, "ADD"),
            ONE,
            "the linked TFLM does not come to an end with it in the time allowed, in operator 0 of"
            " subgraph 0 (ADD): trial_seconds of the rules allows more",
        ),
        (
            Verdict(False, "repeat", "finished"),
            ONE,
            "the linked TFLM gives other outputs each time: an operator reads memory that nothing"
            " wrote",
        ),
    ],
)
def test_puts_a_refusal_into_one_line(answer, model, expected):
    assert verdict.reason(answer, model) == expected


def test_a_folder_that_takes_no_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(verdict.tempfile, "tempdir", str(tmp_path / "no"))
    with pytest.raises(VerdictError) as error:
        verdict.ask(tmp_path / "judge", b"")
    assert str(error.value) == (
        f"the model for {tmp_path}/judge cannot be written to a temporary file: No such file or"
        " directory (TMPDIR names another folder for it)"
    )


def test_knows_refusals_that_another_tflm_would_give_too():
    assert Verdict(False, "invoke", "timed out", 24).is_of_limits
    log = ("Failed to resize buffer. Requested: 9, available 8, missing: 1", NODE)
    assert dataclasses.replace(REFUSED, log=log).is_of_limits
    assert not dataclasses.replace(REFUSED, log=("a != b", NODE)).is_of_limits
    assert not Verdict(False, "invoke", "killed", 11).is_of_limits


def test_cuts_what_is_long():
    long = verdict.reason(dataclasses.replace(REFUSED, log=("x" * 5000,)), ONE)
    assert len(long) < 300
    assert long.endswith("x…")
