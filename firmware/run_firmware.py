# SPDX-License-Identifier: Apache-2.0
r"""Runs firmware in an emulator: prints its serial port, and judges its end.

  run_firmware --seconds=10 --expect=PASS -- qemu-system-arm -M mps2-an386 … -kernel program.elf

Exit code 0 if the program printed what is expected and ended with the expected exit code in time;
1 if not.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence


def judge(
    output: str, exit_code: int | None, *, expected: Sequence[str], expected_code: int, seconds: int
) -> str:
    """Judges a run.

    Args:
      output: what the program printed.
      exit_code: of the emulator, or None if it was stopped.
      expected: texts that must be in the output.
      expected_code: what the exit code must be.
      seconds: after how long it was stopped.

    Returns:
      An empty string, or what is wrong, in one line.
    """
    if exit_code is None:
        return f"hang: it did not end within {seconds} s"
    missing = [text for text in expected if text not in output]
    if missing:
        return f"it did not print {missing[0]!r}, and ended with exit code {exit_code}"
    if exit_code != expected_code:
        return f"it ended with exit code {exit_code}, not {expected_code}"
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="stop it after so long")
    parser.add_argument("--expect", action="append", default=[], help="a text that it must print")
    parser.add_argument("--exit_code", type=int, default=0, help="what it must end with")
    parser.add_argument("command", nargs="+", help="the emulator and its arguments")
    flags = parser.parse_args()
    try:
        run = subprocess.run(
            flags.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=flags.seconds,
            check=False,
        )
        output, exit_code = run.stdout, run.returncode
    except subprocess.TimeoutExpired as error:
        output, exit_code = error.stdout or b"", None
    except OSError as error:
        sys.exit(f"run_firmware: {flags.command[0]}: cannot be run: {error.strerror}")
    text = output.decode(errors="replace")
    print(text, end="")
    fault = judge(
        text,
        exit_code,
        expected=flags.expect,
        expected_code=flags.exit_code,
        seconds=flags.seconds,
    )
    if fault:
        sys.exit(f"run_firmware: {fault}")


if __name__ == "__main__":
    main()
