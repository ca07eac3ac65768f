# SPDX-License-Identifier: Apache-2.0
"""SOFTMAX and LOG_SOFTMAX: compiled C, the specification and the wheel agree."""

import pathlib
import zlib

import numpy as np
import pytest

from aot import importer
from aot.kernels import softmax
from aot.kernels.registry import KERNELS, LEAST, MAX_ULP
from aot.testing import elementwise, one_operator
from aot.testing.one_operator import Quantized, tensor
from tflite.model import Model

_TYPES = {
    "SOFTMAX": softmax.Softmax.types,
    "LOG_SOFTMAX": softmax.LogSoftmax.types,
}
_CASES = [
    (operator, (types, types) if isinstance(types, str) else types)
    for operator, found in _TYPES.items()
    for types in found
]
_INTEGERS = [case for case in _CASES if case[1][0] != "float32"]
# What TFLM wants: scale and zero point.
_OUTPUTS = {
    ("SOFTMAX", "int8", "int8"): (1 / 256, -128),
    ("SOFTMAX", "int8", "int16"): (1 / 65536, -32768),
    ("SOFTMAX", "int16", "int16"): (1 / 32768, 0),
    ("LOG_SOFTMAX", "int8", "int8"): (1 / 16, 127),
}


def _model(
    operator: str,
    types: tuple[str, str],
    shape: tuple[int, ...],
    *,
    scale: float = 0.1,
    zero_point: int = 0,
    beta: float = 1.0,
    data: np.ndarray | None = None,
) -> Model:
    source: Quantized = {}
    output: Quantized = {}
    if types[0] != "float32":
        to = _OUTPUTS[operator, *types]
        source = {"scale": scale, "zero_point": zero_point if types[0] == "int8" else 0}
        output = {"scale": to[0], "zero_point": to[1]}
    return one_operator.model(
        operator,
        [tensor(shape, types[0], data=data, **source)],
        [tensor(shape, types[1], **output)],
        {"Beta": beta} if operator == "SOFTMAX" else None,
    )


def _check(made: Model, folder: pathlib.Path, types: tuple[str, str], **kwargs):
    max_ulp = MAX_ULP if types[0] == "float32" else 0
    least = LEAST.get(made.subgraphs[0].nodes[0].operator.name, 0.0)
    one_operator.check(made, folder, max_ulp=max_ulp, least=least, **kwargs)


@pytest.mark.parametrize(
    ("operator", "types"), [case for case in _INTEGERS if case[1][0] == "int8"]
)
@pytest.mark.parametrize(("scale", "lowest"), [(8.5, -1), (4.5, -3)])
def test_the_lowest_difference_counts(
    operator: str, types: tuple[str, str], scale: float, lowest: int, tmp_path: pathlib.Path
):
    # Few scales are so large that exp of the lowest difference is seen in the sum.
    data = np.full((3, 1500), 100 + lowest, np.int8)
    data[:, 7] = 100
    data[1, 8:] -= 1
    made = _model(operator, types, data.shape, scale=scale, data=data)
    assert softmax.scaling(importer.import_model(made, KERNELS).ops[0].input(0), 1.0)[2] == lowest
    _check(made, tmp_path, types, runs=1)


