# SPDX-License-Identifier: Apache-2.0
"""Tables for people who look at a terminal."""

from __future__ import annotations

from collections.abc import Sequence

NOTHING = "-"
"""Stands for what was not measured."""


def layout(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lays out a table in columns.

    Args:
      header: the titles; those that begin with '>' are aligned to the right.
      rows: as many cells each.

    Returns:
      Lines, each with its end.
    """
    titles = [title.lstrip(">") for title in header]
    widths = [max(len(row[i]) for row in [titles, *rows]) for i in range(len(titles))]
    lines = []
    for row in [titles, *rows]:
        cells = [
            cell.rjust(width) if title.startswith(">") else cell.ljust(width)
            for cell, width, title in zip(row, widths, header, strict=True)
        ]
        lines.append("  ".join(cells).rstrip() + "\n")
    return "".join(lines)


def count(number: int | None) -> str:
    """Writes a number with its thousands apart."""
    return NOTHING if number is None else f"{number:,}"


def fraction(number: float | None) -> str:
    """Writes a ratio."""
    return NOTHING if number is None else f"{number:.3f}"
