"""Training of the network, by distillation: a library without flags and files.

A larger CNN, the teacher, is trained on distorted copies of the training images and labels all of
them with its logits; the network, the student, is trained on these against the logits and the true
labels (Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", arXiv:1503.02531).
The student starts out wider than the network that is deployed; `head` thins it out.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from train import augmentation, dataset, head, networks
from train.recipe import Recipe

_PREDICT_BATCH = 1_000


@dataclasses.dataclass(frozen=True)
class Pool:
    """Images to train the student on, with what the teacher says of them.

    Attributes:
      images: uint8, shape (copies * N, 28, 28); the first N are the unchanged ones.
      labels: int32, shape (N,): the true labels, shared by all copies.
      logits: float32, shape (copies * N, 10): the teacher's.
    """

    images: np.ndarray
    labels: np.ndarray
    logits: np.ndarray


def make_deterministic(seed: int, threads: int) -> None:
    """Makes everything that follows in this process repeatable on one kind of CPU.

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


def _to_unit(images: tf.Tensor) -> tf.Tensor:
    return tf.cast(images, tf.float32)[..., None] / 255.0


def _predict(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Runs a model over uint8 (N, 28, 28); returns its output, float32 (N, 10)."""

    @tf.function(input_signature=[tf.TensorSpec((None, *images.shape[1:]), tf.uint8)])
    def run(batch: tf.Tensor) -> tf.Tensor:
        return model(_to_unit(batch), training=False)

    starts = range(0, len(images), _PREDICT_BATCH)
    return np.concatenate(
        [run(tf.constant(images[start : start + _PREDICT_BATCH])).numpy() for start in starts]
    )


def _accuracy(model: keras.Model, digits: dataset.Dataset) -> float | None:
    """The share of images that a model classifies right; None without images."""
    if not len(digits.images):
        return None
    return float(np.mean(_predict(model, digits.images).argmax(axis=1) == digits.labels))


def _optimizer(
    recipe: Recipe, model: keras.Model, weight_decay: float, epochs: int, steps: int
) -> keras.optimizers.Optimizer:
    """AdamW with a linear warm-up and a cosine decay to 0, for `steps` steps an epoch."""
    warm_up = min(recipe.warm_up_epochs, epochs / 4)
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        warmup_target=recipe.learning_rate,
        warmup_steps=round(warm_up * steps),
        decay_steps=max(round((epochs - warm_up) * steps), 1),
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=weight_decay)
    optimizer.build(model.trainable_variables)
    return optimizer


def _epoch_runner(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    batch_size: int,
    loss: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Makes a function that trains one epoch in one call: a call a step costs more than the step.

    Args:
      model: from float32 (N, 28, 28, 1) to logits (N, 10).
      optimizer: built for the model's variables.
      batch_size: images in a batch; an incomplete last one is left out.
      loss: from the chosen indices (int32) and the logits to the loss of each image.

    Returns:
      A function from images, uint8 (N, 28, 28), and the order to take them in, int32, to the mean
      loss.
    """
    variables = model.trainable_variables

    @tf.function
    def run_epoch(images: tf.Tensor, order: tf.Tensor) -> tf.Tensor:
        steps = tf.shape(order)[0] // batch_size
        total = tf.constant(0.0)
        for step in tf.range(steps):
            chosen = tf.reshape(order[step * batch_size : (step + 1) * batch_size], (batch_size,))
            with tf.GradientTape() as tape:
                logits = model(_to_unit(tf.gather(images, chosen)), training=True)
                batch_loss = tf.reduce_mean(loss(chosen, logits))
            optimizer.apply(tape.gradient(batch_loss, variables), variables)
            total += batch_loss
        return total / tf.cast(steps, tf.float32)

    return run_epoch


def train_teacher(
    recipe: Recipe,
    copies: list[np.ndarray],
    labels: np.ndarray,
    rng: np.random.Generator,
    progress: keras.utils.Progbar,
) -> keras.Model:
    """Trains the teacher on the true labels, one distorted copy an epoch.

    Args:
      recipe: the hyperparameters.
      copies: uint8, shape (N, 28, 28) each.
      labels: int32, shape (N,).
      rng: where the order comes from.
      progress: told of each epoch.

    Returns:
      The trained teacher.
    """
    model = networks.build_teacher()
    steps = len(labels) // recipe.batch_size
    optimizer = _optimizer(recipe, model, recipe.teacher_weight_decay, recipe.teacher_epochs, steps)
    true_labels = tf.constant(labels)
    run_epoch = _epoch_runner(
        model,
        optimizer,
        recipe.batch_size,
        lambda chosen, logits: tf.nn.sparse_softmax_cross_entropy_with_logits(
            tf.gather(true_labels, chosen), logits
        ),
    )
    for epoch in range(recipe.teacher_epochs):
        order = rng.permutation(len(labels)).astype(np.int32)
        loss = run_epoch(tf.constant(copies[epoch % len(copies)]), tf.constant(order))
        progress.update(epoch + 1, [("loss", float(loss))])
    return model


def distillation_loss(
    recipe: Recipe, pool: Pool, temperature: float
) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Makes the student's loss: cross entropy with the teacher's answer and with the true label.

    Args:
      recipe: has the weight of each part.
      pool: the labels and the logits.
      temperature: of the softmax, where the teacher's answer is compared.

    Returns:
      A function from indices into the pool (int32) and the student's logits to the loss of each.
    """
    soft_labels = tf.nn.softmax(tf.constant(pool.logits) / temperature)
    true_labels = tf.constant(pool.labels)
    count = len(pool.labels)
    # The squared temperature keeps the gradients of both parts of one size, as the paper says.
    soft_weight = recipe.soft_weight * temperature**2

    def loss(chosen: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        soft = tf.nn.softmax_cross_entropy_with_logits(
            tf.gather(soft_labels, chosen), logits / temperature
        )
        hard = tf.nn.sparse_softmax_cross_entropy_with_logits(
            tf.gather(true_labels, chosen % count), logits
        )
        return soft_weight * soft + (1.0 - recipe.soft_weight) * hard

    return loss


def train_student(
    recipe: Recipe, pool: Pool, rng: np.random.Generator, progress: keras.utils.Progbar
) -> tuple[keras.Model, list[float]]:
    """Trains the student on the pool, wide as it starts out.

    Args:
      recipe: the hyperparameters.
      pool: the images.
      rng: where the order and the copy of each image come from.
      progress: told of each epoch.

    Returns:
      The trained student, its normalization still in it, and the mean loss of each epoch.
    """
    model = networks.build_student(recipe)
    count = len(pool.labels)
    copies = len(pool.images) // count
    optimizer = _optimizer(
        recipe, model, recipe.weight_decay, recipe.epochs, count // recipe.batch_size
    )
    loss = distillation_loss(recipe, pool, recipe.temperature)
    run_epoch = _epoch_runner(model, optimizer, recipe.batch_size, loss)
    images = tf.constant(pool.images)
    losses = []
    for epoch in range(recipe.epochs):
        order = rng.permutation(count) + count * rng.integers(0, copies, count)
        losses.append(float(run_epoch(images, tf.constant(order.astype(np.int32)))))
        progress.update(epoch + 1, [("loss", losses[-1])])
    return model, losses


def _best_head(
    recipe: Recipe,
    features: head.Features,
    wide: networks.Weights,
    loss: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
    count: int,
    rng: np.random.Generator,
    progress: keras.utils.Progbar,
) -> tuple[networks.Weights, list[float]]:
    """Thins out the wide student several times; `head.train_head` says what goes in and out."""
    draws = [head.draw(recipe, features, count, rng) for _ in range(recipe.candidates)]
    # Side by side: small steps leave a second core idle otherwise.
    with concurrent.futures.ThreadPoolExecutor(recipe.candidates) as executor:
        runs = [
            # One bar for all: the candidates keep pace with each other.
            executor.submit(
                head.train_head,
                recipe,
                features,
                wide,
                loss,
                count,
                drawn,
                progress if number == 0 else None,
            )
            for number, drawn in enumerate(draws)
        ]
        candidates = [run.result() for run in runs]
    # In three trials the order of the training losses was that on unseen images; and it takes no
    # image away from the training.
    return min(candidates, key=lambda candidate: candidate[1][-1])


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
      The trained model, and its history: the mean `loss` of each epoch of the wide student (a
      list), the mean `head_loss` of each epoch of the dense layers alone (a list), and the accuracy
      of `teacher_held_out` and `held_out` on the images held out.

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
    images = training_set.images[:split]
    labels = training_set.labels[:split].astype(np.int32)
    unseen = dataset.Dataset(training_set.images[split:], training_set.labels[split:])

    def progress(name: str, epochs: int) -> keras.utils.Progbar:
        if verbose:
            print(f"Training the {name}: {epochs} epochs of {split} images", flush=True)
        return keras.utils.Progbar(
            epochs, verbose=verbose, unit_name="epoch", stateful_metrics=["loss"]
        )

    if verbose:
        print(f"Distorting {split} images: {recipe.pool_copies} copies", flush=True)
    bar = keras.utils.Progbar(recipe.pool_copies, verbose=verbose, unit_name="copy")
    copies = []
    for copy in range(recipe.pool_copies):
        distorted = augmentation.distort(images, recipe, rng)
        # Every other copy keeps its strokes, most of which are like those of unseen digits.
        copies.append(
            augmentation.change_strokes(distorted, recipe, rng) if copy % 2 else distorted
        )
        bar.update(copy + 1)
    teacher = train_teacher(recipe, copies, labels, rng, progress("teacher", recipe.teacher_epochs))
    everything = np.concatenate([images, *copies])
    if verbose:
        print(f"Labelling {len(everything)} images by the teacher", flush=True)
    pool = Pool(everything, labels, _predict(teacher, everything))
    student, losses = train_student(recipe, pool, rng, progress("wide network", recipe.epochs))
    wide = networks.fold(student)
    if verbose:
        print(f"Running the convolution over {len(everything)} images", flush=True)
    features = head.extract_features(everything, wide)
    weights, head_losses = _best_head(
        recipe,
        features,
        wide,
        distillation_loss(recipe, pool, recipe.head_temperature),
        split,
        rng,
        progress("thinned-out network", head.count_epochs(recipe)),
    )
    model = networks.deploy(weights)
    return model, {
        "loss": losses,
        "head_loss": head_losses,
        "teacher_held_out": _accuracy(teacher, unseen),
        "held_out": _accuracy(model, unseen),
    }
