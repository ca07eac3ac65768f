# SPDX-License-Identifier: Apache-2.0
"""Tests of what is said of two summaries."""

import copy
import json

import pytest

from report.compare import difference
from report.compare.difference import Change, SummaryError

BASE = {
    "format": 1,
    "tflm": "of 2020",
    "groups": {
        "accuracy": {
            "unit": "images right",
            "better": "more",
            "figures": {"int8": 9892, "tflm": 9},
        },
        "sizes": {"unit": "B", "better": "less", "figures": {"keras": 1000, "int8": 200, "old": 7}},
        "training": {"unit": "loss", "better": "less", "figures": {"loss": 0.25}},
    },
}


def _changed():
    now = copy.deepcopy(BASE)
    now["groups"]["accuracy"]["figures"]["int8"] = 9893
    sizes = now["groups"]["sizes"]["figures"]
    sizes["int8"] = 210
    sizes["new|one"] = sizes.pop("old")
    now["groups"]["training"]["figures"]["loss"] = 0.2
    return now


@pytest.mark.parametrize(
    ("base", "current", "less", "verdict", "percent"),
    [
        (200, 210, True, "worse", 5.0),
        (200, 210, False, "better", 5.0),
        (200, 190, True, "better", -5.0),
        (200, 190, False, "worse", -5.0),
        (200, 200, True, "same", 0.0),
        (0, 3, True, "worse", None),
        (0.1 + 0.2, 0.3, True, "same", 0.0),
    ],
)
def test_better_and_worse(base, current, less, verdict, percent):
    change = Change("g", "n", "B", base, current, less)
    assert (change.verdict, change.percent) == (verdict, percent)


def test_compares_what_both_have_and_names_the_rest():
    found = difference.compare(BASE, _changed())
    assert [(c.group, c.name, c.difference, c.verdict) for c in found.changed] == [
        ("accuracy", "int8", 1, "better"),
        ("sizes", "int8", 10, "worse"),
        ("training", "loss", -0.05, "better"),
    ]
    assert len(found.figures) == 5
    assert (found.only_base, found.only_current) == (["sizes/old"], ["sizes/new|one"])
    assert found.notes == []


def test_groups_may_come_and_go():
    now = copy.deepcopy(BASE)
    del now["groups"]["training"]
    found = difference.compare(BASE, now)
    assert found.only_base == ["training/loss"] and not found.changed
    assert difference.compare(now, BASE).only_current == ["training/loss"]


def test_another_tflm_is_noted():
    found = difference.compare(BASE, {**BASE, "tflm": "of 2026"})
    assert found.notes == ["The base has TFLM of 2020, the work tree TFLM of 2026."]


def test_regressions_are_beyond_the_percentage():
    found = difference.compare(BASE, _changed())
    assert [c.name for c in found.regressions(4.9)] == ["int8"]
    assert found.regressions(5) == []
    now = copy.deepcopy(BASE)
    base = copy.deepcopy(BASE)
    base["groups"]["sizes"]["figures"]["int8"] = 0
    assert [c.group for c in difference.compare(base, now).regressions(1e9)] == ["sizes"]


def test_text_is_a_table_of_what_differs():
    found = difference.to_text(difference.compare(BASE, _changed()), "main (abc)")
    assert found == (
        "Against main (abc): 3 of 5 figures differ, 2 better and 1 worse.\n"
        "\n"
        "accuracy (images right)   base    now  difference\n"
        "  int8                   9,892  9,893          +1   +0.01 %  better\n"
        "\n"
        "sizes (B)                 base    now  difference\n"
        "  int8                     200    210         +10   +5.00 %  worse\n"
        "\n"
        "training (loss)           base    now  difference\n"
        "  loss                    0.25    0.2       -0.05  -20.00 %  better\n"
        "\n"
        "Only the base has: sizes/old.\n"
        "Only the work tree has: sizes/new|one.\n"
    )
    same = difference.to_text(difference.compare(BASE, BASE), "x")
    assert same == "Against x: 0 of 6 figures differ, 0 better and 0 worse.\n"


def test_markdown_has_a_table_for_each_group():
    now = _changed()
    now["groups"]["sizes"]["figures"]["a|b"] = 1
    base = copy.deepcopy(BASE)
    base["groups"]["sizes"]["figures"]["a|b"] = 2
    found = difference.to_markdown(difference.compare(base, now), "main")
    assert (
        "\n| sizes (B) | base | now | difference |  |  |\n|---|---:|---:|---:|---:|---|\n" in found
    )
    assert "| int8 | 200 | 210 | +10 | +5.00 % | worse |\n" in found
    assert "| a\\|b | 2 | 1 | -1 | -50.00 % | better |\n" in found


def test_json_has_all_figures():
    found = difference.to_json(difference.compare(BASE, _changed()), "abc")
    assert json.loads(json.dumps(found)) == found
    assert len(found["figures"]) == 5 and found["base"] == "abc"
    assert found["figures"][0]["verdict"] == "better"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "is not the summary of a build"),
        ('{"format": 1}', "is not the summary of a build"),
        ('{"format": 2, "groups": {}}', r"has format 2, not 1: these commits can't be compared"),
        (
            '{"format": 1, "groups": {"g": {"unit": "", "better": "less", "figures": {"a": "x"}}}}',
            "is not the summary of a build",
        ),
        (
            '{"format": 1, "groups": {"g": {"unit": "B", "better": "no", "figures": {}}}}',
            "is not the summary of a build",
        ),
        (
            '{"format": 1, "groups": {"g": {"unit": "", "better": "less", "figures": {"a": NaN}}}}',
            "is not the summary of a build",
        ),
    ],
)
def test_other_files_are_named(tmp_path, content, message):
    (tmp_path / "s.json").write_text(content)
    with pytest.raises(SummaryError, match=f"s.json: {message}"):
        difference.read(tmp_path / "s.json")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SummaryError, match="s.json: cannot be read: No such file"):
        difference.read(tmp_path / "s.json")
