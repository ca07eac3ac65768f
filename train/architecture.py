# SPDX-License-Identifier: Apache-2.0
"""The network, as one function for both TensorFlows.

The training world (Keras 3) and the conversion world (Keras 2.15) each pass their own Keras, so
that the architecture is written down once and the weights of one fit the other.
"""

from __future__ import annotations

from typing import Any

IMAGE_SIZE = 28
"""Rows and columns of an input image, in pixels."""

NUM_CLASSES = 10

FILTERS = 8
"""Filters of the convolution."""

HIDDEN_UNITS = 16

NUM_PARAMETERS = 21_898
"""Weights and biases of the network in all."""


def build_model(keras: Any) -> Any:
    """Builds the untrained CNN.

    Args:
      keras: the Keras module to build it with: Keras 3 or Keras 2.15 (`tf.keras`).

    Returns:
      A Keras model from float32 images (N, 28, 28, 1) in [0, 1] to float32 class probabilities
      (N, 10).
    """
    inputs = keras.Input(shape=(IMAGE_SIZE, IMAGE_SIZE, 1), name="input_layer")
    x = keras.layers.Conv2D(FILTERS, 3, activation="relu", name="conv")(inputs)
    x = keras.layers.MaxPooling2D(2, name="pool")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(HIDDEN_UNITS, activation="relu", name="fc")(x)
    outputs = keras.layers.Dense(NUM_CLASSES, activation="softmax", name="pred")(x)
    return keras.Model(inputs, outputs, name="model")
