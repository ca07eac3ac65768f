# SPDX-License-Identifier: Apache-2.0
"""What passes that choose ask of the cost model."""

from __future__ import annotations

from collections.abc import Callable

from aot.graph import Op

Cost = Callable[..., float | None]
"""Predicts the instructions of operators, one after the other; None if they are not known."""


def unknown(*ops: Op) -> float | None:
    """Knows no operator."""
    del ops
    return None
