# SPDX-License-Identifier: Apache-2.0
"""Places that are computed: compiled C, the specification and the wheel agree; or it is refused."""

import pathlib
from collections.abc import Callable

import numpy as np
import pytest

from aot.testing import one_operator
from aot.testing.one_operator import constant, random_shape, tensor
from tflite.model import Model

_TYPES = {
    "DYNAMIC_UPDATE_SLICE": ("float32", "int8", "int16", "int32"),
    "EMBEDDING_LOOKUP": ("float32", "int8", "int8 to float32"),
    "GATHER": ("float32", "int8"),
    "GATHER_ND": ("float32", "int8"),
}
# Inputs are from 0 to 3: of the wheel's, too, all must be inside.
_LEAST = 4


def _places(shape, lengths, random: np.random.Generator, dtype: str = "int32"):
    """Makes indices, known or not, each below the last dimension's length."""
    if random.integers(2):
        return tensor(shape, dtype)
    return tensor(shape, dtype, data=random.integers(0, lengths, shape))


def _gather(dtype: str, random: np.random.Generator) -> Model:
    shape = list(random_shape(random, range(1, 6), 4))
    axis = int(random.integers(len(shape)))
    shape[axis] += _LEAST
    batch = int(random.integers(axis + 1))
    more = random_shape(random, range(0, 3), 4)
    places = _places((*shape[:batch], *more), shape[axis], random)
    given = batch
    if batch < len(places.shape) and random.integers(2):
        given -= len(places.shape)
    return one_operator.model(
        "GATHER",
        [tensor(shape, dtype), places],
        [tensor((*shape[:axis], *more, *shape[axis + 1 :]), dtype)],
        {"Axis": axis - len(shape) * int(random.integers(2)), "BatchDims": given},
    )


def _gather_nd(dtype: str, random: np.random.Generator) -> Model:
    depth = int(random.integers(1, 4))
    shape = [int(n) + _LEAST for n in random.integers(0, 3, depth)]
    inner = random_shape(random, range(0, 3), 4)
    outer = random_shape(random, range(0, 3), 4)
    return one_operator.model(
        "GATHER_ND",
        [tensor((*shape, *inner), dtype), _places((*outer, depth), shape, random)],
        [tensor((*outer, *inner), dtype)],
    )


def _embedding_lookup(dtype: str, random: np.random.Generator) -> Model:
    table_type, _, output_type = dtype.partition(" to ")
    shape = list(random_shape(random, range(2, 6), 4))
    shape[0] += _LEAST
    picks = int(random.integers(1, 6))
    data = random.integers(-128, 128, shape) if random.integers(2) else None
    return one_operator.model(
        "EMBEDDING_LOOKUP",
        [
            _places((picks,), shape[0], random),
            tensor(shape, table_type, scale=float(random.uniform(0.001, 2)), data=data),
        ],
        [tensor((picks, *shape[1:]), output_type or table_type)],
    )


def _dynamic_update_slice(dtype: str, random: np.random.Generator) -> Model:
    shape = random_shape(random, range(1, 7), 4)
    update = [int(random.integers(1, n + 1)) for n in shape]
    start = tensor(
        (len(shape),),
        str(random.choice(["int32", "int64"])),
        data=random.integers(-3, 7, len(shape)) if random.integers(2) else None,
    )
    return one_operator.model(
        "DYNAMIC_UPDATE_SLICE",
        [tensor(shape, dtype), tensor(update, dtype), start],
        [tensor(shape, dtype)],
    )


_MODELS: dict[str, Callable[[str, np.random.Generator], Model]] = {
    "DYNAMIC_UPDATE_SLICE": _dynamic_update_slice,
    "EMBEDDING_LOOKUP": _embedding_lookup,
    "GATHER": _gather,
    "GATHER_ND": _gather_nd,
}
_CASES = [(operator, dtype) for operator, types in _TYPES.items() for dtype in types]


