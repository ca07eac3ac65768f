# SPDX-License-Identifier: Apache-2.0
"""Sections of the docs' pages that a command writes, each between two comments."""

from __future__ import annotations

from collections.abc import Sequence


class PageError(ValueError):
    """The page is not what it should be. The message is one line."""


def begin_mark(section: str, command: str) -> str:
    """Writes the line before a section.

    Args:
      section: its name.
      command: what writes it.

    Returns:
      The line.
    """
    return f"<!-- {section}: written by {command} -->\n"


def replace_section(page: str, section: str, command: str, text: str) -> str:
    """Puts a section's text into a page.

    Args:
      page: the page's text.
      section: its name.
      command: what writes it.
      text: what stands between the section's marks.

    Returns:
      The new page.

    Raises:
      PageError: the page has no such marks.
    """
    begin, end = begin_mark(section, command), f"<!-- end of {section} -->\n"
    before, found, rest = page.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found or not found_end:
        raise PageError(f"the page has no lines {begin.strip()!r} and {end.strip()!r}")
    return f"{before}{begin}\n{text}\n{end}{after}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lays out a table of Markdown.

    Args:
      header: of the columns; those that begin with '>' are aligned to the right.
      rows: the cells.

    Returns:
      Markdown, with an end of line.
    """
    line = "|".join("---:" if title.startswith(">") else "---" for title in header)
    titles = " | ".join(title.lstrip(">") for title in header)
    body = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return f"| {titles} |\n|{line}|\n{body}"
