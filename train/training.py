"""Training of the network, in two stages: a library without flags and files.

1. A network that is wider than the one that is deployed is trained on distorted copies of the
   images (`train_wide`). Its convolution is kept; so are its answers, the logits.
2. The dense layers alone are trained further, on the output of that convolution, against the wide
   network's answers and the true labels (Hinton, Vinyals and Dean, "Distilling the Knowledge in a
   Neural Network", arXiv:1503.02531). Meanwhile their hidden units are thinned out to those that
   are deployed (`train_narrow`). An epoch takes a tenth of the time of one of the first stage.

Where to change what: the network that is deployed is in `architecture`; both stages train the same
by `_features`, `_hidden` and `_logits`. The loss of a stage is the function `loss` in it. `_rates`
is the schedule of the learning rate, `Recipe.widths` that of the units. All numbers are in
`recipe`, and `operations` has what must not depend on the CPU.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from train import architecture, augmentation, dataset, operations
from train.recipe import Recipe

_CHUNK = 2_000
"""Images in a call that trains nothing."""


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

    conv_kernel: tf.Variable
    conv_bias: tf.Variable
    fc_kernel: tf.Variable
    fc_bias: tf.Variable
    pred_kernel: tf.Variable
    pred_bias: tf.Variable

    @classmethod
    def start(cls, units: int, rng: np.random.Generator) -> Weights:
        """Random weights (He et al., arXiv:1502.01852) and biases of 0.

        Args:
          units: hidden units.
          rng: where the randomness comes from.

        Returns:
          The weights.
        """

        def kernel(inputs: int, *shape: int) -> tf.Variable:
            return tf.Variable(
                (rng.random(shape, np.float32) * 2 - 1) * np.float32((6 / inputs) ** 0.5)
            )

        values = 13 * 13 * architecture.FILTERS
        return cls(
            kernel(9, 3, 3, 1, architecture.FILTERS),
            tf.Variable(tf.zeros(architecture.FILTERS)),
            kernel(values, values, units),
            tf.Variable(tf.zeros(units)),
            kernel(units, units, architecture.NUM_CLASSES),
            tf.Variable(tf.zeros(architecture.NUM_CLASSES)),
        )

    @property
    def conv(self) -> tuple[tf.Variable, ...]:
        """Those of the convolution."""
        return self.conv_kernel, self.conv_bias

    @property
    def dense(self) -> tuple[tf.Variable, ...]:
        """Those of the dense layers."""
        return self.fc_kernel, self.fc_bias, self.pred_kernel, self.pred_bias


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


def _features(weights: Weights, images: tf.Tensor) -> tf.Tensor:
    """From uint8 (N, 28, 28) to the pooled output of the convolution, float32 (N, 1352)."""
    pooled = operations.convolve_and_pool(tf.cast(images, tf.float32) / 255.0, weights.conv_kernel)
    pooled += weights.conv_bias
    return tf.reshape(tf.nn.relu(pooled), (-1, weights.fc_kernel.shape[0]))


def _hidden(weights: Weights, features: tf.Tensor) -> tf.Tensor:
    return tf.nn.relu(operations.product(features, weights.fc_kernel) + weights.fc_bias)


def _logits(weights: Weights, hidden: tf.Tensor) -> tf.Tensor:
    return operations.product(hidden, weights.pred_kernel) + weights.pred_bias


def _rates(largest: float, steps: int, falling: bool) -> np.ndarray:
    """The learning rate of each step, float32: rising for a twentieth, then constant or falling."""
    done = np.arange(steps) / steps
    target = 1.0 - done if falling else 1.0
    return (largest * np.minimum(20 * done + 1 / steps, target)).astype(np.float32)


@dataclasses.dataclass(frozen=True)
class Pool:
    """Images to train on.

    Attributes:
      images: uint8, shape (copies * N, 28, 28); the first N are the unchanged ones.
      labels: int32, shape (N,): the true labels, shared by all copies.
    """

    images: tf.Tensor
    labels: tf.Tensor

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """Draws an epoch: one copy of each image, shuffled; indices, int32 (N,)."""
        count = len(self.labels)
        copies = rng.integers(0, len(self.images) // count, count)
        return (rng.permutation(count) + count * copies).astype(np.int32)

    def labels_of(self, batch: tf.Tensor) -> tf.Tensor:
        """The true labels, int32 (B,), of images by their indices, int32 (B,)."""
        return tf.gather(self.labels, batch % len(self.labels))


def make_pool(
    recipe: Recipe, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator
) -> Pool:
    """Makes the distorted copies.

    Args:
      recipe: how many, and how far the distortions go.
      images: uint8, shape (N, 28, 28).
      labels: uint8, shape (N,).
      rng: where the randomness comes from.

    Returns:
      All copies, the unchanged one first.
    """
    copies = [augmentation.distort(images, recipe, rng) for _ in range(recipe.copies)]
    return Pool(
        tf.constant(np.concatenate([images, *copies])), tf.constant(labels.astype(np.int32))
    )


def _train(
    variables: tuple[tf.Variable, ...],
    loss: Callable[[tf.Tensor], tf.Tensor],
    pool: Pool,
    rng: np.random.Generator,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    weight_decay: float,
    report: Callable[[float], None],
    falling: bool = True,
) -> None:
    """Trains variables.

    Args:
      variables: what is trained.
      loss: from the indices of a batch's images in the pool, int32 (B,), to the loss of each.
      pool: the images.
      rng: where the order comes from.
      epochs: how often each image is taken, each time one of its copies.
      batch_size: images in a batch; an incomplete last one is left out.
      learning_rate: the largest.
      weight_decay: AdamW's.
      report: told the mean loss of each epoch.
      falling: whether the learning rate falls to 0, for a result that is kept as it is.
    """
    optimizer = operations.AdamW(variables, weight_decay)
    steps = len(pool.labels) // batch_size

    # One call for a whole epoch: a call for each step costs more than the step.
    @tf.function(
        input_signature=[
            tf.TensorSpec(len(pool.labels), tf.int32),
            tf.TensorSpec(steps, tf.float32),
        ]
    )
    def run_epoch(order: tf.Tensor, rates: tf.Tensor) -> tf.Tensor:
        total = tf.constant(0.0)
        for step in tf.range(steps):
            batch = tf.reshape(order[step * batch_size : (step + 1) * batch_size], (batch_size,))
            with tf.GradientTape() as tape:
                batch_loss = tf.reduce_mean(loss(batch))
            optimizer.step(tape.gradient(batch_loss, variables), rates[step])
            total += batch_loss
        return total / steps

    run_epoch = run_epoch.get_concrete_function()
    for rates in np.split(_rates(learning_rate, epochs * steps, falling), epochs):
        report(float(run_epoch(tf.constant(pool.draw(rng)), tf.constant(rates))))


def train_wide(
    recipe: Recipe, pool: Pool, rng: np.random.Generator, report: Callable[[float], None]
) -> Weights:
    """The first stage: trains a wide network on the true labels.

    Args:
      recipe: the hyperparameters.
      pool: the images.
      rng: where the weights and the order come from.
      report: told the mean loss of each epoch.

    Returns:
      The trained weights, of `recipe.widths[0]` hidden units.
    """
    weights = Weights.start(recipe.widths[0], rng)

    def loss(batch: tf.Tensor) -> tf.Tensor:
        features = _features(weights, tf.gather(pool.images, batch))
        logits = _logits(weights, _hidden(weights, features))
        return tf.nn.sparse_softmax_cross_entropy_with_logits(pool.labels_of(batch), logits)

    _train(
        weights.conv + weights.dense,
        loss,
        pool,
        rng,
        epochs=recipe.wide_epochs,
        batch_size=recipe.wide_batch_size,
        learning_rate=recipe.wide_learning_rate,
        weight_decay=recipe.wide_weight_decay,
        report=report,
    )
    return weights


@dataclasses.dataclass(frozen=True)
class Teaching:
    """What the wide network says of each image in the pool.

    Attributes:
      features: uint8, shape (N, 1352): the pooled output of its convolution, in steps.
      step: what one step is worth.
      answers: float32, shape (N, 10): the probabilities, at the temperature of the recipe.
    """

    features: tf.Tensor
    step: float
    answers: tf.Tensor

    def features_of(self, batch: tf.Tensor) -> tf.Tensor:
        """The features, float32 (B, 1352), of images by their indices, int32 (B,)."""
        return tf.cast(tf.gather(self.features, batch), tf.float32) * self.step


def ask(recipe: Recipe, wide: Weights, images: tf.Tensor) -> Teaching:
    """Runs the wide network over the pool, once for all that follows.

    Args:
      recipe: has the temperature.
      wide: the wide network's weights.
      images: uint8, shape (N, 28, 28).

    Returns:
      What the second stage is trained on.
    """
    # What lies above the largest feature of the first images is rare, and clipped.
    step = max(float(tf.reduce_max(_features(wide, images[:_CHUNK]))), 1e-6) / 255

    @tf.function(reduce_retracing=True)
    def run(chunk: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        features = _features(wide, chunk)
        logits = _logits(wide, _hidden(wide, features))
        steps = tf.minimum(features / step + 0.5, 255.0)
        return tf.cast(steps, tf.uint8), operations.softmax(logits / recipe.temperature)

    parts = [run(images[start : start + _CHUNK]) for start in range(0, len(images), _CHUNK)]
    features, answers = (tf.concat(part, 0) for part in zip(*parts, strict=True))
    return Teaching(features, step, answers)


def thin_out(weights: Weights, units: int, features: tf.Tensor) -> Weights:
    """Removes the hidden units that move the logits least; their mean is added to the bias.

    Args:
      weights: of H hidden units.
      units: how many of them stay, at most H.
      features: float32, shape (N, 1352): a sample to judge them on.

    Returns:
      Weights of their own, the convolution's shared.
    """
    hidden = _hidden(weights, features)
    mean = tf.reduce_mean(hidden, axis=0)
    variance = tf.reduce_mean(tf.square(hidden - mean), axis=0)
    # What all classes get alike moves no answer.
    outgoing = weights.pred_kernel - tf.reduce_mean(weights.pred_kernel, axis=1, keepdims=True)
    moved = variance * tf.reduce_sum(tf.square(outgoing), axis=1)
    order = np.argsort(-moved.numpy(), kind="stable")
    kept, gone = np.sort(order[:units]), np.sort(order[units:])

    def pick(values: tf.Tensor, chosen: np.ndarray, axis: int = 0) -> tf.Tensor:
        return tf.gather(values, chosen, axis=axis)

    bias = tf.reduce_sum(pick(mean, gone)[:, None] * pick(weights.pred_kernel, gone), axis=0)
    return Weights(
        *weights.conv,
        tf.Variable(pick(weights.fc_kernel, kept, axis=1)),
        tf.Variable(pick(weights.fc_bias, kept)),
        tf.Variable(pick(weights.pred_kernel, kept)),
        tf.Variable(weights.pred_bias + bias),
    )


def train_narrow(
    recipe: Recipe,
    pool: Pool,
    wide: Weights,
    rng: np.random.Generator,
    report: Callable[[float], None],
) -> Weights:
    """The second stage: thins out the hidden layer and trains the dense layers.

    Args:
      recipe: the hyperparameters.
      pool: the images.
      wide: the wide network's weights.
      rng: where the order comes from.
      report: told the mean loss of each epoch.

    Returns:
      The trained weights, of `recipe.widths[-1]` hidden units.
    """
    teaching = ask(recipe, wide, pool.images)
    weights = wide
    for width in recipe.widths[1:]:
        sample = rng.integers(0, len(pool.images), _CHUNK, np.int32)
        weights = thin_out(weights, width, teaching.features_of(tf.constant(sample)))

        def loss(batch: tf.Tensor, weights: Weights = weights) -> tf.Tensor:
            logits = _logits(weights, _hidden(weights, teaching.features_of(batch)))
            soft = tf.nn.softmax_cross_entropy_with_logits(
                tf.gather(teaching.answers, batch), logits / recipe.temperature
            )
            hard = tf.nn.sparse_softmax_cross_entropy_with_logits(pool.labels_of(batch), logits)
            # The squared temperature keeps the gradients of both of one size, as the paper says.
            soft_weight = recipe.soft_weight * recipe.temperature**2
            return soft_weight * soft + (1.0 - recipe.soft_weight) * hard

        last = width == recipe.widths[-1]
        _train(
            weights.dense,
            loss,
            pool,
            rng,
            falling=last,
            epochs=recipe.epochs if last else recipe.thinning_epochs,
            batch_size=recipe.batch_size,
            learning_rate=recipe.learning_rate,
            weight_decay=recipe.weight_decay,
            report=report,
        )
    return weights


def deploy(weights: Weights) -> keras.Model:
    """Puts weights into the network.

    Args:
      weights: of 16 hidden units.

    Returns:
      The network of `architecture.build_model`, with a softmax.
    """
    model = architecture.build_model(keras)
    values = [variable.numpy() for variable in weights.conv + weights.dense]
    for number, name in enumerate(("conv", "fc", "pred")):
        model.get_layer(name).set_weights(values[2 * number : 2 * number + 2])
    return model


def _accuracy(weights: Weights, digits: dataset.Dataset) -> float | None:
    """The share of images that a network classifies right; None without images."""
    if not len(digits.images):
        return None
    logits = _logits(weights, _hidden(weights, _features(weights, tf.constant(digits.images))))
    return float(np.mean(logits.numpy().argmax(axis=1) == digits.labels))


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
      The trained model, and its history: the mean `wide_loss` of each epoch of the first stage and
      the mean `loss` of each of the second (lists), and the accuracy of `wide_held_out` and
      `held_out` on the images held out.

    Raises:
      DatasetError: there are too few images for one batch.
    """
    held_out = min(recipe.held_out, len(training_set.images) // 10)
    split = len(training_set.images) - held_out
    batch = max(recipe.wide_batch_size, recipe.batch_size)
    if split < batch:
        raise dataset.DatasetError(
            f"{len(training_set.images)} training images: one batch alone takes {batch}"
        )
    make_deterministic(recipe.seed, recipe.threads)
    rng = np.random.default_rng(recipe.seed)
    unseen = dataset.Dataset(training_set.images[split:], training_set.labels[split:])

    def reporter(what: str, epochs: int, losses: list[float]) -> Callable[[float], None]:
        if verbose:
            print(f"Training {what}: {epochs} epochs of {split} images", flush=True)
        bar = keras.utils.Progbar(
            epochs, verbose=verbose, unit_name="epoch", stateful_metrics=["loss"]
        )

        def report(loss: float) -> None:
            losses.append(loss)
            bar.update(len(losses), [("loss", loss)])

        return report

    if verbose:
        print(f"Distorting {split} images: {recipe.copies} copies", flush=True)
    pool = make_pool(recipe, training_set.images[:split], training_set.labels[:split], rng)
    wide_losses: list[float] = []
    losses: list[float] = []
    wide = train_wide(
        recipe, pool, rng, reporter("a wide network", recipe.wide_epochs, wide_losses)
    )
    report = reporter("the network", recipe.narrow_epochs, losses)
    narrow = train_narrow(recipe, pool, wide, rng, report)
    return deploy(narrow), {
        "wide_loss": wide_losses,
        "loss": losses,
        "wide_held_out": _accuracy(wide, unseen),
        "held_out": _accuracy(narrow, unseen),
    }
