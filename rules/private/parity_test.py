# SPDX-License-Identifier: Apache-2.0
"""Unit tests of parity.py."""

from __future__ import annotations

import numpy as np
import pytest

from rules.private import parity

_WHEEL = "0.dev20261023182759"


def _header(date: str) -> str:
    return f'#define TFLM_SOURCE "upstream"\n#define TFLM_DATE "{date}"\n'


def test_message_names_both_dates() -> None:
    message = parity.skew(_WHEEL, _header("2026-08-20"))
    assert message.startswith("; the wheel is of 2026-10-23, the linked TFLM of 2026-08-20, so")
    assert "max_steps" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("version", "header"),
    [
        (_WHEEL, _header("2026-10-23")),
        (_WHEEL, '#define TFLM_SOURCE "a copy without a date"\n'),
        ("2.3", _header("2026-08-20")),
    ],
)
def test_same_or_unknown_dates_say_nothing(version: str, header: str) -> None:
    assert parity.skew(version, header) == ""


def test_steps_are_allowed() -> None:
    ours, theirs = [np.array([[1, 2]], np.int16)], [np.array([[1, 4]], np.int16)]
    assert "at most 2 apart" in parity.compare(ours, theirs, max_steps=2)
    with pytest.raises(parity.ParityError, match="2 steps apart, 1 allowed"):
        parity.compare(ours, theirs, max_steps=1)
