# SPDX-License-Identifier: Apache-2.0
"""L2_NORMALIZATION: compiled C, the specification and the wheel agree."""

import pathlib

import numpy as np
import pytest

from aot import importer
from aot.kernels.registry import KERNELS
from aot.testing import one_operator, parity
from aot.testing.one_operator import Quantized, tensor


def l2_normalization(dtype: str, random: np.random.Generator):
    """Makes a random model."""
    shape = tuple(int(n) for n in random.integers(1, 7, random.integers(1, 5)))
    shape = (*shape[:-1], int(random.choice([1, 2, 7, 300])))
    zero = int(random.choice([0, -128, 127, random.integers(-128, 128)]))
    first: Quantized = {}
    second: Quantized = {}
    if dtype == "int8":
        first = {"scale": 0.5, "zero_point": zero}
        second = {"scale": 1 / 128, "zero_point": 0}
    return one_operator.model(
        "L2_NORMALIZATION", [tensor(shape, dtype, **first)], [tensor(shape, dtype, **second)]
    )


@pytest.mark.parametrize("dtype", ["float32", "int8"])
@pytest.mark.parametrize("seed", range(12))
def test_agrees(dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    one_operator.check(l2_normalization(dtype, random), tmp_path, seed=seed)


def test_the_inverse_root_of_small_and_of_large_sums_agrees(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
):
    # Sums of 0, 1, 2, 4, … and up to 8192 times 127 * 127.
    values = np.zeros((28, 8192), np.int8)
    for row, ones in zip(values[:14], 2 ** np.arange(14), strict=True):
        row[:ones] = 1
    for row, large in zip(values[14:-1], 2 ** np.arange(13) + 1, strict=True):
        row[:large] = -127
    monkeypatch.setattr(parity, "random_inputs", lambda graph, random: [values])
    made = one_operator.model(
        "L2_NORMALIZATION",
        [tensor(values.shape, scale=1.0)],
        [tensor(values.shape, scale=1 / 128)],
    )
    one_operator.check(made, tmp_path, runs=1)


def test_floats_near_nothing_agree(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path):
    inf, nan = float("inf"), float("nan")
    rows = [[0, 0], [0, -1e-7], [1e-6, 0], [2e-6, 0], [nan, 1], [inf, 1], [3e38, 1], [-0.0, 0]]
    values = np.array(rows, np.float32)
    monkeypatch.setattr(parity, "random_inputs", lambda graph, random: [values])
    made = one_operator.model(
        "L2_NORMALIZATION",
        [tensor(values.shape, "float32")],
        [tensor(values.shape, "float32")],
    )
    one_operator.check(made, tmp_path, runs=1)


@pytest.mark.parametrize(
    ("source", "output", "options", "text"),
    [
        (
            tensor((2,), "int16", scale=1.0),
            tensor((2,), "int16", scale=1.0),
            {},
            "has inputs of int16 and an output of int16: not supported",
        ),
        (
            tensor((1, 1, 1, 1, 2), "float32"),
            tensor((1, 1, 1, 1, 2), "float32"),
            {},
            "has the shapes [1, 1, 1, 1, 2] and [1, 1, 1, 1, 2]: not the same, empty, or not 1 to"
            " 4 dimensions",
        ),
        (
            tensor((2,), "float32"),
            tensor((2,), "float32"),
            {"FusedActivationFunction": 1},
            "has the fused activation RELU: not supported",
        ),
    ],
)
def test_others_are_refused(source, output, options, text: str):
    made = one_operator.model("L2_NORMALIZATION", [source], [output], options)
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    assert str(caught.value) == f"L2_NORMALIZATION.tflite: operator 0 (L2_NORMALIZATION) {text}"
