# SPDX-License-Identifier: Apache-2.0
"""Tests of links.py."""

import pytest

from tools.format.links import anchors, broken


@pytest.fixture
def root(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "b.md").write_text(
        "# The `b` of [all](a.md), 2nd\n\n## Twice\n\n## Twice\n"
    )
    return tmp_path


def test_headings_are_named_as_github_names_them(root):
    assert anchors((root / "docs" / "b.md").read_text()) == {"the-b-of-all-2nd", "twice", "twice-1"}


def test_what_is_in_code_is_no_heading():
    assert anchors("```sh\n# not\n```\n\n# It\n") == {"it"}


@pytest.mark.parametrize(
    "link",
    [
        "[b](docs/b.md)",
        "[b](docs/b.md#twice-1)",
        "[folder](docs)",
        "[other](https://example.com/x#y)",
        "[self](#here)",
        '<img src="docs/b.md">',
        "```\n[code](none.md)\n```",
    ],
)
def test_good_links(root, link):
    (root / "a.md").write_text(f"# Here\n\n{link}\n")
    assert broken(root, ["a.md"]) == []


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("[b](docs/c.md)", "docs/c.md, and there is no such file"),
        ("[b](docs/b.md#thrice)", "docs/b.md#thrice, and there is no such heading"),
        ("[self](#there)", "#there, and there is no such heading"),
        ("![picture](none.png)", "none.png, and there is no such file"),
        ('<source srcset="none.png">', "none.png, and there is no such file"),
    ],
)
def test_broken_links(root, link, why):
    (root / "a.md").write_text(f"# Here\n\n{link}\n")
    assert broken(root, ["a.md"]) == [f"a.md: links to {why}"]


def test_links_start_at_the_page_that_has_them(root):
    (root / "docs" / "a.md").write_text("[b](b.md) [self](../docs/a.md) [none](docs/b.md)")
    assert broken(root, ["docs/a.md"]) == [
        "docs/a.md: links to docs/b.md, and there is no such file"
    ]
