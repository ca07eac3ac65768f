# SPDX-License-Identifier: Apache-2.0
"""Tests of the runtimes: all compute what the small network is."""

import numpy as np
import pytest

from reference import runtime
from reference.litert import LiteRt
from reference.tflm_wheel import TflmWheel
from tflite.testing import small_cnn

WEIGHTS = small_cnn.draw_weights()
IMAGES = small_cnn.draw_images(3, 20)
SCORES = small_cnn.activations(WEIGHTS, IMAGES)[2]
RUNTIMES = {
    "tflm_wheel": TflmWheel,
    "litert": LiteRt,
    "xnnpack": lambda model: LiteRt(model, reference_kernels=False),
}


@pytest.mark.parametrize("name", RUNTIMES)
def test_float32(name):
    opened = RUNTIMES[name](small_cnn.build_float32(WEIGHTS))
    (scores,) = runtime.run_samples(opened, [IMAGES[:, np.newaxis]], [SCORES.shape[1:]])
    np.testing.assert_allclose(scores, SCORES, atol=1e-5)


@pytest.mark.parametrize("name", RUNTIMES)
def test_int8(name):
    opened = RUNTIMES[name](small_cnn.build_int8(WEIGHTS))
    images = np.rint(IMAGES * 255 - 128).astype(np.int8)[:, np.newaxis]
    (scores,) = runtime.run_samples(opened, [images], [SCORES.shape[1:]])
    assert scores.dtype == np.int8
    np.testing.assert_allclose((scores.astype(np.float32) + 128) / 256, SCORES, atol=0.03)


@pytest.mark.parametrize("name", RUNTIMES)
def test_what_a_run_returned_stays(name):
    opened = RUNTIMES[name](small_cnn.build_float32(WEIGHTS))
    (first,) = opened.run([IMAGES[:1]])
    kept = first.copy()
    opened.run([IMAGES[1:2]])
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize("name", RUNTIMES)
def test_refuses_other_inputs(name):
    opened = RUNTIMES[name](small_cnn.build_float32(WEIGHTS))
    with pytest.raises((RuntimeError, ValueError)):
        opened.run([np.zeros((1, 3, 3, 1), np.float32)])
    with pytest.raises((RuntimeError, ValueError)):
        opened.run([IMAGES[:1].astype(np.int8)])


def test_litert_refuses_what_is_not_a_model():
    with pytest.raises((RuntimeError, ValueError)):
        LiteRt(b"\0" * 100)
