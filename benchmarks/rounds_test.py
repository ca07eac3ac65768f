# SPDX-License-Identifier: Apache-2.0
"""Tests of benchmarks/rounds.py, without a clock."""

from benchmarks import rounds


def test_batches_take_about_as_long_as_asked_for():
    assert rounds.batch_size(lambda count: count * 1e-4, 0.05) == 500
    assert rounds.batch_size(lambda count: count * 10.0, 0.05) == 1


def test_rounds_are_interleaved_and_each_is_first_in_turn():
    calls = []

    def candidate(name, seconds):
        def run(count):
            calls.append(name)
            return count * seconds

        return run

    candidates = {name: candidate(name, 1.0) for name in "abc"}
    times = rounds.time_rounds(candidates, rounds=3, batch_seconds=1.0)
    assert "".join(calls[3:]) == "abc" + "bca" + "cab"
    assert times == {name: [1e6] * 3 for name in "abc"}


def test_sums_up_against_the_first():
    first, second = rounds.summarize({"a": [2.0, 4.0, 9.0], "b": [2.0, 2.0, 1.0]})
    assert (first["median_us"], first["min_us"], first["max_us"]) == (4.0, 2.0, 9.0)
    assert first["ratio"] == 1.0
    assert (second["name"], second["ratio"], second["rounds"]) == ("b", 0.5, 3)
    assert (first["min_ratio"], second["min_ratio"]) == (1.0, 0.5)


def test_one_round_is_enough():
    assert rounds.summarize({"a": [3.0]})[0]["quartile_1_us"] == 3.0


def test_table_has_a_line_for_each():
    lines = rounds.table(rounds.summarize({"tflm": [100.0], "litert": [4.0]})).splitlines()
    assert len(lines) == 3
    assert lines[2].split()[0] == "litert" and lines[2].split()[-2:] == ["0.040"] * 2
