# SPDX-License-Identifier: Apache-2.0
"""Arithmetic element by element: compiled C, the specification and the wheel agree."""

import pathlib

import numpy as np
import pytest

from aot import compiler, importer
from aot.kernels.registry import KERNELS
from aot.testing import elementwise, one_operator
from aot.testing.one_operator import ACTIVATION, Quantized, tensor

_TYPES = {
    "ADD": ("float32", "int32", "int8", "int16"),
    "ADD_N": ("float32", "int8"),
    "DIV": ("float32", "int32", "int8"),
    "FLOOR_DIV": ("float32",),
    "FLOOR_MOD": ("float32",),
    "MAXIMUM": ("float32", "int8", "int16", "int32", "int64"),
    "MINIMUM": ("float32", "int8", "int16", "int32", "int64"),
    "MUL": ("float32", "int32", "int8", "int16"),
    "SQUARED_DIFFERENCE": ("float32", "int32", "int8", "int16"),
    "SUB": ("float32", "int32", "int8", "int16"),
}
_WITH_ACTIVATION = ("ADD", "DIV", "MUL", "SUB")
_ALL_ACTIVATIONS = (
    ACTIVATION.NONE,
    ACTIVATION.RELU,
    ACTIVATION.RELU6,
    ACTIVATION.RELU_N1_TO_1,
)


def _zero_point(operator: str, dtype: str, random: np.random.Generator) -> int:
    if dtype == "int16":
        allowed = operator in ("ADD", "SUB") and random.random() < 0.3
        return int(random.integers(-32768, 32768)) if allowed else 0
    return int(random.choice([-128, -127, 127, 0, random.integers(-128, 128)]))


def _output_scale(operator: str, dtype: str, a: float, b: float, random) -> float:
    """Makes most results fit, with a factor that is not always below 1."""
    steps = (128 if dtype == "int8" else 32768) * random.uniform(0.05, 3)
    if operator == "DIV":
        # With more, TFLM shifts by more bits than there are.
        return a / b / float(random.choice([65, 300, 2000]))
    if operator == "MUL":
        return a * b * steps
    if operator == "SQUARED_DIFFERENCE":
        return max(a, b) ** 2 * steps
    return max(a, b) * random.uniform(0.1, 3)


def _model(operator: str, dtype: str, random: np.random.Generator):
    several = operator == "ADD_N"
    count = int(random.integers(2, 5)) if several else 2
    shapes, output = elementwise.shapes(random, count, same=several)
    quantized: list[Quantized] = [{}] * count
    to: Quantized = {}
    zeros = [0] * count
    if dtype in ("int8", "int16") and operator not in ("MAXIMUM", "MINIMUM"):
        scales = [float(np.exp(random.normal(-4, 1))) for _ in range(count)]
        zeros = [_zero_point(operator, dtype, random) for _ in range(count)]
        if several or random.random() < 0.2:
            scales, zeros = scales[:1] * count, zeros[:1] * count
        quantized = [{"scale": s, "zero_point": z} for s, z in zip(scales, zeros, strict=True)]
        to = {
            "scale": _output_scale(operator, dtype, scales[0], scales[1], random),
            "zero_point": _zero_point(operator, dtype, random),
        }
    # TFLM can't divide integers by 0: what they are divided by is known.
    constant = int(random.integers(count + 1)) if operator not in ("DIV", "FLOOR_DIV") else 1
    inputs = []
    for i, shape in enumerate(shapes):
        data = None
        if i == constant:
            divides = operator in ("DIV", "FLOOR_DIV") and dtype != "float32"
            data = elementwise.contents(random, shape, dtype, zeros[i] if divides else None)
            if operator == "FLOOR_DIV":
                data[data == 0] = 0.5
        inputs.append(tensor(shape, dtype, data=data, **quantized[i]))
    options = {}
    if operator in _WITH_ACTIVATION:
        options["FusedActivationFunction"] = int(random.choice(_ALL_ACTIVATIONS))
    return one_operator.model(operator, inputs, [tensor(output, dtype, **to)], options)


