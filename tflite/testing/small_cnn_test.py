# SPDX-License-Identifier: Apache-2.0
"""Tests of small_cnn.py; //reference:runtimes_test sees that the models compute the network."""

import pytest

from tflite.testing import small_cnn

WEIGHTS = small_cnn.draw_weights()
IMAGES = small_cnn.draw_images(3, 50)
SCORES = small_cnn.activations(WEIGHTS, IMAGES)[2]


def test_the_images_are_of_several_classes():
    assert len(set(SCORES.argmax(axis=1))) >= 3


@pytest.mark.parametrize("build", [small_cnn.build_float32, small_cnn.build_int8])
def test_building_twice_gives_the_same_bytes(build):
    assert build(WEIGHTS) == build(small_cnn.draw_weights())
