# SPDX-License-Identifier: Apache-2.0
"""SELECT_V2: compiled C, the specification and the wheel agree."""

import pathlib

import numpy as np
import pytest

from aot import importer
from aot.kernels.registry import KERNELS
from aot.testing import elementwise, one_operator
from aot.testing.one_operator import tensor


@pytest.mark.parametrize("dtype", ["float32", "int8", "int16"])
@pytest.mark.parametrize("seed", range(12))
def test_agrees(dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    shapes, output = elementwise.shapes(random, 3)
    constant = int(random.integers(4))
    inputs = []
    for i, (shape, kind) in enumerate(zip(shapes, ("bool", dtype, dtype), strict=True)):
        data = elementwise.contents(random, shape, kind) if i == constant else None
        inputs.append(tensor(shape, kind, data=data))
    made = one_operator.model("SELECT_V2", inputs, [tensor(output, dtype)])
    one_operator.check(made, tmp_path, runs=2, seed=seed)


def test_single_elements_of_any_shape_agree(tmp_path: pathlib.Path):
    inputs = [tensor((1, 1), "bool"), tensor((), "int8"), tensor((1,), "int8")]
    made = one_operator.model("SELECT_V2", inputs, [tensor((1, 1, 1), "int8")])
    one_operator.check(made, tmp_path)


def test_types_that_tflm_does_not_select_are_refused():
    inputs = [tensor((2,), "bool"), tensor((2,), "int32"), tensor((2,), "int32")]
    made = one_operator.model("SELECT_V2", inputs, [tensor((2,), "int32")])
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    assert str(caught.value) == (
        "SELECT_V2.tflite: operator 0 (SELECT_V2) has inputs of bool, int32, int32 and an output"
        " of int32: not supported"
    )
