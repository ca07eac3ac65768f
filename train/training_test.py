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

from train import architecture, artifacts, augmentation, dataset, head, networks, training
from train.recipe import Recipe


@pytest.fixture(scope="module")
def digits() -> dataset.Dataset:
    """Images that a network learns in no time: the class is where the bright bar stands."""
    generator = np.random.default_rng(1)
    labels = (np.arange(400) % 10).astype(np.uint8)
    images = generator.integers(0, 30, (400, 28, 28), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[:, 4 + 2 * label : 6 + 2 * label] = 250
    return dataset.Dataset(images, labels)


RECIPE = dataclasses.replace(
    Recipe(),
    epochs=3,
    teacher_epochs=1,
    pool_copies=2,
    batch_size=20,
    wide_units=20,
    candidates=2,
    widths=(18, 16),
    pruning_epochs=1,
    head_epochs=2,
    head_batch_size=50,
)

# TensorFlow takes the number of its threads before its first operation only.
training.make_deterministic(RECIPE.seed, RECIPE.threads)

_CROSS = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0))
"""The pixels around one, which strokes grow into or shrink from."""


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
    assert len(saved[0][2]["head_loss"]) == 3


def test_another_seed_gives_other_weights(digits):
    models = [
        training.train(dataclasses.replace(RECIPE, epochs=1, seed=seed), digits, verbose=0)[0]
        for seed in (1, 2)
    ]
    assert not np.array_equal(models[0].get_weights()[0], models[1].get_weights()[0])


def test_folding_keeps_what_the_network_computes(digits):
    student = networks.build_student(dataclasses.replace(RECIPE, wide_units=16))
    generator = np.random.default_rng(2)
    for name in ("conv_normalization", "fc_normalization"):
        layer = student.get_layer(name)
        units = layer.get_weights()[0].shape
        beta, mean = generator.normal(size=units), generator.normal(size=units)
        layer.set_weights([beta, mean, generator.uniform(0.1, 2.0, units)])
    images = dataset.to_float(digits.images[:50])
    logits = np.asarray(student(images, training=False))
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(networks.deploy(networks.fold(student))(images), expected, atol=1e-5)


def test_features_are_those_of_the_network(digits):
    student = networks.build_student(dataclasses.replace(RECIPE, wide_units=16))
    weights = networks.fold(student)
    model = networks.deploy(weights)
    features = head.extract_features(digits.images, weights)
    pooled = keras.Model(model.inputs, model.get_layer("flatten").output)
    expected = np.asarray(pooled(dataset.to_float(digits.images)))
    np.testing.assert_allclose(
        features.values.numpy() * features.scale, expected, atol=features.scale
    )


def test_distortion_without_extent_changes_nothing(digits):
    still = dataclasses.replace(
        RECIPE, rotation_degrees=0, log_zoom=0, shear=0, shift_pixels=0, elastic_pixels=0
    )
    copy = augmentation.distort(digits.images, still, np.random.default_rng(1))
    np.testing.assert_array_equal(copy, digits.images)


def test_distortion_moves_by_a_bounded_distance(digits):
    copy = augmentation.distort(digits.images, RECIPE, np.random.default_rng(1))
    assert copy.shape == digits.images.shape
    assert copy.dtype == np.uint8
    assert not np.array_equal(copy, digits.images)
    # The bright bar's mean column stays within a few pixels of where it was.
    columns = np.arange(28)

    def center(images):
        bright = np.where(images > 120, images, 0).astype(np.float64)[:, 8:20]
        return (bright * columns).sum((1, 2)) / bright.sum((1, 2))

    assert np.abs(center(copy) - center(digits.images)).max() < 4


def test_strokes_without_extent_stay(digits):
    still = dataclasses.replace(RECIPE, stroke_extent=0)
    copy = augmentation.change_strokes(digits.images, still, np.random.default_rng(1))
    np.testing.assert_array_equal(copy, digits.images)


def test_strokes_stay_between_erosion_and_dilation(digits):
    copy = augmentation.change_strokes(digits.images, RECIPE, np.random.default_rng(1))
    assert copy.shape == digits.images.shape
    assert copy.dtype == np.uint8
    inner = digits.images[:, 1:-1, 1:-1]
    moved = [digits.images[:, 1 + y : 27 + y, 1 + x : 27 + x] for y, x in _CROSS]
    assert (copy[:, 1:-1, 1:-1] <= np.max(moved, axis=0)).all()
    assert (copy[:, 1:-1, 1:-1] >= np.min(moved, axis=0)).all()
    assert (copy[:, 1:-1, 1:-1] > inner).any()
    assert (copy[:, 1:-1, 1:-1] < inner).any()


def test_too_few_images_are_refused(digits):
    with pytest.raises(dataset.DatasetError, match="10 training images: one batch alone takes 20"):
        training.train(RECIPE, dataset.Dataset(digits.images[:10], digits.labels[:10]), verbose=0)


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
