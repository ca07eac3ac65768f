# SPDX-License-Identifier: Apache-2.0
"""Comparisons: compiled C, the specification and the wheel agree."""

import pathlib

import numpy as np
import pytest

from aot import importer
from aot.kernels.registry import KERNELS
from aot.testing import elementwise, one_operator
from aot.testing.one_operator import tensor

_OPERATORS = ("EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL", "NOT_EQUAL")
_TYPES = ("float32", "int32", "int64", "int8")


def _model(operator: str, dtype: str, random: np.random.Generator):
    shapes, output = elementwise.shapes(random, 2)
    constant = int(random.integers(3))
    inputs = []
    scale = float(random.uniform(0.001, 0.9)) if dtype == "int8" else ()
    for i, shape in enumerate(shapes):
        if dtype == "int8" and random.integers(2):
            scale = float(random.uniform(0.001, 0.9))
        zero = int(random.integers(-128, 128)) if dtype == "int8" else 0
        data = elementwise.contents(random, shape, dtype) if i == constant else None
        inputs.append(tensor(shape, dtype, scale=scale, zero_point=zero, data=data))
    return one_operator.model(operator, inputs, [tensor(output, "bool")])


@pytest.mark.parametrize(
    ("operator", "dtype"),
    [(operator, dtype) for operator in _OPERATORS for dtype in _TYPES]
    + [("EQUAL", "bool"), ("NOT_EQUAL", "bool")],
)
@pytest.mark.parametrize("seed", range(2))
def test_agrees(operator: str, dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    one_operator.check(_model(operator, dtype, random), tmp_path, runs=2, seed=seed)


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        (
            [tensor((2,), "bool")] * 2,
            "has inputs of bool, bool and an output of bool: not supported",
        ),
        # TFLM does not find out how to scale it: what it compares is not defined.
        (
            [tensor((2,), "int16", scale=0.1)] * 2,
            "has inputs of int16, int16 and an output of bool: not supported",
        ),
        ([tensor((2,))] * 2, "has a tensor without quantization ('')"),
        (
            [tensor((2,), scale=0.5), tensor((2,), scale=1.5)],
            "has scales with the factor 1.5, which is not between 0 and 1",
        ),
    ],
)
def test_the_rest_is_refused(inputs, reason):
    made = one_operator.model("GREATER", inputs, [tensor((2,), "bool")])
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    *_, last = str(caught.value).splitlines()
    assert last == f"GREATER.tflite: operator 0 (GREATER) {reason}"
