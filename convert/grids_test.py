# SPDX-License-Identifier: Apache-2.0
"""Tests of the counts, on values whose steps are known."""

import numpy as np

from convert import grids


def _taken(counts: list[int]) -> dict[int, int]:
    assert len(counts) == 256
    return {grids.LOW + i: n for i, n in enumerate(counts) if n}


def test_counts_each_step_from_the_lowest_to_the_highest():
    values = np.array([[-128, -128, 0], [5, 127, 0]], np.int8)
    assert _taken(grids.count_steps(values)) == {-128: 2, 0: 2, 5: 1, 127: 1}


def test_real_values_count_at_the_nearest_step():
    values = np.array([0.0, 0.24, 0.26, -0.26], np.float32)
    counts, below, above = grids.count_reals(values, 0.5, 3)
    assert _taken(counts) == {3: 2, 4: 1, 2: 1}
    assert (below, above) == (0, 0)


def test_values_beyond_the_grid_are_counted_apart_and_at_its_ends():
    values = np.array([-100.0, 0.0, 200.0, 127.5], np.float32)
    counts, below, above = grids.count_reals(values, 0.5, -128)
    assert _taken(counts) == {-128: 2, 127: 2}
    assert (below, above) == (1, 1)


def test_each_channel_has_its_own_scale():
    values = np.array([[1.0, 1.0], [1.0, 1.0], [-4.0, 1.0]], np.float32)
    scales = grids.channel_scales([1.0, 0.5, 4.0], 0, 2)
    assert scales.shape == (3, 1)
    assert _taken(grids.count_reals(values, scales, 0)[0]) == {1: 2, 2: 2, -1: 1, 0: 1}
    assert grids.channel_scales([0.5], 3, 4).shape == (1, 1, 1, 1)


def test_batches_add_up():
    one = {"steps": [1, 2], "below": 1}
    assert grids.added(None, one) == one
    assert grids.added(one, {"steps": [10, 20], "below": 5}) == {"steps": [11, 22], "below": 6}
