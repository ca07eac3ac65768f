# SPDX-License-Identifier: Apache-2.0
"""Emission: names of tensors that C has other meanings for."""

import pathlib

import numpy as np
import pytest

from aot.kernels.registry import MAX_ULP
from aot.testing import one_operator
from aot.testing.one_operator import tensor


@pytest.mark.parametrize(
    "name", ["exp", "memcpy", "softmax_float", "clamp", "float", "model", "1", "", "Ä/*", "NULL"]
)
def test_a_tensor_may_have_any_name(name: str, tmp_path: pathlib.Path):
    made = one_operator.model(
        "ADD",
        [
            tensor((2, 3), "float32", name=name),
            tensor((2, 3), "float32", name=name, data=np.arange(6)),
        ],
        [tensor((2, 3), "float32", name=name)],
        {},
    )
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize("name", ["softmax_float", "expf", "in"])
def test_an_output_may_have_the_name_of_its_function(name: str, tmp_path: pathlib.Path):
    made = one_operator.model(
        "SOFTMAX",
        [tensor((2, 3), "float32", name="x")],
        [tensor((2, 3), "float32", name=name)],
        {"Beta": 1.0},
    )
    one_operator.check(made, tmp_path, max_ulp=MAX_ULP)
