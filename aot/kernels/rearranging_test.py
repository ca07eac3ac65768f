# SPDX-License-Identifier: Apache-2.0
"""Other orders of elements: compiled C, the specification and the wheel agree; or it is refused."""

import pathlib
from collections.abc import Callable

import numpy as np
import pytest

from aot.testing import one_operator
from aot.testing.one_operator import Quantized, constant, random_shape, tensor
from tflite.model import Model

_TYPES = {
    "BATCH_TO_SPACE_ND": ("float32", "int8"),
    "DEPTH_TO_SPACE": ("float32", "int8"),
    "REVERSE_V2": ("float32", "int8", "uint8", "int16", "int32", "int64", "bool"),
    "SPACE_TO_BATCH_ND": ("float32", "int8"),
    "SPACE_TO_DEPTH": ("float32", "int8"),
    "TRANSPOSE": ("float32", "int8", "int16"),
}


def _transpose(dtype: str, random: np.random.Generator) -> Model:
    shape = random_shape(random, range(1, 6))
    order = [int(i) for i in random.permutation(len(shape))]
    return one_operator.model(
        "TRANSPOSE",
        [tensor(shape, dtype), constant(*order)],
        [tensor([shape[i] for i in order], dtype)],
    )


def _reverse(dtype: str, random: np.random.Generator) -> Model:
    shape = random_shape(random, range(1, 7), 4)
    first, last = sorted(int(i) for i in random.integers(0, len(shape), 2))
    axes = random.permutation(np.arange(first, last + 1))
    axes -= len(shape) * random.integers(0, 2, len(axes))
    return one_operator.model(
        "REVERSE_V2", [tensor(shape, dtype), constant(*axes)], [tensor(shape, dtype)]
    )


def _depth(operator: str, dtype: str, random: np.random.Generator) -> Model:
    batches, height, width, depth = random_shape(random, [4], 4)
    block = int(random.integers(1, 4))
    space = tensor((batches, height * block, width * block, depth), dtype)
    deep = tensor((batches, height, width, depth * block * block), dtype)
    source, output = (space, deep) if operator == "SPACE_TO_DEPTH" else (deep, space)
    return one_operator.model(operator, [source], [output], {"BlockSize": block})


def _batch(operator: str, dtype: str, random: np.random.Generator, padded: bool = True) -> Model:
    axes = int(random.integers(1, 3))
    block = random.integers(1, 4, axes)
    batches, depth = (int(n) for n in random.integers(1, 4, 2))
    pieces = random.integers(1, 5, axes)
    around = np.zeros((axes, 2), int)
    for axis in range(axes) if padded else ():
        spare = pieces[axis] * block[axis] - 1
        around[axis, 0] = random.integers(0, min(spare, 4) + 1)
        around[axis, 1] = random.integers(0, min(spare - around[axis, 0], 4) + 1)
    size = [int(n) for n in pieces * block - around.sum(axis=1)]
    quantization: Quantized = {"scale": 0.5, "zero_point": 7} if dtype == "int8" else {}
    space = tensor((batches, *size, depth), dtype, **quantization)
    batched = tensor(
        (batches * int(block.prod()), *(int(n) for n in pieces), depth), dtype, **quantization
    )
    to_batch = operator == "SPACE_TO_BATCH_ND"
    return one_operator.model(
        operator,
        [
            space if to_batch else batched,
            constant(*block),
            tensor((axes, 2), "int32", data=around),
        ],
        [batched if to_batch else space],
    )


_MODELS: dict[str, Callable[[str, np.random.Generator], Model]] = {
    "BATCH_TO_SPACE_ND": lambda dtype, random: _batch("BATCH_TO_SPACE_ND", dtype, random),
    "DEPTH_TO_SPACE": lambda dtype, random: _depth("DEPTH_TO_SPACE", dtype, random),
    "REVERSE_V2": _reverse,
    "SPACE_TO_BATCH_ND": lambda dtype, random: _batch("SPACE_TO_BATCH_ND", dtype, random, False),
    "SPACE_TO_DEPTH": lambda dtype, random: _depth("SPACE_TO_DEPTH", dtype, random),
    "TRANSPOSE": _transpose,
}
_CASES = [(operator, dtype) for operator, types in _TYPES.items() for dtype in types]


