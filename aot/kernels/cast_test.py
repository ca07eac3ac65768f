# SPDX-License-Identifier: Apache-2.0
"""CAST: compiled C, the specification and the wheel agree; some types are refused."""

import pathlib

import numpy as np
import pytest

from aot import importer
from aot.kernels import cast
from aot.kernels.registry import KERNELS
from aot.testing import elementwise, one_operator
from aot.testing.one_operator import tensor


@pytest.mark.parametrize("types", cast.Cast.types, ids="-".join)
@pytest.mark.parametrize("constant", [False, True], ids=["inputs", "constants"])
def test_agrees(types: tuple[str, str], constant: bool, tmp_path: pathlib.Path):
    random = np.random.default_rng(len(types[0]) + constant)
    _, shape = elementwise.shapes(random, 1, same=True)
    data = None
    if constant and types[0] == "float32":
        # Beyond all integers, at their ends, and between them.
        ends = [2.0**n + d for n in (7, 8, 15, 16, 31, 32, 63) for d in (-1, -0.5, 0, 0.5, 1)]
        ends = np.array([*ends, *(-e for e in ends)], np.float32)
        special = elementwise.contents(random, (50,), "float32")
        wide = random.normal(0, 1, 300) * 10 ** random.uniform(-1, 10, 300)
        data = np.concatenate([ends, special, wide]).astype(np.float32)
    elif constant:
        data = np.concatenate([elementwise.contents(random, (99,), types[0]) for _ in range(5)])
    shape = shape if data is None else data.shape
    made = one_operator.model(
        "CAST", [tensor(shape, types[0], data=data)], [tensor(shape, types[1])]
    )
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize("types", [("int64", "int32"), ("uint8", "float32"), ("int8", "int64")])
def test_other_types_are_refused(types: tuple[str, str]):
    made = one_operator.model("CAST", [tensor((2,), types[0])], [tensor((2,), types[1])])
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    assert str(caught.value) == (
        f"CAST.tflite: operator 0 (CAST) has inputs of {types[0]} and an output of {types[1]}:"
        " not supported"
    )
