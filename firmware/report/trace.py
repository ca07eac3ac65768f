# SPDX-License-Identifier: Apache-2.0
"""Reads what trace_plugin.c writes: which blocks of code ran how often."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable


class TraceError(ValueError):
    """The trace can't be read. The message is one line."""


@dataclasses.dataclass(frozen=True)
class Block:
    """Instructions that run one after the other.

    Attributes:
      address: of the first one.
      size: bytes.
      instructions: how many.
    """

    address: int
    size: int
    instructions: int


@dataclasses.dataclass(frozen=True)
class Counts:
    """How often blocks ran.

    Attributes:
      runs: of each block.
      jumps: how often each was left by a jump, instead of to what lies behind it.
    """

    runs: Counter[Block]
    jumps: Counter[Block]

    @property
    def instructions(self) -> int:
        """How many instructions ran."""
        return sum(block.instructions * runs for block, runs in self.runs.items())


class Trace:
    """The counts between each two calls of the marked function."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Reads a trace.

        Args:
          lines: of the file.

        Raises:
          TraceError: a line is something else, or the end is missing.
        """
        blocks: dict[int, Block] = {}
        self._segments: list[Counts] = []
        ended = False
        try:
            for line in lines:
                kind, *fields = line.split()
                numbers = [int(field, 16) for field in fields]
                if kind == "b":
                    blocks[numbers[0]] = Block(*numbers[1:])
                elif kind == "m":
                    ended = numbers[0] == 0
                    self._segments.append(Counts(Counter(), Counter()))
                elif kind == "c":
                    block = blocks[numbers[0]]
                    self._segments[-1].runs[block] += numbers[1]
                    self._segments[-1].jumps[block] += numbers[2]
                else:
                    raise TraceError(f"the trace has a line {line!r}")
        except (KeyError, ValueError, TypeError, IndexError) as error:
            raise TraceError(f"the trace has a line {line!r}") from error
        if not ended:
            raise TraceError("the trace has no end")

    def instructions(self) -> list[int]:
        """Counts the instructions from each call to the next one."""
        return [segment.instructions for segment in self._segments[1:-1]]

    def between(self, begin: int, end: int) -> Counts:
        """Adds up what ran between two calls.

        Args:
          begin: the first call, counted from 1.
          end: the last one.

        Returns:
          The counts.

        Raises:
          TraceError: there were fewer calls.
        """
        if end >= len(self._segments):
            raise TraceError(f"the trace has {len(self._segments) - 1} calls, not {end}")
        counts = Counts(Counter(), Counter())
        for segment in self._segments[begin:end]:
            counts.runs.update(segment.runs)
            counts.jumps.update(segment.jumps)
        return counts
