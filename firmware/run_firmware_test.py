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
    assert (
        result.stderr == "run_firmware: hang: it did not end within 1 s (`seconds` of the test)\n"
    )


def test_another_program_may_judge(tmp_path):
    checker = tmp_path / "checker"
    checker.write_text("#!/bin/sh\ngrep -q two || { echo no; echo 'no two'; exit 3; }; echo well\n")
    checker.chmod(0o755)
    result = run("echo one; echo two", f"--checker={checker}")
    assert (result.returncode, result.stdout, result.stderr) == (0, "one\ntwo\nwell\n", "")
    result = run("echo one", f"--checker={checker}")
    assert (result.returncode, result.stdout) == (1, "one\nno\nno two\n")
    assert result.stderr == "run_firmware: no two\n"
    # Not of a run that failed.
    result = run("echo two; exit 1", f"--checker={checker}")
    assert (result.returncode, result.stdout) == (1, "two\n")
    checker.write_text("#!/bin/sh\nexit 1\n")
    result = run("echo two", f"--checker={checker}")
    assert result.stderr == f"run_firmware: {checker} ended with exit code 1\n"
    result = run("echo two", "--checker=no_such_program")
    assert (
        result.stderr == "run_firmware: no_such_program: cannot be run: No such file or directory\n"
    )


def judged(tmp_path, golden: str, *flags: str) -> str:
    file = tmp_path / "golden.txt"
    file.write_text(golden, encoding="utf-8")
    result = run("echo one; echo size 3; echo two; echo PASS", f"--golden={file}", *flags)
    assert result.returncode == (1 if result.stderr else 0)
    return result.stderr


def test_a_golden_is_compared_line_by_line(tmp_path):
    assert judged(tmp_path, "one\nsize 3\ntwo\n") == ""
    assert judged(tmp_path, "one\nsize 4\ntwo\n", "--own=size ") == ""
    assert judged(tmp_path, "one\nsize 4\n") == "run_firmware: line 2 is 'size 3', not 'size 4'\n"
    missing = judged(tmp_path, "one\nsize 3\ntwo\nPASS\nthree\n")
    assert missing == "run_firmware: line 5 is missing: 'three'\n"
    assert judged(tmp_path, "") == "run_firmware: there is nothing to compare with\n"


def test_of_a_long_line_the_first_difference_is_said(tmp_path):
    golden = tmp_path / "golden.txt"
    numbers = [str(i) for i in range(300)]
    golden.write_text(f"output 0: {' '.join(numbers)}\n", encoding="utf-8")
    numbers[3] = "7"
    fault = run(f"echo output 0: {' '.join(numbers)}", f"--golden={golden}").stderr
    assert fault == "run_firmware: line 1 is different in word 6 of 'output 0:': 7, not 3\n"
    fault = run(f"echo output 0: {' '.join(numbers[:99])}", f"--golden={golden}").stderr
    assert fault.startswith("run_firmware: line 1 is 'output 0: 0 1 2 7 4 ")
    assert len(fault) < 500


def test_the_middle_of_a_long_output_is_left_out():
    result = run("echo first; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo last")
    assert result.returncode == 0
    assert len(result.stdout) < 200_000
    assert result.stdout.startswith("first\n")
    assert "characters are left out here" in result.stdout
    assert result.stdout.endswith("x\nlast\n")


def test_floats_may_differ_a_little(tmp_path):
    golden = tmp_path / "golden.txt"

    def fault(value: str, printed: str) -> str:
        golden.write_text(f"output 0: {value}\n", encoding="utf-8")
        return run(f"echo 'output 0: {printed}'", f"--golden={golden}").stderr

    one, nearly_one, more, nan = (
        "float:1065353216",
        "float:1065353300",
        "float:1065363216",
        "float:2143289344",
    )
    assert fault(one, nearly_one) == ""
    assert fault(nan, nan) == ""
    wrong = f"run_firmware: line 1 is 'output 0: {more}', not 'output 0: {one}'\n"
    assert fault(one, more) == wrong
    assert fault(one, nan) != ""
    assert fault(one, "1") != ""
    assert fault("1", "2") != ""


def test_a_silent_program_is_stopped():
    script = "for i in 1 2 3; do echo $i; sleep 0.7; done; exec sleep 100"
    result = run(script, "--silent_seconds=1", "--seconds=50")
    assert (result.returncode, result.stdout) == (1, "1\n2\n3\n")
    assert (
        result.stderr
        == "run_firmware: hang: it printed nothing for 1 s (`silent_seconds` of the test)\n"
    )


def test_a_program_that_ends_no_line_is_not_silent():
    result = run("for i in 1 2 3; do printf .; sleep 0.7; done", "--silent_seconds=1")
    assert (result.returncode, result.stdout) == (0, "...")


def test_a_program_that_says_its_exit_code_is_stopped():
    script = "printf 'PASS\\n\\nexit code 0\\n'; exec sleep 100"
    result = run(script, "--expect=PASS", "--exit_line", "--seconds=10")
    assert (result.returncode, result.stdout) == (0, "PASS\n\nexit code 0\n")
    result = run(script.replace("code 0", "code 70"), "--exit_line", "--seconds=10")
    assert (result.returncode, result.stderr) == (
        1,
        "run_firmware: it ended with exit code 70, not 0\n",
    )


def test_a_program_that_does_not_say_its_exit_code():
    result = run("echo exit code 0 soon; exec sleep 100", "--exit_line", "--seconds=1")
    assert (result.returncode, result.stderr) == (
        1,
        "run_firmware: hang: it did not end within 1 s (`seconds` of the test)\n",
    )
    result = run("exit 0", "--exit_line")
    assert (result.returncode, result.stderr) == (
        1,
        "run_firmware: it ended with exit code 1, not 0\n",
    )


def test_an_emulator_that_is_not_there():
    command = [RUN, "--", "./no_such"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == ("run_firmware: ./no_such: cannot be run: No such file or directory\n")
