# SPDX-License-Identifier: Apache-2.0
"""What firmware_report writes of a small network on every core, and what its budget test says."""

import json
import os
import pathlib
import subprocess

import pytest

from firmware import elf

FILES = [pathlib.Path(file) for file in os.environ["REPORTS"].split()]
REPORTS = {
    report["environment"]: report
    for report in (json.loads(file.read_text()) for file in FILES if file.suffix == ".json")
}
M4F = REPORTS["qemu_mps2_an386"]
# Each lies where its environment's name says.
ELFS = {
    environment: file
    for file in map(pathlib.Path, os.environ["ELFS"].split())
    for environment in REPORTS
    if environment in file.name
}
OPERATORS = ["CONV_2D", "MAX_POOL_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"]


@pytest.fixture(params=REPORTS)
def report(request):
    return REPORTS[request.param]


def test_there_is_a_report_for_every_environment():
    assert len(REPORTS) == 6


def test_flash_is_what_the_program_loads(report):
    program = elf.read(ELFS[report["environment"]].read_bytes())
    loaded = sum(len(segment.content) for segment in program.segments)
    flash = report["flash"]
    # A segment also has what aligns the next section.
    assert 0 <= loaded - (flash["bytes"] + flash["measurement_bytes"]) < 16


def test_memory_is_what_the_program_takes(report):
    program = elf.read(ELFS[report["environment"]].read_bytes())
    ram = report["ram"]
    # What is copied to another place, and what has no contents.
    taken = sum(
        segment.memory_size
        for segment in program.segments
        if segment.used_at != segment.stored_at or not segment.content
    )
    static = ram["data"] + ram["bss"] + ram["measurement_bytes"]
    assert 0 <= taken - (static + ram["stack_reserved"]) < 16


def test_owners_have_what_is_theirs(report):
    flash, ram = report["flash"], report["ram"]
    # The model's array is 2,360 bytes, and nobody else's.
    assert 2360 <= flash["by_owner"]["model"] < 2400
    for owner in ("kernels", "tflm", "ours"):
        assert flash["by_owner"][owner] > 1000, owner
    # No owner but the gaps has what is left over.
    assert flash["by_owner"]["padding"] < 1000
    assert ram["static_by_owner"]["padding"] < 100
    assert 0 < flash["measurement_bytes"] < int(os.environ["MOST_MEASUREMENT_BYTES"])
    # The emulator's command line takes 4 KB, and no program for a board has one.
    assert ram["static_by_owner"]["ours"] < 2000


def test_memory_is_within_what_there_is(report):
    ram = report["ram"]
    assert 0 < ram["arena_used"] <= ram["arena"] == ram["static_by_owner"]["arena"]
    assert 200 < ram["stack_peak"] < ram["stack_reserved"]


def test_both_ways_of_counting_agree_and_repeat(report):
    count = report["instructions"]
    assert len(count["by_counter"]) == len(count["by_trace"]) == 3
    assert count["spread"] == 0
    for counter, traced in zip(count["by_counter"], count["by_trace"], strict=True):
        assert abs(counter - traced) <= 2
    assert sum(count["by_owner"].values()) == pytest.approx(count["inference"], abs=100)


def test_operators_are_the_model_s_and_add_up(report):
    assert [o["name"] for o in report["operators"]] == OPERATORS
    count = report["instructions"]
    assert sum(o["instructions"] for o in report["operators"]) == count["operators"]
    assert 0 < count["interpreter"] < count["inference"] // 100
    # The convolution has 12 of 13 multiply-accumulates.
    assert report["operators"][0]["share"] > 0.7


def test_the_estimate_is_of_a_core_of_one_or_two_instructions_a_cycle(report):
    cycles = report["estimated_cycles"]
    assert 0.5 < cycles["inference"] / report["instructions"]["inference"] < 3
    operators = sum(o["estimated_cycles"] for o in report["operators"])
    assert operators == pytest.approx(cycles["inference"], rel=0.02)
    # LLVM has no time for `it` on the Cortex-M7.
    assert cycles["untimed_instructions"] < report["instructions"]["inference"] // 10


def test_the_same_numbers_come_out_on_every_core_of_arm():
    assert len({r["output_fnv1a"] for r in REPORTS.values() if r["core"] != "rv32imac"}) == 1


def test_the_text_has_the_figures(report):
    (file,) = [f for f in FILES if f.suffix == ".txt" and report["environment"] in f.name]
    text = file.read_text()
    assert f"Flash: {report['flash']['bytes']:,} bytes\n" in text
    assert f"An inference: {report['instructions']['inference']:,} instructions;" in text


def _budget_test(*flags):
    return subprocess.run(
        [pathlib.Path(os.environ["BUDGET_TEST"]).absolute(), *flags], capture_output=True, text=True
    )


def test_budgets_that_are_kept():
    run = _budget_test()
    assert run.returncode == 0, run.stderr
    assert f"instructions: used {M4F['instructions']['inference']:,}, limit 370,000\n" in run.stdout


@pytest.mark.parametrize(
    ("name", "used"),
    [
        ("flash_bytes", M4F["flash"]["bytes"]),
        ("ram_bytes", M4F["ram"]["bytes"]),
        ("stack_bytes", M4F["ram"]["stack_peak"]),
        ("instructions", M4F["instructions"]["inference"]),
    ],
)
def test_a_budget_that_is_exceeded_is_named_with_by_how_much(name, used):
    run = _budget_test(f"--{name}={used - 7}")
    assert run.returncode == 2
    assert f"{name}: used {used:,}, limit {used - 7:,}: 7 too many\n" in run.stdout
    assert run.stdout.count("too many") == 1
    assert "is over budget" in run.stderr
    assert _budget_test(f"--{name}={used}").returncode == 0
