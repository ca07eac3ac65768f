# SPDX-License-Identifier: Apache-2.0
"""The search for the smallest arena of a model: what to try, and what the outcomes mean.

The trials are those of a program that runs on the target: see tflm/arena_trial.h.
"""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence

from tflm.trial_program import ARENA_STEP

WORKS = "works"
"""It ran twice, and gave the same outputs as with the largest arena."""
REFUSED = "refused"
"""TFLM returned an error: the clean way to fail."""
WRONG_OUTPUT = "wrong output"
"""It ran to another output."""
OVERRUN = "overrun"
"""It wrote beyond the arena."""
CRASHED = "crashed"
"""The program died, or did not end: TFLM doesn't check each of its allocations."""

# The first runs may take so long, each later one so much longer than they did.
_FIRST_SECONDS = 1800.0
_LEAST_SECONDS = 60.0
_FACTOR = 20.0

_LARGER_ARENA = " (a larger arena: `largest` of tflm_arena, `largest_arena` of tflm_cc_library)"


class MeasurementError(Exception):
    """The arena can't be measured. The message is one line."""


@dataclasses.dataclass(frozen=True)
class Account:
    """What uses the largest arena, as TFLM itself reports it, and where.

    Attributes:
      target: the processor's kind, e.g. "x86-64".
      pointer_bits: of a pointer there.
      tflm_source: which TFLM it is.
      tflm_commit: its commit.
      largest: the largest arena, bytes.
      used: by TFLM's arena_used_bytes().
      non_persistent: activations and scratch buffers, planned to share memory.
      persistent_by_type: what lives as long as the interpreter, by allocation type, bytes. The last
        one is what TFLM records under no type.
    """

    target: str
    pointer_bits: int
    tflm_source: str
    tflm_commit: str
    largest: int
    used: int
    non_persistent: int
    persistent_by_type: dict[str, int]

    @property
    def persistent(self) -> int:
        """What lives as long as the interpreter, bytes."""
        return self.used - self.non_persistent


# The fields of what the program prints: of a trial by its outcome, and of the account.
_TRIAL_FIELDS = {
    "ran": {"arena", "outcome", "output_bytes", "digests"},
    REFUSED: {"arena", "outcome", "why"},
    OVERRUN: {"arena", "outcome"},
}
_ACCOUNT_FIELDS = {field.name for field in dataclasses.fields(Account)}


class Trials:
    """Runs the program that tries arenas, in a process of its own for each."""

    def __init__(self, command: Sequence[str], prefix: str = "", name: str = ""):
        """Takes the outputs with the largest arena as the correct ones.

        Args:
          command: the program with what stands before its argument, or an emulator's command line.
          prefix: what stands before its argument in the same word.
          name: of the program, for messages. Default: the last word of `command`.

        Raises:
          MeasurementError: it can't be run, or the model doesn't run even with the largest arena.
        """
        self._command = list(command)
        self._name = name or self._command[-1]
        self._prefix = prefix
        self._limit = _FIRST_SECONDS
        start = time.monotonic()
        self.account = self._account()
        fields, log = self._run(str(self.account.largest))
        if fields is None:
            raise MeasurementError(f"crashed with an arena of {self.account.largest} bytes{log}")
        if fields["outcome"] == REFUSED:
            raise MeasurementError(fields["why"] + log)
        if fields["outcome"] == OVERRUN:
            raise MeasurementError(f"writes beyond an arena of {self.account.largest} bytes")
        if not fields["output_bytes"]:
            raise MeasurementError("the model has no output")
        self._expected = fields["digests"]
        self._limit = _LEAST_SECONDS + _FACTOR * (time.monotonic() - start)

    def outcome(self, size: int) -> str:
        """Tries an arena.

        Args:
          size: bytes.

        Returns:
          WORKS, REFUSED, WRONG_OUTPUT, OVERRUN or CRASHED.

        Raises:
          MeasurementError: the program can't be run.
        """
        fields, _ = self._run(str(size))
        if fields is None:
            return CRASHED
        if fields["outcome"] != "ran":
            return fields["outcome"]
        return WORKS if fields["digests"] == self._expected else WRONG_OUTPUT

    def _account(self) -> Account:
        fields, log = self._run("account")
        if fields is None:
            # A chip says what fault it was.
            raise MeasurementError("crashed with the largest arena" + (log or _LARGER_ARENA))
        if "fault" in fields:
            more = _LARGER_ARENA if "allocated" in fields["fault"] else ""
            raise MeasurementError(fields["fault"] + log + more)
        account = Account(**fields)
        rest = account.persistent - sum(account.persistent_by_type.values())
        if account.persistent < 0 or rest < 0:
            raise MeasurementError("the recorded sizes contradict each other")
        account.persistent_by_type["allocator and unrecorded"] = rest
        return account

    def _run(self, argument: str) -> tuple[dict | None, str]:
        """Runs the program.

        Returns:
          The line that it printed, or None if it crashed; and after a colon the first line of
          TFLM's log, or the line in which a chip names its fault, if there is one.
        """
        try:
            process = subprocess.Popen(
                [*self._command, self._prefix + argument],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                # So that what it starts ends with it.
                start_new_session=True,
            )
        except OSError as error:
            raise MeasurementError(
                f"{self._command[0]}: cannot be run: {error.strerror}"
            ) from error
        with process:
            try:
                stdout, stderr = process.communicate(timeout=self._limit)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return None, ""
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        if process.returncode != 0:
            faults = [line for line in stdout.splitlines() if line.startswith(b"FAULT: ")]
            return None, "".join(f": {line.decode(errors='replace')}" for line in faults[:1])
        # A chip has one place to print to: TFLM's log comes before the line.
        *before, stdout = stdout.rstrip(b"\n").rsplit(b"\n", 1)
        stderr = b"\n".join([*before, stderr])
        said = "".join(c if c.isprintable() else "\n" for c in stderr.decode(errors="replace"))
        log = "".join(f": {line}" for line in said.splitlines()[:1])
        return self._parsed(stdout, is_trial=argument != "account"), log

    def _parsed(self, line: bytes, *, is_trial: bool) -> dict:
        """Reads what the program printed."""
        try:
            fields = json.loads(line)
            if is_trial:
                if set(fields) == _TRIAL_FIELDS[fields["outcome"]]:
                    return fields
            elif set(fields) in ({"fault"}, _ACCOUNT_FIELDS):
                return fields
        except (ValueError, TypeError, KeyError):
            pass
        raise MeasurementError(
            f"{self._name}: is not a program of tflm_arena: it printed {line[:40]!r}"
        )


