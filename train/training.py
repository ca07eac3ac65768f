"""Training of the network: a library without flags, files or prints of its own."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from train import architecture, dataset
from train.recipe import Recipe


def make_deterministic(seed: int) -> None:
    """Makes everything that follows in this process repeatable on one machine.

    Args:
      seed: of Python's, numpy's and TensorFlow's random numbers.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def _schedule(
    recipe: Recipe, steps_per_epoch: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    steps = recipe.epochs * steps_per_epoch
    warm_up = min(round(recipe.warm_up_epochs * steps_per_epoch), steps // 2)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        warmup_target=recipe.peak_learning_rate,
        warmup_steps=warm_up,
        decay_steps=max(steps - warm_up, 1),
    )


def _batches(recipe: Recipe, images: np.ndarray, labels: np.ndarray) -> tf.data.Dataset:
    shift = keras.layers.RandomTranslation(
        recipe.max_shift, recipe.max_shift, fill_mode="constant", seed=recipe.seed
    )
    return (
        tf.data.Dataset.from_tensor_slices((dataset.to_float(images), labels.astype(np.int32)))
        .shuffle(len(images), seed=recipe.seed)
        .batch(recipe.batch_size)
        .map(lambda x, y: (shift(x, training=True), y))
        .prefetch(2)
    )


def train(
    recipe: Recipe, training_set: dataset.Dataset, verbose: str | int = "auto"
) -> tuple[keras.Model, dict[str, list[float]]]:
    """Trains the network.

    Args:
      recipe: the hyperparameters.
      training_set: the training images; the recipe holds the last few thousand of them out.
      verbose: Keras's: 0 silent, 1 a progress bar, 2 a line an epoch.

    Returns:
      The trained model, and its history: a list with a figure an epoch, by metric.
    """
    held_out = min(recipe.held_out, len(training_set.images) // 10)
    split = len(training_set.images) - held_out
    make_deterministic(recipe.seed)
    batches = _batches(recipe, training_set.images[:split], training_set.labels[:split])
    model = architecture.build_model(keras)
    model.compile(
        optimizer=keras.optimizers.AdamW(
            _schedule(recipe, len(batches)),
            weight_decay=recipe.weight_decay,
            use_ema=True,
            ema_momentum=recipe.ema_momentum,
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
    )
    validation: Any = None
    if held_out:
        validation = (
            dataset.to_float(training_set.images[split:]),
            training_set.labels[split:].astype(np.int32),
        )
    history = model.fit(batches, epochs=recipe.epochs, validation_data=validation, verbose=verbose)
    model.optimizer.finalize_variable_values(model.trainable_variables)
    return model, {k: [float(v) for v in values] for k, values in history.history.items()}
