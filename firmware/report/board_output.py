# SPDX-License-Identifier: Apache-2.0
"""What the program that measures prints, and how its ticks become instructions: see report.h."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

FINE_SHIFT, COARSE_SHIFT = 6, 0
"""With QEMU's `-icount shift=N` an instruction takes 2 to the power N nanoseconds."""

_TOLERANCE = 2
"""Of two reads each may be rounded."""


class BoardError(ValueError):
    """The program failed, or what it printed is not what it should be. The message is one line."""


@dataclasses.dataclass(frozen=True)
class Span:
    """What happened between two reads of the counter.

    Attributes:
      name: of the operator; "invoke" or "calibration" otherwise.
      depth: of an operator: 1 if it is part of another one.
      begin: which call of TicksNow() began it, counted from 1.
      end: which ended it.
      ticks: between the two, modulo the counter's size.
      instructions: of a calibration: of its loop.
    """

    name: str
    depth: int
    begin: int
    end: int
    ticks: int
    instructions: int = 0


@dataclasses.dataclass(frozen=True)
class Output:
    """What a run printed.

    Attributes:
      calibrations: a loop of few instructions and one of many.
      invokes: each inference without a profiler.
      operators: of one inference with a profiler.
      memory: "arena", "arena_used", "stack_peak" and "stack" in bytes.
      output_fnv1a: hash of the model's outputs.
    """

    calibrations: tuple[Span, ...]
    invokes: tuple[Span, ...]
    operators: tuple[Span, ...]
    memory: dict[str, int]
    output_fnv1a: str


def parse(text: str, exit_code: int) -> Output:
    """Reads what a run printed.

    Args:
      text: the serial port's.
      exit_code: of the emulator.

    Returns:
      The output.

    Raises:
      BoardError: the program failed, or there are other lines.
    """
    lines = text.split("\n")
    for line in lines:
        if line.startswith(("FAIL: ", "FAULT: ")):
            raise BoardError(f"the program ended: {line}")
    if "PASS" not in lines or exit_code != 0:
        last = lines[-2] if len(lines) > 1 else text
        raise BoardError(f"the program ended with exit code {exit_code} after {last!r}")
    records = []
    for line in lines[: lines.index("PASS")]:
        try:
            records.append(json.loads(line))
        except ValueError as error:
            raise BoardError(f"the program printed {line!r}") from error
    try:
        memory = next(r for r in records if "arena" in r)
        return Output(
            calibrations=tuple(
                _span(r, "calibration", r["calibration"]) for r in records if "calibration" in r
            ),
            invokes=tuple(_span(r, "invoke") for r in records if "invoke" in r),
            operators=tuple(_span(r, r["operator"]) for r in records if "operator" in r),
            memory=memory,
            output_fnv1a=next(r["output_fnv1a"] for r in records if "output_fnv1a" in r),
        )
    except (KeyError, StopIteration) as error:
        raise BoardError("the program did not print all that it should") from error


def _span(record: dict, name: str, instructions: int = 0) -> Span:
    return Span(
        name, record.get("depth", 0), record["from"], record["to"], record["ticks"], instructions
    )


def instructions(
    coarse: int, fine: int, *, about: int, ticks_per_microsecond: int, bits: int
) -> int:
    """Counts instructions by the ticks of two runs.

    The coarse run's counter is too slow to be exact. The fine one's has more than a tick for each
    instruction. Both may have wrapped any number of times.

    Args:
      coarse: ticks with COARSE_SHIFT, modulo 2 to the power `bits`.
      fine: ticks with FINE_SHIFT, modulo the same.
      about: how many instructions there are by another count, which may be wrong by a third of a
        wrap of the coarse counter: by more than 100 million instructions.
      ticks_per_microsecond: how fast the counter runs.
      bits: of the counter.

    Returns:
      Instructions, exact to two.
    """
    coarse_rate = ticks_per_microsecond * 2**COARSE_SHIFT / 1000
    fine_rate = ticks_per_microsecond * 2**FINE_SHIFT / 1000
    coarse += max(round((about * coarse_rate - coarse) / 2**bits), 0) * 2**bits
    wraps = round((coarse / coarse_rate * fine_rate - fine) / 2**bits)
    return round((fine + max(wraps, 0) * 2**bits) / fine_rate)


def check_calibration(counted: Sequence[int], output: Output) -> int:
    """Checks that the counter counts instructions, and what reading it costs.

    Args:
      counted: the instructions of both loops, as counted.
      output: of the run.

    Returns:
      The instructions that a measurement has too many.

    Raises:
      BoardError: a loop has another length than it should.
    """
    short, long = output.calibrations
    expected = long.instructions - short.instructions
    found = counted[1] - counted[0]
    if abs(found - expected) > _TOLERANCE:
        raise BoardError(
            f"a loop of {expected:,} instructions was counted as {found:,}: is"
            " ticks_per_microsecond of the exec_env right?"
        )
    return counted[0] - short.instructions


def check_same(by_ticks: int, by_trace: int, what: str) -> None:
    """Compares the two ways of counting.

    Args:
      by_ticks: instructions by the core's counter.
      by_trace: instructions by the trace.
      what: was counted.

    Raises:
      BoardError: they differ.
    """
    if abs(by_ticks - by_trace) > _TOLERANCE:
        raise BoardError(
            f"{what}: {by_ticks:,} instructions by the core's counter, {by_trace:,} by the trace"
        )