@pytest.mark.parametrize(("operator", "dtype"), _CASES)
@pytest.mark.parametrize("seed", range(5))
def test_agrees(operator: str, dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    one_operator.check(_MODELS[operator](dtype, random), tmp_path, seed=seed)


@pytest.mark.parametrize("dtype", ["float32", "int8"])
@pytest.mark.parametrize("seed", range(5))
def test_space_to_batch_pads(dtype: str, seed: int, tmp_path: pathlib.Path):
    # The wheel pads with what is in memory that it has not set: with 0 in a new process.
    made = _batch("SPACE_TO_BATCH_ND", dtype, np.random.default_rng(seed))
    one_operator.check(made, tmp_path, seed=seed, wheel=False)


_IN = tensor((4, 6))
_IMAGE = tensor((1, 4, 6, 4))


def _rows(*rows):
    return tensor((len(rows), 2), "int32", data=np.array(rows))


@pytest.mark.parametrize(
    ("operator", "inputs", "shape", "options", "reason"),
    [
        (
            "TRANSPOSE",
            [_IN, tensor((2,), "int32")],
            (6, 4),
            {},
            "computes its order at run time: not supported",
        ),
        (
            "TRANSPOSE",
            [_IN, constant(1, 1)],
            (6, 6),
            {},
            "has the order [1, 1] of 2 dimensions",
        ),
        (
            "TRANSPOSE",
            [_IN, constant(1, 0)],
            (4, 6),
            {},
            "has an output of the shape [4, 6], not of [6, 4]",
        ),
        (
            "REVERSE_V2",
            [_IMAGE, constant(0, 2)],
            (1, 4, 6, 4),
            {},
            "reverses the axes [0, 2], which are not neighbours",
        ),
        (
            "REVERSE_V2",
            [_IMAGE, constant(4)],
            (1, 4, 6, 4),
            {},
            "has the axis 4 of 4 dimensions",
        ),
        (
            "SPACE_TO_DEPTH",
            [_IMAGE],
            (1, 4, 6, 4),
            {},
            "has block_size = 0",
        ),
        (
            "SPACE_TO_DEPTH",
            [_IMAGE],
            (1, 2, 2, 16),
            {"BlockSize": 2},
            "has the shapes [1, 4, 6, 4] and [1, 2, 2, 16], which do not fit",
        ),
        (
            "DEPTH_TO_SPACE",
            [_IN],
            (1, 4, 6, 4),
            {"BlockSize": 2},
            "has a tensor of the shape [4, 6]: not supported",
        ),
        (
            "SPACE_TO_BATCH_ND",
            [_IMAGE, constant(2, 0), _rows((0, 0), (0, 0))],
            (2, 2, 6, 4),
            {},
            "has the block [2, 0], and [0, 0, 0, 0] elements around: not supported",
        ),
        (
            "SPACE_TO_BATCH_ND",
            [_IMAGE, constant(2, 1), _rows((1, 0), (0, 0))],
            (2, 2, 6, 4),
            {},
            "has the shapes [1, 4, 6, 4] and [2, 2, 6, 4], which do not fit",
        ),
        (
            "BATCH_TO_SPACE_ND",
            [tensor((4, 2, 3, 4)), constant(2, 2), tensor((2, 2), "int32")],
            (1, 4, 6, 4),
            {},
            "computes its crops at run time: not supported",
        ),
        (
            "BATCH_TO_SPACE_ND",
            [tensor((4, 2, 3, 4)), constant(2), _rows((0, 0))],
            (2, 4, 3, 4),
            {},
            "has block shape of the shape [1], not of the shape [2]\n"
            "has crops of the shape [1, 2], not of the shape [2, 2]",
        ),
    ],
)
def test_refusals(operator, inputs, shape, options, reason):
    made = one_operator.model(operator, inputs, [tensor(shape)], options)
    assert one_operator.refusal(made) == reason
