# SPDX-License-Identifier: Apache-2.0
"""A program that never ends is stopped, and named."""

import os
import subprocess


def test_a_program_that_hangs_is_stopped_and_named():
    files = os.environ["EMULATOR"].split()
    (emulator,) = [file for file in files if file.endswith("/qemu-system-arm")]
    board = ["-M", "mps2-an386", "-display", "none", "-monitor", "none", "-serial", "stdio"]
    board += ["-semihosting-config", "enable=on,target=native"]
    result = subprocess.run(
        [
            os.environ["RUN"],
            "--seconds=3",
            "--expect=PASS",
            "--",
            emulator,
            *board,
            "-kernel",
            os.environ["PROGRAM"],
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 1
    assert result.stdout == "begun\n"
    assert (
        result.stderr == "run_firmware: hang: it did not end within 3 s (`seconds` of the test)\n"
    )