@pytest.mark.parametrize(
    ("operator", "dtype"), [(operator, t) for operator, types in _TYPES.items() for t in types]
)
@pytest.mark.parametrize("seed", range(2))
def test_agrees(operator: str, dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    one_operator.check(_model(operator, dtype, random), tmp_path, runs=2, seed=seed)


# Scales of both inputs, and of what they make relative to the smallest scale that TFLM takes.
_SUMS = {
    "the same scale": (0.1, 0.1, 3e5),
    "the first one larger": (0.3, 0.02, 3e5),
    "the second one larger": (0.02, 0.3, 3e5),
    "one half of the other": (0.2, 0.1, 3e5),
    "halves to round": (0.1, 0.1, None),
    "nothing left of one": (1e-9, 100.0, 3e5),
    "a small output": (0.1, 0.3, 1.001),
    "a large output": (0.1, 0.3, 1e8),
}
# Scales of the output.
_PRODUCTS = {
    "a factor above 1": 1e-3,
    "a factor of 1": 0.25 * 0.5,
    "halves to round": 0.25 * 0.5 * 1024,
    "a tiny factor": 1e8,
}


def _check_scales(
    operator: str, dtype: str, a: float, b: float, to: float, folder: pathlib.Path
) -> None:
    zeros = (-128, 127, 5) if dtype == "int8" else (0, 0, 0)
    shape = (3, 171)
    made = one_operator.model(
        operator,
        [
            tensor(shape, dtype, scale=a, zero_point=zeros[0]),
            tensor(shape, dtype, scale=b, zero_point=zeros[1]),
        ],
        [tensor(shape, dtype, scale=to, zero_point=zeros[2])],
    )
    one_operator.check(made, folder, runs=5)


@pytest.mark.parametrize("operator", ["ADD", "SUB"])
@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize("case", _SUMS)
def test_sums_of_unusual_scales_agree(operator: str, dtype: str, case: str, tmp_path: pathlib.Path):
    a, b, relative = _SUMS[case]
    steps = 1 << (20 if dtype == "int8" else 15)
    _check_scales(operator, dtype, a, b, 2 * max(a, b) * (relative or steps) / steps, tmp_path)


@pytest.mark.parametrize("operator", ["ADD", "SUB"])
def test_halves_are_rounded_alike(operator: str, tmp_path: pathlib.Path):
    """The lowest int16 is scaled to a half; the difference shows where most of a sum cancels out.

    Args:
      operator: which one.
      tmp_path: where files may be written.
    """
    near = np.arange(-19750, -19550) * (1 if operator == "SUB" else -1)
    made = one_operator.model(
        operator,
        [
            tensor((200,), "int16", scale=0.1, data=near),
            tensor((1,), "int16", scale=0.06),
        ],
        [tensor((200,), "int16", scale=0.2 / (1 << 15) * 2.05)],
    )
    one_operator.check(made, tmp_path, runs=20)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize("case", _PRODUCTS)
def test_products_of_unusual_scales_agree(dtype: str, case: str, tmp_path: pathlib.Path):
    _check_scales("MUL", dtype, 0.25, 0.5, _PRODUCTS[case], tmp_path)


@pytest.mark.parametrize("operator", ["ADD", "SUB", "MUL", "SQUARED_DIFFERENCE"])
def test_agrees_in_tables(operator: str, tmp_path: pathlib.Path):
    """An output that depends on one input of int8 is looked up, whatever order it comes in."""
    source = tensor((2, 300), scale=0.1, zero_point=-7)
    single = tensor((1, 1), scale=0.02, zero_point=9, data=np.array([[-100]]))
    output = tensor((2, 300), scale=0.3, zero_point=-20)
    for number, inputs in enumerate([(source, single), (single, source)]):
        folder = tmp_path / str(number)
        folder.mkdir()
        made = one_operator.model(operator, inputs, [output])
        one_operator.check(made, folder, runs=4)
        assert "_table_[(uint8_t)" in (folder / "model.c").read_text(encoding="utf-8")


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize(("operator", "function"), [("ADD", "sum"), ("MUL", "product")])
def test_rows_are_computed_by_a_function(operator: str, function: str, dtype: str):
    made = one_operator.model(
        operator,
        [tensor((2, 3, 4), dtype, scale=0.1), tensor((4,), dtype, scale=0.1)],
        [tensor((2, 3, 4), dtype, scale=0.1)],
    )
    source = compiler.compile_model(made, name="model").sources.source
    call = f"scaled_{function}_{dtype}(4, &value_scaled_{function}_, "
    assert sum(line.strip().startswith(call) for line in source.splitlines()) == 1


@pytest.mark.parametrize("dtype", ["int8", "int32"])
def test_what_may_be_divided_by_zero_is_defined(dtype: str, tmp_path: pathlib.Path):
    # The wheel is not: it is left out.
    scale = 0.1 if dtype == "int8" else ()
    made = one_operator.model(
        "DIV",
        [tensor((2, 500), dtype, scale=scale), tensor((2, 500), dtype, scale=scale)],
        [tensor((2, 500), dtype, scale=0.1 / 70 if dtype == "int8" else ())],
    )
    one_operator.check(made, tmp_path, wheel=False)


_QUANTIZED = [tensor((2,), scale=0.1), tensor((2,), scale=0.1)]
_INT16 = [tensor((2,), "int16", scale=0.1), tensor((2,), "int16", scale=0.1)]


@pytest.mark.parametrize(
    ("operator", "inputs", "output", "options", "reason"),
    [
        ("ADD", _QUANTIZED[:1], tensor((2,), scale=0.1), {}, "has 1 inputs: not supported"),
        (
            "ADD",
            [tensor((2,), "int64")] * 2,
            tensor((2,), "int64"),
            {},
            "has inputs of int64, int64 and an output of int64: not supported",
        ),
        (
            "SUB",
            [tensor((2,)), tensor((2,), scale=0.1)],
            tensor((2,), scale=0.1),
            {},
            "has a tensor without quantization ('')",
        ),
        (
            "ADD",
            _QUANTIZED,
            tensor((2,), scale=1e-7),
            {},
            "has scales with the factor 1.90735, which is not between 0 and 1",
        ),
        (
            "ADD",
            _QUANTIZED,
            tensor((2,), scale=0.1),
            {"FusedActivationFunction": ACTIVATION.TANH},
            "has the fused activation TANH: not supported",
        ),
        (
            "MUL",
            _QUANTIZED,
            tensor((2,), scale=1e-30),
            {"FusedActivationFunction": ACTIVATION.RELU6},
            "has an output scale too small for RELU6",
        ),
        (
            "MUL",
            _QUANTIZED,
            tensor((2,), scale=1e-30),
            {},
            "has scales with the factor 1e+28: not supported",
        ),
        (
            "MUL",
            _INT16,
            tensor((2,), "int16", scale=0.1, zero_point=3),
            {},
            "has tensors of int16 with a zero point that is not 0: not supported",
        ),
        (
            "SUB",
            [tensor((2,), "int32", scale=0.1), tensor((2,), "int32")],
            tensor((2,), "int32"),
            {},
            "has inputs of int32 with a scale: not supported",
        ),
        (
            "DIV",
            [tensor((2,), "int32"), tensor((2,), "int32", data=np.array([3, 0]))],
            tensor((2,), "int32"),
            {},
            "divides by a constant that is 0",
        ),
        (
            "FLOOR_DIV",
            [tensor((2,), "float32"), tensor((2,), "float32", data=np.array([3, -0.0]))],
            tensor((2,), "float32"),
            {},
            "divides by a constant that is 0",
        ),
        (
            "DIV",
            _QUANTIZED,
            tensor((2,), scale=0.1),
            {},
            "has scales with the factor 10, for which TFLM shifts by more bits than a number has:"
            " the result is not defined",
        ),
        (
            "ADD_N",
            [tensor((2,), scale=0.1), tensor((2,), scale=0.2)],
            tensor((2,), scale=0.1),
            {},
            "has inputs of several scales or zero points: not supported",
        ),
        (
            "ADD_N",
            [tensor((2,), "float32"), tensor((1,), "float32")],
            tensor((2,), "float32"),
            {},
            "has inputs of several shapes: not supported",
        ),
    ],
)
def test_the_rest_is_refused(operator, inputs, output, options, reason):
    made = one_operator.model(operator, inputs, [output], options)
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    assert str(caught.value) == f"{operator}.tflite: operator 0 ({operator}) {reason}"
