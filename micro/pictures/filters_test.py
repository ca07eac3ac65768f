# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from micro.pictures import filters


def test_box_mean_is_the_mean_of_the_padded_square():
    values = np.random.default_rng(1).random((7, 9)).astype(np.float32)
    for radius in (0, 1, 3):
        padded = np.pad(values, radius, mode="edge")
        expected = [
            [padded[y : y + 2 * radius + 1, x : x + 2 * radius + 1].mean() for x in range(9)]
            for y in range(7)
        ]
        np.testing.assert_allclose(filters.box_mean(values, radius), expected, rtol=1e-6)


def test_masked_median_is_that_of_the_chosen_ones_in_the_picture():
    rng = np.random.default_rng(2)
    values = rng.random((8, 6)).astype(np.float32)
    mask = rng.random((8, 6)) < 0.3
    medians = filters.masked_median(values, mask, 2, 4)
    few = 0
    for y in range(8):
        for x in range(6):
            window = np.s_[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3]
            chosen = values[window][mask[window]]
            if len(chosen) < 4:
                few += 1
                assert np.isnan(medians[y, x])
            else:
                assert medians[y, x] == pytest.approx(np.median(chosen))
    assert few
    assert np.isnan(filters.masked_median(values, np.zeros_like(mask), 2, 0)).all()


def test_a_median_keeps_the_edge_of_a_shadow_and_drops_a_stroke():
    values = np.full((20, 20), 200, np.float32)
    values[:, 12:] = 100
    shadow = values.copy()
    values[3:17, 5:7] = 10
    medians = filters.masked_median(values, np.ones((20, 20), bool), 4, 1)
    np.testing.assert_array_equal(medians, shadow)


def test_dilation_is_by_an_octagon():
    point = np.zeros((11, 11), np.float32)
    point[5, 5] = 0.7
    grown = filters.dilate(point, 3) > 0
    assert grown[5].sum() == grown[:, 5].sum() == 7
    assert grown[2].tolist() == [False] * 4 + [True] * 3 + [False] * 4
    assert filters.dilate(point, 3).max() == np.float32(0.7)
    assert filters.dilate(point > 0, 1).sum() == 5
    np.testing.assert_array_equal(filters.dilate(point, 0), point)


def test_erosion_undoes_the_dilation_of_a_block():
    block = np.zeros((20, 20), np.float32)
    block[6:14, 6:14] = 1
    np.testing.assert_array_equal(filters.erode(filters.dilate(block, 3), 3), block)
    # Beyond the border it is dark.
    assert filters.erode(np.ones((5, 5), np.float32), 1).sum() == 9


def test_resize_averages_and_enlarges_smoothly():
    values = np.arange(16, dtype=np.float32).reshape(4, 4)
    np.testing.assert_allclose(filters.resize(values, 2, 2), [[2.5, 4.5], [10.5, 12.5]])
    larger = filters.resize(values, 16, 16)
    assert (np.diff(larger, axis=1)[:, 3:-3] > 0).all()
