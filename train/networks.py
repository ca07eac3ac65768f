"""The networks that only training knows: the teacher, and the student with its normalization."""

from __future__ import annotations

import keras
import numpy as np

from train import architecture
from train.recipe import Recipe


def build_teacher() -> keras.Model:
    """Builds the teacher: a larger CNN, never deployed.

    Returns:
      An untrained model from float32 (N, 28, 28, 1) in [0, 1] to logits (N, 10).
    """
    layers = keras.layers
    size = architecture.IMAGE_SIZE
    model = keras.Sequential([layers.Input((size, size, 1))])
    for filters in (16, 48):
        model.add(layers.Conv2D(filters, 5, use_bias=False))
        model.add(layers.MaxPooling2D(2))
        model.add(layers.BatchNormalization())
        model.add(layers.ReLU())
    model.add(layers.Flatten())
    model.add(layers.Dense(128, use_bias=False))
    model.add(layers.BatchNormalization())
    model.add(layers.ReLU())
    model.add(layers.Dense(architecture.NUM_CLASSES))
    return model


def build_student(recipe: Recipe) -> keras.Model:
    """Builds the network as it is trained: with batch normalization, which keeps its units alive.

    The normalization has no learned scale: the ReLU and the linear layer behind it make up for it,
    and only with a positive scale may it move from behind the pooling into the convolution.

    Args:
      recipe: has the momentum of the moving statistics.

    Returns:
      An untrained model from float32 (N, 28, 28, 1) in [0, 1] to logits (N, 10).
    """
    layers = keras.layers
    size = architecture.IMAGE_SIZE

    def normalization(name: str) -> keras.layers.Layer:
        return layers.BatchNormalization(
            scale=False, momentum=recipe.normalization_momentum, name=name
        )

    return keras.Sequential(
        [
            layers.Input((size, size, 1)),
            layers.Conv2D(8, 3, use_bias=False, name="conv"),
            layers.MaxPooling2D(2),
            normalization("conv_normalization"),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(16, use_bias=False, name="fc"),
            normalization("fc_normalization"),
            layers.ReLU(),
            layers.Dense(architecture.NUM_CLASSES, name="pred"),
        ]
    )


def fold(student: keras.Model) -> keras.Model:
    """Folds the student's normalization into its weights (Jacob et al., arXiv:1712.05877, 3.2).

    Args:
      student: a trained model from `build_student`.

    Returns:
      The network of `architecture.build_model`, which computes the same, with a softmax.
    """
    deployed = architecture.build_model(keras)
    for name in ("conv", "fc"):
        normalization = student.get_layer(f"{name}_normalization")
        beta, mean, variance = (np.asarray(w, np.float64) for w in normalization.get_weights())
        scale = 1.0 / np.sqrt(variance + normalization.epsilon)
        (kernel,) = student.get_layer(name).get_weights()
        deployed.get_layer(name).set_weights([kernel * scale, beta - mean * scale])
    deployed.get_layer("pred").set_weights(student.get_layer("pred").get_weights())
    return deployed
