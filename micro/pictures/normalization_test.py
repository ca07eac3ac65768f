# SPDX-License-Identifier: Apache-2.0
"""Cropping, stroke width, scaling and centring."""

import os
import pathlib

import numpy as np
import pytest

from micro.pictures import digit, normalization
from train import dataset


def _bar(height: int, width: int, stroke: int, y: int = 7, x: int = 11) -> np.ndarray:
    """The outline of a box on a larger sheet, heavier below, so that no centre is a tie."""
    ink = np.zeros((height + 40, width + 50), np.float32)
    ink[y : y + height, x : x + width] = 1
    ink[y + stroke : y + height - 3 * stroke // 2, x + stroke : x + width - stroke] = 0
    return ink


@pytest.mark.parametrize(("height", "width"), [(300, 100), (80, 200), (15, 15), (40, 30)])
def test_fits_the_box_with_its_aspect_ratio_and_its_mass_in_the_centre(height, width):
    image = normalization.normalize(_bar(height, width, max(2, max(height, width) // 8)))
    assert image.shape == (28, 28)
    assert image.dtype == np.uint8
    rows, columns = (np.flatnonzero((image > 100).any(axis=axis)) for axis in (1, 0))
    sides = np.array([np.ptp(rows) + 1, np.ptp(columns) + 1])
    assert sides.max() == 20
    np.testing.assert_allclose(sides, 20 * np.array([height, width]) / max(height, width), atol=1)
    y, x = np.mgrid[:28, :28]
    mass = image / image.sum()
    np.testing.assert_allclose([(y * mass).sum(), (x * mass).sum()], 14, atol=0.5)


def test_place_and_size_make_no_difference():
    small = normalization.normalize(_bar(40, 30, 5, y=0, x=0))
    large = normalization.normalize(_bar(400, 300, 50, y=33, x=44))
    assert np.abs(small.astype(int) - large).mean() < 2


@pytest.mark.parametrize(("stroke", "least", "most"), [(4, 1.9, 2.9), (30, 1.9, 2.7), (90, 3.8, 5)])
def test_strokes_become_as_wide_as_those_of_mnist(stroke, least, most):
    image = normalization.normalize(_bar(300, 260, stroke))
    assert least <= normalization.stroke_width(image / np.float32(255)) <= most


def test_stroke_width_of_a_long_line():
    ink = np.zeros((40, 400), np.float32)
    ink[15:21, 5:395] = 1
    assert normalization.stroke_width(ink) == pytest.approx(6, rel=0.05)
    assert normalization.stroke_width(np.zeros((3, 3), np.float32)) == 0


def test_ink_far_from_the_centre_of_mass_stays_in_the_image():
    ink = np.zeros((20, 20), np.float32)
    ink[:, :3] = 1
    ink[10, :] = 0.6
    image = normalization.center(ink)
    assert image.sum() == np.floor(ink * 255 + 0.5).sum()


def test_no_ink_is_an_error():
    with pytest.raises(ValueError, match="no ink"):
        normalization.bounds(np.full((4, 4), 0.4, np.float32))


def test_images_of_mnist_stay_as_they_are():
    """Enlarged, found, cropped, scaled and centred, they are nearly what they were."""
    images = dataset.read_images(pathlib.Path(os.environ["TEST_IMAGES"]))[:100]
    again = np.stack(
        [
            digit.find_digit(np.repeat(image.astype(np.float32)[..., np.newaxis], 3, 2)).image
            for image in images
        ]
    )
    before, after = images.reshape(100, -1).astype(float), again.reshape(100, -1).astype(float)
    likeness = [np.corrcoef(a, b)[0, 1] for a, b in zip(before, after, strict=True)]
    assert np.mean(likeness) > 0.9
    assert min(likeness) > 0.55
    # By whole pixels, at most one.
    y = np.arange(28)
    for axis in (1, 2):
        moved = [(one.sum(axis=2 - axis) * y).sum() / one.sum() for one in (*images, *again)]
        np.testing.assert_allclose(moved[:100], moved[100:], atol=1.1)
