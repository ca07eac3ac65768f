# SPDX-License-Identifier: Apache-2.0
"""Parts of tensors: compiled C, the specification and the wheel agree; others are refused."""

import pathlib
from collections.abc import Callable

import numpy as np
import pytest

from aot.testing import one_operator
from aot.testing.one_operator import constant, random_shape, tensor
from tflite.model import Model

_FOUR_TYPES = ("float32", "int8", "int16", "int32")
_TYPES = {
    "SLICE": (*_FOUR_TYPES, "bool"),
    "SPLIT": _FOUR_TYPES,
    "SPLIT_V": _FOUR_TYPES,
    "STRIDED_SLICE": (*_FOUR_TYPES, "bool"),
    "UNPACK": _FOUR_TYPES,
}


def _slice(dtype: str, random: np.random.Generator) -> Model:
    shape = list(random_shape(random, range(1, 6)))
    begin = [int(random.integers(0, n)) for n in shape]
    size = [int(random.integers(1, n - b + 1)) for n, b in zip(shape, begin, strict=True)]
    given = [-1 if b + s == n and random.integers(2) else s
             for n, b, s in zip(shape, begin, size, strict=True)]  # fmt: skip
    indices = str(random.choice(["int32", "int64"]))
    return one_operator.model(
        "SLICE",
        [
            tensor(shape, dtype),
            constant(*begin, dtype=indices),
            constant(*given, dtype=indices),
        ],
        [tensor(size, dtype)],
    )


def _strided_slice(dtype: str, random: np.random.Generator) -> Model:
    """Makes one of what Python's slices take."""
    while True:
        shape = random_shape(random, range(1, 5))
        masks = {name: 0 for name in ("BeginMask", "EndMask", "ShrinkAxisMask")}
        numbers, taken = [], []
        for axis, n in enumerate(shape):
            start, stop = (int(i) for i in random.integers(-n - 2, n + 3, 2))
            step = int(random.choice([-3, -2, -1, 1, 1, 1, 2, 3]))
            place: list[int | None] = [start, stop]
            for i, name in enumerate(("BeginMask", "EndMask")):
                if random.integers(4) == 0:
                    masks[name] |= 1 << axis
                    place[i] = None
            part: slice | int = slice(place[0], place[1], step)
            if random.integers(5) == 0:
                masks["ShrinkAxisMask"] |= 1 << axis
                masks["BeginMask"] &= ~(1 << axis)
                start, step = int(random.integers(-n, n)), 1
                part = start
            numbers.append((start, stop, step))
            taken.append(part)
        output = np.empty(shape, bool)[tuple(taken)].shape
        if 0 not in output:
            break
    return one_operator.model(
        "STRIDED_SLICE",
        [tensor(shape, dtype), *(constant(*row) for row in zip(*numbers, strict=True))],
        [tensor(output, dtype)],
        masks,
    )


def _split(dtype: str, random: np.random.Generator) -> Model:
    shape = list(random_shape(random, range(1, 6)))
    axis, parts = int(random.integers(len(shape))), int(random.integers(1, 5))
    part = list(shape)
    shape[axis] *= parts
    given = axis - len(shape) * int(random.integers(2))
    return one_operator.model(
        "SPLIT",
        [constant(given), tensor(shape, dtype)],
        [tensor(part, dtype) for _ in range(parts)],
        {"NumSplits": parts},
    )


def _split_v(dtype: str, random: np.random.Generator) -> Model:
    shape = list(random_shape(random, range(1, 6)))
    axis = int(random.integers(len(shape)))
    lengths = [int(n) for n in random.integers(1, 5, random.integers(1, 5))]
    shape[axis] = sum(lengths)
    given = axis - len(shape) * int(random.integers(2))
    return one_operator.model(
        "SPLIT_V",
        [tensor(shape, dtype), constant(*lengths), constant(given)],
        [tensor([*shape[:axis], n, *shape[axis + 1 :]], dtype) for n in lengths],
        {"NumSplits": len(lengths)},
    )


def _unpack(dtype: str, random: np.random.Generator) -> Model:
    shape = list(random_shape(random, range(1, 6)))
    axis = int(random.integers(len(shape)))
    part = [*shape[:axis], *shape[axis + 1 :]]
    return one_operator.model(
        "UNPACK",
        [tensor(shape, dtype)],
        [tensor(part, dtype) for _ in range(shape[axis])],
        {"Num": shape[axis], "Axis": axis - len(shape) * int(random.integers(2))},
    )