@pytest.mark.parametrize(("operator", "types"), _CASES)
@pytest.mark.parametrize("seed", range(6))
def test_agrees(operator: str, types: tuple[str, str], seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    rank = int(random.integers(0, 5))
    # Up to 500: more that are as large as the largest one stop TFLM.
    depth = int(random.choice([1, 2, 10, 37, 500]))
    made = _model(
        operator,
        types,
        (*(int(n) for n in random.integers(1, 4, rank)), depth),
        scale=float(10 ** random.uniform(-4, 1)),
        zero_point=int(random.integers(-128, 128)),
        beta=float(random.choice([1, 0.5, 3, random.uniform(0.01, 2)])),
    )
    _check(made, tmp_path, types, seed=seed)


@pytest.mark.parametrize(("operator", "types"), _INTEGERS)
@pytest.mark.parametrize("factor", ["lowest", "small", "large", "highest"])
def test_agrees_at_the_ends_of_scales(
    operator: str, types: tuple[str, str], factor: str, tmp_path: pathlib.Path
):
    # int8: from where the multiplier is above 1 to where it saturates. int16: from where
    # differences are 0 to where they wrap.
    int8 = {"lowest": 2.0**-26 * 1.0001, "small": 1e-5, "large": 31, "highest": 1e30}
    int16 = {"lowest": 1e-20, "small": 3e-8, "large": 3, "highest": 1e5}
    scale = (int8 if types[0] == "int8" else int16)[factor]
    _check(_model(operator, types, (3, 50), scale=scale), tmp_path, types)


@pytest.mark.parametrize(("operator", "types"), _CASES)
def test_agrees_on_many_classes(operator: str, types: tuple[str, str], tmp_path: pathlib.Path):
    # Few are near the largest one, as with classes of a model: their sum is below 512.
    random = np.random.default_rng(1)
    data = np.minimum(random.geometric(0.02, (2, 4000)), 255)
    if types[0] == "float32":
        data = data.astype(np.float32) / -8
    else:
        data = (np.iinfo(types[0]).max - data * (1 if types[0] == "int8" else 64)).astype(types[0])
    made = _model(
        operator, types, data.shape, scale=0.2 if types[0] == "int8" else 0.003, data=data
    )
    _check(made, tmp_path, types, runs=1)


@pytest.mark.parametrize(
    ("operator", "types"), [case for case in _INTEGERS if case != ("SOFTMAX", ("int8", "int8"))]
)
def test_agrees_on_many_equal_classes(
    operator: str, types: tuple[str, str], tmp_path: pathlib.Path
):
    data = np.full((1, 4000), 5, types[0])
    _check(_model(operator, types, data.shape, data=data), tmp_path, types, runs=1)


@pytest.mark.parametrize(("operator", "types"), _INTEGERS)
@pytest.mark.parametrize("depth", [512, 8192, 70000])
def test_sums_that_tflm_cannot_hold_saturate(
    operator: str, types: tuple[str, str], depth: int, tmp_path: pathlib.Path
):
    data = np.full((1, depth), np.iinfo(types[0]).max, types[0])
    made = _model(operator, types, data.shape, data=data)
    one_operator.check(made, tmp_path, runs=1, wheel=False)
    op = importer.import_model(made, KERNELS).ops[0]
    (result,) = KERNELS[operator].evaluate(op, [data])
    real = (result.astype(np.float64) - op.output.zero_point) * op.output.scale
    expected = 1 / depth if operator == "SOFTMAX" else -np.log(depth)
    # Of a sum that saturates, the logarithm is that of 4096.
    assert np.abs(real - max(expected, -np.log(4096))).max() < 1.5 * op.output.scale + 1e-4


@pytest.mark.parametrize("operator", _TYPES)
def test_agrees_on_special_floats(operator: str, tmp_path: pathlib.Path):
    random = np.random.default_rng(0)
    data = elementwise.contents(random, (40, 3), "float32")
    made = _model(operator, ("float32", "float32"), data.shape, data=data)
    _check(made, tmp_path, ("float32", "float32"), runs=1)


def test_a_logarithm_near_0_is_a_difference(tmp_path: pathlib.Path):
    # What the C library rounds in another way is much, beside a result that is nearly 0.
    data = np.array([[0, float.fromhex("-0x1.1252dep+2"), float.fromhex("-0x1.cd8242p+2")]])
    made = _model("LOG_SOFTMAX", ("float32", "float32"), data.shape, data=data)
    _check(made, tmp_path, ("float32", "float32"), runs=1)


def test_the_tables_of_int16():
    # Golden: the wheel agrees with them, and they must not depend on a C library.
    exponentials, reciprocals = softmax.exponentials(), softmax.reciprocals()
    assert (exponentials[:3].tolist(), exponentials[-3:].tolist()) == (
        [2, 2, 2],
        [31512, 32133, 32767],
    )
    assert (reciprocals[:3].tolist(), reciprocals[-3:].tolist()) == (
        [32767, 32704, 32640],
        [16416, 16400, 16384],
    )
    assert zlib.crc32(exponentials.astype("<i2").tobytes()) == 2893938602
    assert zlib.crc32(reciprocals.astype("<i2").tobytes()) == 972789333


@pytest.mark.parametrize(
    ("operator", "source", "output", "beta", "reason"),
    [
        (
            "SOFTMAX",
            {"dtype": "uint8", "scale": 1},
            {"dtype": "uint8", "scale": 1 / 256},
            1,
            "has inputs of uint8 and an output of uint8: not supported",
        ),
        (
            "SOFTMAX",
            {"scale": 1},
            {"scale": 1 / 255, "zero_point": -128},
            1,
            "has an output of scale 0.00392157 and zero point -128, not 1/256 and -128",
        ),
        (
            "SOFTMAX",
            {"dtype": "int16", "scale": 1, "zero_point": 1},
            {"dtype": "int16", "scale": 1 / 32768},
            1,
            "has the zero point 1 of int16 (''): not supported",
        ),
        (
            "SOFTMAX",
            {"scale": 1},
            {"scale": 1 / 256, "zero_point": -128},
            0,
            "has beta = 0, too small for its input's scale",
        ),
        (
            "SOFTMAX",
            {"dtype": "int16", "scale": 1},
            {"dtype": "int16", "scale": 1 / 32768},
            -1,
            "has beta = -1: not supported",
        ),
        (
            "LOG_SOFTMAX",
            {"scale": 1},
            {"scale": 1 / 16},
            1,
            "has an output of scale 0.0625 and zero point 0, not 1/16 and 127",
        ),
        (
            "LOG_SOFTMAX",
            {"scale": 1e-9},
            {"scale": 1 / 16, "zero_point": 127},
            1,
            "has an input whose scale is 1e-09: too small",
        ),
    ],
)
def test_refusals(operator: str, source: dict, output: dict, beta: float, reason: str):
    options = {"Beta": float(beta)} if operator == "SOFTMAX" else None
    made = one_operator.model(operator, [tensor((4,), **source)], [tensor((4,), **output)], options)
    assert _refused(made) == f"operator 0 ({operator}) {reason}"


@pytest.mark.parametrize("operator", _TYPES)
def test_scalars_are_refused(operator: str):
    made = _model(operator, ("float32", "float32"), ())
    assert _refused(made) == f"operator 0 ({operator}) has the shape []: not supported"


def _refused(made: Model) -> str:
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    return str(caught.value).split(": ", 1)[1]