def find_smallest(largest: int, works: Callable[[int], bool]) -> int:
    """Finds the smallest multiple of ARENA_STEP that works, by bisection.

    Args:
      largest: the largest size to try, bytes.
      works: whether a size works: false below some size and true from there.

    Returns:
      The size in bytes; 0 if not even the largest works.
    """
    too_small, enough = 0, largest // ARENA_STEP
    if enough == 0 or not works(enough * ARENA_STEP):
        return 0
    while enough - too_small > 1:
        middle = (too_small + enough) // 2
        if works(middle * ARENA_STEP):
            enough = middle
        else:
            too_small = middle
    return enough * ARENA_STEP


def measure(trials: Trials) -> dict:
    """Measures the arena.

    Args:
      trials: of the model.

    Returns:
      A JSON object, sizes in bytes: `target`, `pointer_bits`, `tflm_source`, `tflm_commit`,
      `arena_size` (the smallest that works), `one_step_less` (`arena_size`, `outcome`),
      `arena_used_bytes`, `non_persistent_bytes`, `persistent_bytes`, `persistent_by_type`.

    Raises:
      MeasurementError: no arena works each time.
    """
    account = trials.account
    size = find_smallest(account.largest, lambda size: trials.outcome(size) == WORKS)
    if size == 0:
        raise MeasurementError("the model's outputs differ from run to run")
    return {
        "target": account.target,
        "pointer_bits": account.pointer_bits,
        "tflm_source": account.tflm_source,
        "tflm_commit": account.tflm_commit,
        "arena_size": size,
        "one_step_less": {
            "arena_size": size - ARENA_STEP,
            "outcome": trials.outcome(size - ARENA_STEP),
        },
        "arena_used_bytes": account.used,
        "non_persistent_bytes": account.non_persistent,
        "persistent_bytes": account.persistent,
        "persistent_by_type": account.persistent_by_type,
    }


def table(report: dict) -> str:
    """Formats a measurement for people.

    Args:
      report: see `measure`.

    Returns:
      Lines of text.
    """
    less = report["one_step_less"]
    lines = [
        f"Smallest arena on {report['target']}: {report['arena_size']} bytes"
        f" (with {less['arena_size']}: {less['outcome']})",
        f"TFLM: {report['tflm_source']}, {report['tflm_commit']}",
    ]
    rows = [
        (report["arena_used_bytes"], "used, by TFLM's account"),
        (report["non_persistent_bytes"], "  non-persistent: activations and scratch buffers"),
        (report["persistent_bytes"], "  persistent"),
    ]
    rows += [(size, f"    {name}") for name, size in report["persistent_by_type"].items()]
    # What AllocateTensors() needs to plan the arena is given back at its end.
    more = report["arena_size"] - report["arena_used_bytes"]
    if more >= ARENA_STEP:
        rows.append((more, "more while the model is set up"))
    return "".join(f"{line}\n" for line in [*lines, *(f"{n:8}  {text}" for n, text in rows)])


def check(trials: Trials, size: int, say: Callable[[str], None]) -> None:
    """Checks that an arena is the smallest that works, as tflm_arena_test claims.

    Args:
      trials: of the model.
      size: of the arena, bytes.
      say: is given what was found, in lines.

    Raises:
      MeasurementError: it is not.
    """

    def outcome(size: int) -> str:
        found = trials.outcome(size)
        say(f"{size} bytes: {found}")
        return found

    if outcome(size) != WORKS:
        raise MeasurementError("the measured arena does not work")
    if outcome(size + ARENA_STEP) != WORKS:
        raise MeasurementError("a larger arena does not work")
    below = outcome(size - ARENA_STEP)
    if below == CRASHED:
        # Today's TFLM doesn't check each of its allocations, and users don't meet that.
        say("(the process died; the class's Create() refuses such an arena before TFLM sees it)")
    elif below != REFUSED:
        raise MeasurementError(f"an arena {ARENA_STEP} bytes smaller does not fail cleanly")
    # Bisection relies on no smaller one working: a sample of them, as large arenas have many.
    step = (size // ARENA_STEP // 100 + 1) * ARENA_STEP
    smaller = range(0, size - ARENA_STEP, step)
    for tried in smaller:
        found = trials.outcome(tried)
        if found in (WORKS, WRONG_OUTPUT):
            raise MeasurementError(f"with {tried} bytes: {found}")
    say(f"{len(smaller)} smaller ones: none works")
