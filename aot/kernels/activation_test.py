# SPDX-License-Identifier: Apache-2.0
"""Activations: compiled C, the specification and the wheel agree; some are refused."""

import pathlib

import numpy as np
import pytest

from aot import importer
from aot.kernels import sigmoid_int16
from aot.kernels.registry import KERNELS, MAX_ULP
from aot.testing import elementwise, one_operator
from aot.testing.one_operator import tensor
from tflite.model import Model

_ALL = ("RELU", "RELU6", "LEAKY_RELU", "LOGISTIC", "TANH")
_INTEGERS = [
    *((o, t) for o in _ALL for t in ("int8", "int16")),
    ("ELU", "int8"),
    ("HARD_SWISH", "int8"),
]
_FLOATS = (*_ALL, "ELU", "HARD_SWISH")
# The specification rounds exp once; glibc's expf is one step off now and then, and tanhf two.
_ULP = dict.fromkeys(("ELU", "LOGISTIC", "TANH"), MAX_ULP)
# Outputs whose quantization TFLM wants, or takes for granted.
_SIGMOID_OUTPUT = {
    ("LOGISTIC", "int8"): (1 / 256, -128),
    ("LOGISTIC", "int16"): (1 / 32768, 0),
    ("TANH", "int8"): (1 / 128, 0),
    ("TANH", "int16"): (1 / 32768, 0),
}


def _scales(operator: str, dtype: str, random: np.random.Generator) -> tuple[float, float]:
    """Makes scales of input and output: quotients of 1, above it, below it, and tiny ones."""
    scale = float(10 ** random.uniform(-4, 0.5))
    if operator in ("LOGISTIC", "TANH"):
        # Powers of two around the one that int16 needs no multiplier for, nearly or exactly.
        power = 2.0 ** -int(random.integers(9, 15)) * random.choice([1, 1.0005, 0.9992])
        scale = float(random.choice([power, scale])) if dtype == "int16" else scale
        return scale, _SIGMOID_OUTPUT[operator, dtype][0]
    if operator == "HARD_SWISH":
        return scale, scale * float(10 ** random.uniform(-2, 2))
    return scale, scale * float(random.choice([1, 10 ** random.uniform(-3, 2), 1e-6, 1e6]))


def _zero_points(operator: str, dtype: str, random: np.random.Generator) -> tuple[int, int]:
    limits = np.iinfo(dtype)
    ends = limits.min, limits.max, 0, int(random.integers(limits.min, limits.max))
    first, second = (int(z) for z in random.choice(ends, 2))
    if operator in ("LOGISTIC", "TANH"):
        second = _SIGMOID_OUTPUT[operator, dtype][1]
    if dtype == "int16" and operator not in ("RELU6", "LEAKY_RELU"):
        return 0, 0
    return first, second


def _model(
    operator: str,
    dtype: str,
    random: np.random.Generator,
    shape: tuple[int, ...],
    data: np.ndarray | None = None,
) -> Model:
    ends: list[dict] = [{}, {}]
    if dtype != "float32":
        scales = _scales(operator, dtype, random)
        zeros = _zero_points(operator, dtype, random)
        ends = [{"scale": s, "zero_point": z} for s, z in zip(scales, zeros, strict=True)]
    alpha = float(random.choice([0, 0.1, 0.3, 1, 2.5, -0.2, -3]))
    return one_operator.model(
        operator,
        [tensor(shape, dtype, data=data, **ends[0])],
        [tensor(shape, dtype, **ends[1])],
        {"Alpha": alpha} if operator == "LEAKY_RELU" else None,
    )


