# SPDX-License-Identifier: Apache-2.0
"""Training of the network: a library without flags and files.

Each epoch takes every training image once, newly distorted. The loss is the cross entropy of the
answers. tests/README.md, "What the recipe's parts give", has what was tried besides.

Where to change what: the network is in `architecture`, and `_logits` computes it for training. The
loss is in `_train`, `_rates` is the schedule of the learning rate, `augmentation` distorts. All
numbers are in `recipe`, and `operations` has what must not depend on the CPU.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent import futures

import keras
import numpy as np
import tensorflow as tf

from train import architecture, augmentation, dataset, operations
from train.recipe import Recipe


def make_deterministic(seed: int, threads: int) -> None:
    """Makes everything that follows in this process repeatable.

    Args:
      seed: of Python's, numpy's and TensorFlow's random numbers.
      threads: of TensorFlow, set before it starts: once it has, it can't be told any more.

    Raises:
      RuntimeError: TensorFlow has started with another number of threads.
    """
    for set_threads, get_threads in (
        (
            tf.config.threading.set_intra_op_parallelism_threads,
            tf.config.threading.get_intra_op_parallelism_threads,
        ),
        (
            tf.config.threading.set_inter_op_parallelism_threads,
            tf.config.threading.get_inter_op_parallelism_threads,
        ),
    ):
        if get_threads() != threads:
            set_threads(threads)
    # Keras numbers its objects through the process, and the numbers end up in the saved file.
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def build_model(rng: np.random.Generator) -> keras.Model:
    """Builds the network with random weights (He et al., arXiv:1502.01852) and biases of 0.

    Args:
      rng: where the randomness comes from.

    Returns:
      The network of `architecture.build_model`.
    """
    model = architecture.build_model(keras)
    for name in ("conv", "fc", "pred"):
        layer = model.get_layer(name)
        shape = layer.kernel.shape
        limit = np.float32(math.sqrt(6 / math.prod(shape[:-1])))
        kernel = (rng.random(shape, np.float32) * 2 - 1) * limit
        layer.set_weights([kernel, np.zeros(shape[-1], np.float32)])
    return model


def _variables(model: keras.Model) -> list[tf.Variable]:
    """Kernel and bias of the convolution, of the hidden and of the last layer."""
    return [variable.value for variable in model.trainable_variables]


def _logits(variables: list[tf.Variable], images: tf.Tensor) -> tf.Tensor:
    """Computes the network without its softmax.

    Args:
      variables: those of `_variables`.
      images: uint8, shape (N, 28, 28).

    Returns:
      float32, shape (N, 10).
    """
    conv_kernel, conv_bias, fc_kernel, fc_bias, pred_kernel, pred_bias = variables
    pooled = operations.convolve_and_pool(tf.cast(images, tf.float32) / 255.0, conv_kernel)
    features = tf.reshape(tf.nn.relu(pooled + conv_bias), (-1, fc_kernel.shape[0]))
    hidden = tf.nn.relu(operations.product(features, fc_kernel) + fc_bias)
    return operations.product(hidden, pred_kernel) + pred_bias


def _rates(largest: float, steps: int) -> np.ndarray:
    """The learning rate of each step, float32: rising for a twentieth, then falling to 0."""
    done = np.arange(steps) / steps
    return (largest * np.minimum(20 * done + 1 / steps, 1.0 - done)).astype(np.float32)


def _distorted(
    recipe: Recipe, digits: dataset.Dataset, rng: np.random.Generator
) -> Iterator[dataset.Dataset]:
    """Gives the images of each epoch, shuffled and distorted, and makes the next ones meanwhile."""

    def draw() -> dataset.Dataset:
        order = rng.permutation(len(digits.labels))
        images = augmentation.distort(digits.images[order], recipe, rng)
        return dataset.Dataset(images, digits.labels[order])

    with futures.ThreadPoolExecutor(max_workers=1) as executor:
        drawn = executor.submit(draw)
        for epoch in range(1, recipe.epochs + 1):
            current = drawn.result()
            if epoch < recipe.epochs:
                drawn = executor.submit(draw)
            yield current


def _train(
    recipe: Recipe,
    variables: list[tf.Variable],
    digits: dataset.Dataset,
    rng: np.random.Generator,
    report: Callable[[float], None],
) -> None:
    """Trains variables.

    Args:
      recipe: the hyperparameters.
      variables: those of `_variables`.
      digits: the images, at least one batch.
      rng: where distortions and order come from.
      report: told the mean loss of each epoch.
    """
    optimizer = operations.AdamW(variables, recipe.weight_decay)
    size = recipe.batch_size
    steps = len(digits.images) // size

    # One call for a whole epoch: a call for each step costs more than the step.
    @tf.function
    def run_epoch(images: tf.Tensor, labels: tf.Tensor, rates: tf.Tensor) -> tf.Tensor:
        total = tf.constant(0.0)
        for step in tf.range(steps):
            batch = tf.slice(images, (step * size, 0, 0), (size, *images.shape[1:]))
            answers = tf.slice(labels, (step * size,), (size,))
            with tf.GradientTape() as tape:
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
                    answers, _logits(variables, batch)
                )
                loss = tf.reduce_mean(losses)
            optimizer.step(tape.gradient(loss, variables), rates[step])
            total += loss
        return total / steps

    schedule = np.split(_rates(recipe.learning_rate, recipe.epochs * steps), recipe.epochs)
    for shown, rates in zip(_distorted(recipe, digits, rng), schedule, strict=True):
        arguments = shown.images, shown.labels.astype(np.int32), rates
        report(float(run_epoch(*map(tf.constant, arguments))))


def _accuracy(variables: list[tf.Variable], digits: dataset.Dataset) -> float | None:
    """The share of images that the network classifies right; None without images."""
    if not len(digits.images):
        return None
    answers = _logits(variables, tf.constant(digits.images)).numpy().argmax(axis=1)
    return float(np.mean(answers == digits.labels))


def train(
    recipe: Recipe, training_set: dataset.Dataset, verbose: int = 1
) -> tuple[keras.Model, dict[str, object]]:
    """Trains the network.

    Args:
      recipe: the hyperparameters.
      training_set: the training images, at least one batch of them besides those that the recipe
        holds out (of few images, a tenth).
      verbose: Keras's: 0 silent, 1 a progress bar, 2 a line at the end.

    Returns:
      The trained model, and its history: the mean `loss` of each epoch (a list), the largest
      `learning_rate` of each epoch (a list), and the accuracy on the images that were `held_out`
      (None without such images), after each epoch in `held_out_by_epoch` (a list).

    Raises:
      DatasetError: there are too few images for one batch.
    """
    held_out = min(recipe.held_out, len(training_set.images) // 10)
    split = len(training_set.images) - held_out
    if split < recipe.batch_size:
        raise dataset.DatasetError(
            f"{len(training_set.images)} training images: one batch alone takes {recipe.batch_size}"
        )
    make_deterministic(recipe.seed, recipe.threads)
    rng = np.random.default_rng(recipe.seed)
    if verbose:
        print(f"Training the network: {recipe.epochs} epochs of {split} images", flush=True)
    bar = keras.utils.Progbar(
        recipe.epochs, verbose=verbose, unit_name="epoch", stateful_metrics=["loss"]
    )
    losses: list[float] = []
    accuracies: list[float | None] = []
    model = build_model(rng)
    variables = _variables(model)
    seen = dataset.Dataset(training_set.images[:split], training_set.labels[:split])
    unseen = dataset.Dataset(training_set.images[split:], training_set.labels[split:])

    def report(loss: float) -> None:
        losses.append(loss)
        # It only looks: no random number is drawn, and no weight changes.
        accuracies.append(_accuracy(variables, unseen))
        bar.update(len(losses), [("loss", loss)])

    _train(recipe, variables, seen, rng, report)
    rates = _rates(recipe.learning_rate, recipe.epochs * (split // recipe.batch_size))
    return model, {
        "loss": losses,
        "learning_rate": [float(part.max()) for part in np.split(rates, recipe.epochs)],
        "held_out": accuracies[-1],
        "held_out_by_epoch": accuracies,
    }
