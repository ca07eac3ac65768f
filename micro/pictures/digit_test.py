# SPDX-License-Identifier: Apache-2.0
"""Which shapes of a picture make the digit."""

import numpy as np
import pytest

from micro.pictures import digit


def _sheet(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    mask = np.zeros((200, 300), bool)
    for top, left, bottom, right in boxes:
        mask[top:bottom, left:right] = True
    return mask


_DIGIT = (60, 100, 140, 112)


def _chosen(*others: tuple[int, int, int, int]) -> tuple[np.ndarray, int]:
    return digit.choose(_sheet(_DIGIT, *others))


@pytest.mark.parametrize(
    "other",
    [
        (10, 10, 13, 13),  # Dust.
        (100, 118, 103, 121),  # Dust beside it.
        (0, 20, 200, 24),  # A line from border to border.
        (0, 200, 90, 300),  # A shadow in a corner, larger than the digit.
        (170, 30, 174, 60),  # Something far away.
    ],
)
def test_other_shapes_are_left_out(other):
    chosen, others = _chosen(other)
    np.testing.assert_array_equal(chosen, _sheet(_DIGIT))
    assert others == 0


@pytest.mark.parametrize("other", [(60, 115, 68, 150), (145, 100, 150, 112), (90, 120, 98, 150)])
def test_strokes_that_do_not_touch_belong_to_the_digit(other):
    chosen, others = _chosen(other)
    np.testing.assert_array_equal(chosen, _sheet(_DIGIT, other))
    assert others == 0


def test_a_second_digit_is_counted_and_not_taken():
    chosen, others = _chosen((62, 120, 138, 131))
    np.testing.assert_array_equal(chosen, _sheet(_DIGIT))
    assert others == 1


def test_a_digit_at_the_border_is_taken_if_there_is_nothing_else():
    tight = _sheet((0, 100, 200, 130), (20, 20, 23, 23))
    chosen, _ = digit.choose(tight)
    np.testing.assert_array_equal(chosen, _sheet((0, 100, 200, 130)))


def _frame(mask: np.ndarray, top: int, left: int, bottom: int, right: int) -> np.ndarray:
    """Draws a box with lines of two pixels."""
    framed = mask.copy()
    framed[top:bottom, left:right] = True
    framed[top + 2 : bottom - 2, left + 2 : right - 2] = mask[
        top + 2 : bottom - 2, left + 2 : right - 2
    ]
    return framed


@pytest.mark.parametrize(
    "box",
    [
        (50, 90, 150, 124),  # Near to it: not one of its strokes.
        (20, 40, 180, 260),  # Of more ink than the digit.
    ],
)
def test_a_box_around_the_digit_goes(box):
    chosen, others = digit.choose(_frame(_sheet(_DIGIT), *box))
    np.testing.assert_array_equal(chosen, _sheet(_DIGIT))
    assert others == 0


def test_boxes_in_a_box_go():
    chosen, _ = digit.choose(_frame(_frame(_sheet(_DIGIT), 50, 90, 150, 124), 40, 80, 160, 134))
    np.testing.assert_array_equal(chosen, _sheet(_DIGIT))


def test_the_frame_of_a_sheet_may_be_much_larger_than_the_digit():
    small = _sheet((90, 140, 130, 146))
    chosen, _ = digit.choose(_frame(small, 4, 4, 196, 296))
    np.testing.assert_array_equal(chosen, small)


def test_a_dot_in_a_zero_does_not_make_it_a_box():
    zero = _frame(_sheet(), 60, 100, 140, 150)
    dotted = zero | _sheet((96, 121, 104, 129))
    chosen, _ = digit.choose(dotted)
    assert (chosen & zero).sum() == zero.sum()


def test_a_stroke_in_the_bow_of_a_digit_does_not_make_it_a_box():
    """It lies in the box of coordinates, but not in a closed line."""
    bow = _frame(_sheet(), 60, 100, 140, 150)
    bow[80:120, 140:] = False
    chosen, _ = digit.choose(bow | _sheet((96, 110, 100, 140)))
    assert (chosen & bow).sum() == bow.sum()


def test_specks_alone_are_no_digit():
    with pytest.raises(digit.NoDigitError, match="has only specks on it"):
        digit.choose(_sheet((10, 10, 13, 13), (100, 118, 103, 121)))


def test_a_blank_picture_is_no_digit():
    with pytest.raises(digit.NoDigitError, match="is blank: nothing on it differs"):
        digit.find_digit(np.full((5, 5, 3), 99, np.float32))


def test_soft_edges_are_kept_and_those_of_other_shapes_are_not():
    chosen = _sheet(_DIGIT)
    levels = np.where(_sheet(_DIGIT, (10, 10, 30, 30)), np.float32(1), 0)
    levels[59, 100:112] = levels[9, 10:30] = 0.3
    # A dot that nearly touches it.
    levels[100:104, 114:118] = 1
    kept = digit.keep(levels, chosen)
    assert kept[59, 105] == np.float32(0.3)
    assert kept[:40].sum() == 0
    assert kept[100:104, 114:118].sum() == 0
    assert (kept[chosen] == 1).all()


def test_small_pictures_are_enlarged_and_others_are_not():
    picture = np.random.default_rng(1).uniform(0, 255, (28, 14, 3)).astype(np.float32)
    assert digit.enlarge(picture).shape == (320, 160, 3)
    assert digit.enlarge(picture).min() >= 0
    large = np.zeros((400, 10, 3), np.float32)
    assert digit.enlarge(large) is large
