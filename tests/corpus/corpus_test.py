# SPDX-License-Identifier: Apache-2.0
"""The corpus and all models at hand: accepted exactly if the linked TFLM runs them correctly.

In two shards, each with every second model.
"""

import os
import pathlib
import subprocess

import pytest

from tests.corpus import judgement
from tflm import capabilities, model_facts

LINKED = capabilities.read_json(pathlib.Path(os.environ["TFLM"]))
JUDGE = pathlib.Path(os.environ["JUDGE"])
RUNNER = pathlib.Path(os.environ["RUNNER"]).absolute()
# What the issue of a corpus asks for.
LEAST_MODELS = 300
SHARD = int(os.environ.get("TEST_SHARD_INDEX", "0"))
SHARDS = int(os.environ.get("TEST_TOTAL_SHARDS", "1"))
if "TEST_SHARD_STATUS_FILE" in os.environ:
    pathlib.Path(os.environ["TEST_SHARD_STATUS_FILE"]).touch()


def _entries():
    corpus = judgement.read_archive(pathlib.Path(os.environ["CORPUS"]))
    others = [
        judgement.Entry(path.stem, path.read_bytes())
        for path in map(pathlib.Path, os.environ["MODELS"].split())
        if path.suffix == ".tflite"
    ]
    older = [judgement.as_older(entry, LINKED) for entry in corpus]
    return corpus, [*corpus, *others, *(entry for entry in older if entry)]


@pytest.fixture(scope="module")
def judged():
    entries = _entries()[1]
    return {
        entry.name: judgement.judge(entry, LINKED, JUDGE, RUNNER)
        for entry in entries[SHARD::SHARDS]
    }


def _none(faults):
    lines = [f"{name}: {what}" for name, what in faults]
    assert not lines, f"{len(lines)} models:\n" + "\n".join(lines[:30])


def test_the_corpus_is_large():
    corpus = _entries()[0]
    assert len(corpus) >= LEAST_MODELS
    assert len({entry.content for entry in corpus}) >= LEAST_MODELS


def test_inspector_and_generator_give_the_same_answer(judged):
    _none((name, one.answers) for name, one in judged.items() if one.answers)


def test_accepted_models_run(judged):
    _none(
        (name, f"accepted, but: {one.ours.reason}")
        for name, one in judged.items()
        if not one.refusals and not one.ours.runs
    )


def test_models_that_run_are_accepted(judged):
    # Except those that TFLM computes wrong: then the wheel does not agree with it; or LiteRT does
    # not, if the wheel does not run the model.
    _none(
        (name, f"runs correctly, but is refused: {one.refusals[0]}")
        for name, one in judged.items()
        if one.refusals and one.ours.runs and not one.difference and not one.litert_difference
    )


def test_accepted_models_agree_with_the_wheel(judged):
    _none(
        (name, one.difference)
        for name, one in judged.items()
        if not one.refusals and one.difference
    )


def test_many_models_were_compared(judged):
    # Else the tests above would say nothing: of TFLM of 2020's some 460, of today's some 1,000.
    compared = [one for one in judged.values() if one.kind == "runs as in the wheel"]
    assert len(compared) * SHARDS >= LEAST_MODELS
    print(judgement.count(list(judged.values())))


def test_refusals_are_lines(judged):
    for one in judged.values():
        for reason in one.refusals:
            assert reason.isprintable(), one.name
            assert len(reason) > 20, one.name


# What a refusal of silent_faults says to do, done.
FIXED = (
    "conv_2d_float32_groups_by_hand",
    "conv_2d_int8_groups_by_hand",
    "reshape_dense_int8",
    "conv_2d_int8_bias_relu6",
    "conv_2d_int8_bias_relu",
    "resize_nearest_neighbor_int8_2x3",
)


def test_fixes_are_accepted():
    entries = {entry.name: entry for entry in _entries()[0]}
    names = list(FIXED)
    if "SPACE_TO_BATCH_ND" in LINKED.registrations:
        names.append("space_to_batch_nd_int8_padded_before")
    for name in names[SHARD::SHARDS]:
        one = judgement.judge(entries[name], LINKED, JUDGE, RUNNER)
        assert one.kind == "runs as in the wheel", f"{name}: {one.refusals or one.difference}"


# One of each kind that is here whatever the linked TFLM, through the commands themselves.
COMMANDS = (
    "add_float32_same4",
    "conv_2d_int8_bias_relu",
    "dense_int8_3d",
    "lstm_float32",
    "variable_window",
    "flex_inverse",
    "rfft",
    "string_constant",
    "softmax_int8_5000",
    "relu6_int8_rank2",
)


@pytest.mark.parametrize("name", COMMANDS[SHARD::SHARDS])
def test_commands_give_that_answer(name, tmp_path):
    entry = next(entry for entry in _entries()[0] if entry.name == name)
    path = tmp_path / f"{name}.tflite"
    path.write_bytes(entry.content)
    one = judgement.judge(entry, LINKED, JUDGE, RUNNER)
    inspected = subprocess.run(
        [os.environ["INSPECT"], str(path)], capture_output=True, text=True, check=False
    )
    generated = subprocess.run(
        [
            os.environ["GENERATE"],
            f"--tflm={os.environ['TFLM']}",
            f"--model={path}",
            "--name=model",
            "--namespace=corpus",
            f"--output={tmp_path / 'model.h'}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert inspected.returncode == 0, inspected.stderr
    if one.refusals:
        assert generated.returncode == 2
        assert model_facts.name_linked(one.refusals[0], LINKED) in generated.stderr
        assert one.refusals[0] in inspected.stdout
        assert generated.stderr.count("\n") == 1
    else:
        assert generated.returncode == 0, generated.stderr
        assert "can't run it" not in inspected.stdout
