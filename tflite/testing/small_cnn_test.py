"""Tests of small_cnn.py: LiteRT runs both models, and they compute what the network is."""

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tflite.testing import small_cnn

WEIGHTS = small_cnn.draw_weights()
IMAGES = small_cnn.draw_images(3, 50)
SCORES = small_cnn.activations(WEIGHTS, IMAGES)[2]


def _scores(model: bytes) -> np.ndarray:
    interpreter = Interpreter(model_content=model)
    interpreter.allocate_tensors()
    (given,), (taken,) = interpreter.get_input_details(), interpreter.get_output_details()
    quantized = given["dtype"] == np.int8
    scores = []
    for image in IMAGES:
        value = np.rint(image * 255 - 128).astype(np.int8) if quantized else image
        interpreter.set_tensor(given["index"], value[np.newaxis])
        interpreter.invoke()
        output = interpreter.get_tensor(taken["index"])[0]
        scores.append((output.astype(np.float32) + 128) / 256 if quantized else output)
    return np.array(scores)


def test_the_float32_model_computes_the_network():
    np.testing.assert_allclose(_scores(small_cnn.build_float32(WEIGHTS)), SCORES, atol=1e-5)


def test_the_int8_model_is_close():
    np.testing.assert_allclose(_scores(small_cnn.build_int8(WEIGHTS)), SCORES, atol=0.03)


def test_the_images_are_of_several_classes():
    assert len(set(SCORES.argmax(axis=1))) >= 3


@pytest.mark.parametrize("build", [small_cnn.build_float32, small_cnn.build_int8])
def test_building_twice_gives_the_same_bytes(build):
    assert build(WEIGHTS) == build(small_cnn.draw_weights())
