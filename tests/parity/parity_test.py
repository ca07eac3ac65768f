# SPDX-License-Identifier: Apache-2.0
"""What runs on the chip is what was trained: runtimes compared on all 10,000 test images.

int8: our C++ inference on TFLM, TFLM's official wheel and TensorFlow 2.15's interpreter with
reference kernels give the same bytes. float32: TFLM against the same interpreter, within a bound.
TensorFlow's other kernels round differently: within their own measured bounds.
"""

import json
import os
import pathlib
import subprocess
from collections.abc import Callable

import numpy as np
import pytest

from tests.parity import comparison, wheel_images
from tools import ulp
from train import dataset

IMAGES = 10_000


def _path(variable: str) -> pathlib.Path:
    return pathlib.Path(os.environ[variable]).resolve()


def _reference(variable: str) -> np.ndarray:
    scores = np.load(_path(variable))
    assert scores.shape == (IMAGES, 10)
    return scores


@pytest.fixture(name="tflm", scope="session")
def _tflm(tmp_path_factory) -> Callable[[str, type], np.ndarray]:
    """What TFLM makes of all test images: from a model's name and dtype to scores (10,000, 10)."""
    folder = tmp_path_factory.mktemp("tflm")

    def run(model: str, dtype: type) -> np.ndarray:
        scores = folder / model
        if not scores.exists():
            subprocess.run(
                [_path("TFLM_SCORES"), model, _path("TEST_IMAGES"), "scores", scores], check=True
            )
        return np.fromfile(scores, dtype=dtype).reshape(IMAGES, 10)

    return run


@pytest.fixture(name="wheel", scope="session")
def _wheel() -> np.ndarray:
    """What the official wheel makes of all test images: int8, (10,000, 10)."""
    images = dataset.read_images(_path("TEST_IMAGES"))
    return wheel_images.all_scores(_path("INT8_MODEL").read_bytes(), images)


def _tflm_layers(folder: pathlib.Path, index: int) -> list[dict]:
    """Each operator's output for one image, of our TFLM."""
    output = folder / "tflm.json"
    subprocess.run(
        [_path("TFLM_SCORES"), "int8", _path("TEST_IMAGES"), "layers", output, str(index)],
        check=True,
    )
    return json.loads(output.read_text())


def _reference_layers(
    folder: pathlib.Path, index: int, model: pathlib.Path | None = None
) -> list[dict]:
    """The same, of TensorFlow's interpreter with reference kernels."""
    output = folder / "reference.json"
    subprocess.run(
        [
            _path("REFERENCE_SCORES"),
            f"--model={model or _path('INT8_MODEL')}",
            f"--images={_path('TEST_IMAGES')}",
            f"--layers_of={index}",
            f"--output={output}",
        ],
        check=True,
    )
    return json.loads(output.read_text())


def _wheel_layers(folder: pathlib.Path, index: int) -> list[dict]:
    """The same, of the official wheel."""
    image = dataset.read_images(_path("TEST_IMAGES"))[index]
    like = _tflm_layers(folder, index)
    return wheel_images.layer_outputs(_path("INT8_MODEL").read_bytes(), image, like)


def _assert_same_bytes(
    names: tuple[str, str],
    scores: tuple[np.ndarray, np.ndarray],
    layers: tuple[Callable[[pathlib.Path, int], list], Callable[[pathlib.Path, int], list]],
    folder: pathlib.Path,
) -> None:
    """Fails with the first differing image, its first differing layer, and both values."""
    difference = comparison.first_difference(*scores)
    if difference:
        first, second = (each(folder, difference.row) for each in layers)
        layer = comparison.first_differing_layer(first, second)
        count = int((scores[0] != scores[1]).any(axis=1).sum())
        pytest.fail(
            f"{names[0]} against {names[1]}: {count} of {len(scores[0])} images differ, the first"
            f" is image {difference.row}: class {difference.column} has {difference.first} against"
            f" {difference.second}; {comparison.describe(layer)}"
        )


def test_int8_our_tflm_equals_tensorflows_reference_kernels(tflm, tmp_path):
    _assert_same_bytes(
        ("our TFLM", "TensorFlow 2.15 BUILTIN_REF"),
        (tflm("int8", np.int8), _reference("REFERENCE_INT8")),
        (_tflm_layers, _reference_layers),
        tmp_path,
    )


def test_int8_our_tflm_equals_the_official_wheel(tflm, wheel, tmp_path):
    _assert_same_bytes(
        ("our TFLM", "the tflite-micro wheel"),
        (tflm("int8", np.int8), wheel),
        (_tflm_layers, _wheel_layers),
        tmp_path,
    )


def test_a_difference_names_image_layer_and_values(tflm, tmp_path):
    scores = tflm("int8", np.int8)
    changed = scores.copy()
    changed[77, 3] ^= 1

    def changed_layers(folder: pathlib.Path, index: int) -> list[dict]:
        layers = _tflm_layers(folder, index)
        layers[4]["values"][5] += 2
        return layers

    with pytest.raises(pytest.fail.Exception) as failure:
        _assert_same_bytes(
            ("one", "another"), (scores, changed), (_tflm_layers, changed_layers), tmp_path
        )
    value = _tflm_layers(tmp_path, 77)[4]["values"][5]
    assert str(failure.value) == (
        "one against another: 1 of 10000 images differ, the first is image 77: class 3 has"
        f" {scores[77, 3]} against {changed[77, 3]}; they begin to differ at operator 4,"
        f" FULLY_CONNECTED: element 5 has {value} against {value + 2}"
    )


def test_every_layer_of_an_image_is_equal(tmp_path):
    ours = _tflm_layers(tmp_path, 4321)
    assert len(ours) == 6
    for other in (_reference_layers(tmp_path, 4321), _wheel_layers(tmp_path, 4321)):
        assert comparison.first_differing_layer(ours, other) is None


def test_a_changed_weight_is_traced_to_its_layer(tmp_path):
    # The middle of the file lies in the largest buffer: the weights of the first dense layer.
    data = bytearray(_path("INT8_MODEL").read_bytes())
    for i in range(len(data) // 2 - 2_000, len(data) // 2 + 2_000):
        data[i] ^= 0x40
    (tmp_path / "changed.tflite").write_bytes(data)
    name, difference = comparison.first_differing_layer(
        _tflm_layers(tmp_path, 0), _reference_layers(tmp_path, 0, tmp_path / "changed.tflite")
    )
    assert name == "operator 3, FULLY_CONNECTED"
    assert difference.first != difference.second


def test_float32_is_within_2_to_the_minus_20_of_the_reference(tflm):
    ours, reference = tflm("float32", np.float32), _reference("REFERENCE_FLOAT32")
    error = np.abs(ours - reference).max()
    apart = ulp.distance(ours, reference)[reference > 0.01].max()
    print(f"float32: largest absolute error {error:.3g}, largest distance {apart} ULP above 0.01")
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
