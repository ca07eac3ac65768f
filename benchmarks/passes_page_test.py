# SPDX-License-Identifier: Apache-2.0
"""That the table of passes in docs/compiled_models.md has today's passes and figures.

It compares the rows of models compiled as usual, whose reports are made anyway. All rows are
compared by //benchmarks:all_passes_page_test, which measures each model without each pass.
"""

import os
import pathlib

import pytest

from aot.passes.pipeline import PASSES
from benchmarks import figures, pass_figures

PAGE = pathlib.Path(os.environ["PAGE"]).read_text()


def measured():
    return figures.Figures(figures.read(map(pathlib.Path, os.environ["REPORTS"].split())))


def test_the_page_names_all_passes():
    assert pass_figures.named_passes(PAGE) == set(PASSES), pass_figures.UPDATE_COMMAND


def test_the_page_has_the_figures_of_all_passes_together():
    found = [
        [title, *(f"{n:,}" for n in (f.instructions, f.arena, f.flash))]
        for model, title in figures.MODELS.items()
        if (f := measured().get(model, pass_figures.CORE))
    ]
    assert pass_figures.usual_rows(PAGE) == found, f"write it: {pass_figures.UPDATE_COMMAND}"


@pytest.mark.skipif("ALL" not in os.environ, reason="all_passes_page_test compares all rows")
def test_the_page_is_current():
    new = pass_figures.replace(PAGE, measured(), list(PASSES))
    assert new == PAGE, f"write it: {pass_figures.UPDATE_COMMAND}"
