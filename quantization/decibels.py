# SPDX-License-Identifier: Apache-2.0
"""How signal-to-noise ratios are written."""

from __future__ import annotations

import math


def text(value: float | str | None, missing: str = "-") -> str:
    """Writes decibels.

    Args:
      value: a number, or as JSON has it, in which "inf" and "-inf" stand for infinite ones.
      missing: what stands for None: what is not known, e.g. of a layer without weights.

    Returns:
      E.g. "38.4"; "exact" without noise, and "none" without signal.
    """
    if value is None:
        return missing
    number = float(value)
    if math.isinf(number):
        return "exact" if number > 0 else "none"
    return f"{number:.1f}"


def with_unit(value: float | str) -> str:
    """Writes decibels in a sentence.

    Args:
      value: as for `text`.

    Returns:
      E.g. "38.4 dB"; "exact", "none".
    """
    return text(value) if math.isinf(float(value)) else f"{text(value)} dB"
