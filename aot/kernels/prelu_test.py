# SPDX-License-Identifier: Apache-2.0
"""PRELU: compiled C, the specification and the wheel agree; some are refused."""

import pathlib

import numpy as np
import pytest

from aot import importer
from aot.kernels.registry import KERNELS
from aot.testing import elementwise, one_operator
from aot.testing.one_operator import tensor
from tflite.model import Model


def _quantization(dtype: str, random: np.random.Generator) -> dict:
    if dtype == "float32":
        return {}
    limits = np.iinfo(dtype)
    ends = limits.min, limits.max, 0, int(random.integers(limits.min, limits.max))
    scale = float(10 ** random.uniform(-3, 0.3))
    return {"scale": scale, "zero_point": int(random.choice(ends))}


def _model(
    dtype: str,
    random: np.random.Generator,
    shapes: list[tuple[int, ...]],
    output: tuple[int, ...],
    constant: bool,
) -> Model:
    slopes = "int8" if dtype == "int16" else dtype
    data = elementwise.contents(random, shapes[1], slopes) if constant else None
    inputs = [
        tensor(shapes[0], dtype, **_quantization(dtype, random)),
        tensor(shapes[1], slopes, data=data, **_quantization(slopes, random)),
    ]
    return one_operator.model(
        "PRELU", inputs, [tensor(output, dtype, **_quantization(dtype, random))]
    )


@pytest.mark.parametrize("dtype", ["float32", "int8", "int16"])
@pytest.mark.parametrize("seed", range(10))
def test_agrees(dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    shapes, output = elementwise.shapes(random, 2)
    while dtype == "float32" and max(map(len, shapes)) > 4:
        shapes, output = elementwise.shapes(random, 2)
    one_operator.check(_model(dtype, random, shapes, output, bool(seed % 3)), tmp_path, seed=seed)


@pytest.mark.parametrize("dtype", ["float32", "int8", "int16"])
@pytest.mark.parametrize("slopes", [(7,), (1, 1, 7), (1,), (5, 1), (4, 5, 7), ()])
def test_agrees_on_the_shapes_of_models(
    dtype: str, slopes: tuple[int, ...], tmp_path: pathlib.Path
):
    random = np.random.default_rng(len(slopes))
    shape = (1, 4, 5, 7)
    one_operator.check(_model(dtype, random, [shape, slopes], shape, True), tmp_path)


@pytest.mark.parametrize(
    ("shapes", "types", "quantization", "reason"),
    [
        (
            [(2, 3), (2,), (2, 3)],
            ("float32",) * 3,
            {},
            "has the shapes [2, 3] and [2] and [2, 3]: the inputs don't make the output",
        ),
        (
            [(1, 1, 1, 1, 3), (3,), (1, 1, 1, 1, 3)],
            ("float32",) * 3,
            {},
            "has floats of 5 dimensions: not supported",
        ),
        (
            [(3,), (3,), (3,)],
            ("int16",) * 3,
            {"scale": 1},
            "has inputs of int16, int16 and an output of int16: not supported",
        ),
        (
            [(3,), (3,), (3,)],
            ("int8",) * 3,
            {"scale": 1e20},
            "has scales of which the quotient is 1e+20: too large",
        ),
    ],
)
def test_refusals(shapes: list, types: tuple, quantization: dict, reason: str):
    given = [tensor(s, t, **quantization) for s, t in zip(shapes, types, strict=True)]
    made = one_operator.model("PRELU", given[:2], given[2:])
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    assert str(caught.value) == f"PRELU.tflite: operator 0 (PRELU) {reason}"
