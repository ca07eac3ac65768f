# SPDX-License-Identifier: Apache-2.0
"""What differs between the summaries of two builds: as data, text, Markdown and JSON."""

from __future__ import annotations

import dataclasses
import json
import math
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

FORMAT = 1
"""Of the summaries that can be compared: report/summary.py."""

Number = int | float


class SummaryError(ValueError):
    """A summary that can't be compared. The message is one line that names the file."""


@dataclasses.dataclass(frozen=True)
class Change:
    """A figure of both builds.

    Attributes:
      group: what kind of figure it is.
      name: its name in the group.
      unit: of both numbers.
      base: the figure before.
      current: the figure now.
      less_is_better: whether a smaller figure is the better one.
    """

    group: str
    name: str
    unit: str
    base: Number
    current: Number
    less_is_better: bool

    @property
    def difference(self) -> Number:
        """How much it grew; without the noise of the last digit of floats."""
        found = self.current - self.base
        return found if isinstance(found, int) else round(found, 9)

    @property
    def percent(self) -> float | None:
        """How much it grew in percent of the base; None if that is 0."""
        return 100 * self.difference / abs(self.base) if self.base else None

    @property
    def is_worse(self) -> bool:
        """Whether it went the wrong way."""
        return self.difference > 0 if self.less_is_better else self.difference < 0

    @property
    def verdict(self) -> str:
        """In a word: "better", "worse" or "same"."""
        if not self.difference:
            return "same"
        return "worse" if self.is_worse else "better"


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Two builds.

    Attributes:
      figures: those that both have, in the summary's order.
      only_base: "group/name" of what only the base has.
      only_current: the same of the current work tree.
      notes: what else one should know, sentences.
    """

    figures: Sequence[Change]
    only_base: Sequence[str]
    only_current: Sequence[str]
    notes: Sequence[str]

    @property
    def changed(self) -> list[Change]:
        """Those that differ."""
        return [change for change in self.figures if change.difference]

    def regressions(self, percent: float) -> list[Change]:
        """Lists what got worse by more than so many percent.

        Args:
          percent: of the base; what was 0 and got worse always counts.

        Returns:
          The figures.
        """
        return [
            change
            for change in self.figures
            if change.is_worse
            and abs(math.inf if change.percent is None else change.percent) > percent
        ]


def read(path: pathlib.Path) -> dict[str, Any]:
    """Reads a summary.

    Args:
      path: of the JSON file that //report:summary is.

    Returns:
      Its contents.

    Raises:
      SummaryError: it can't be read, or is something else or of another format.
    """
    try:
        summary = json.loads(path.read_bytes())
    except OSError as error:
        raise SummaryError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SummaryError(f"{path}: is not JSON") from error
    check(summary, str(path))
    return summary


def check(summary: Any, name: str) -> None:
    """Refuses what is not a summary.

    Args:
      summary: what a file contains.
      name: of the file, for the message.

    Raises:
      SummaryError: it is something else, or of another format.
    """
    try:
        if summary["format"] != FORMAT:
            raise SummaryError(
                f"{name}: has format {summary['format']}, not {FORMAT}: these commits can't be"
                " compared"
            )
        for group in summary["groups"].values():
            sound = group["better"] in ("less", "more") and isinstance(group["unit"], str)
            for figure in group["figures"].values():
                sound = sound and isinstance(figure, int | float) and math.isfinite(figure)
            if not sound:
                raise SummaryError(f"{name}: is not the summary of a build")
    except (KeyError, TypeError, AttributeError) as error:
        raise SummaryError(f"{name}: is not the summary of a build") from error


def compare(base: Mapping[str, Any], current: Mapping[str, Any]) -> Comparison:
    """Compares two summaries.

    Args:
      base: before.
      current: now.

    Returns:
      What differs, and what doesn't.
    """
    figures: list[Change] = []
    only_base: list[str] = []
    only_current: list[str] = []
    for name in dict.fromkeys([*current["groups"], *base["groups"]]):
        old = base["groups"].get(name, {"figures": {}})["figures"]
        group = current["groups"].get(name)
        new = group["figures"] if group else {}
        only_base += [f"{name}/{key}" for key in old if key not in new]
        only_current += [f"{name}/{key}" for key in new if key not in old]
        if group:
            figures += [
                Change(name, key, group["unit"], old[key], new[key], group["better"] == "less")
                for key in new
                if key in old
            ]
    notes = []
    if base.get("tflm") != current.get("tflm"):
        notes.append(
            f"The base has TFLM {base.get('tflm')}, the work tree TFLM {current.get('tflm')}."
        )
    return Comparison(figures, only_base, only_current, notes)


# --- to be read -----------------------------------------------------------------------------------


def _number(value: Number) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}"


def _signed(value: Number) -> str:
    return f"{value:+,}" if isinstance(value, int) else f"{value:+.6g}"


def _cells(change: Change) -> list[str]:
    percent = "" if change.percent is None else f"{change.percent:+.2f} %"
    return [
        change.name,
        _number(change.base),
        _number(change.current),
        _signed(change.difference),
        percent,
        change.verdict,
    ]


_HEADER = ("base", "now", "difference", "", "")


def _groups(changes: Sequence[Change]) -> list[tuple[str, list[Change]]]:
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change.group, []).append(change)
    return list(found.items())


def _summary_line(comparison: Comparison, base: str) -> str:
    changed = comparison.changed
    better = sum(1 for change in changed if not change.is_worse)
    return (
        f"Against {base}: {len(changed)} of {len(comparison.figures)} figures differ,"
        f" {better} better and {len(changed) - better} worse."
    )


def _further_lines(comparison: Comparison) -> list[str]:
    lines = list(comparison.notes)
    for title, names in (
        ("Only the base has", comparison.only_base),
        ("Only the work tree has", comparison.only_current),
    ):
        if names:
            lines.append(f"{title}: {', '.join(names)}.")
    return lines


def to_text(comparison: Comparison, base: str) -> str:
    """Makes a table for the terminal, of what differs.

    Args:
      comparison: of both builds.
      base: what to call the base.

    Returns:
      Lines, each with a newline.
    """
    lines = [_summary_line(comparison, base)]
    groups = _groups(comparison.changed)
    rows = [_cells(change) for change in comparison.changed]
    widths = [max((len(row[i]) for row in [*rows, ["", *_HEADER]]), default=0) for i in range(6)]
    for name, changes in groups:
        title = f"{name} ({changes[0].unit})"
        head = [title, *_HEADER]
        first = max(widths[0] + 2, *(len(f"{n} ({c[0].unit})") for n, c in groups))
        lines.append("")
        for number, cells in enumerate([head, *(_cells(change) for change in changes)]):
            text = (cells[0] if number == 0 else f"  {cells[0]}").ljust(first)
            text += "".join(f"  {cell.rjust(widths[i + 1])}" for i, cell in enumerate(cells[1:5]))
            lines.append(f"{text}  {cells[5]}".rstrip())
    further = _further_lines(comparison)
    return "\n".join(lines + ([""] if further else []) + further) + "\n"


def to_markdown(comparison: Comparison, base: str) -> str:
    """Makes a table of Markdown, e.g. for a pull request.

    Args:
      comparison: of both builds.
      base: what to call the base.

    Returns:
      Markdown.
    """

    def row(cells: Sequence[str]) -> str:
        # A bar would end the cell.
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    lines = [_summary_line(comparison, base)]
    for name, changes in _groups(comparison.changed):
        lines += [
            "",
            row([f"{name} ({changes[0].unit})", *_HEADER]),
            "|---|---:|---:|---:|---:|---|",
            *(row(_cells(change)) for change in changes),
        ]
    for line in _further_lines(comparison):
        lines += ["", line]
    return "\n".join(lines) + "\n"


def to_json(comparison: Comparison, base: str) -> dict[str, object]:
    """Makes what programs read: all figures, also those that are the same.

    Args:
      comparison: of both builds.
      base: the base's commit.

    Returns:
      JSON.
    """
    return {
        "base": base,
        "figures": [
            {
                "group": change.group,
                "name": change.name,
                "unit": change.unit,
                "base": change.base,
                "current": change.current,
                "difference": change.difference,
                "percent": change.percent,
                "verdict": change.verdict,
            }
            for change in comparison.figures
        ],
        "only_base": list(comparison.only_base),
        "only_current": list(comparison.only_current),
        "notes": list(comparison.notes),
    }
