# SPDX-License-Identifier: Apache-2.0
"""What firmware printed, compared with what it must print."""

from __future__ import annotations

import itertools
import math
import re
import struct
from collections.abc import Sequence

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


def compare(output: str, expected: str, own: Sequence[str] = ()) -> str:
    """Compares what a program printed with what it must print, line by line.

    A word "float:BITS" stands for a float: it may differ by TOLERANCE, and by so much of its size.

    Args:
      output: what it printed. It may print more after it.
      expected: what it must print.
      own: what lines begin with that are the program's own: they are compared in neither.

    Returns:
      An empty string, or the first difference, in one line.
    """

    def equal(line: str, printed: str) -> bool:
        words, others = line.split(" "), printed.split(" ")
        return len(words) == len(others) and all(map(_equal_words, words, others))

    def kept(text: str) -> list[str]:
        return [line for line in text.splitlines() if not line.startswith(tuple(own))]

    lines = kept(expected)
    if not lines:
        return "there is nothing to compare with"
    for number, (line, printed) in enumerate(itertools.zip_longest(lines, kept(output)), 1):
        if number > len(lines):
            break
        if printed is None:
            return f"line {number} is missing: {line!r}"
        if not equal(line, printed):
            return f"line {number} is {printed!r}, not {line!r}"
    return ""
