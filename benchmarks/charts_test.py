# SPDX-License-Identifier: Apache-2.0
"""Tests of the charts, on figures that nobody measured."""

import itertools
import re
import xml.etree.ElementTree

import pytest

from benchmarks import charts
from benchmarks.figures import ENGINES, MODELS, Figure, Figures
from tools.page import PageError

SVG = "{http://www.w3.org/2000/svg}"
INSTRUCTIONS = {"reference": 4_000_000, "cmsis_nn": 1_000_000, "compiled": 250_000}


def measured():
    return Figures(
        Figure(model, charts.CORE, engine, "", INSTRUCTIONS[engine] * (i + 1), 9, 4, 5, 8_000)
        for (i, model), engine in itertools.product(enumerate(MODELS), ENGINES)
    )


def texts(svg):
    tree = xml.etree.ElementTree.fromstring(svg)
    return [" ".join("".join(text.itertext()).split()) for text in tree.iter(f"{SVG}text")]


def test_names_each_model_and_engine_and_writes_each_number():
    found = texts(charts.draw(measured(), "instructions"))
    assert set(MODELS.values()) | set(ENGINES.values()) <= set(found)
    for i in range(len(MODELS)):
        assert f"{4 * (i + 1):.1f} M" in found or f"{4 * (i + 1):.2f} M" in found
    assert "250 k, 0.25 of TFLM + CMSIS-NN" in found


def test_bars_are_as_long_as_their_part_of_the_longest():
    svg = charts.draw(measured(), "instructions")
    colour = {engine: charts.COLOURS[engine] for engine in ENGINES}

    def lengths(engine):
        bars = re.findall(r'<path d="([^"]*)"[^>]*style="fill: ' + colour[engine], svg)
        spans = []
        for bar in bars:
            xs = [float(x) for x, _ in re.findall(r"[ML] ([-\d.]+) ([-\d.]+)", bar)]
            spans.append(max(xs) - min(xs))
        # The last one is the legend's.
        return spans[: len(MODELS)]

    longest = lengths("reference")
    assert len(longest) == len(MODELS)
    for engine, part in (("reference", 1), ("cmsis_nn", 0.25), ("compiled", 0.0625)):
        for length, whole in zip(lengths(engine), longest, strict=True):
            assert length == pytest.approx(part * whole, rel=1e-4)


def test_the_same_figures_give_the_same_bytes():
    first = charts.draw(measured(), "memory")
    assert first == charts.draw(measured(), "memory")
    assert first != charts.draw(measured(), "instructions")
    # No time, no version, nothing of the machine; no spaces at the ends of lines.
    assert "dc:date" not in first and "dc:creator" not in first
    assert not re.search(r"[ \t]\n", first)


def test_a_missing_figure_is_named():
    figures = Figures(f for f in measured().all if (f.model, f.engine) != ("kws", "cmsis_nn"))
    with pytest.raises(PageError, match=r"KWS .* was not measured with TFLM \+ CMSIS-NN"):
        charts.draw(figures, "memory")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (768, "768"),
        (1_000, "1.00 k"),
        (9_994, "9.99 k"),
        (9_995, "10.0 k"),
        (99_949, "99.9 k"),
        (162_519, "163 k"),
        (3_360_750, "3.36 M"),
        (84_123_456, "84.1 M"),
    ],
)
def test_numbers_have_three_digits(number, text):
    assert charts.short(number) == text
