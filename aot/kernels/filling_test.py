# SPDX-License-Identifier: Apache-2.0
"""Filled tensors: compiled C, the specification and the wheel agree; others are refused."""

import pathlib

import numpy as np
import pytest

from aot.testing import one_operator
from aot.testing.one_operator import Quantized, constant, random_shape, tensor

# The wheel has no inputs of other types.
_ALL_TYPES = ("float32", "int8", "uint8", "int16", "int32", "uint32", "int64", "bool")


@pytest.mark.parametrize("dtype", _ALL_TYPES)
@pytest.mark.parametrize("seed", range(4))
def test_broadcast_to(dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    shape = random_shape(random, range(1, 6), 4)
    source = [int(n) for n in np.where(random.integers(0, 2, len(shape)), shape, 1)]
    source = source[int(random.integers(0, len(shape) + 1)) :]
    made = one_operator.model(
        "BROADCAST_TO",
        [tensor(source, dtype), constant(*shape, dtype=str(random.choice(["int32", "int64"])))],
        [tensor(shape, dtype)],
    )
    one_operator.check(made, tmp_path, seed=seed)


@pytest.mark.parametrize("dtype", ["float32", "int8", "int32"])
@pytest.mark.parametrize("indices", ["int8", "int16", "int32", "int64"])
@pytest.mark.parametrize("number", [None, 0, 3])
def test_fill(dtype: str, indices: str, number: int | None, tmp_path: pathlib.Path):
    shape = (3, 1, 5)
    data = None if number is None else np.array(number)
    made = one_operator.model(
        "FILL",
        [constant(*shape, dtype=indices), tensor((), dtype, data=data)],
        [tensor(shape, dtype)],
    )
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize("dtype", ["float32", "int8", "int32", "int64"])
def test_zeros_like(dtype: str, tmp_path: pathlib.Path):
    quantization: Quantized = {"scale": 0.5, "zero_point": 7} if dtype == "int8" else {}
    value = tensor((3, 5), dtype, **quantization)
    one_operator.check(one_operator.model("ZEROS_LIKE", [value], [value]), tmp_path)


@pytest.mark.parametrize("dtype", _ALL_TYPES)
def test_shape(dtype: str, tmp_path: pathlib.Path):
    made = one_operator.model("SHAPE", [tensor((3, 1, 5), dtype)], [tensor((3,), "int32")])
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize("ones_are_first", [False, True])
@pytest.mark.parametrize(("ones", "others"), [(1, 4), (3, 3), (4, 1)])
def test_broadcast_args(
    dtype: str, ones_are_first: bool, ones: int, others: int, tmp_path: pathlib.Path
):
    # The wheel stops at shapes that don't fit: one of the two is 1.
    inputs = [constant(*[1] * ones, dtype=dtype), tensor((others,), dtype)]
    made = one_operator.model(
        "BROADCAST_ARGS",
        inputs if ones_are_first else inputs[::-1],
        [tensor((max(ones, others),), dtype)],
    )
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_broadcast_args_of_equal_dimensions(dtype: str, tmp_path: pathlib.Path):
    made = one_operator.model(
        "BROADCAST_ARGS",
        [constant(7, 1, (1 << 31) - 1, dtype=dtype), constant(2, 7, 5, 1, dtype=dtype)],
        [tensor((4,), dtype)],
    )
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize(
    ("operator", "inputs", "output", "reason"),
    [
        (
            "BROADCAST_TO",
            [tensor((2, 3)), constant(2, 4)],
            tensor((2, 4)),
            "broadcasts the shape [2, 3] to [2, 4]",
        ),
        (
            "BROADCAST_TO",
            [tensor((1, 3)), constant(3)],
            tensor((3,)),
            "broadcasts the shape [1, 3] to [3]",
        ),
        (
            "BROADCAST_TO",
            [tensor((1, 3)), tensor((2,), "int32")],
            tensor((2, 3)),
            "computes its shape at run time: not supported",
        ),
        (
            "FILL",
            [constant(2, 4), tensor(())],
            tensor((2, 3)),
            "has an output of the shape [2, 3], not of [2, 4]",
        ),
        (
            "FILL",
            [constant(2, 4), tensor((1,))],
            tensor((2, 4)),
            "has a tensor of the shape [1]: not supported",
        ),
        (
            "FILL",
            [constant(2, 4), tensor((), "int64")],
            tensor((2, 4), "int64"),
            "has tensors of int64: not supported",
        ),
        (
            "ZEROS_LIKE",
            [tensor((2, 4))],
            tensor((8,)),
            "has an output of the shape [8], not of [2, 4]",
        ),
        (
            "SHAPE",
            [tensor((2, 4))],
            tensor((2,), "int64"),
            "has tensors of int64: not supported",
        ),
        (
            "SHAPE",
            [tensor((2, 4))],
            tensor((3,), "int32"),
            "has an output of the shape [3], not of [2]",
        ),
        (
            "BROADCAST_ARGS",
            [tensor((2,), "int32"), tensor((3,), "int32")],
            tensor((2,), "int32"),
            "has an output of the shape [2], not of [3]",
        ),
    ],
)
def test_refusals(operator, inputs, output, reason):
    assert one_operator.refusal(one_operator.model(operator, inputs, [output])) == reason
