# SPDX-License-Identifier: Apache-2.0
"""Tests of the charts: colours, names and text of the SVG."""

import io
import re
import xml.etree.ElementTree as ElementTree

import pytest
from PIL import Image

from pages.palette import DARK, LIGHT, variables
from report import charts


def _draw(drawing, palette):
    plot = drawing.add_subplot()
    plot.plot([1, 2, 3], [1, 4, 2], color=palette.series[1], marker="o")
    plot.fill_between([1, 2, 3], [1, 1, 1], color=palette.series[2], alpha=0.5)
    plot.set_title("A < B & C")


def _svg(name="chart-a"):
    return charts.svg(_draw, name=name, title="A <title>", description="It & that.", size=(4, 3))


def test_the_same_data_gives_the_same_bytes():
    assert _svg() == _svg()
    assert charts.png(_draw, LIGHT, size=(2, 2)) == charts.png(_draw, LIGHT, size=(2, 2))


def test_colours_are_variables_of_the_page():
    found = _svg()
    assert {"var(--series-1)", "var(--series-2)", "var(--text)", "var(--muted)"} <= set(
        re.findall(r"var\(--[a-z0-9-]+\)", found)
    )
    # None is left that the page's setting doesn't reach.
    assert not re.search(r"#[0-9a-f]{6}", found)
    names = set(re.findall(r"var\((--[a-z0-9-]+)\)", found))
    assert names <= set(variables(LIGHT)) == set(variables(DARK))


def test_ids_are_the_chart_s_own_and_lead_somewhere():
    for name in ("chart-a", "chart-b"):
        tree = ElementTree.fromstring(_svg(name))
        ids = {one.attrib["id"] for one in tree.iter() if "id" in one.attrib}
        assert all(found.startswith(f"{name}-") for found in ids)
        text = ElementTree.tostring(tree, encoding="unicode")
        used = set(re.findall(r"url\(#([^)]+)\)", text)) | set(re.findall(r'href="#([^"]+)"', text))
        assert used and used <= ids


def test_text_is_text_and_the_page_s_font():
    tree = ElementTree.fromstring(_svg())
    assert "A < B & C" in [one.text for one in tree.iter("text")]
    assert "font-family" not in _svg() and "DejaVu" not in _svg()
    assert "font-size: 10px" in _svg()


def test_a_screen_reader_gets_title_and_description():
    tree = ElementTree.fromstring(_svg())
    assert tree.attrib["role"] == "img"
    assert tree.attrib["aria-labelledby"] == "chart-a-title chart-a-desc"
    assert [tree[0].text, tree[1].text] == ["A <title>", "It & that."]
    # Nothing for the whole page, nothing of the day.
    assert not {"style", "metadata"} & {one.tag for one in tree.iter()}


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_pictures_have_the_palette_s_background(palette):
    with Image.open(io.BytesIO(charts.png(_draw, palette, size=(2, 2), dpi=50))) as picture:
        assert picture.size == (100, 100)
        assert "#{:02x}{:02x}{:02x}".format(*picture.convert("RGB").getpixel((0, 0))) == (
            palette.background
        )


def _contrast(one: str, other: str) -> float:
    """WCAG 2's ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_colours_have_contrast_enough(palette):
    for text in (palette.text, palette.muted, palette.series[0]):
        assert _contrast(text, palette.background) >= 4.5
    for colour in palette.series:
        assert _contrast(colour, palette.background) >= 3
