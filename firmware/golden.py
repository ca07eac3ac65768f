# SPDX-License-Identifier: Apache-2.0
"""What firmware printed, compared with what it must print."""

from __future__ import annotations

import itertools
import math
import re
import struct
from collections.abc import Sequence

TOLERANCE = 1e-4

# Of a longer line a message has the first word that differs.
_MOST_WORDS = 12
_MOST = 200


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


def _shown(line: str) -> str:
    return repr(line if len(line) <= _MOST else line[:_MOST] + "…")


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

    def difference(line: str, printed: str) -> str:
        words, others = line.split(" "), printed.split(" ")
        if len(words) != len(others):
            return f"{_shown(printed)}, not {_shown(line)}"
        for i, (word, other) in enumerate(zip(words, others, strict=True)):
            if not _equal_words(word, other):
                if len(words) <= _MOST_WORDS:
                    return f"{_shown(printed)}, not {_shown(line)}"
                where = f"word {i + 1} of {' '.join(words[:2])!r}"
                return f"different in {where}: {other}, not {word}"
        return ""

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
        if found := difference(line, printed):
            return f"line {number} is {found}"
    return ""
