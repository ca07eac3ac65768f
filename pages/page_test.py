# SPDX-License-Identifier: Apache-2.0
"""Tests of markup.py and page.py: what parsers make of the HTML."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from pages import markup, page

HOSTILE = "</td><script>alert('1')</script>\" onload=\"x & \x00\u202e\ud800"


def parse(text):
    """Parses HTML that must be well-formed XML, too."""
    return ElementTree.fromstring(text.removeprefix("<!doctype html>\n"))


MAKERS = {
    "document": lambda text: page.document(text, markup.paragraph(text)),
    "table": lambda text: markup.table(text, [text, text], [[text, text]], ids=[text], marked=[0]),
    "section": lambda text: page.section(text, text, markup.bullets([text])),
    "glance": lambda text: markup.glance([(text, text)]),
    "drawing": lambda text: markup.drawing("<?xml ?><svg></svg>\n", label=text),
    "details": lambda text: markup.details(text, text),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_text_never_becomes_markup(make):
    made = make(HOSTILE)
    found, harmless = parse(made), parse(make("x"))
    assert [one.tag for one in found.iter()] == [one.tag for one in harmless.iter()]
    assert [sorted(one.keys()) for one in found.iter()] == [
        sorted(one.keys()) for one in harmless.iter()
    ]
    texts = [*found.itertext(), *(value for one in found.iter() for value in one.attrib.values())]
    assert any("<script>alert('1')</script>\" onload=" in text for text in texts)
    assert not set("\x00\u202e\ud800") & set(made)
    assert "<script" not in made


def test_html_is_not_escaped_again():
    made = markup.element("p", markup.element("b", "a & b"), "<", class_="x", id=None)
    assert made == '<p class="x"><b>a &amp; b</b>&lt;</p>'
    with pytest.raises(ValueError, match="<br> has no contents"):
        markup.element("br", "x")


def test_a_table_says_what_its_cells_are():
    table = parse(
        markup.table(
            "sizes",
            ["name", "long", "kind", "bytes"],
            [["a", "n", "k", "1"], ["b", "n", "k", "2"]],
            ids=["r1", "r2"],
            long=[1],
            text=[2],
            marked=[1],
        )
    )
    assert table.attrib["tabindex"] == "0" and "sizes" in table.attrib["aria-label"]
    assert [th.attrib["scope"] for th in table.iter("th")] == ["col"] * 4 + ["row"] * 2
    assert [tr.get("id") for tr in table.iter("tr")] == [None, "r1", "r2"]
    assert [th.get("class") for th in table.iter("th")][:4] == ["text", "long", "text", "number"]
    cells = [one.get("class") for row in table.iter("tr") for one in row][8:]
    assert cells == ["shade-1", "long shade-1", "text shade-1", "number shade-1"]
    with pytest.raises(ValueError, match="1 cells in 2 columns"):
        markup.table("t", ["a", "b"], [["x"]])


def test_a_page_runs_no_script_and_loads_nothing():
    found = parse(page.document("title"))
    (policy,) = [m.attrib["content"] for m in found.iter("meta") if "http-equiv" in m.attrib]
    assert "default-src 'none'" in policy and "script" not in policy
    assert "url(" not in page.STYLE and "@import" not in page.STYLE
    with pytest.raises(ValueError, match="not well-formed"):
        page.document("title", style="a < b")


def test_the_look_follows_the_system_and_the_printer():
    light, dark = re.findall(r":root \{([^}]+)\}", page.STYLE)
    names = set(re.findall(r"--[\w-]+(?=:)", light))
    assert names == set(re.findall(r"--[\w-]+(?=:)", dark))
    # The dark ones are for screens only: so paper is white.
    assert names >= set(re.findall(r"var\((--[\w-]+)\)", page.STYLE)) >= {"--text", "--series-1"}
    assert "@media screen and (prefers-color-scheme: dark)" in page.STYLE
    # What is only for paper comes last: else a page's own rules for screens would replace it.
    own = "body { max-width: 9rem; }\n"
    sheet = page.style_sheet(own)
    assert sheet.index("* {") < sheet.index(own) < sheet.index("@media print { body {")
