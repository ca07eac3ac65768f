# SPDX-License-Identifier: Apache-2.0
"""What the linked TFLM did with a model when it was tried: the answer of //tflm/host:judge."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
import signal
import subprocess
import tempfile

from tflite.model import Model

_NODE = re.compile(r"^Node (?P<name>.+) \(number (?P<index>\d+)f?\) failed to \w+ with status")
# More memory than the judge's arena has, which is more than any microcontroller's.
_NO_MEMORY = re.compile(r"Failed to resize buffer|Failed to allocate tail memory|rena size is too")
_LOCATION = re.compile(r"^(?:\S*/)?(?P<place>[\w.-]+\.(?:cc|h|c)(?::\d+)?) (?P<text>.*)$")


class VerdictError(ValueError):
    """There is no answer. The message is one line."""


@dataclasses.dataclass(frozen=True)
class Verdict:
    """An answer.

    Attributes:
      runs: whether TFLM runs the model, with the same outputs each time.
      stage: how far it came: "initialize", "allocate", "invoke", "repeat" or "runs".
      end: "finished", "refused", "killed", "timed out" or "exited".
      code: the signal or the exit code.
      operator: the operator that ran when it ended, by TFLM's name; may be empty.
      log: what TFLM printed, by lines.
      arena_used_bytes: by TFLM's account, if it runs.
      planned_bytes: what TFLM planned for activations and scratch buffers.
      tflm: which TFLM it was.
      integer_inputs: what inputs of 32 and 64 bit integers were.
    """

    runs: bool
    stage: str = "runs"
    end: str = "finished"
    code: int = 0
    operator: str = ""
    log: tuple[str, ...] = ()
    arena_used_bytes: int = 0
    planned_bytes: int = 0
    tflm: str = ""
    integer_inputs: int = 0

    @property
    def is_of_limits(self) -> bool:
        """Whether TFLM was given too little time or memory: another TFLM needs as much."""
        return self.end == "timed out" or any(map(_NO_MEMORY.search, self.log))


RUNS = Verdict(True)
"""For callers that know already that TFLM runs a model."""


def from_json(text: str, path: str) -> Verdict:
    """Reads an answer.

    Args:
      text: what the judge wrote.
      path: what to call it in messages.

    Returns:
      The answer.

    Raises:
      VerdictError: it is something else.
    """
    try:
        fields = json.loads(text)
        return Verdict(
            bool(fields["runs"]),
            fields["stage"],
            fields["end"],
            fields["code"],
            _clean(fields["operator"]),
            tuple(line for line in map(_clean, fields["log"].splitlines()) if line),
            fields["arena_used_bytes"],
            fields["planned_bytes"],
            f"{fields['tflm_source']}, {fields['tflm_commit']}",
            fields["integer_inputs"],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise VerdictError(f"{path}: is not an answer of //tflm/host:judge") from error


def _clean(line: str) -> str:
    return "".join(c if c.isprintable() else " " for c in line).strip()


def read_json(path: pathlib.Path) -> Verdict:
    """Reads an answer from a file.

    Args:
      path: a file that the judge wrote.

    Returns:
      The answer.

    Raises:
      VerdictError: it can't be read, or is something else.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise VerdictError(f"{path}: cannot be read: {error.strerror}") from error
    return from_json(text, str(path))


def ask(judge: pathlib.Path, content: bytes) -> Verdict:
    """Has the linked TFLM try a model.

    Args:
      judge: the program //tflm/host:judge.
      content: the model, with all contents inside its tables: for example that of a `Model`.

    Returns:
      The answer.

    Raises:
      VerdictError: the program can't be run, or can't say.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "model.tflite"
            path.write_bytes(content)
            run = _run(judge, path)
    except OSError as error:
        raise VerdictError(
            f"the model for {judge} cannot be written to a temporary file: {error.strerror}"
            " (TMPDIR names another folder for it)"
        ) from error
    if run.returncode:
        raise VerdictError(run.stderr.strip().removeprefix("judge: ") or f"{judge}: failed")
    return from_json(run.stdout, str(judge))


def _run(judge: pathlib.Path, path: pathlib.Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [judge.absolute(), f"--model={path}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise VerdictError(f"{judge}: cannot be run: {error.strerror}") from error


def reason(verdict: Verdict, model: Model) -> str:
    """Says why TFLM does not run a model.

    Args:
      verdict: the answer, which is no.
      model: the model.

    Returns:
      A part of a line: the operator, if it is known, and what TFLM said or did.
    """
    said = _said(verdict)
    where = _where(verdict, model)
    told = f": {said}" if said else ""
    if verdict.end == "timed out":
        running = f", in {where}" if where else ""
        return (
            f"the linked TFLM does not come to an end with it in the time allowed{running}:"
            " trial_seconds of the rules allows more"
        )
    if verdict.end in ("killed", "exited"):
        how = _signal_name(verdict.code) if verdict.end == "killed" else f"exit code {verdict.code}"
        running = f" in {where}" if where else ""
        phase = "runs" if verdict.stage in ("invoke", "repeat") else "prepares"
        return f"the linked TFLM crashes ({how}) when it {phase} the model{running}{told}"
    if verdict.end == "finished":
        return (
            "the linked TFLM gives other outputs each time: an operator reads memory that nothing"
            " wrote"
        )
    if where:
        return f"{where}: the linked TFLM refuses it{told}"
    return (
        f"the linked TFLM refuses it when it {_PHASES.get(verdict.stage, 'runs')} the model{told}"
    )


_PHASES = {"initialize": "loads", "allocate": "prepares"}


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _said(verdict: Verdict) -> str:
    """What TFLM said of the cause: its first line that is not about the consequences."""
    lines = [line for line in verdict.log if not _NODE.match(line)]
    if not lines:
        return ""
    match = _LOCATION.match(lines[0])
    text = f"{match['text']} ({match['place']})" if match else lines[0]
    return text if len(text) <= 200 else text[:199] + "…"


def _where(verdict: Verdict, model: Model) -> str:
    name, index = verdict.operator, None
    for line in verdict.log:
        if match := _NODE.match(line):
            name, index = match["name"], int(match["index"])
            break
    if not name:
        return ""
    nodes = [
        (subgraph, node)
        for subgraph in model.subgraphs
        for node in subgraph.nodes
        if node.operator.name == name and index in (None, node.index)
    ]
    if len(nodes) == 1:
        ((subgraph, node),) = nodes
        return f"operator {node.index} of subgraph {subgraph.index} ({name})"
    return f"operator {index} ({name})" if index is not None else f"an operator {name}"
