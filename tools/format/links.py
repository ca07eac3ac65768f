# SPDX-License-Identifier: Apache-2.0
"""Links of Markdown pages to other files of this repository."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterable

_LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?\)|(?:href|src|srcset)=\"([^\"]+)\"")
_FENCE = re.compile(r"^( *)(```|~~~).*?^\1\2 *$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ +(.*?) *#* *$", re.MULTILINE)
_ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def anchors(text: str) -> set[str]:
    """Lists what can be linked to in a page.

    Args:
      text: the page, as Markdown.

    Returns:
      The names that GitHub gives its headings.
    """
    found: dict[str, int] = {}
    names = set()
    for heading in _HEADING.findall(_FENCE.sub("", text)):
        # The text of a link, and code without its marks.
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        name = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        number = found.get(name, 0)
        found[name] = number + 1
        names.add(f"{name}-{number}" if number else name)
    return names


def broken(root: pathlib.Path, pages: Iterable[str]) -> list[str]:
    """Looks for links to files or headings that are not there.

    Args:
      root: the repository's.
      pages: paths of Markdown files, relative to the root.

    Returns:
      A line for each such link, with the page that has it.
    """
    lines = []
    for page in pages:
        text = _FENCE.sub("", (root / page).read_text())
        for groups in _LINK.findall(text):
            link = groups[0] or groups[1]
            if _ELSEWHERE.match(link):
                continue
            path, _, anchor = link.partition("#")
            target = (root / page).parent / path if path else root / page
            if not target.exists():
                lines.append(f"{page}: links to {link}, and there is no such file")
            elif anchor and target.suffix == ".md" and anchor not in anchors(target.read_text()):
                lines.append(f"{page}: links to {link}, and there is no such heading")
    return lines
