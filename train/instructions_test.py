# SPDX-License-Identifier: Apache-2.0
"""Tests of train/instructions.py."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

from train import instructions

_OLD = "flags\t\t: fpu sse sse2 sse4_1 avx\n"
_NEW = "flags\t\t: fpu sse2 sse4_1 avx avx2 fma avx512f avx512bw avx512vl avx512dq\n"


@pytest.mark.parametrize("name", instructions.NAMES)
def test_a_new_cpu_lacks_nothing(name):
    assert instructions.missing(name, _NEW) == []


def test_an_old_cpu_lacks_what_is_newer():
    assert instructions.missing("avx", _OLD) == []
    assert instructions.missing("avx2", _OLD) == ["avx2", "fma"]
    assert instructions.missing("sse41", "no such line") == ["sse4_1"]


def test_the_default_is_the_set_that_every_cpu_has():
    assert instructions.NAMES[0] == instructions.DEFAULT


def test_the_build_setting_takes_the_same_names():
    text = pathlib.Path(os.environ["INSTRUCTION_SETS"]).read_text()
    assert tuple(re.findall(r"^    \"(\w+)\",$", text, re.MULTILINE)) == instructions.NAMES


def _use(before: str, cpuinfo: str = _OLD) -> subprocess.CompletedProcess:
    program = f"""
import os, pathlib, sys
from train import instructions
pathlib.Path.read_text = lambda path: {cpuinfo!r}
{before}
instructions.use("avx2")
print(os.environ["ONEDNN_MAX_CPU_ISA"], os.environ["TF_ENABLE_ONEDNN_OPTS"])
"""
    environment = {"PYTHONPATH": ":".join(sys.path)}
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment
    )


def test_use_sets_what_tensorflow_reads():
    run = _use("", _NEW)
    assert (run.returncode, run.stdout, run.stderr) == (0, "AVX2 0\n", "")


def test_a_cpu_without_it_is_said_in_one_line():
    run = _use("")
    assert run.returncode == 0
    assert run.stderr == (
        "warning: this CPU has no avx2, fma, which instruction set avx2 needs:"
        " the result will have other bytes than on a CPU that has\n"
    )


def test_too_late_is_an_error():
    run = _use("sys.modules['tensorflow'] = None", _NEW)
    assert "RuntimeError: TensorFlow was imported before" in run.stderr
