# SPDX-License-Identifier: Apache-2.0
"""Connected components, against a flood fill."""

import numpy as np

from micro.pictures import components


def _flood_fill(mask: np.ndarray) -> np.ndarray:
    labels = np.zeros(mask.shape, int)
    count = 0
    for start in zip(*np.nonzero(mask), strict=True):
        if labels[start]:
            continue
        count += 1
        stack = [start]
        while stack:
            y, x = stack.pop()
            if mask[y, x] and not labels[y, x]:
                labels[y, x] = count
                stack += [
                    (i, j)
                    for i in range(max(0, y - 1), min(mask.shape[0], y + 2))
                    for j in range(max(0, x - 1), min(mask.shape[1], x + 2))
                ]
    return labels


def test_labels_areas_and_boxes_are_those_of_a_flood_fill():
    rng = np.random.default_rng(1)
    for _ in range(200):
        shape = rng.integers(1, 24, 2)
        mask = rng.random(shape) < rng.choice([0.05, 0.3, 0.45, 0.9])
        found = components.find_components(mask)
        expected = _flood_fill(mask)
        np.testing.assert_array_equal(found.labels, expected)
        for index in range(expected.max()):
            y, x = np.nonzero(expected == index + 1)
            assert found.areas[index] == len(y)
            box = [y.min(), x.min(), y.max() + 1, x.max() + 1]
            np.testing.assert_array_equal(found.boxes[index], box)
        assert len(found.areas) == expected.max()


def test_a_spiral_is_one_component():
    mask = np.zeros((41, 41), bool)
    top, left, bottom, right = 0, 0, 40, 40
    while top < bottom:
        mask[top, left : right + 1] = mask[top : bottom + 1, right] = True
        mask[bottom, left + 2 : right + 1] = mask[top + 2 : bottom + 1, left + 2] = True
        top, left, bottom, right = top + 2, left + 2, bottom - 2, right - 2
    np.testing.assert_array_equal(components.find_components(mask).labels > 0, mask)
    assert components.find_components(mask).labels.max() == _flood_fill(mask).max()


def test_which_components_are_at_the_border():
    mask = np.zeros((9, 12), bool)
    mask[0, 3] = mask[2, 10] = mask[4, 5] = mask[8, 8] = mask[6, 0] = True
    found = components.find_components(mask)
    assert found.at_border(0).tolist() == [True, False, False, True, True]
    assert found.at_border(1).tolist() == [True, True, False, True, True]
    np.testing.assert_array_equal(
        np.argwhere(found.mask(np.array([False, True, True, False, False]))), [[2, 10], [4, 5]]
    )


def test_an_empty_mask_has_none():
    found = components.find_components(np.zeros((3, 4), bool))
    assert len(found.areas) == 0
    assert not found.labels.any()
    assert not found.mask(np.zeros(0, bool)).any()
