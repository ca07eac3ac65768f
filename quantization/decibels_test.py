# SPDX-License-Identifier: Apache-2.0
"""Tests of decibels.py."""

import math

import pytest

from quantization import decibels


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (38.449, "38.4"),
        (-1.25, "-1.2"),
        (math.inf, "exact"),
        (-math.inf, "none"),
        ("inf", "exact"),
        ("-inf", "none"),
        (None, "-"),
    ],
)
def test_numbers_are_written_whether_from_json_or_not(value, text):
    assert decibels.text(value) == text


def test_what_is_infinite_has_no_unit():
    found = [decibels.with_unit(value) for value in (38.449, "inf", -math.inf)]
    assert found == ["38.4 dB", "exact", "none"]


def test_what_is_missing_is_written_as_the_page_wants():
    assert decibels.text(None, "–") == "–"
