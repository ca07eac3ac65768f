# SPDX-License-Identifier: Apache-2.0
"""Tests of the table of passes, on figures that nobody measured."""

import os

import pytest

from aot.passes import pipeline
from benchmarks import pass_figures
from benchmarks.figures import MODELS, Figure, Figures
from tools.page import PageError, begin_mark

PASSES = ("fuse", "fold", "merge")


def figure(model, variant, instructions, arena=500, flash=9_000):
    core = pass_figures.CORE
    return Figure(model, core, "compiled", variant, instructions, flash, 4_000, arena, 800)


def measured():
    """Without fuse MNIST needs more, and without merge VWW needs less; fold changes nothing."""
    figures = []
    for model in MODELS:
        figures.append(figure(model, "", 1_000))
        for name in PASSES:
            changed = (model, name)
            instructions = {("mnist", "fuse"): 1_500, ("vww", "merge"): 990}.get(changed, 1_000)
            arena = 750 if changed == ("mnist", "fuse") else 500
            figures.append(figure(model, pass_figures.WITHOUT + name, instructions, arena))
    return Figures(figures)


def test_the_build_measures_all_passes_in_their_order():
    # Of benchmarks/variants.bzl.
    assert os.environ["PASSES"].split(",") == list(pipeline.PASSES)


def test_has_rows_of_what_changes():
    text = pass_figures.render(measured(), PASSES)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(MODELS) + 2
    assert rows[2] == "| none | MNIST | 1,000 | 500 | 9,000 |"
    assert rows[-2] == "| `fuse` | MNIST | 1,500 (+50.0%) | 750 (+50.0%) | 9,000 |"
    assert rows[-1] == "| `merge` | VWW (MobileNet) | 990 (-1.0%) | 500 | 9,000 |"
    assert "Without `fold` nothing changes" in text


def test_lists_all_passes_that_change_nothing():
    text = pass_figures.render(measured(), ["fold"])
    assert "Without `fold` nothing" in text
    same = [figure(m, v, 1) for m in MODELS for v in ("", "without_a", "without_b", "without_c")]
    assert "Without `a`, `b` or `c` nothing" in pass_figures.render(Figures(same), ["a", "b", "c"])


def test_a_missing_report_is_named():
    figures = Figures(f for f in measured().all if f.variant != "without_fold")
    with pytest.raises(PageError, match="MNIST was not measured without_fold"):
        pass_figures.render(figures, PASSES)
    with pytest.raises(PageError, match="MNIST was not measured as usual"):
        pass_figures.render(Figures([]), PASSES)


def test_the_section_of_a_page_is_written_and_read():
    mark = begin_mark(pass_figures.SECTION, pass_figures.UPDATE_COMMAND)
    page = f"# A `page`\n\n{mark}<!-- end of passes -->\n\n| none | other |\n"
    page = pass_figures.replace(page, measured(), PASSES)
    assert pass_figures.named_passes(page) == set(PASSES)
    assert pass_figures.usual_rows(page) == [
        [title, "1,000", "500", "9,000"] for title in MODELS.values()
    ]
    with pytest.raises(PageError, match="no section passes"):
        pass_figures.named_passes("# A page\n")
