# SPDX-License-Identifier: Apache-2.0
r"""Runs firmware in an emulator: prints its serial port, and judges its end.

  run_firmware --seconds=10 --expect=PASS -- qemu-system-arm -M mps2-an386 … -kernel program.elf

Exit code 0 if the program printed what is expected and ended with the expected exit code in time;
1 if not.
"""

from __future__ import annotations

import argparse
import pathlib
import re
import subprocess
import sys
import threading
from collections.abc import Sequence

from firmware import golden

# How a program ends for which no emulator takes the exit code: firmware/runtime/stop.h.
_EXIT_LINE = re.compile(rb"exit code (-?\d+)\r?\n")


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


def run(command: Sequence[str], *, seconds: int, exit_line: bool) -> tuple[bytes, int | None]:
    """Runs an emulator.

    Args:
      command: the emulator and its arguments.
      seconds: after how long it is stopped.
      exit_line: whether the program says its exit code in a line; the emulator is stopped then.

    Returns:
      What it printed and the exit code, or None if there is none.

    Raises:
      OSError: it can't be started.
    """
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as emulator:
        assert emulator.stdout
        stopped = threading.Event()

        def stop() -> None:
            stopped.set()
            emulator.kill()

        timer = threading.Timer(seconds, stop)
        timer.start()
        try:
            output = b""
            for line in emulator.stdout:
                output += line
                if exit_line and (said := _EXIT_LINE.fullmatch(line)):
                    emulator.kill()
                    return output, int(said.group(1))
            exit_code = emulator.wait()
        finally:
            timer.cancel()
    if stopped.is_set():
        return output, None
    # An emulator that ends before the program has said so is a failure, whatever it ends with.
    return output, exit_code or 1 if exit_line else exit_code


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="stop it after so long")
    parser.add_argument("--expect", action="append", default=[], help="a text that it must print")
    parser.add_argument("--exit_code", type=int, default=0, help="what it must end with")
    parser.add_argument("--golden", help="a file with what it must print first")
    parser.add_argument(
        "--own", action="append", default=[], help="what lines begin with that are not compared"
    )
    parser.add_argument(
        "--exit_line", action="store_true", help="it says its exit code, and does not end"
    )
    parser.add_argument("command", nargs="+", help="the emulator and its arguments")
    flags = parser.parse_args()
    try:
        output, exit_code = run(flags.command, seconds=flags.seconds, exit_line=flags.exit_line)
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
    if not fault and flags.golden:
        expected = pathlib.Path(flags.golden).read_text(encoding="utf-8")
        fault = golden.compare(text, expected, flags.own)
    if fault:
        sys.exit(f"run_firmware: {fault}")


if __name__ == "__main__":
    main()
