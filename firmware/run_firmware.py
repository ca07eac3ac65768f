# SPDX-License-Identifier: Apache-2.0
r"""Runs firmware in an emulator: prints its serial port, and judges its end.

  run_firmware --seconds=10 --expect=PASS -- qemu-system-arm -M mps2-an386 … -kernel program.elf

Exit code 0 if the program printed what is expected and ended with the expected exit code in time;
1 if not.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from firmware import golden

# Of a long output so many characters are shown of its beginning, and as many of its end.
_SHOWN = 50_000

# How a program ends for which no emulator takes the exit code: firmware/runtime/stop.h.
_EXIT_LINE = re.compile(rb"exit code (-?\d+)\r?")


def judge(
    output: str, exit_code: int | None, why_stopped: str, *, expected: Sequence[str], code: int
) -> str:
    """Judges a run.

    Args:
      output: what the program printed.
      exit_code: of the emulator, or None if it was stopped.
      why_stopped: why it was.
      expected: texts that must be in the output.
      code: what the exit code must be.

    Returns:
      An empty string, or what is wrong, in one line.
    """
    if exit_code is None:
        return f"hang: {why_stopped}"
    missing = [text for text in expected if text not in output]
    if missing:
        return f"it did not print {missing[0]!r}, and ended with exit code {exit_code}"
    if exit_code != code:
        return f"it ended with exit code {exit_code}, not {code}"
    return ""


class Watchdog:
    """Stops an emulator that takes too long, or that is silent for too long."""

    def __init__(self, emulator: subprocess.Popen[bytes], *, seconds: float, silent_seconds: float):
        """Starts to watch.

        Args:
          emulator: to stop.
          seconds: after how long.
          silent_seconds: after how long without output.
        """
        self.reason = ""
        self._ended = threading.Event()
        self._heard = start = time.monotonic()

        def watch() -> None:
            while not self._ended.wait(0.1):
                now = time.monotonic()
                if now - start > seconds:
                    self.reason = f"it did not end within {seconds:g} s (`seconds` of the test)"
                elif now - self._heard > silent_seconds:
                    silence = f"it printed nothing for {silent_seconds:g} s"
                    self.reason = silence + " (`silent_seconds` of the test)"
                if self.reason:
                    emulator.kill()
                    return

        self._thread = threading.Thread(target=watch)
        self._thread.start()

    def hear(self) -> None:
        """The emulator has printed something."""
        self._heard = time.monotonic()

    def stop(self) -> None:
        """Watches no longer."""
        self._ended.set()
        self._thread.join()


def run(
    command: Sequence[str], *, seconds: float, silent_seconds: float, exit_line: bool
) -> tuple[bytes, int | None, str]:
    """Runs an emulator.

    Args:
      command: the emulator and its arguments.
      seconds: after how long it is stopped.
      silent_seconds: after how long without output.
      exit_line: whether the program says its exit code in a line; the emulator is stopped then.

    Returns:
      What it printed, the exit code or None if it was stopped, and why it was.

    Raises:
      OSError: it can't be started.
    """
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as emulator:
        assert emulator.stdout
        watchdog = Watchdog(emulator, seconds=seconds, silent_seconds=silent_seconds)
        try:
            output = b""
            line = b""
            # What has come, whether or not a line ends: a program may print one byte at a time.
            while chunk := os.read(emulator.stdout.fileno(), 65536):
                watchdog.hear()
                output += chunk
                *ended, line = (line + chunk).split(b"\n")
                said = [match for text in ended if (match := _EXIT_LINE.fullmatch(text))]
                if exit_line and said:
                    emulator.kill()
                    return output, int(said[0].group(1)), ""
            exit_code = emulator.wait()
        finally:
            watchdog.stop()
    if watchdog.reason:
        return output, None, watchdog.reason
    # An emulator that ends before the program has said so is a failure, whatever it ends with.
    return output, exit_code or 1 if exit_line else exit_code, ""


def check(checker: str, output: bytes) -> str:
    """Has another program judge what was printed.

    Args:
      checker: its path. It gets the output on stdin; what it prints is printed.
      output: what the firmware printed.

    Returns:
      An empty string if it ends with exit code 0, else its last line, or what is wrong.
    """
    try:
        result = subprocess.run(
            [os.path.abspath(checker)],  # noqa: PTH100
            input=output,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except OSError as error:
        return f"{checker}: cannot be run: {error.strerror}"
    said = result.stdout.decode(errors="replace")
    print(said, end="")
    if not result.returncode:
        return ""
    lines = said.splitlines()
    return lines[-1] if lines else f"{checker} ended with exit code {result.returncode}"


def _shortened(text: str) -> str:
    """Leaves out the middle of a long output: Bazel shows no log of more than a megabyte."""
    if len(text) <= 2 * _SHOWN:
        return text
    left_out = len(text) - 2 * _SHOWN
    return f"{text[:_SHOWN]}\n… {left_out:,} characters are left out here …\n{text[-_SHOWN:]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="stop it after so long")
    parser.add_argument(
        "--silent_seconds", type=int, default=10, help="stop it after so long without output"
    )
    parser.add_argument("--expect", action="append", default=[], help="a text that it must print")
    parser.add_argument("--exit_code", type=int, default=0, help="what it must end with")
    parser.add_argument("--golden", help="a file with what it must print first")
    parser.add_argument(
        "--own", action="append", default=[], help="what lines begin with that are not compared"
    )
    parser.add_argument(
        "--checker", help="a program that gets the output on stdin, and fails if it is wrong"
    )
    parser.add_argument(
        "--exit_line", action="store_true", help="it says its exit code, and does not end"
    )
    parser.add_argument("command", nargs="+", help="the emulator and its arguments")
    flags = parser.parse_args()
    try:
        output, exit_code, why_stopped = run(
            flags.command,
            seconds=flags.seconds,
            silent_seconds=flags.silent_seconds,
            exit_line=flags.exit_line,
        )
    except OSError as error:
        sys.exit(f"run_firmware: {flags.command[0]}: cannot be run: {error.strerror}")
    text = output.decode(errors="replace")
    print(_shortened(text), end="")
    fault = judge(text, exit_code, why_stopped, expected=flags.expect, code=flags.exit_code)
    if not fault and flags.golden:
        expected = pathlib.Path(flags.golden).read_text(encoding="utf-8")
        fault = golden.compare(text, expected, flags.own)
    if not fault and flags.checker:
        fault = check(flags.checker, output)
    if fault:
        sys.exit(f"run_firmware: {fault}")


if __name__ == "__main__":
    main()
