# SPDX-License-Identifier: Apache-2.0
"""Resized images: compiled C, the specification and the wheel agree; others are refused."""

import pathlib

import numpy as np
import pytest

from aot.testing import one_operator
from aot.testing.one_operator import constant, random_shape, tensor
from tflite.model import Model

_CASES = [
    *(("RESIZE_BILINEAR", dtype) for dtype in ("float32", "int8")),
    *(("RESIZE_NEAREST_NEIGHBOR", dtype) for dtype in ("float32", "int8", "int16")),
]
_OPTIONS: tuple[dict[str, bool], ...] = ({}, {"AlignCorners": True}, {"HalfPixelCenters": True})


def _model(operator: str, dtype: str, random: np.random.Generator) -> Model:
    batches, height, width, depth = random_shape(random, [4], 9)
    if random.integers(3) == 0:
        size = [int(n) for n in (height, width) * random.integers(1, 4, 2)]
    else:
        size = [int(n) for n in random.integers(1, 21, 2)]
    options = dict(_OPTIONS[random.integers(len(_OPTIONS))])
    if operator == "RESIZE_NEAREST_NEIGHBOR" and random.integers(4) == 0:
        options = {"AlignCorners": True, "HalfPixelCenters": True}
    return one_operator.model(
        operator,
        [tensor((batches, height, width, depth), dtype), constant(*size)],
        [tensor((batches, *size, depth), dtype)],
        options,
    )


@pytest.mark.parametrize(("operator", "dtype"), _CASES)
@pytest.mark.parametrize("seed", range(10))
def test_agrees(operator: str, dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    one_operator.check(_model(operator, dtype, random), tmp_path, seed=seed)


@pytest.mark.parametrize("options", _OPTIONS)
@pytest.mark.parametrize(("operator", "dtype"), _CASES)
def test_agrees_on_long_images(operator: str, dtype: str, options, tmp_path: pathlib.Path):
    made = one_operator.model(
        operator,
        [tensor((1, 1, 331, 1), dtype), constant(2, 997)],
        [tensor((1, 2, 997, 1), dtype)],
        options,
    )
    one_operator.check(made, tmp_path)


_IMAGE = tensor((1, 4, 6, 2))


@pytest.mark.parametrize(
    ("operator", "width", "depth"),
    [("RESIZE_BILINEAR", (1 << 20) + 5, 1), ("RESIZE_NEAREST_NEIGHBOR", 2, (1 << 20) + 5)],
)
def test_images_may_be_wide_or_deep(operator: str, width: int, depth: int, tmp_path: pathlib.Path):
    wanted = width // 2 + 1
    dtype = "float32" if operator == "RESIZE_BILINEAR" else "int8"
    made = one_operator.model(
        operator,
        [tensor((1, 1, width, depth), dtype), constant(1, wanted)],
        [tensor((1, 1, wanted, depth), dtype)],
    )
    one_operator.check(made, tmp_path, runs=1)


@pytest.mark.parametrize(
    ("operator", "inputs", "output", "options", "reason"),
    [
        (
            "RESIZE_BILINEAR",
            [_IMAGE, constant(8, 8)],
            tensor((1, 8, 8, 2)),
            {"AlignCorners": True, "HalfPixelCenters": True},
            "has half_pixel_centers and align_corners: not supported",
        ),
        (
            "RESIZE_BILINEAR",
            [_IMAGE, constant(8, 8)],
            tensor((1, 8, 12, 2)),
            {},
            "has an output of the shape [1, 8, 12, 2], not of [1, 8, 8, 2]",
        ),
        (
            "RESIZE_BILINEAR",
            [_IMAGE, tensor((2,), "int32")],
            tensor((1, 8, 8, 2)),
            {},
            "computes its size at run time: not supported",
        ),
        (
            "RESIZE_BILINEAR",
            [tensor((1, 1, 1001, 1)), constant(1, 9000)],
            tensor((1, 1, 9000, 1)),
            {},
            "reads outside of its input",
        ),
        (
            "RESIZE_BILINEAR",
            [tensor((1, 1, 1 << 21, 1)), constant(1, 9000)],
            tensor((1, 1, 9000, 1)),
            {},
            "has places of more than 31 bits: the result is not defined",
        ),
        (
            "RESIZE_BILINEAR",
            [tensor((1, 4, 6, 2), "int16"), constant(8, 8)],
            tensor((1, 8, 8, 2), "int16"),
            {},
            "has tensors of int16: not supported",
        ),
        (
            "RESIZE_NEAREST_NEIGHBOR",
            [tensor((4, 6)), constant(8, 8)],
            tensor((8, 8)),
            {},
            "has a tensor of the shape [4, 6]: not supported\n"
            "has a tensor of the shape [8, 8]: not supported",
        ),
        (
            "RESIZE_NEAREST_NEIGHBOR",
            [tensor((1, 1, 4, 1)), constant(1, (1 << 20) + 1)],
            tensor((1, 1, (1 << 20) + 1, 1)),
            {},
            "has a tensor of the shape [1, 1, 1048577, 1]: not supported",
        ),
        (
            "RESIZE_NEAREST_NEIGHBOR",
            [_IMAGE, constant(8)],
            tensor((1, 8, 8, 2)),
            {},
            "has size of the shape [1], not of the shape [2]",
        ),
    ],
)
def test_refusals(operator, inputs, output, options, reason):
    made = one_operator.model(operator, inputs, [output], options)
    assert one_operator.refusal(made) == reason