@pytest.mark.parametrize(("operator", "dtype"), _CASES)
@pytest.mark.parametrize("seed", range(8))
def test_agrees(operator: str, dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    one_operator.check(_MODELS[operator](dtype, random), tmp_path, seed=seed)


@pytest.mark.parametrize("known", [False, True])
def test_each_batch_has_its_own_places(known: bool, tmp_path: pathlib.Path):
    places = np.array([[0, 3, 1], [2, 2, 0]])
    made = one_operator.model(
        "GATHER",
        [tensor((2, 3, 4, 5)), tensor((2, 3), "int32", data=places if known else None)],
        [tensor((2, 3, 3, 5))],
        {"Axis": 2, "BatchDims": 1},
    )
    one_operator.check(made, tmp_path)


def test_indices_of_gather_nd_are_summed_up_first(tmp_path: pathlib.Path):
    places = tensor((3, 2), "int32", data=np.array([[0, 7], [2, -3], [1, 0]]))
    made = one_operator.model("GATHER_ND", [tensor((3, 5)), places], [tensor((3,))])
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize(
    ("operator", "inputs", "output"),
    [
        ("GATHER", [tensor((2, 3)), tensor((9,), "int32")], tensor((9, 3))),
        ("GATHER_ND", [tensor((2, 3)), tensor((9, 1), "int32")], tensor((9, 3))),
        ("EMBEDDING_LOOKUP", [tensor((9,), "int32"), tensor((2, 3))], tensor((9, 3))),
        (
            "EMBEDDING_LOOKUP",
            [tensor((9,), "int32"), tensor((2, 3), scale=0.1)],
            tensor((9, 3), "float32"),
        ),
    ],
)
def test_what_is_outside_is_the_nearest(operator, inputs, output, tmp_path: pathlib.Path):
    # The wheel reads outside, or stops.
    made = one_operator.model(operator, inputs, [output])
    one_operator.check(made, tmp_path, wheel=False)


_IN = tensor((4, 6))


@pytest.mark.parametrize(
    ("operator", "inputs", "output", "options", "reason"),
    [
        (
            "GATHER",
            [_IN, constant(0, 4)],
            tensor((2, 6)),
            {},
            "has indices from 0 to 4, and its input has 4 elements",
        ),
        (
            "GATHER",
            [_IN, constant(0, 1, dtype="int64")],
            tensor((2, 6)),
            {},
            "has indices of int64 of the shape [2]: not supported",
        ),
        (
            "GATHER",
            [_IN, constant(0, 1)],
            tensor((2, 6)),
            {"BatchDims": 1},
            "has batch_dims = 1: not supported",
        ),
        (
            "GATHER",
            [_IN, constant(0, 1)],
            tensor((4,)),
            {"BatchDims": 1, "Axis": 1},
            "has the shapes [4, 6] and [2], which do not fit",
        ),
        (
            "GATHER",
            [_IN, constant(0, 1)],
            tensor((2, 6)),
            {"Axis": 1},
            "has an output of the shape [2, 6], not of [4, 2]",
        ),
        (
            "GATHER_ND",
            [_IN, tensor((1, 2), "int32", data=np.array([4, 0]))],
            tensor((1,)),
            {},
            "has indices outside of its input",
        ),
        (
            "GATHER_ND",
            [_IN, tensor((1, 3), "int32")],
            tensor((1,)),
            {},
            "has the shapes [4, 6] and [1, 3]: not supported",
        ),
        (
            "EMBEDDING_LOOKUP",
            [constant(-1), _IN],
            tensor((1, 6)),
            {},
            "has indices from -1 to -1, and its input has 4 elements",
        ),
        (
            "EMBEDDING_LOOKUP",
            [constant(1), tensor((4, 6), scale=0.5, zero_point=1)],
            tensor((1, 6), "float32"),
            {},
            "has the zero point 1: not supported",
        ),
        (
            "DYNAMIC_UPDATE_SLICE",
            [_IN, tensor((5, 1)), constant(0, 0)],
            _IN,
            {},
            "puts the shape [5, 1] into [4, 6]: not supported",
        ),
        (
            "DYNAMIC_UPDATE_SLICE",
            [_IN, tensor((1, 1)), constant(0)],
            _IN,
            {},
            "has a beginning of int32 of the shape [1]: not supported",
        ),
    ],
)
def test_refusals(operator, inputs, output, options, reason):
    made = one_operator.model(operator, inputs, [output], options)
    assert one_operator.refusal(made) == reason
