# SPDX-License-Identifier: Apache-2.0
"""Tests of tests/parity/comparison.py."""

import numpy as np
import pytest

from tests.parity import comparison
from tests.parity.comparison import Difference
from tools import ulp


def _layers(*values):
    return [
        {"operator": name, "tensor": i, "values": v}
        for i, (name, v) in enumerate(zip(("CONV_2D", "SOFTMAX"), values, strict=True))
    ]


def test_equal_arrays_have_no_difference():
    scores = np.arange(20, dtype=np.int8).reshape(2, 10)
    assert comparison.first_difference(scores, scores.copy()) is None


def test_names_the_first_differing_image_and_both_values():
    first = np.zeros((3, 10), np.int8)
    second = first.copy()
    second[1, 7] = -5
    second[2, 0] = 9
    assert comparison.first_difference(first, second) == Difference(1, 7, 0, -5)


def test_refuses_to_compare_other_shapes():
    with pytest.raises(ValueError, match=r"int8\(1, 2\) against int8\(2, 1\)"):
        comparison.first_difference(np.zeros((1, 2), np.int8), np.zeros((2, 1), np.int8))


def test_names_the_layer_where_it_starts():
    assert comparison.first_differing_layer(_layers([1, 2], [3]), _layers([1, 2], [3])) is None
    assert comparison.first_differing_layer(_layers([1, 2], [3]), _layers([1, 4], [5])) == (
        "operator 0, CONV_2D",
        Difference(0, 1, 2, 4),
    )


def test_ulp_distance_counts_floats():
    one = np.float32(1)
    values = np.array([one, one, 0.0, -one], np.float32)
    others = np.array([one, np.nextafter(one, np.float32(2)), -0.0, one], np.float32)
    assert ulp.distance(values, others).tolist()[:3] == [0, 1, 0]
    assert ulp.distance(values, others)[3] > 2**30
