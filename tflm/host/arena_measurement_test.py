# SPDX-License-Identifier: Apache-2.0
"""The search for the smallest arena, and its command, on a small network."""

import json
import os
import pathlib
import subprocess

import pytest

from tflm.host.arena_measurement import (
    CRASHED,
    OVERRUN,
    REFUSED,
    WORKS,
    WRONG_OUTPUT,
    MeasurementError,
    Trials,
    check,
    find_smallest,
    measure,
    table,
)
from tflm.trial_program import ARENA_STEP

TRIAL = os.environ["TRIAL"]
GIVEN_INPUT = os.environ["GIVEN_INPUT"]
MEASURE = os.environ["MEASURE"]
# What the rule built.
(REPORT,) = [pathlib.Path(file) for file in os.environ["FILES"].split() if file.endswith(".json")]
(HEADER,) = [pathlib.Path(file) for file in os.environ["FILES"].split() if file.endswith(".h")]
BUILT = json.loads(REPORT.read_text())
SIZE = BUILT["arena_size"]


def script(folder: pathlib.Path, text: str) -> list[str]:
    """A program that changes what the trials print: `$1` is the argument."""
    path = folder / "trial"
    path.write_text(
        f'#!/bin/sh\ntrial={pathlib.Path(TRIAL).absolute()}\n{text}\nexec "$trial" "$1"\n'
    )
    path.chmod(0o755)
    return [str(path)]


# --- the search -----------------------------------------------------------------------------------


def test_finds_every_threshold():
    most = 40 * ARENA_STEP
    for needed in range(1, most + 1):
        found = find_smallest(most, lambda size, needed=needed: size >= needed)
        assert found == -(-needed // ARENA_STEP) * ARENA_STEP, needed


def test_finds_none_if_none_works():
    assert find_smallest(1024, lambda size: False) == 0
    assert find_smallest(ARENA_STEP - 1, lambda size: True) == 0


# --- outcomes -------------------------------------------------------------------------------------


def test_outcomes_around_the_smallest():
    trials = Trials([TRIAL])
    assert trials.outcome(SIZE) == WORKS
    assert trials.outcome(SIZE + ARENA_STEP) == WORKS
    assert trials.outcome(SIZE - ARENA_STEP) == REFUSED
    assert trials.outcome(trials.account.largest + ARENA_STEP) == REFUSED


def test_a_program_that_dies_has_crashed(tmp_path):
    trials = Trials(script(tmp_path, f'[ "$1" != {SIZE} ] || kill -SEGV $$'))
    assert trials.outcome(SIZE) == CRASHED
    assert trials.outcome(SIZE + ARENA_STEP) == WORKS


def test_a_program_that_does_not_end_has_crashed(tmp_path):
    # Not the program itself, but one that it started and waits for.
    trials = Trials(script(tmp_path, f'[ "$1" != {SIZE} ] || sleep 100'))
    trials._limit = 0.5
    assert trials.outcome(SIZE) == CRASHED


def test_other_outputs_are_wrong(tmp_path):
    digits = '"$trial" "$1" | tr 0-9 1-90; exit'
    trials = Trials(script(tmp_path, f'[ "$1" != {SIZE} ] || {{ {digits}; }}'))
    assert trials.outcome(SIZE) == WRONG_OUTPUT


def test_an_overrun_is_one(tmp_path):
    line = f'{{"arena": {SIZE}, "outcome": "overrun"}}'
    trials = Trials(script(tmp_path, f"[ \"$1\" != {SIZE} ] || {{ echo '{line}'; exit; }}"))
    assert trials.outcome(SIZE) == OVERRUN


@pytest.mark.parametrize(
    ("largest", "message"),
    [
        (
            '{"arena": 1, "outcome": "refused", "why": "the model has 1 inputs, but 2 are given"}',
            "the model has 1 inputs, but 2 are given",
        ),
        ('{"arena": 1, "outcome": "overrun"}', "writes beyond an arena of"),
        (
            '{"arena": 1, "outcome": "ran", "output_bytes": 0, "digests": ["1", "1"]}',
            "the model has no output",
        ),
        ("nonsense", "is not a program of tflm_arena"),
        ("{}", "is not a program of tflm_arena"),
        ('{"arena": 1, "outcome": "refused"}', "is not a program of tflm_arena"),
    ],
)
def test_the_largest_arena_must_work(tmp_path, largest, message):
    program = script(tmp_path, f"[ \"$1\" = account ] || {{ echo '{largest}'; exit; }}")
    with pytest.raises(MeasurementError, match=message):
        Trials(program)


def test_a_larger_arena_is_advised(tmp_path):
    fault = '{"fault": "the tensors could not be allocated"}'
    said = "echo Needed 4864 bytes >&2; echo more >&2"
    with pytest.raises(
        MeasurementError,
        match=r"^the tensors could not be allocated: Needed 4864 bytes \(a larger arena: `larg",
    ):
        Trials(script(tmp_path, f"{said}; echo '{fault}'; exit"))
    with pytest.raises(
        MeasurementError, match=r"^crashed with the largest arena \(a larger arena: "
    ):
        Trials(script(tmp_path, "kill -SEGV $$"))


def test_a_fault_of_a_chip_is_said(tmp_path):
    fault = "echo; echo 'FAULT: stack overflow'; echo '  sp 0x20000000'; exit 70"
    with pytest.raises(
        MeasurementError, match=r"^crashed with the largest arena: FAULT: stack overflow$"
    ):
        Trials(script(tmp_path, fault))
    with pytest.raises(MeasurementError, match=r"an arena of \d+ bytes: FAULT: stack overflow$"):
        Trials(script(tmp_path, f'[ "$1" = account ] || {{ {fault}; }}'))


def test_an_emulator_is_not_the_program(tmp_path):
    with pytest.raises(MeasurementError, match=r"^trial\.elf: is not a program of tflm_arena"):
        Trials([*script(tmp_path, "echo {}; exit"), "-semihosting-config"], "arg=", "trial.elf")


def test_a_program_that_is_not_there():
    with pytest.raises(MeasurementError, match="no_such: cannot be run: No such file"):
        Trials(["./no_such"])


# --- measurements ---------------------------------------------------------------------------------


def test_measures_what_the_rule_built():
    assert measure(Trials([TRIAL])) == BUILT


def test_a_given_input_needs_the_same_arena():
    assert measure(Trials([GIVEN_INPUT]))["arena_size"] == SIZE


def test_parts_add_up():
    assert BUILT["non_persistent_bytes"] + BUILT["persistent_bytes"] == BUILT["arena_used_bytes"]
    assert BUILT["arena_used_bytes"] <= SIZE
    parts = BUILT["persistent_by_type"]
    assert sum(parts.values()) == BUILT["persistent_bytes"]
    # The input and the output of the convolution are alive at the same time.
    assert BUILT["non_persistent_bytes"] >= 144
    # Both TFLMs record most of what persists.
    assert parts["allocator and unrecorded"] < BUILT["persistent_bytes"] / 2


def test_check_agrees_with_the_measured_size():
    said = []
    check(Trials([TRIAL]), SIZE, said.append)
    assert said[0] == f"{SIZE} bytes: works"
    assert said[-1].endswith(" smaller ones: none works")


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (SIZE - ARENA_STEP, "the measured arena does not work"),
        (SIZE + ARENA_STEP, "an arena 16 bytes smaller does not fail cleanly"),
    ],
)
def test_check_refuses_another_size(size, message):
    with pytest.raises(MeasurementError, match=message):
        check(Trials([TRIAL]), size, print)


