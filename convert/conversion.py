# SPDX-License-Identifier: Apache-2.0
"""From Keras 3 weights to float32 and full-int8 TensorFlow Lite models, by TensorFlow 2.15.

Keras 3 models break TensorFlow 2.15's converter, and 2.16's writes other models; so the weights
alone come over, in a `.weights.h5` file, and the network is built again from the function that both
worlds share.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from convert import inputs, stderr
from convert.inputs import ConversionError
from train import architecture, dataset

CALIBRATION_IMAGES = 1_000
"""Training images that the converter sees to find the range of each activation."""


def load_model(weights_path: str | pathlib.Path) -> tf.keras.Model:
    """Builds the network and gives it the trained weights.

    Args:
      weights_path: a `.weights.h5` file that Keras 3 saved from the same architecture.

    Returns:
      The model in TensorFlow 2.15's Keras, from (N, 28, 28, 1) to (N, 10).

    Raises:
      ConversionError: the file can't be read, or contains the weights of another architecture.
    """
    path = pathlib.Path(weights_path)
    model = architecture.build_model(tf.keras)
    wanted = sorted(tuple(w.shape) for w in model.get_weights())
    stored = inputs.read_weights(path)
    found = sorted(tuple(w.shape) for w in stored)
    if found != wanted:
        raise ConversionError(
            f"{path}: contains the weights of another architecture: shapes {found},"
            f" expected {wanted}"
        )
    try:
        model.load_weights(path)
    except (OSError, KeyError, ValueError, RuntimeError, TypeError) as error:
        raise ConversionError(f"{path}: the weights don't fit the network: {error}") from error
    # Keras matches layers by name and skips what it doesn't find: check that nothing was skipped.
    for weight in model.get_weights():
        if not any(w.shape == weight.shape and np.array_equal(w, weight) for w in stored):
            raise ConversionError(f"{path}: not all weights were taken over")
    return model


def to_float32(model: tf.keras.Model) -> bytes:
    """Converts without quantization.

    Args:
      model: a Keras model.

    Returns:
      The float32 `.tflite` file's contents.
    """
    with stderr.held_back():
        return tf.lite.TFLiteConverter.from_keras_model(model).convert()


def to_int8(model: tf.keras.Model, training_images: np.ndarray) -> bytes:
    """Converts with full integer quantization: int8 weights, activations, input and output.

    Args:
      model: a Keras model.
      training_images: uint8, shape (N, 28, 28), N >= CALIBRATION_IMAGES: training images only, or
        the accuracy on the test images would be a lie. An even spread of them is the representative
        dataset.

    Returns:
      The int8 `.tflite` file's contents. An operator without an int8 kernel stops the conversion
      rather than fall back to float.

    Raises:
      ConversionError: there are fewer images than the calibration needs.
    """
    if len(training_images) < CALIBRATION_IMAGES:
        raise ConversionError(
            f"{len(training_images)} training images: calibration needs {CALIBRATION_IMAGES}"
        )
    step = len(training_images) // CALIBRATION_IMAGES
    chosen = dataset.to_float(training_images[::step][:CALIBRATION_IMAGES])

    def representative_dataset() -> Iterator[list[np.ndarray]]:
        for image in chosen:
            yield [image[np.newaxis]]

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative_dataset
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    with stderr.held_back():
        return converter.convert()
