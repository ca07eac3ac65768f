# SPDX-License-Identifier: Apache-2.0
"""Windows of convolutions: what features of calls are made of."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aot.costs.calls import Call

Features = dict[str, float]
"""Numbers by the names of what is counted."""

FOUR = 4
"""Functions compute so many outputs, or take so many inputs, at a time, others by another loop."""


class Side:
    """Windows in one direction.

    Attributes:
      start: where each begins, of the input.
      seen: how many taps of each see the input.
      inside: whether all of each do.
    """

    def __init__(self, fields: Mapping[str, int], side: str) -> None:
        size, dilation = fields[f"filter_{side}"], fields.get(f"dilation_{side}", 1)
        length = fields[f"in_{side}"]
        self.size = size
        self.start = (
            np.arange(fields[f"out_{side}"], dtype=np.int64) * fields[f"stride_{side}"]
            - fields[f"pad_{side}"]
        )
        taps = self.start[:, None] + np.arange(size) * dilation
        self.seen = ((taps >= 0) & (taps < length)).sum(axis=1)
        self.inside = self.seen == size


def before_pooling(call: Call, fields: Mapping[str, int]) -> Mapping[str, int]:
    """Gives the fields of the convolution alone, if each output is the maximum of several sums."""
    places = call.struct("max_places")
    if places is None:
        return fields
    sides = {f"out_{side}": fields[f"out_{side}"] * places[f"filter_{side}"] for side in "hw"}
    return {**fields, **sides}


def fields_of(call: Call, kind: str) -> Mapping[str, int]:
    """Gives the fields of the argument that is a struct of a type."""
    fields = call.struct(kind)
    assert fields is not None, (call.function, kind)
    return fields
