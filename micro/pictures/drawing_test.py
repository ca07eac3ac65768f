# SPDX-License-Identifier: Apache-2.0

import re

import numpy as np

from micro.pictures import drawing, engine

_PREDICTION = engine.Prediction(
    digit=7,
    scores=[-128] * 3 + [-90] + [-128] * 3 + [89, -127, -128],
    probabilities=[0.0] * 3 + [0.1484375] + [0.0] * 3 + [0.84765625, 0.00390625, 0.0],
)


def test_letters_get_denser_with_the_brightness():
    image = np.zeros((4, 28), np.uint8)
    image[1, 2] = 255
    image[2, :4] = (28, 29, 128, 254)
    assert drawing.draw_image(image, color=False) == ("\n    @@\n  ..==%%\n\n")


def test_half_blocks_have_the_greys_of_two_pixels():
    image = np.zeros((4, 2), np.uint8)
    image[0, 1], image[3, 0] = 255, 128
    text = drawing.draw_image(image, color=True)
    lines = text.splitlines()
    assert len(lines) == 2
    assert re.findall(r"38;5;(\d+);48;5;(\d+)m▀", lines[0]) == [("16", "16"), ("255", "16")]
    assert re.findall(r"38;5;(\d+);48;5;(\d+)m▀", lines[1]) == [("16", "244"), ("16", "16")]
    assert all(line.endswith("\x1b[0m") for line in lines)


def test_every_grey_has_a_colour_of_the_terminal_and_brighter_is_not_darker():
    image = np.arange(256, dtype=np.uint8).reshape(2, 128)
    found = re.findall(r"38;5;(\d+);48;5;(\d+)m", drawing.draw_image(image, color=True))
    upper, lower = np.array(found, int).T
    greys = np.concatenate([upper, lower])
    assert set(greys[greys != 16]) == set(range(232, 256))
    assert (np.diff(np.where(greys == 16, 0, greys)) >= 0).all()


def test_scores_are_bars():
    text = drawing.draw_scores(_PREDICTION, color=False)
    lines = text.splitlines()
    assert len(lines) == 10
    assert lines[0] == "0   0.0 %"
    assert lines[3] == "3  14.8 % ######"
    assert lines[7] == "7  84.8 % " + 34 * "#"
    # Small, but not nothing.
    assert lines[8] == "8   0.4 % #"
    assert text.isascii()
    bold = drawing.draw_scores(_PREDICTION, color=True).splitlines()
    assert bold[7] == "\x1b[1m7  84.8 % " + 34 * "█" + "\x1b[0m"
    assert "\x1b" not in bold[3]


def test_a_table_has_a_line_for_each_picture():
    assert drawing.draw_table([("a.png", _PREDICTION), ("long/name.jpg", _PREDICTION)]) == (
        "picture        digit    score      next\n"
        "a.png              7   84.8 %  3 14.8 %\n"
        "long/name.jpg      7   84.8 %  3 14.8 %\n"
    )
    assert drawing.draw_table([]) == ""


def test_a_table_names_no_second_digit_if_no_other_has_a_score():
    sure = engine.Prediction(2, [-128] * 2 + [127] + [-128] * 7, [0, 0, 0.99609375, *[0] * 7])
    assert drawing.draw_table([("a.png", sure)]).splitlines()[1] == "a.png        2   99.6 %"
