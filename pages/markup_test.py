# SPDX-License-Identifier: Apache-2.0
"""Tests of the HTML, of which nothing may be taken for markup that was meant as text."""

import pytest

from pages import markup
from pages.markup import Html


def test_text_is_escaped_and_html_is_not():
    assert markup.escape('a <b> & "c"') == "a &lt;b&gt; &amp; &quot;c&quot;"
    assert markup.escape(Html("<b>")) == "<b>"
    assert markup.escape(None) == ""
    assert isinstance(markup.escape("a"), Html)


def test_elements_escape_what_is_in_them_and_their_attributes():
    found = markup.element("p", "1 < 2", markup.element("b", 3), class_='x"y', aria_label="&")
    assert found == '<p class="x&quot;y" aria-label="&amp;">1 &lt; 2<b>3</b></p>'
    assert markup.element("img", alt="", src=None) == '<img alt=""/>'
    assert markup.element("meta", name="a") == '<meta name="a"/>'
    with pytest.raises(ValueError, match="<br> has no contents"):
        markup.element("br", "text")


def test_tables_have_titles_for_columns_and_rows():
    found = markup.table("Sizes <1>", ["What", "Kind", "B"], [["a&b", "x", "1"]], text_columns=2)
    assert "<caption>Sizes &lt;1&gt;</caption>" in found
    assert '<th scope="row">a&amp;b</th><td class="text">x</td><td class="number">1</td>' in found
    assert '<th scope="col" class="number">B</th>' in found
    assert 'aria-label="Table: Sizes &lt;1&gt;" tabindex="0"' in found
    with pytest.raises(ValueError, match="1 cells in 3 columns"):
        markup.table("", ["a", "b", "c"], [["a"]])


@pytest.mark.parametrize(
    ("value", "digits", "unit", "text"),
    [(12_345, 0, "B", "12,345 B"), (0.126, 2, "", "0.13"), (None, 0, "B", "–"), (0, 0, "", "0")],
)
def test_numbers(value, digits, unit, text):
    assert markup.number(value, digits, unit) == text


def test_what_is_missing_says_why():
    found = markup.missing("Chips were", ["No <compiler>.", "No emulator."])
    assert "Chips were not measured.</strong> No &lt;compiler&gt;. No emulator.</p>" in found
    assert markup.breakable("A_B") == "A_<wbr/>B"
