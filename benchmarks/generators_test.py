# SPDX-License-Identifier: Apache-2.0
"""Tests of benchmarks/generators.py, without a clock."""

import pathlib

import pytest

from benchmarks import generators
from tools import command


def test_sums_up_each_round():
    times = [{"a": 1.0, "b": 2.0}, {"a": 3.0, "b": 1.0}, {"a": 2.0, "b": 4.0}]
    assert [line.split() for line in generators.table(times).splitlines()[1:]] == [
        ["a", "2.000", "1.000"],
        ["b", "2.000", "1.000"],
        ["sum", "4.000", "3.000"],
    ]


def test_a_generator_that_fails_says_why():
    with pytest.raises(command.CommandError, match=r"^m.tflite: is bad$"):
        generators.run_round(
            {"a": ["true"], "b": ["sh", "-c", "echo m.tflite: is bad >&2; exit 2"]}
        )


def test_every_output_goes_to_the_folder(tmp_path):
    calls = generators.arguments(pathlib.Path("/m.tflite"), pathlib.Path("/t.json"), tmp_path)
    outputs = [
        pathlib.Path(argument.split("=")[1])
        for given in calls.values()
        for argument in given
        if argument.startswith(("--output=", "--header=", "--source="))
    ]
    assert len(outputs) == 5
    assert {path.parent for path in outputs} == {tmp_path}
