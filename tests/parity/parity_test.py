"""What runs on the chip is what was trained: runtimes compared on all 10,000 test images.

int8: our C++ inference on TFLM and TensorFlow 2.15's interpreter with reference kernels give the
same bytes. float32: TFLM against the same interpreter, within a bound. TensorFlow's other kernels
round differently: within their own measured bounds.
"""

import json
import os
import pathlib
import subprocess
from collections.abc import Callable

import numpy as np
import pytest

from tests.parity import comparison

IMAGES = 10_000


def _path(variable: str) -> pathlib.Path:
    return pathlib.Path(os.environ[variable]).resolve()


def _reference(variable: str) -> np.ndarray:
    scores = np.load(_path(variable))
    assert scores.shape == (IMAGES, 10)
    return scores


@pytest.fixture(name="tflm", scope="session")
def _tflm(tmp_path_factory) -> Callable[[str, type], np.ndarray]:
    """What TFLM makes of all test images: from the model's name and dtype to scores (10,000, 10)."""
    folder = tmp_path_factory.mktemp("tflm")

    def run(model: str, dtype: type) -> np.ndarray:
        scores = folder / model
        if not scores.exists():
            subprocess.run(
                [_path("TFLM_SCORES"), model, _path("TEST_IMAGES"), "scores", scores], check=True
            )
        return np.fromfile(scores, dtype=dtype).reshape(IMAGES, 10)

    return run


def _layers(folder: pathlib.Path, index: int, model: str | None = None) -> tuple[list, list]:
    """Each operator's output for one image: of our TFLM, and of TensorFlow's interpreter."""
    tflm, reference = folder / "tflm.json", folder / "reference.json"
    subprocess.run(
        [_path("TFLM_SCORES"), "int8", _path("TEST_IMAGES"), "layers", tflm, str(index)], check=True
    )
    subprocess.run(
        [
            _path("REFERENCE_SCORES"),
            f"--model={model or _path('INT8_MODEL')}",
            f"--images={_path('TEST_IMAGES')}",
            f"--layers_of={index}",
            f"--output={reference}",
        ],
        check=True,
    )
    return json.loads(tflm.read_text()), json.loads(reference.read_text())


def _assert_same_bytes(first: np.ndarray, second: np.ndarray, names: str, folder: pathlib.Path):
    difference = comparison.first_difference(first, second)
    if difference:
        layer = comparison.first_differing_layer(*_layers(folder, difference.row))
        count = int((first != second).any(axis=1).sum())
        pytest.fail(
            f"{names}: {count} of {len(first)} images differ, the first is image {difference.row}:"
            f" class {difference.column} has {difference.first} against {difference.second};"
            f" our TFLM and TensorFlow's reference kernels begin to differ at {layer}"
        )


def test_int8_our_tflm_equals_tensorflows_reference_kernels(tflm, tmp_path):
    _assert_same_bytes(
        tflm("int8", np.int8),
        _reference("REFERENCE_INT8"),
        "our TFLM against TensorFlow 2.15 BUILTIN_REF",
        tmp_path,
    )


def test_every_layer_of_an_image_is_equal(tmp_path):
    ours, reference = _layers(tmp_path, 4321)
    assert len(ours) == 6
    assert comparison.first_differing_layer(ours, reference) is None


def test_a_changed_weight_is_traced_to_its_layer(tmp_path):
    # The middle of the file lies in the largest buffer: the weights of the first dense layer.
    data = bytearray(_path("INT8_MODEL").read_bytes())
    for i in range(len(data) // 2 - 2_000, len(data) // 2 + 2_000):
        data[i] ^= 0x40
    (tmp_path / "changed.tflite").write_bytes(data)
    name, difference = comparison.first_differing_layer(
        *_layers(tmp_path, 0, str(tmp_path / "changed.tflite"))
    )
    assert name == "operator 3, FULLY_CONNECTED"
    assert difference.first != difference.second


def test_float32_is_within_2_to_the_minus_20_of_the_reference(tflm):
    ours, reference = tflm("float32", np.float32), _reference("REFERENCE_FLOAT32")
    error = np.abs(ours - reference).max()
    ulp = comparison.ulp_distance(ours, reference)[reference > 0.01].max()
    print(f"float32: largest absolute error {error:.3g}, largest distance {ulp} ULP above 0.01")
    assert error <= 2**-20
    assert (ours.argmax(axis=1) == reference.argmax(axis=1)).all()


@pytest.mark.parametrize(
    ("variable", "images_at_most", "steps_at_most"),
    [("OPTIMIZED_INT8", 50, 15), ("DEFAULT_INT8", 500, 40)],
)
def test_int8_other_kernels_stay_within_their_bound(variable, images_at_most, steps_at_most):
    reference, other = _reference("REFERENCE_INT8"), _reference(variable)
    steps = np.abs(reference.astype(np.int16) - other.astype(np.int16))
    differing = int((steps.max(axis=1) > 0).sum())
    print(f"{variable}: {differing} images differ, by {steps.max()} steps at most")
    assert differing <= images_at_most
    assert steps.max() <= steps_at_most
