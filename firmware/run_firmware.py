# SPDX-License-Identifier: Apache-2.0
r"""Runs firmware in an emulator: prints its serial port, and judges its end.

  run_firmware --seconds=10 --expect=PASS -- qemu-system-arm -M mps2-an386 … -kernel program.elf

Exit code 0 if the program printed what is expected and ended with the expected exit code in time;
1 if not.
"""

from __future__ import annotations

import argparse
import itertools
import math
import pathlib
import re
import struct
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


TOLERANCE = 1e-4


def _float_of(word: str) -> float | None:
    """The float that a word of `inference/sample_run.h` stands for."""
    match = re.fullmatch(r"float:(\d{1,10})", word)
    if not match or int(match[1]) >= 1 << 32:
        return None
    return struct.unpack("<f", struct.pack("<I", int(match[1])))[0]


def _equal_words(word: str, printed: str) -> bool:
    if word == printed:
        return True
    value, other = _float_of(word), _float_of(printed)
    if value is None or other is None:
        return False
    if math.isnan(value) or math.isnan(other):
        return math.isnan(value) and math.isnan(other)
    return math.isclose(value, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def compare(output: str, golden: str, own: Sequence[str] = ()) -> str:
    """Compares what a program printed with what it must print, line by line.

    A word "float:BITS" stands for a float: it may differ by TOLERANCE, and by so much of its size.

    Args:
      output: what it printed. It may print more after it.
      golden: what it must print.
      own: what lines begin with that are the program's own: they are compared in neither.

    Returns:
      An empty string, or the first difference, in one line.
    """

    def equal(line: str, printed: str) -> bool:
        words, others = line.split(" "), printed.split(" ")
        return len(words) == len(others) and all(map(_equal_words, words, others))

    def kept(text: str) -> list[str]:
        return [line for line in text.splitlines() if not line.startswith(tuple(own))]

    expected = kept(golden)
    if not expected:
        return "there is nothing to compare with"
    for number, (line, printed) in enumerate(itertools.zip_longest(expected, kept(output)), 1):
        if number > len(expected):
            break
        if printed is None:
            return f"line {number} is missing: {line!r}"
        if not equal(line, printed):
            return f"line {number} is {printed!r}, not {line!r}"
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="stop it after so long")
    parser.add_argument("--expect", action="append", default=[], help="a text that it must print")
    parser.add_argument("--exit_code", type=int, default=0, help="what it must end with")
    parser.add_argument("--golden", help="a file with what it must print first")
    parser.add_argument(
        "--own", action="append", default=[], help="what lines begin with that are not compared"
    )
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
    if not fault and flags.golden:
        golden = pathlib.Path(flags.golden).read_text(encoding="utf-8")
        fault = compare(text, golden, flags.own)
    if fault:
        sys.exit(f"run_firmware: {fault}")


if __name__ == "__main__":
    main()
