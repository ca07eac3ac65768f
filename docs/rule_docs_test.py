# SPDX-License-Identifier: Apache-2.0
"""The documentation of the rules is that of their sources."""

import os
import pathlib

import pytest

from docs import rule_docs


def _extracted() -> str:
    return pathlib.Path(os.environ["EXTRACTED"]).read_text()


def test_the_page_is_not_stale():
    page = pathlib.Path(os.environ["PAGE"]).read_text()
    assert page == rule_docs.render(_extracted()), (
        f"docs/rules.md is stale: run `{rule_docs.UPDATE_COMMAND}`"
    )


def test_every_public_rule_is_there():
    page = rule_docs.render(_extracted())
    for name in ("tflite_model", "tflm_cc_library", "tflite_parity_test", "tflm_arena_test"):
        assert f"\n## {name}\n" in page
    assert "| `test_samples` | If not 0, the tests" in page
    assert "\n### TfliteModelInfo\n" in page


def test_an_attribute_without_documentation_is_refused():
    text = 'rule_info {\n  rule_name: "r"\n  doc_string: "d"\n  attribute {\n    name: "a"\n  }\n}'
    with pytest.raises(rule_docs.DocsError, match=r"^r\.a is not documented$"):
        rule_docs.render(text)


def test_reads_what_text_format_escapes():
    text = 'a: "\\303\\244\\n\\"x\\\'"\nb: true'
    assert rule_docs.parse(text) == {"a": ["ä\n\"x'"], "b": ["true"]}
    with pytest.raises(rule_docs.DocsError, match="cannot read the line"):
        rule_docs.parse("nonsense")
