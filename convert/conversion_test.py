# SPDX-License-Identifier: Apache-2.0
"""Tests of the conversion, on the network with random weights."""

import os
import pathlib
import signal
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import h5py
import numpy as np
import pytest
import tensorflow as tf

from convert import conversion, evaluation, inputs, stderr
from convert.inputs import ConversionError
from tflite.model import ModelError
from train import architecture


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (1_200, 28, 28), dtype=np.uint8)


@pytest.fixture(scope="module")
def model() -> tf.keras.Model:
    tf.keras.utils.set_random_seed(1)
    return architecture.build_model(tf.keras)


@pytest.fixture(scope="module")
def converted(model, images, tmp_path_factory) -> tuple[pathlib.Path, pathlib.Path]:
    folder = tmp_path_factory.mktemp("converted")
    (folder / "float32.tflite").write_bytes(conversion.to_float32(model))
    (folder / "int8.tflite").write_bytes(conversion.to_int8(model, images))
    return folder / "float32.tflite", folder / "int8.tflite"


def _weights_file(path: pathlib.Path, model: tf.keras.Model, change=lambda arrays: None):
    """Writes weights the way Keras 3 does."""
    arrays = dict(
        zip(
            [f"{layer}/vars/{i}" for layer in ("conv2d", "dense", "dense_1") for i in (0, 1)],
            model.get_weights(),
            strict=True,
        )
    )
    change(arrays)
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[f"layers/{name}"] = array
        file.create_group("vars")
        for layer in ("input_layer", "max_pooling2d", "flatten"):
            file.create_group(f"layers/{layer}/vars")
    return path


def test_loads_the_weights_of_keras_3(model, tmp_path):
    loaded = conversion.load_model(_weights_file(tmp_path / "m.weights.h5", model))
    for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_refuses_weights_of_another_architecture(model, tmp_path):
    def widen(arrays):
        arrays["dense/vars/0"] = np.zeros((1352, 32), np.float32)

    path = _weights_file(tmp_path / "m.weights.h5", model, widen)
    with pytest.raises(ConversionError, match="m.weights.h5: contains the weights of another"):
        conversion.load_model(path)


def test_refuses_a_missing_layer(model, tmp_path):
    path = _weights_file(
        tmp_path / "m.weights.h5", model, lambda arrays: arrays.pop("dense_1/vars/1")
    )
    with pytest.raises(ConversionError, match="another architecture"):
        conversion.load_model(path)


@pytest.mark.parametrize("kept", [0, 100, 20_000])
def test_refuses_a_truncated_file(model, tmp_path, kept):
    path = _weights_file(tmp_path / "m.weights.h5", model)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ConversionError, match="m.weights.h5: "):
        conversion.load_model(path)


def test_refuses_a_missing_file(tmp_path):
    with pytest.raises(ConversionError, match="no.h5: cannot be read: No such file"):
        conversion.load_model(tmp_path / "no.h5")


def test_int8_model_is_int8_throughout(converted):
    interpreter = evaluation.open_interpreter(converted[1])
    assert interpreter.get_input_details()[0]["dtype"] == np.int8
    assert interpreter.get_output_details()[0]["dtype"] == np.int8
    dtypes = {np.dtype(d["dtype"]).name for d in interpreter.get_tensor_details()}
    assert dtypes <= {"int8", "int32"}
    scale, zero_point = interpreter.get_input_details()[0]["quantization"]
    assert scale == pytest.approx(1 / 255)
    assert zero_point == -128


def test_converting_twice_gives_the_same_bytes(model, images, converted):
    assert conversion.to_float32(model) == converted[0].read_bytes()
    assert conversion.to_int8(model, images) == converted[1].read_bytes()


def test_commands_know_the_kernels():
    assert set(inputs.KERNELS) == set(evaluation.KERNELS)


def test_calibration_wants_enough_images(model, images):
    with pytest.raises(ConversionError, match="10 training images: calibration needs"):
        conversion.to_int8(model, images[:10])


def test_converted_models_agree_with_keras(model, images, converted):
    expected = evaluation.keras_scores(model, images[:100])
    float32 = evaluation.tflite_scores(evaluation.open_interpreter(converted[0]), images[:100])
    np.testing.assert_allclose(float32, expected, atol=1e-5)
    int8 = evaluation.tflite_scores(evaluation.open_interpreter(converted[1]), images[:100])
    np.testing.assert_allclose((int8.astype(np.float32) + 128) / 256, expected, atol=0.05)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: b"", "is empty, not a TensorFlow Lite model"),
        (lambda data: b"\x00" * 64, "is not a TensorFlow Lite model"),
        (lambda data: data[:4] + b"TFL9" + data[8:], "is not a TensorFlow Lite model"),
        (lambda data: data[:100], "is truncated"),
        (lambda data: data[: len(data) // 2], "is truncated"),
        (lambda data: data[:-200], "is truncated"),
    ],
)
def test_evaluation_refuses_what_is_not_a_model(converted, tmp_path, damage, message):
    path = tmp_path / "bad.tflite"
    path.write_bytes(damage(converted[1].read_bytes()))
    with pytest.raises(ModelError, match=f"bad.tflite: {message}"):
        evaluation.open_interpreter(path)


def test_accuracy_report_counts():
    scores = np.array([[0, 3, 3], [9, 1, 1], [0, 0, 1]])
    report = evaluation.accuracy_report(scores, np.array([1, 0, 1]))
    assert report == {"images": 3, "correct": 2, "accuracy": 66.67}


def test_stderr_is_shown_only_after_a_fault(capfd):
    with stderr.held_back():
        os.write(2, b"a note\n")
    assert capfd.readouterr().err == ""
    with pytest.raises(ValueError), stderr.held_back():
        os.write(2, b"a note\n")
        raise ValueError
    os.write(2, b"after it\n")
    assert capfd.readouterr().err == "a note\nafter it\n"
    with stderr.dropped():
        os.write(2, b"a note\n")
    assert capfd.readouterr().err == ""


def test_stderr_is_shown_after_an_abort():
    program = (
        "import os; from convert import stderr\n"
        "with stderr.held_back(): os.write(2, b'why'); os.abort()"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    finished = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert finished.returncode == -signal.SIGABRT
    assert finished.stderr == "why\n"


@pytest.mark.parametrize("layers", ["dataset", "group"])
def test_refuses_odd_hdf5_files(tmp_path, layers):
    path = tmp_path / "m.weights.h5"
    with h5py.File(path, "w") as file:
        if layers == "dataset":
            file["layers"] = np.zeros(3)
        else:
            file["other"] = np.zeros(3)
    with pytest.raises(ConversionError, match="m.weights.h5: "):
        conversion.load_model(path)