def test_check_sees_a_smaller_one_that_works(tmp_path):
    program = script(tmp_path, f'[ "$1" != 0 ] || exec "$trial" {SIZE}')
    with pytest.raises(MeasurementError, match="with 0 bytes: works"):
        check(Trials(program), SIZE, print)


# --- the command ----------------------------------------------------------------------------------


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([MEASURE, *arguments], capture_output=True, text=True, check=False)


def test_the_command_prints_the_table():
    result = run(f"--program={TRIAL}")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == table(BUILT)
    first = f"Smallest arena on {BUILT['target']}: {SIZE} bytes (with {SIZE - 16}: refused)\n"
    assert result.stdout.startswith(first)


def test_the_command_writes_what_the_rule_built(tmp_path):
    result = run(
        f"--program={TRIAL}",
        f"--json={tmp_path}/a.json",
        f"--header={tmp_path}/a.h",
        "--label=//tflm/testing:small_cnn_arena",
        "--symbol=small_cnn",
        "--namespace=tflm_test",
        "--header_path=tflm/testing/small_cnn_arena.h",
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert (tmp_path / "a.json").read_bytes() == REPORT.read_bytes()
    assert (tmp_path / "a.h").read_bytes() == HEADER.read_bytes()


def test_a_measurement_that_fails_exits_with_1(tmp_path):
    (program,) = script(tmp_path, "exit 3")
    result = run(f"--program={program}", "--label=//a:b", f"--json={tmp_path}/a.json")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "measure_arena: //a:b: crashed with the largest arena (a larger arena: `largest` of"
        " tflm_arena, `largest_arena` of tflm_cc_library)\n"
    )
    assert not (tmp_path / "a.json").exists()


@pytest.mark.parametrize(
    ("report", "message"),
    [("{}", "has no usable arena_size"), ('{"arena_size": 17}', "has no usable arena_size")],
)
def test_a_report_that_can_not_be_checked_exits_with_2(tmp_path, report, message):
    path = tmp_path / "a.json"
    path.write_text(report)
    result = run(f"--program={TRIAL}", f"--check={path}")
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
