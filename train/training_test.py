# SPDX-License-Identifier: Apache-2.0
"""Tests of training: small, without the real data."""

import dataclasses
import io
import json
import os
import re
import zipfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import pytest
import tensorflow as tf

from train import architecture, artifacts, augmentation, dataset, operations, training
from train.recipe import RANGES, Recipe


@pytest.fixture(scope="module")
def digits() -> dataset.Dataset:
    """Images that a network learns very quickly: the class is where the bright bar stands."""
    generator = np.random.default_rng(1)
    labels = (np.arange(400) % 10).astype(np.uint8)
    images = generator.integers(0, 30, (400, 28, 28), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[:, 4 + 2 * label : 6 + 2 * label] = 250
    return dataset.Dataset(images, labels)


RECIPE = dataclasses.replace(Recipe(), epochs=3, batch_size=20)

# TensorFlow takes the number of its threads before its first operation only.
training.make_deterministic(RECIPE.seed, RECIPE.threads)


def test_architecture_is_the_promised_one():
    model = architecture.build_model(keras)
    assert model.count_params() == architecture.NUM_PARAMETERS == 21_898
    assert [layer.name for layer in model.layers] == [
        "input_layer",
        "conv",
        "pool",
        "flatten",
        "fc",
        "pred",
    ]
    assert model.output_shape == (None, 10)


def test_training_learns_and_is_repeatable(digits, tmp_path):
    saved = []
    for run in range(2):
        model, history = training.train(RECIPE, digits, verbose=0)
        folder = tmp_path / str(run)
        folder.mkdir()
        keras_file = artifacts.save_model(model, folder)
        saved.append((keras_file, artifacts.export_weights(keras_file, folder), history))
    assert saved[0] == saved[1]
    losses = saved[0][2]["loss"]
    assert len(losses) == 3
    assert losses[-1] < losses[0]
    by_epoch = saved[0][2]["held_out_by_epoch"]
    assert len(by_epoch) == 3 and by_epoch[-1] == saved[0][2]["held_out"]
    # The rate rises at first, and then falls.
    assert saved[0][2]["learning_rate"][1] > saved[0][2]["learning_rate"][2] > 0


def test_another_seed_gives_other_weights(digits):
    models = [
        training.train(dataclasses.replace(RECIPE, epochs=1, seed=seed), digits, verbose=0)[0]
        for seed in (1, 2)
    ]
    assert not np.array_equal(models[0].get_weights()[0], models[1].get_weights()[0])


def test_each_epoch_shows_every_image_once(digits):
    still = dataclasses.replace(RECIPE, warp=0, shift_pixels=0, bend_pixels=0)
    epochs = list(training._distorted(still, digits, np.random.default_rng(1)))
    assert len(epochs) == RECIPE.epochs
    expected = sorted(image.tobytes() for image in digits.images)
    for epoch in epochs:
        assert sorted(image.tobytes() for image in epoch.images) == expected
    assert not np.array_equal(epochs[0].images, epochs[1].images)
    # The labels move with the images.
    bars = [
        image[:, 4 + 2 * label]
        for image, label in zip(epochs[0].images, epochs[0].labels, strict=True)
    ]
    assert np.min(bars) == 250


def test_each_epoch_distorts_anew(digits):
    one = dataset.Dataset(digits.images[:1], digits.labels[:1])
    shown = [epoch.images for epoch in training._distorted(RECIPE, one, np.random.default_rng(1))]
    assert len({images.tobytes() for images in [one.images, *shown]}) == 1 + RECIPE.epochs


def _random_model() -> keras.Model:
    model = training.build_model(np.random.default_rng(2))
    rng = np.random.default_rng(3)
    for bias in training._variables(model)[1::2]:
        bias.assign(rng.normal(size=bias.shape) / 10)
    return model


def test_training_computes_the_network_that_is_deployed(digits):
    model = _random_model()
    logits = training._logits(training._variables(model), tf.constant(digits.images[:50]))
    expected = model(dataset.to_float(digits.images[:50]))
    np.testing.assert_allclose(tf.nn.softmax(logits), expected, atol=1e-6)


def test_the_learning_rate_rises_and_falls():
    rates = training._rates(0.1, 100)
    assert rates.dtype == np.float32
    assert 0 < rates[0] < rates[2] < rates[4]
    assert rates.argmax() in (4, 5)
    assert 0 < rates[99] < rates[50] < rates.max() < 0.1


def test_convolution_and_pooling_are_tensorflows(digits):
    images = tf.constant(digits.images[:20], tf.float32)
    kernel = training._variables(_random_model())[0]

    def tensorflows() -> tf.Tensor:
        convolved = tf.nn.conv2d(images[..., None], kernel, 1, "VALID")
        return tf.nn.max_pool2d(convolved, 2, 2, "VALID")

    results = []
    for compute in (lambda: operations.convolve_and_pool(images, kernel), tensorflows):
        with tf.GradientTape() as tape:
            pooled = compute()
            loss = tf.reduce_sum(pooled * tf.range(8, dtype=tf.float32))
        results.append((pooled, tape.gradient(loss, kernel)))
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-4, atol=1e-2)
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-3)


