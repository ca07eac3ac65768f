# SPDX-License-Identifier: Apache-2.0
"""What each pass of the compiler gives: the table of docs/compiled_models.md."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.figures import MODELS, Figure, Figures
from tools import page

SECTION = "passes"
UPDATE_COMMAND = "./bazelw run //benchmarks:update_passes"

CORE = "cortex_m4f"
"""The core of the table."""

WITHOUT = "without_"
"""How the variant of a model is called that is compiled without a pass: before the pass's name."""


def _cells(figure: Figure) -> tuple[int, int, int]:
    return figure.instructions, figure.arena, figure.flash


def _changed(number: int, usual: int) -> str:
    """Writes a figure, and by how much it is more than the usual one if it differs."""
    if number == usual:
        return f"{number:,}"
    return f"{number:,} ({number / usual - 1:+.1%})"


def render(figures: Figures, passes: Sequence[str]) -> str:
    """Makes what stands between the section's marks.

    Args:
      figures: of the models compiled as usual and without each pass.
      passes: their names, in the order in which they run.

    Returns:
      Markdown. Where a pass changes no figure of a model there is no row.

    Raises:
      PageError: a figure is missing.
    """
    rows, idle = [], []
    for model, title in MODELS.items():
        rows.append(("none", title, *(f"{n:,}" for n in _cells(_find(figures, model, "")))))
    for name in passes:
        before = len(rows)
        for model, title in MODELS.items():
            usual = _cells(_find(figures, model, ""))
            found = _cells(_find(figures, model, WITHOUT + name))
            if found != usual:
                changed = (_changed(n, u) for n, u in zip(found, usual, strict=True))
                rows.append((f"`{name}`", title, *changed))
        if len(rows) == before:
            idle.append(f"`{name}`")
    header = ("left out", "model", ">instructions", ">memory", ">flash")
    text = "On the Cortex-M4F; gcc 12.2.\n\n" + page.table(header, rows)
    if idle:
        text += f"\nWithout {_listed(idle)} nothing changes in these five models.\n"
    return text


def _find(figures: Figures, model: str, variant: str) -> Figure:
    figure = figures.get(model, CORE, variant=variant)
    if figure is None:
        raise page.PageError(f"{MODELS[model]} was not measured {variant or 'as usual'}")
    return figure


def _listed(names: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def replace(text: str, figures: Figures, passes: Sequence[str]) -> str:
    """Puts the table into the page.

    Args:
      text: the page's.
      figures: as for `render`.
      passes: as for `render`.

    Returns:
      The new page.

    Raises:
      PageError: the page has no marks for it, or a figure is missing.
    """
    return page.replace_section(text, SECTION, UPDATE_COMMAND, render(figures, passes))


def named_passes(text: str) -> set[str]:
    """Finds the passes that the page's section names.

    Args:
      text: the page's.

    Returns:
      Their names.
    """
    return {word for word in _section(text).split("`")[1::2]}


def usual_rows(text: str) -> list[list[str]]:
    """Finds the rows of the page's section that are about models compiled as usual.

    Args:
      text: the page's.

    Returns:
      The model and the figures of each.
    """
    rows = [line.strip("|").split("|") for line in _section(text).splitlines()]
    cells = [[cell.strip() for cell in row] for row in rows]
    return [row[1:] for row in cells if row[0] == "none"]


def _section(text: str) -> str:
    _, found, rest = text.partition(page.begin_mark(SECTION, UPDATE_COMMAND))
    if not found:
        raise page.PageError(f"the page has no section {SECTION}")
    return rest.partition("<!-- end of")[0]
