"""The networks that only training knows: the teacher, and the wide student with its normalization.

`fold` takes the normalization out of the student, `deploy` puts what became of it into the network.
"""

from __future__ import annotations

import dataclasses

import keras
import numpy as np

from train import architecture
from train.recipe import Recipe


@dataclasses.dataclass(frozen=True)
class Weights:
    """The weights of a network that is built as the deployed one, with H hidden units.

    Attributes:
      conv_kernel: float32, shape (3, 3, 1, 8).
      conv_bias: float32, shape (8,).
      fc_kernel: float32, shape (1352, H).
      fc_bias: float32, shape (H,).
      pred_kernel: float32, shape (H, 10).
      pred_bias: float32, shape (10,).
    """

    conv_kernel: np.ndarray
    conv_bias: np.ndarray
    fc_kernel: np.ndarray
    fc_bias: np.ndarray
    pred_kernel: np.ndarray
    pred_bias: np.ndarray


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
    """Builds the student: wide, and with batch normalization, which keeps its units alive.

    The normalization has no learned scale: the ReLU and the linear layer behind it make up for it,
    and only with a positive scale may it move from behind the pooling into the convolution.

    Args:
      recipe: has the width and the momentum of the moving statistics.

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
            layers.Dense(recipe.wide_units, use_bias=False, name="fc"),
            normalization("fc_normalization"),
            layers.ReLU(),
            layers.Dense(architecture.NUM_CLASSES, name="pred"),
        ]
    )


def fold(student: keras.Model) -> Weights:
    """Folds the student's normalization into its weights (Jacob et al., arXiv:1712.05877, 3.2).

    Args:
      student: a trained model from `build_student`.

    Returns:
      The weights of a network without normalization that computes the same.
    """
    folded = []
    for name in ("conv", "fc"):
        normalization = student.get_layer(f"{name}_normalization")
        beta, mean, variance = (np.asarray(w, np.float64) for w in normalization.get_weights())
        scale = 1.0 / np.sqrt(variance + normalization.epsilon)
        (kernel,) = student.get_layer(name).get_weights()
        folded += [(kernel * scale).astype(np.float32), (beta - mean * scale).astype(np.float32)]
    return Weights(*folded, *student.get_layer("pred").get_weights())


def deploy(weights: Weights) -> keras.Model:
    """Puts weights into the network.

    Args:
      weights: of 16 hidden units.

    Returns:
      The network of `architecture.build_model`, with a softmax.
    """
    model = architecture.build_model(keras)
    model.get_layer("conv").set_weights([weights.conv_kernel, weights.conv_bias])
    model.get_layer("fc").set_weights([weights.fc_kernel, weights.fc_bias])
    model.get_layer("pred").set_weights([weights.pred_kernel, weights.pred_bias])
    return model