@pytest.mark.parametrize("length", [1, 255, 256, 257, 1_352])
def test_a_product_in_pieces_is_a_product(length):
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(7, length)), rng.normal(size=(length, 5))
    found = operations.product(tf.constant(a, tf.float32), tf.constant(b, tf.float32))
    np.testing.assert_allclose(found, a @ b, atol=1e-4)


def test_the_optimizer_is_keras():
    ours, theirs = tf.Variable([1.0, -2.0]), tf.Variable([1.0, -2.0])
    optimizer = operations.AdamW([ours], weight_decay=0.1)
    reference = keras.optimizers.AdamW(0.01, weight_decay=0.1, epsilon=1e-7)
    for step in range(5):
        gradient = tf.constant([0.3 * step, 1.0 - step])
        optimizer.step([gradient], tf.constant(0.01))
        reference.apply([gradient], [theirs])
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_distortion_without_extent_changes_nothing(digits):
    still = dataclasses.replace(RECIPE, warp=0, shift_pixels=0, bend_pixels=0)
    copy = augmentation.distort(digits.images, still, np.random.default_rng(1))
    np.testing.assert_array_equal(copy, digits.images)


@pytest.mark.parametrize("extent", ["warp", "shift_pixels", "bend_pixels"])
def test_each_distortion_moves_by_a_bounded_distance(digits, extent):
    still = dataclasses.replace(RECIPE, warp=0, shift_pixels=0, bend_pixels=0)
    recipe = dataclasses.replace(still, **{extent: getattr(RECIPE, extent)})
    copy = augmentation.distort(digits.images, recipe, np.random.default_rng(1))
    assert copy.shape == digits.images.shape
    assert copy.dtype == np.uint8
    assert not np.array_equal(copy, digits.images)
    # The bright bar's mean column stays within a few pixels of where it was.
    columns = np.arange(28)

    def center(images):
        bright = np.where(images > 120, images, 0).astype(np.float64)[:, 8:20]
        return (bright * columns).sum((1, 2)) / bright.sum((1, 2))

    assert 0.2 < np.abs(center(copy) - center(digits.images)).max() < 3


def test_too_few_images_are_refused(digits):
    with pytest.raises(dataset.DatasetError, match="10 training images: one batch alone takes 20"):
        training.train(RECIPE, dataset.Dataset(digits.images[:10], digits.labels[:10]), verbose=0)


def test_nothing_need_be_held_out(digits):
    recipe = dataclasses.replace(RECIPE, epochs=1, held_out=0)
    _, history = training.train(recipe, digits, verbose=0)
    assert history["held_out"] is None
    assert history["held_out_by_epoch"] == [None]


def test_no_batch_is_larger_than_the_longest_sum():
    assert RANGES["batch_size"][1] == operations.LONGEST_SUM


def test_exported_weights_are_those_of_the_saved_model(tmp_path):
    model = architecture.build_model(keras)
    weights_path = tmp_path / "x.weights.h5"
    weights_path.write_bytes(
        artifacts.export_weights(artifacts.save_model(model, tmp_path), tmp_path)
    )
    other = architecture.build_model(keras)
    other.load_weights(weights_path)
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_saved_model_has_no_dates_and_no_addresses(tmp_path):
    data = artifacts.save_model(architecture.build_model(keras), tmp_path)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert json.loads(archive.read("metadata.json"))["date_saved"] == "1980-01-01@00:00:00"
        identities = re.findall(r'"shared_object_id": (\d+)', archive.read("config.json").decode())
    assert identities
    assert max(map(int, identities)) < 100
