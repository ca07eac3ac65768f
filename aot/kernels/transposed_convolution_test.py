# SPDX-License-Identifier: Apache-2.0
"""TRANSPOSE_CONV: compiled C, the specification and the wheel agree; what can't be is refused."""

import pathlib
from collections.abc import Sequence

import numpy as np
import pytest

from aot import importer
from aot.kernels.registry import KERNELS
from aot.testing import one_operator
from aot.testing.one_operator import ACTIVATION, PADDING, Quantized, tensor
from tflite.testing.model_builder import TensorSpec

_BIAS = {"float32": ["float32"], "int8": ["int32"], "int16": ["int64", "int16"]}


def transposed_convolution(dtype: str, random: np.random.Generator):
    """Makes a random model."""
    batches, height, width, depth, channels = (int(n) for n in random.integers(1, 6, 5))
    size_h, size_w = (int(n) for n in random.integers(1, 5, 2))
    stride_h, stride_w = (int(n) for n in random.integers(1, 4, 2))
    same = bool(random.integers(2))

    def length(size: int, stride: int, n: int) -> int:
        if same:
            return n * stride - int(random.integers(0, stride))
        return (n - 1) * stride + size + int(random.integers(0, stride))

    output = (
        batches,
        length(size_h, stride_h, height),
        length(size_w, stride_w, width),
        channels,
    )
    shape = (channels, size_h, size_w, depth)
    first: Quantized = {}
    second: Quantized = {}
    third: Quantized = {}
    weights_type = dtype
    weights = random.normal(0, 1, shape)
    if dtype != "float32":
        weights_type = "int8"
        weights = random.integers(-128, 128, shape)
        zeros = random.choice([0, -128, 127, random.integers(-128, 128)], 2)
        zeros = zeros if dtype == "int8" else [0, 0]
        scale = float(np.exp(random.uniform(-6, 1)))
        scales = np.exp(random.uniform(-6, 1, channels if random.integers(2) else 1))
        first = {"scale": scale, "zero_point": int(zeros[0])}
        second = {"scale": [float(s) for s in scales]}
        product = scale * float(scales.max()) * 128 * float(np.exp(random.uniform(-4, 1)))
        third = {"scale": product, "zero_point": int(zeros[1])}
    inputs: list[TensorSpec | None] = [
        tensor((4,), "int32", data=np.array(output)),
        tensor(shape, weights_type, data=weights, **second),
        tensor((batches, height, width, depth), dtype, **first),
    ]
    if random.integers(3):
        kind = str(random.choice(_BIAS[dtype]))
        bias = (
            random.normal(0, 1000, channels) if kind != "float32" else random.normal(0, 1, channels)
        )
        inputs.append(tensor((channels,), kind, data=bias, scale=1.0 if dtype != "float32" else ()))
    elif random.integers(2):
        inputs.append(None)
    return one_operator.model(
        "TRANSPOSE_CONV",
        inputs,
        [tensor(output, dtype, **third)],
        {
            "Padding": PADDING.SAME if same else PADDING.VALID,
            "StrideH": stride_h,
            "StrideW": stride_w,
            "FusedActivationFunction": int(
                random.choice([ACTIVATION.NONE, ACTIVATION.RELU, ACTIVATION.RELU6])
            ),
        },
    )


@pytest.mark.parametrize("dtype", ["float32", "int8", "int16"])
@pytest.mark.parametrize("seed", range(20))
def test_agrees(dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    one_operator.check(transposed_convolution(dtype, random), tmp_path, seed=seed)


def test_weights_and_bias_of_run_time_agree(tmp_path: pathlib.Path):
    made = one_operator.model(
        "TRANSPOSE_CONV",
        [
            tensor((4,), "int32", data=np.array([1, 6, 5, 2])),
            tensor((2, 3, 2, 3), scale=0.5),
            tensor((1, 3, 3, 3), scale=0.25, zero_point=5),
            tensor((2,), "int32", scale=0.125),
        ],
        [tensor((1, 6, 5, 2), scale=30.0, zero_point=-3)],
        {"Padding": PADDING.SAME, "StrideH": 2, "StrideW": 2},
    )
    one_operator.check(made, tmp_path)


def _wide(inputs: int, outputs: int, stride: int):
    return one_operator.model(
        "TRANSPOSE_CONV",
        [
            one_operator.constant(1, 1, outputs, 1),
            tensor((1, 1, 3, 1), scale=0.5, data=np.array([3, -5, 7])),
            tensor((1, 1, inputs, 1), scale=0.25, zero_point=5),
        ],
        [tensor((1, 1, outputs, 1), scale=3.0)],
        {"Padding": PADDING.VALID, "StrideH": 1, "StrideW": stride},
    )


def test_a_stride_that_makes_no_difference_may_be_of_any_size(tmp_path: pathlib.Path):
    one_operator.check(_wide(1, 3, 70_000), tmp_path)


def test_a_stride_that_tflm_cuts_off_is_refused():
    assert one_operator.refusal(_wide(2, 40_003, 40_000)) == (
        "has a stride or dilation of 40000, of which TFLM keeps 16 bits: not supported"
    )


_SHAPES = [(4,), (2, 3, 2, 3), (1, 3, 3, 3), (2,)]


def _tensors(dtypes: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> list[TensorSpec]:
    return [
        tensor(shape, dtype, scale=() if dtype == "float32" else 0.5)
        for shape, dtype in zip(shapes, dtypes, strict=True)
    ]


@pytest.mark.parametrize(
    ("dtypes", "shapes", "output", "padding", "text"),
    [
        (
            ("int32", "int8", "int16", "int32"),
            _SHAPES,
            (1, 6, 6, 2),
            PADDING.SAME,
            "has inputs of int16, int8, int32 and an output of int16: not supported",
        ),
        (
            ("int32", "int8", "int16", "int16"),
            _SHAPES,
            (1, 6, 6, 2),
            PADDING.SAME,
            "has a bias of 16 bits that is not constant: not supported",
        ),
        (
            ("int32", "int8", "float32", "float32"),
            _SHAPES,
            (1, 6, 6, 2),
            PADDING.SAME,
            "has inputs of float32, int8, float32 and an output of float32: not supported",
        ),
        (
            ("int32", "int8", "int8", "int32"),
            _SHAPES,
            (1, 6, 6, 3),
            PADDING.SAME,
            "has the shapes [1, 3, 3, 3], [2, 3, 2, 3] and [1, 6, 6, 3]: they do not fit",
        ),
        (
            ("int32", "int8", "int8", "int32"),
            _SHAPES,
            (1, 2, 6, 2),
            PADDING.VALID,
            "has an output that is smaller than its weights",
        ),
        (
            ("int32", "int8", "int8", "int32"),
            [*_SHAPES[:3], (3,)],
            (1, 6, 6, 2),
            PADDING.SAME,
            "has 3 biases for 2 channels",
        ),
    ],
)
def test_others_are_refused(dtypes, shapes, output, padding, text: str):
    made = one_operator.model(
        "TRANSPOSE_CONV",
        _tensors(dtypes, shapes),
        _tensors((dtypes[2],), [output]),
        {"Padding": padding, "StrideH": 2, "StrideW": 2},
    )
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    assert str(caught.value) == f"TRANSPOSE_CONV.tflite: operator 0 (TRANSPOSE_CONV) {text}"