_MODELS: dict[str, Callable[[str, np.random.Generator], Model]] = {
    "SLICE": _slice,
    "SPLIT": _split,
    "SPLIT_V": _split_v,
    "STRIDED_SLICE": _strided_slice,
    "UNPACK": _unpack,
}
_CASES = [(operator, dtype) for operator, types in _TYPES.items() for dtype in types]


@pytest.mark.parametrize(("operator", "dtype"), _CASES)
@pytest.mark.parametrize("seed", range(4))
def test_agrees(operator: str, dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    one_operator.check(_MODELS[operator](dtype, random), tmp_path, seed=seed)


@pytest.mark.parametrize("axis", [1, -2])
@pytest.mark.parametrize("operator", ["SPLIT", "SPLIT_V", "UNPACK"])
def test_a_dimension_in_the_middle_counts_from_either_end(
    operator: str, axis: int, tmp_path: pathlib.Path
):
    source, lengths = tensor((2, 6, 3)), (1, 3, 2) if operator == "SPLIT_V" else (2, 2, 2)
    inputs, options = {
        "SPLIT": ([constant(axis), source], {"NumSplits": 3}),
        "SPLIT_V": ([source, constant(*lengths), constant(axis)], {"NumSplits": 3}),
        "UNPACK": ([source], {"Num": 6, "Axis": axis}),
    }[operator]
    outputs = [tensor((2, n, 3)) for n in lengths]
    if operator == "UNPACK":
        outputs = [tensor((2, 3)) for _ in range(6)]
    one_operator.check(one_operator.model(operator, inputs, outputs, options), tmp_path)


_IN = tensor((4, 6))


@pytest.mark.parametrize(
    ("operator", "inputs", "outputs", "options", "reason"),
    [
        (
            "SLICE",
            [_IN, tensor((2,), "int32"), constant(2, 2)],
            [(2, 2)],
            {},
            "computes its beginning at run time: not supported",
        ),
        (
            "SLICE",
            [_IN, constant(3, 1), constant(2, 2)],
            [(2, 2)],
            {},
            "takes elements 3 to 5 of 4",
        ),
        (
            "SLICE",
            [_IN, constant(1, 1), constant(2, -1)],
            [(2, 6)],
            {},
            "has an output of the shape [2, 6], not of [2, 5]",
        ),
        (
            "SLICE",
            [tensor((4, 6), "uint8"), constant(1, 1), constant(2, -1)],
            [(2, 5)],
            {},
            "has tensors of uint8 and int8: not supported",
        ),
        (
            "STRIDED_SLICE",
            [_IN, constant(0, 0), constant(4, 6), constant(1, 0)],
            [(4, 6)],
            {},
            "has a stride of 0",
        ),
        (
            "STRIDED_SLICE",
            [_IN, constant(0), constant(4, 6), constant(1, 1)],
            [(4, 6)],
            {},
            "has beginning of the shape [1], not of the shape [2]",
        ),
        (
            "STRIDED_SLICE",
            [_IN, constant(0, 0), constant(4, 6), constant(1, 1)],
            [(4, 6)],
            {"NewAxisMask": 1},
            "has the option new_axis_mask = 1: not supported",
        ),
        (
            "STRIDED_SLICE",
            [_IN, constant(0, 3), constant(4, 3), constant(1, -1)],
            [(4,)],
            {"ShrinkAxisMask": 2},
            "takes no element of a dimension that it drops",
        ),
        (
            "SPLIT",
            [constant(2), _IN],
            [(4, 3), (4, 3)],
            {"NumSplits": 2},
            "has the axis 2 of 2 dimensions",
        ),
        (
            "SPLIT",
            [constant(1), _IN],
            [(4, 2), (4, 2)],
            {"NumSplits": 2},
            "splits 6 elements into 4",
        ),
        (
            "SPLIT",
            [constant(1), _IN],
            [(4, 2), (4, 4)],
            {"NumSplits": 2},
            "has an output of the shape [4, 4], not of [4, 2]",
        ),
        (
            "SPLIT_V",
            [_IN, constant(2, 4), tensor((1,), "int32")],
            [(4, 2), (4, 4)],
            {"NumSplits": 2},
            "computes its axis at run time: not supported",
        ),
        (
            "UNPACK",
            [_IN],
            [(6,), (6,)],
            {"Num": 2, "Axis": 0},
            "unpacks 4 elements as 2 into 2 outputs",
        ),
    ],
)
def test_refusals(operator, inputs, outputs, options, reason):
    made = one_operator.model(operator, inputs, [tensor(shape) for shape in outputs], options)
    assert one_operator.refusal(made) == reason
