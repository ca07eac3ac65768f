# SPDX-License-Identifier: Apache-2.0
"""How a run of firmware is judged."""

import os
import subprocess

RUN = os.environ["RUN"]


def run(script: str, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [RUN, *flags, "--", "sh", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_pass_and_exit_code_0_pass():
    result = run("echo one; echo PASS", "--expect=PASS", "--expect=one")
    assert (result.returncode, result.stdout, result.stderr) == (0, "one\nPASS\n", "")


def test_pass_alone_is_not_enough():
    result = run("echo PASS; exit 70", "--expect=PASS")
    assert (result.returncode, result.stdout) == (1, "PASS\n")
    assert result.stderr == "run_firmware: it ended with exit code 70, not 0\n"


def test_exit_code_0_alone_is_not_enough():
    result = run("echo PA", "--expect=PASS")
    assert result.returncode == 1
    assert result.stderr == "run_firmware: it did not print 'PASS', and ended with exit code 0\n"


def test_a_fault_that_is_expected():
    result = run("echo FAULT: x; exit 70", "--expect=FAULT: ", "--exit_code=70")
    assert (result.returncode, result.stderr) == (0, "")


def test_a_hang_is_stopped_and_what_it_printed_is_shown():
    result = run("echo begun; exec sleep 100", "--expect=PASS", "--seconds=1")
    assert (result.returncode, result.stdout) == (1, "begun\n")
    assert result.stderr == "run_firmware: hang: it did not end within 1 s\n"


def test_an_emulator_that_is_not_there():
    command = [RUN, "--", "./no_such"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == ("run_firmware: ./no_such: cannot be run: No such file or directory\n")
