# SPDX-License-Identifier: Apache-2.0
"""Pooling: compiled C, the specification and the wheel agree; what can't be compiled is refused."""

import pathlib

import numpy as np
import pytest

from aot import importer
from aot.kernels.registry import KERNELS
from aot.testing import one_operator
from aot.testing.one_operator import ACTIVATION, PADDING, tensor

_OPERATORS = ("AVERAGE_POOL_2D", "MAX_POOL_2D")


def _model(operator: str, dtype: str, random: np.random.Generator):
    height, width, channels = (int(n) for n in random.integers(1, 9, 3))
    size_h, size_w = (int(n) for n in random.integers(1, 5, 2))
    stride_h, stride_w = (int(n) for n in random.integers(1, 4, 2))
    same = bool(random.integers(2)) or size_h > height or size_w > width
    if same:
        out = -(-height // stride_h), -(-width // stride_w)
    else:
        out = (height - size_h) // stride_h + 1, (width - size_w) // stride_w + 1
    scale = () if dtype == "float32" else float(random.uniform(0.01, 0.2))
    zero = 0 if dtype != "int8" else int(random.integers(-128, 128))
    return one_operator.model(
        operator,
        [tensor((2, height, width, channels), dtype, scale=scale, zero_point=zero)],
        [tensor((2, *out, channels), dtype, scale=scale, zero_point=zero)],
        {
            "Padding": PADDING.SAME if same else PADDING.VALID,
            "StrideH": stride_h,
            "StrideW": stride_w,
            "FilterHeight": size_h,
            "FilterWidth": size_w,
            "FusedActivationFunction": int(
                random.choice([ACTIVATION.NONE, ACTIVATION.RELU, ACTIVATION.RELU6])
            ),
        },
    )


@pytest.mark.parametrize("seed", range(8))
def test_root_of_mean_square_agrees(seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    one_operator.check(_model("L2_POOL_2D", "float32", random), tmp_path, seed=seed)


@pytest.mark.parametrize("operator", _OPERATORS)
@pytest.mark.parametrize("dtype", ["int8", "int16", "float32"])
@pytest.mark.parametrize("seed", range(6))
def test_agrees(operator: str, dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    one_operator.check(_model(operator, dtype, random), tmp_path, seed=seed)


def test_another_quantization_is_refused():
    made = one_operator.model(
        "MAX_POOL_2D",
        [tensor((1, 4, 4, 1), scale=0.5)],
        [tensor((1, 4, 4, 1), scale=0.25)],
        {"StrideH": 1, "StrideW": 1, "FilterHeight": 1, "FilterWidth": 1},
    )
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    assert str(caught.value) == (
        "MAX_POOL_2D.tflite: operator 0 (MAX_POOL_2D) has an input and an output of different"
        " quantization: not supported"
    )


def test_another_size_is_refused():
    made = one_operator.model(
        "L2_POOL_2D",
        [tensor((1, 4, 4, 1), "float32")],
        [tensor((1, 4, 3, 1), "float32")],
        {"StrideH": 1, "StrideW": 1, "FilterHeight": 1, "FilterWidth": 1},
    )
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    assert str(caught.value) == (
        "L2_POOL_2D.tflite: operator 0 (L2_POOL_2D) has an output of [1, 4, 3, 1], which does not"
        " fit its input"
    )
