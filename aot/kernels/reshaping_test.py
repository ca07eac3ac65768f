# SPDX-License-Identifier: Apache-2.0
"""Other shapes: compiled C, the specification and the wheel agree; what does not fit is refused."""

import pathlib

import numpy as np
import pytest

from aot.testing import one_operator
from aot.testing.one_operator import constant, random_shape, tensor

_ALL_TYPES = ("float32", "int8", "uint8", "int16", "int32", "uint32", "int64", "bool")


@pytest.mark.parametrize("dtype", _ALL_TYPES)
@pytest.mark.parametrize("given", ["constant", "option", "computed", "unknown dimension"])
def test_reshape(dtype: str, given: str, tmp_path: pathlib.Path):
    source, shape = (2, 3, 4), (1, 6, 1, 4)
    inputs = [tensor(source, dtype)]
    options = {}
    if given == "option":
        options = {"NewShape": np.array(shape, np.int32)}
    elif given == "computed":
        inputs.append(tensor((4,), "int32"))
    else:
        inputs.append(constant(*(shape if given == "constant" else (1, 6, 1, -1))))
    one_operator.check(
        one_operator.model("RESHAPE", inputs, [tensor(shape, dtype)], options), tmp_path
    )


@pytest.mark.parametrize(
    ("source", "shape"), [((1, 1), ()), ((), (1, 1)), ((2, 3, 1, 2, 1, 2), (24,)), ((24,), (24,))]
)
def test_reshape_ranks(source, shape, tmp_path: pathlib.Path):
    made = one_operator.model("RESHAPE", [tensor(source)], [tensor(shape)])
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize("dtype", _ALL_TYPES)
@pytest.mark.parametrize("axes", [(), (0,), (-1, 2), (0, 2, 4)])
def test_squeeze(dtype: str, axes, tmp_path: pathlib.Path):
    source = (1, 3, 1, 4, 1)
    dropped = [axis % 5 for axis in axes] or [0, 2, 4]
    shape = [n for axis, n in enumerate(source) if axis not in dropped]
    made = one_operator.model(
        "SQUEEZE",
        [tensor(source, dtype)],
        [tensor(shape, dtype)],
        {"SqueezeDims": np.array(axes, np.int32)} if axes else {},
    )
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize("dtype", ["float32", "int8", "int16"])
@pytest.mark.parametrize("seed", range(3))
def test_expand_dims(dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    source = random_shape(random, range(0, 6))
    axis = int(random.integers(len(source) + 1))
    given = axis - (len(source) + 1) * int(random.integers(2))
    made = one_operator.model(
        "EXPAND_DIMS",
        [tensor(source, dtype), constant(given)],
        [tensor((*source[:axis], 1, *source[axis:]), dtype)],
    )
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (tensor((2, 3), "uint8"), "has inputs of int8 and an output of uint8: not supported"),
        (tensor((2, 4)), "has an input of 6 elements and an output of 8"),
    ],
)
@pytest.mark.parametrize("operator", ["RESHAPE", "SQUEEZE"])
def test_refusals(operator, output, reason):
    assert one_operator.refusal(one_operator.model(operator, [tensor((6,))], [output])) == reason
