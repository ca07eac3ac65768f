# SPDX-License-Identifier: Apache-2.0
"""Tells ink from paper: each step, and all of them on strokes whose place is known."""

import numpy as np
import pytest

from micro.pictures import ink


def _strokes(height: int = 120, width: int = 160) -> np.ndarray:
    mask = np.zeros((height, width), bool)
    mask[30:90, 60:68] = mask[30:38, 60:110] = mask[82:90, 60:110] = True
    return mask


def _painted(mask: np.ndarray, colour, paper) -> np.ndarray:
    return np.where(mask[..., np.newaxis], np.float32(colour), np.float32(paper))


def _errors(picture: np.ndarray, mask: np.ndarray) -> int:
    return int(((ink.find_ink(picture) >= 0.5) != mask).sum())


@pytest.mark.parametrize(
    ("colour", "paper"),
    [
        ((0, 0, 0), (255, 255, 255)),
        ((255, 255, 255), (0, 0, 0)),
        ((30, 30, 120), (250, 240, 210)),
        ((200, 60, 60), (40, 140, 60)),  # Equally bright.
        ((255, 220, 0), (255, 255, 255)),  # In blue alone.
        ((118, 118, 118), (136, 136, 136)),
    ],
)
def test_ink_of_any_colour(colour, paper):
    mask = _strokes()
    assert _errors(_painted(mask, colour, paper), mask) == 0


@pytest.mark.parametrize("inverted", [False, True])
def test_uneven_light(inverted):
    mask = _strokes()
    light = np.linspace(1, 0.3, 160, dtype=np.float32)[np.newaxis, :, np.newaxis]
    colours = ((240, 240, 240), (30, 30, 30))[:: 1 if inverted else -1]
    assert _errors(_painted(mask, *colours) * light, mask) <= 5


def test_a_shadow_whose_edge_crosses_the_ink():
    mask = _strokes()
    picture = _painted(mask, (30, 30, 40), (235, 230, 225))
    picture[:, 84:] *= 0.5
    papers = ink.estimate_papers(picture)
    assert len(papers) == 2
    assert _errors(picture, mask) <= 20


def test_a_desk_around_the_sheet_is_not_ink():
    mask = _strokes()
    picture = np.full((120, 160, 3), (80, 50, 30), np.float32)
    sheet = np.s_[12:108, 16:144]
    picture[sheet] = _painted(mask, (20, 20, 20), (235, 235, 230))[sheet]
    assert _errors(picture, mask) <= 20


def test_noise_is_not_ink():
    mask = _strokes()
    noise = np.random.default_rng(1).normal(0, 50, (*mask.shape, 3)).astype(np.float32)
    assert _errors(_painted(mask, (30, 30, 30), (170, 170, 170)) + noise, mask) < 0.01 * mask.size


@pytest.mark.parametrize(
    "picture",
    [
        np.full((50, 70, 3), 255),
        np.zeros((1, 1, 3)),
        np.full((50, 70, 3), (10, 200, 30)),
        np.repeat(np.linspace(100, 250, 70)[np.newaxis, :, np.newaxis], 50, 0).repeat(3, 2),
        np.random.default_rng(1).normal(128, 20, (200, 300, 3)),
    ],
    ids=["white", "one pixel", "green", "gradient", "noise"],
)
def test_a_blank_picture_has_no_ink(picture):
    with pytest.raises(ink.NoInkError):
        ink.find_ink(picture.astype(np.float32))


def test_otsu_divides_two_clusters_in_the_middle():
    values = np.concatenate([np.full(900, 10.0), np.full(100, 200.0)])
    assert ink.otsu_threshold(values) == pytest.approx(105, abs=5)
    assert ink.otsu_threshold(np.zeros(5)) == 0


def test_otsu_is_the_greatest_variance_between_classes():
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.normal(60, 12, 3000), rng.normal(170, 25, 800)]).clip(0)

    def between(threshold):
        upper = values > threshold
        return (
            upper.mean() * (1 - upper.mean()) * (values[upper].mean() - values[~upper].mean()) ** 2
        )

    best = max(between(threshold) for threshold in np.linspace(50, 190, 400))
    assert between(ink.otsu_threshold(values)) == pytest.approx(best, rel=1e-3)


def test_the_surface_is_that_of_the_paper_not_of_the_mean():
    y, x = np.mgrid[-1:1:40j, -1:1:50j]
    paper = (200 + 20 * x - 30 * y + 10 * x * y - 15 * y * y).astype(np.float32)
    values = paper.copy()
    values[10:25, 10:30] = 20
    fitted = ink.fit_surface(values, np.ones_like(values, bool))
    np.testing.assert_allclose(fitted, paper, atol=1.5)
    other = values.copy()
    other[:, 35:] = 0
    part = np.ones_like(values, bool)
    part[:, 35:] = False
    np.testing.assert_allclose(ink.fit_surface(other, part)[part], paper[part], atol=1.5)


def test_only_an_edge_makes_another_paper():
    y, x = np.mgrid[-1:1:48j, -1:1:64j]
    gradient = np.repeat((150 + 80 * x + 5 * y)[..., np.newaxis], 3, 2).astype(np.float32)
    assert not ink.find_other_part(gradient).any()
    sheet = np.repeat((180 + 20 * x)[..., np.newaxis], 3, 2)
    shadow = np.where((x + 0.3 * y > 0.2)[..., np.newaxis], 0.5 * sheet, sheet)
    found = ink.find_other_part(shadow.astype(np.float32))
    assert np.mean(found != (x + 0.3 * y > 0.2)) < 0.01
    # A thick stroke has another colour, but is not at the border.
    blot = np.full((48, 64, 3), 220, np.float32)
    blot[12:36, 20:40] = 20
    assert not ink.find_other_part(blot).any()


def test_smoothing_grows_with_the_noise():
    rng = np.random.default_rng(4)
    values = np.zeros((60, 60), np.float32)
    values[20:40, 20:40] = 100
    np.testing.assert_array_equal(ink.smooth_noise(values, 0), values)
    noisy = values + rng.normal(0, 30, values.shape).astype(np.float32)
    assert ink.noise_of(ink.smooth_noise(noisy, 30)) < 15
