"""Training of the dense layers alone, on what the finished convolution says of the images.

The convolution's pooled output is computed once and kept as bytes, so that an epoch takes a tenth
of the time. That pays for a slow thinning out of the hidden layer and a long training of the rest.
The steps are plain operations on tensors: Keras's layers and optimizers take longer than the work.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from train import pruning
from train.networks import Weights
from train.recipe import Recipe

_CHUNK = 1_000
"""Images that the convolution takes at a time."""

_DROPOUT_ROWS = 4_096
"""Rows of the table of dropout's masks: drawing new ones at each step costs more than the step."""

_ADAM_DECAY = (0.9, 0.999)
_ADAM_EPSILON = 1e-7


@dataclasses.dataclass(frozen=True)
class Features:
    """The pooled output of the convolution.

    Attributes:
      values: uint8, shape (N, 1352); a tensor, for several trainings to share.
      scale: what one step of the values is worth.
    """

    values: tf.Tensor
    scale: float


def extract_features(images: np.ndarray, weights: Weights) -> Features:
    """Runs the convolution, its ReLU and the pooling over images.

    Args:
      images: uint8, shape (N, 28, 28); the first thousand set the scale.
      weights: the convolution's are used.

    Returns:
      The features, rounded to bytes.
    """

    @tf.function(reduce_retracing=True)
    def run(batch: tf.Tensor) -> tf.Tensor:
        x = tf.cast(batch, tf.float32)[..., None] / 255.0
        x = tf.nn.relu(tf.nn.conv2d(x, weights.conv_kernel, 1, "VALID") + weights.conv_bias)
        return tf.reshape(tf.nn.max_pool2d(x, 2, 2, "VALID"), (-1, len(weights.fc_kernel)))

    # What lies above the largest of these values is rare, and clipped.
    scale = max(float(tf.reduce_max(run(tf.constant(images[:_CHUNK])))), 1e-6) / 255.0
    values = np.empty((len(images), len(weights.fc_kernel)), np.uint8)
    for start in range(0, len(images), _CHUNK):
        steps = run(tf.constant(images[start : start + _CHUNK])) / scale
        values[start : start + _CHUNK] = tf.cast(tf.minimum(steps + 0.5, 255.0), tf.uint8).numpy()
    return Features(tf.constant(values), scale)


@dataclasses.dataclass(frozen=True)
class Draws:
    """All random numbers of one training, drawn before it: several may then run side by side.

    Attributes:
      masks: float32, shape (_DROPOUT_ROWS, 1352): the factors of dropout.
      samples: int32 each, the features on which the units to remove are judged, for each width.
      orders: int32, shape (count,) each: the features to train on, for each epoch.
      first_masks: int32, shape (steps,) each: where in the masks each step begins.
    """

    masks: np.ndarray
    samples: list[np.ndarray]
    orders: list[np.ndarray]
    first_masks: list[np.ndarray]


