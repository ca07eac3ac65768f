# SPDX-License-Identifier: Apache-2.0
"""Functions of one input: compiled C, the specification and the wheel agree; some are refused."""

import pathlib

import numpy as np
import pytest

from aot import importer
from aot.kernels.registry import KERNELS, MAX_ULP
from aot.testing import elementwise, one_operator
from aot.testing.one_operator import tensor
from tflite.model import Model

# By operator: how many steps floats may differ. The specification rounds once what is exact; glibc
# is one step off now and then.
_FLOATS = {
    "ABS": 0,
    "CEIL": 0,
    "COS": MAX_ULP,
    "EXP": MAX_ULP,
    "FLOOR": 0,
    "LOG": MAX_ULP,
    "NEG": 0,
    "ROUND": 0,
    "RSQRT": 0,
    "SIN": MAX_ULP,
    "SQRT": 0,
    "SQUARE": 0,
}


def _floats(operator: str, shape: tuple[int, ...], data: np.ndarray | None = None) -> Model:
    output = tensor(shape, "float32")
    return one_operator.model(operator, [tensor(shape, "float32", data=data)], [output])


@pytest.mark.parametrize("operator", _FLOATS)
@pytest.mark.parametrize("seed", range(2))
def test_agrees_on_floats(operator: str, seed: int, tmp_path: pathlib.Path):
    _, shape = elementwise.shapes(np.random.default_rng(seed), 1, same=True)
    one_operator.check(_floats(operator, shape), tmp_path, seed=seed, max_ulp=_FLOATS[operator])


@pytest.mark.parametrize("operator", _FLOATS)
def test_agrees_on_special_floats(operator: str, tmp_path: pathlib.Path):
    random = np.random.default_rng(0)
    halves = np.arange(-9, 10, dtype=np.float32) / 2
    # Halves are whole from 2^23 on.
    large = np.array([4194303.5, 8388607.5, 8388608.5, 16777217, 3e9, -4194303.5, -3e9], np.float32)
    beside = [np.nextafter(v, np.float32(s)) for v in (halves, large) for s in (-np.inf, np.inf)]
    wide = random.normal(0, 1, 300) * 10 ** random.uniform(-3, 3, 300)
    special = elementwise.contents(random, (100,), "float32")
    data = np.concatenate([halves, large, *beside, wide, special]).astype(np.float32)
    one_operator.check(
        _floats(operator, data.shape, data), tmp_path, runs=1, max_ulp=_FLOATS[operator]
    )


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize("seed", range(8))
def test_abs_of_integers_agrees(dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    _, shape = elementwise.shapes(random, 1, same=True)
    data = elementwise.all_values(dtype) if seed % 2 else None
    shape = data.shape if data is not None else shape
    scale = float(10 ** random.uniform(-3, 0))
    other = scale * float(random.choice([1, 10 ** random.uniform(-2, 2)]))
    zeros = random.integers(-128, 128, 2) if dtype == "int8" else (0, 0)
    made = one_operator.model(
        "ABS",
        [tensor(shape, dtype, scale=scale, zero_point=int(zeros[0]), data=data)],
        [tensor(shape, dtype, scale=other, zero_point=int(zeros[1]))],
    )
    one_operator.check(made, tmp_path, seed=seed)


def test_abs_of_int16_without_a_scale_agrees(tmp_path: pathlib.Path):
    data = np.array([-32768, -32767, -1, 0, 1, 32767], np.int16)
    made = one_operator.model(
        "ABS", [tensor(data.shape, "int16", data=data)], [tensor(data.shape, "int16")]
    )
    one_operator.check(made, tmp_path, runs=1)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize("seed", range(8))
def test_rsqrt_of_integers_agrees(dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    zeros = random.integers(-128, 128, 2) if dtype == "int8" else (0, 0)
    # TFLM stops at what is below 0.
    values = elementwise.all_values(dtype)
    data = random.permutation(values[values >= zeros[0]])
    scales = 10 ** random.uniform(-4, 0.5, 2)
    made = one_operator.model(
        "RSQRT",
        [tensor(data.shape, dtype, scale=scales[0], zero_point=int(zeros[0]), data=data)],
        [tensor(data.shape, dtype, scale=scales[1], zero_point=int(zeros[1]))],
    )
    one_operator.check(made, tmp_path, runs=1)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_rsqrt_of_what_is_below_0_is_the_highest(dtype: str, tmp_path: pathlib.Path):
    data = np.array([-5, -1, 0, 1, 100], dtype)
    ends = [tensor(data.shape, dtype, scale=0.01, data=d) for d in (data, None)]
    made = one_operator.model("RSQRT", ends[:1], ends[1:])
    one_operator.check(made, tmp_path, runs=1, wheel=False)
    op = importer.import_model(made, KERNELS).ops[0]
    highest = np.iinfo(dtype).max
    result = KERNELS["RSQRT"].evaluate(op, [data])[0].tolist()
    assert result == [highest, highest, highest, min(1000, highest), 100]


@pytest.mark.parametrize(
    ("operator", "source", "output", "reason"),
    [
        (
            "SQRT",
            {"scale": 1},
            {"scale": 1},
            "has inputs of int8 and an output of int8: not supported",
        ),
        (
            "ABS",
            {"dtype": "int16", "scale": 1},
            {"dtype": "int16", "scale": 1, "zero_point": 1},
            "has the zero point 1 of int16 (''): not supported",
        ),
        (
            "RSQRT",
            {"scale": 1e3},
            {"scale": 1e3},
            "has the scales 1000 and 1000: too far from each other",
        ),
        (
            "RSQRT",
            {"scale": 1e-30},
            {"scale": 1e-30},
            "has the scales 1e-30 and 1e-30: too far from each other",
        ),
    ],
)
def test_refusals(operator: str, source: dict, output: dict, reason: str):
    made = one_operator.model(operator, [tensor((4,), **source)], [tensor((4,), **output)])
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    assert str(caught.value) == f"{operator}.tflite: operator 0 ({operator}) {reason}"
