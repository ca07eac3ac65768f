# SPDX-License-Identifier: Apache-2.0
"""Logic: compiled C, the specification and the wheel agree."""

import pathlib

import numpy as np
import pytest

from aot import importer
from aot.kernels.registry import KERNELS
from aot.testing import elementwise, one_operator
from aot.testing.one_operator import tensor


@pytest.mark.parametrize("operator", ["LOGICAL_AND", "LOGICAL_NOT", "LOGICAL_OR"])
@pytest.mark.parametrize("seed", range(8))
def test_agrees(operator: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    single = operator == "LOGICAL_NOT"
    shapes, output = elementwise.shapes(random, 1 if single else 2, same=single)
    inputs = [tensor(shape, "bool") for shape in shapes]
    if not single and seed % 2:
        data = elementwise.contents(random, shapes[1], "bool")
        inputs[1] = tensor(shapes[1], "bool", data=data)
    made = one_operator.model(operator, inputs, [tensor(output, "bool")])
    one_operator.check(made, tmp_path, seed=seed)


def test_numbers_are_refused():
    made = one_operator.model("LOGICAL_NOT", [tensor((2,))], [tensor((2,), "bool")])
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    assert str(caught.value) == (
        "LOGICAL_NOT.tflite: operator 0 (LOGICAL_NOT) has inputs of int8 and an output of bool:"
        " not supported"
    )