def draw(recipe: Recipe, features: Features, count: int, rng: np.random.Generator) -> Draws:
    """Draws the random numbers of one `train_head`, which says what goes in."""
    total, values = features.values.shape
    size = min(recipe.head_batch_size, count)
    kept = rng.random((_DROPOUT_ROWS, values)) >= recipe.head_dropout
    draws = Draws(kept.astype(np.float32) / np.float32(1.0 - recipe.head_dropout), [], [], [])
    for width in recipe.widths:
        sample = rng.integers(0, total, min(recipe.pruning_sample, total))
        draws.samples.append(sample.astype(np.int32))
        last = width == recipe.widths[-1]
        for _ in range(recipe.head_epochs if last else recipe.pruning_epochs):
            order = rng.permutation(count) + count * rng.integers(0, total // count, count)
            draws.orders.append(order.astype(np.int32))
            first_masks = rng.integers(0, _DROPOUT_ROWS - size + 1, count // size)
            draws.first_masks.append(first_masks.astype(np.int32))
    return draws


@dataclasses.dataclass
class _State:
    """The trained variables with the moments of Adam.

    Attributes:
      values: kernel and bias of the hidden layer, kernel and bias of the logits.
      means: the running means of their gradients.
      squares: the running means of their gradients' squares.
      step: steps done, float32.
    """

    values: list[tf.Variable]
    means: list[tf.Variable]
    squares: list[tf.Variable]
    step: tf.Variable

    @classmethod
    def start(cls, values: list[np.ndarray]) -> _State:
        zeros = [np.zeros_like(value) for value in values]
        return cls(
            [tf.Variable(value) for value in values],
            [tf.Variable(zero) for zero in zeros],
            [tf.Variable(zero) for zero in zeros],
            tf.Variable(0.0),
        )

    def update(self, gradients: list[tf.Tensor], rate: tf.Tensor, weight_decay: float) -> None:
        """One step of AdamW (Loshchilov and Hutter, arXiv:1711.05101)."""
        first, second = _ADAM_DECAY
        self.step.assign_add(1.0)
        step_size = rate * tf.sqrt(1.0 - second**self.step) / (1.0 - first**self.step)
        for value, mean, square, gradient in zip(
            self.values, self.means, self.squares, gradients, strict=True
        ):
            mean.assign_add((1.0 - first) * (gradient - mean))
            square.assign_add((1.0 - second) * (gradient * gradient - square))
            change = step_size * mean / (tf.sqrt(square) + _ADAM_EPSILON)
            value.assign_sub(change + rate * weight_decay * value)

    def thin_out(self, removal: pruning.Removal) -> _State:
        """The state with the units that stay, and their new outgoing weights."""

        def thin(variables: list[tf.Variable]) -> list[tf.Variable]:
            kernel, bias, outgoing, logits = (variable.numpy() for variable in variables)
            kept = removal.kept
            parts = (kernel[:, kept], bias[kept], outgoing[kept], logits)
            return [tf.Variable(part) for part in parts]

        thinned = _State(thin(self.values), thin(self.means), thin(self.squares), self.step)
        thinned.values[2].assign(removal.kernel)
        thinned.values[3].assign(removal.bias)
        return thinned


def _hidden(state: _State, features: tf.Tensor) -> tf.Tensor:
    return tf.nn.relu(tf.matmul(features, state.values[0]) + state.values[1])


def _epoch_runner(
    recipe: Recipe,
    state: _State,
    batch: Callable[[tf.Tensor], tf.Tensor],
    loss: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
    masks: tf.Tensor,
) -> Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]:
    """Makes a function that trains one epoch.

    Args:
      recipe: the hyperparameters.
      state: what is trained.
      batch: from indices to features.
      loss: from indices and logits to the loss of each.
      masks: float32, shape (_DROPOUT_ROWS, 1352): the factors of dropout.

    Returns:
      A function from the order, int32, the learning rate of each step, float32, and the first mask
      of each step, int32, to the mean loss.
    """
    size = recipe.head_batch_size

    @tf.function
    def run_epoch(order: tf.Tensor, rates: tf.Tensor, first_masks: tf.Tensor) -> tf.Tensor:
        total = tf.constant(0.0)
        for step in tf.range(tf.shape(rates)[0]):
            chosen = tf.reshape(order[step * size : (step + 1) * size], (size,))
            features = batch(chosen) * masks[first_masks[step] : first_masks[step] + size]
            with tf.GradientTape() as tape:
                hidden = _hidden(state, features)
                step_loss = tf.reduce_mean(
                    loss(chosen, tf.matmul(hidden, state.values[2]) + state.values[3])
                )
            gradients = tape.gradient(step_loss, state.values)
            state.update(gradients, rates[step], recipe.weight_decay)
            total += step_loss
        return total / tf.cast(tf.shape(rates)[0], tf.float32)

    return run_epoch


def count_epochs(recipe: Recipe) -> int:
    """How many epochs `train_head` takes."""
    return recipe.pruning_epochs * (len(recipe.widths) - 1) + recipe.head_epochs


def _rates(recipe: Recipe, epoch: int, steps: int) -> np.ndarray:
    """The learning rates of an epoch, float32 (steps,).

    Constant while units go, which leaves the next ones free to move, then a cosine decay to 0.
    """
    pruning_epochs = count_epochs(recipe) - recipe.head_epochs
    if epoch < pruning_epochs:
        warm_up = np.minimum(epoch + np.arange(1, steps + 1) / steps, 1.0)
        return (recipe.pruning_learning_rate * warm_up).astype(np.float32)
    done = (epoch - pruning_epochs + np.arange(steps) / steps) / recipe.head_epochs
    return (recipe.head_learning_rate * 0.5 * (1 + np.cos(math.pi * done))).astype(np.float32)


def train_head(
    recipe: Recipe,
    features: Features,
    weights: Weights,
    loss: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
    count: int,
    draws: Draws,
    progress: keras.utils.Progbar | None,
) -> tuple[Weights, list[float]]:
    """Thins out the hidden layer and trains the dense layers.

    Args:
      recipe: the hyperparameters.
      features: of all copies of `count` images, one copy after the other.
      weights: to start from, with `recipe.widths[0]` hidden units or more.
      loss: from the indices (int32) of features and their logits to the loss of each.
      count: the images, without their copies.
      draws: the random numbers.
      progress: told of each epoch, if there is one.

    Returns:
      The weights, of `recipe.widths[-1]` hidden units, and the mean loss of each epoch.
    """
    size = min(recipe.head_batch_size, count)
    recipe = dataclasses.replace(recipe, head_batch_size=size)
    values = features.values

    def batch(chosen: tf.Tensor) -> tf.Tensor:
        return tf.cast(tf.gather(values, chosen), tf.float32) * features.scale

    masks = tf.constant(draws.masks)
    state = _State.start(
        [weights.fc_kernel, weights.fc_bias, weights.pred_kernel, weights.pred_bias]
    )
    losses: list[float] = []
    for width, chosen in zip(recipe.widths, draws.samples, strict=True):
        sample = tf.constant(chosen)
        mean_loss = tf.function(lambda logits, sample=sample: tf.reduce_mean(loss(sample, logits)))
        removal = pruning.remove_units(
            _hidden(state, batch(sample)).numpy(),
            state.values[2].numpy(),
            state.values[3].numpy(),
            width,
            lambda logits, mean_loss=mean_loss: float(mean_loss(tf.constant(logits))),
        )
        state = state.thin_out(removal)
        run_epoch = _epoch_runner(recipe, state, batch, loss, masks)
        last = width == recipe.widths[-1]
        for _ in range(recipe.head_epochs if last else recipe.pruning_epochs):
            epoch = len(losses)
            mean = run_epoch(
                tf.constant(draws.orders[epoch]),
                tf.constant(_rates(recipe, epoch, count // size)),
                tf.constant(draws.first_masks[epoch]),
            )
            losses.append(float(mean))
            if progress:
                progress.update(len(losses), [("loss", losses[-1])])
    dense = [value.numpy() for value in state.values]
    return Weights(weights.conv_kernel, weights.conv_bias, *dense), losses