@pytest.mark.parametrize(("operator", "dtype"), [*_INTEGERS, *((o, "float32") for o in _FLOATS)])
@pytest.mark.parametrize("seed", range(3))
def test_agrees(operator: str, dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    _, shape = elementwise.shapes(random, 1, same=True)
    max_ulp = _ULP.get(operator, 0) if dtype == "float32" else 0
    made = _model(operator, dtype, random, shape)
    one_operator.check(made, tmp_path, seed=seed, max_ulp=max_ulp)


@pytest.mark.parametrize(("operator", "dtype"), _INTEGERS)
@pytest.mark.parametrize("seed", range(3, 6))
def test_agrees_on_many_integers(operator: str, dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    data = elementwise.all_values(dtype)
    one_operator.check(_model(operator, dtype, random, data.shape, data), tmp_path, runs=1)


@pytest.mark.parametrize("operator", _FLOATS)
def test_agrees_on_special_floats(operator: str, tmp_path: pathlib.Path):
    random = np.random.default_rng(0)
    # Around where functions have their corners.
    corners = np.array([-3, 3, 6, -9, 16.619047, 88.8, -104], np.float32)
    beside = [np.nextafter(corners, np.float32(s)) for s in (-np.inf, np.inf)]
    data = np.concatenate(
        [corners, *beside, elementwise.contents(random, (400,), "float32")]
    ).astype(np.float32)
    made = _model(operator, "float32", random, data.shape, data)
    one_operator.check(made, tmp_path, runs=1, max_ulp=_ULP.get(operator, 0))


def test_the_table_of_sigmoids():
    table = sigmoid_int16.table()
    assert table[[0, 1, 2, 4, 82, 254, 255]].tolist() == [
        32768, 33451, 34133, 35493, 63454, 65534, 65535,
    ]  # fmt: skip
    assert int(table.astype(np.int64).sum()) == 15670629


def _refused(made: Model) -> str:
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    return str(caught.value).split(": ", 1)[1]


@pytest.mark.parametrize(
    ("operator", "source", "output", "reason"),
    [
        (
            "RELU",
            {"dtype": "uint8", "scale": 1},
            {"dtype": "uint8", "scale": 1},
            "has inputs of uint8 and an output of uint8: not supported",
        ),
        ("RELU", {}, {"scale": 1}, "has a tensor without quantization ('')"),
        (
            "RELU",
            {"dtype": "int16", "scale": 1, "zero_point": 3},
            {"dtype": "int16", "scale": 1},
            "has the zero point 3 of int16 (''): not supported",
        ),
        (
            "RELU",
            {"scale": 1e20},
            {"scale": 1e-20},
            "has scales of which the quotient is 1e+40: too large",
        ),
        (
            "RELU6",
            {"scale": (0.5, 0.25)},
            {"scale": 0.5},
            "has a tensor with a scale for each channel (''): not supported",
        ),
        (
            "HARD_SWISH",
            {"scale": 1},
            {"scale": 0.001},
            "has an output whose scale is below 1/128 of its input's: not supported",
        ),
        (
            "HARD_SWISH",
            {"scale": 1e9},
            {"scale": 1e9},
            "has an input whose scale is 1e+09: too large",
        ),
        (
            "LOGISTIC",
            {"scale": 0.1},
            {"scale": 1 / 256},
            "has an output whose zero point is 0, not -128",
        ),
        (
            "TANH",
            {"scale": 1e-10},
            {"scale": 1 / 128},
            "has an input whose scale is 1e-10: not supported",
        ),
        (
            "TANH",
            {"dtype": "int16", "scale": 6},
            {"dtype": "int16", "scale": 1 / 32768},
            "has an input whose scale is 6, too large: the result is not defined",
        ),
        (
            "LOGISTIC",
            {"dtype": "int16", "scale": 0},
            {"dtype": "int16", "scale": 1 / 32768},
            "has an input whose scale is 0, too small: the result is not defined",
        ),
        (
            "LOGISTIC",
            {"dtype": "int16", "scale": 3e-14},
            {"dtype": "int16", "scale": 1 / 32768},
            "has an input whose scale is 3e-14, too small: the result is not defined",
        ),
        (
            "LOGISTIC",
            {"dtype": "int16", "scale": 1},
            {"dtype": "int16", "scale": 1 / 32700},
            "has an output whose scale is 3.0581e-05, not 1/32768",
        ),
    ],
)
def test_refusals(operator: str, source: dict, output: dict, reason: str):
    made = one_operator.model(operator, [tensor((4,), **source)], [tensor((4,), **output)])
    assert _refused(made) == f"operator 0 ({operator}) {reason}"


def test_another_shape_is_refused():
    made = one_operator.model("ELU", [tensor((4, 1), "float32")], [tensor((4,), "float32")])
    assert _refused(made) == "operator 0 (ELU) has an input of [4, 1] and an output of [4]"


def test_slopes_that_are_no_numbers_are_refused():
    floats = tensor((4,), "float32")
    made = one_operator.model("LEAKY_RELU", [floats], [floats], {"Alpha": float("nan")})
    assert _refused(made) == "operator 0 (LEAKY_RELU) has alpha = nan: not supported"
