# SPDX-License-Identifier: Apache-2.0
"""Tensors in larger ones: compiled C, the specification and the wheel agree; others are refused."""

import pathlib
from collections.abc import Callable

import numpy as np
import pytest

from aot.testing import one_operator
from aot.testing.one_operator import ACTIVATION, Quantized, random_shape, tensor
from tflite.model import Model

_SCALE = 0.25
_TYPES = {
    "CONCATENATION": ("float32", "int8", "int16", "int32", "int64", "bool"),
    "MIRROR_PAD": ("float32", "int8"),
    "PACK": ("float32", "int8", "int16", "int32", "int64"),
    "PAD": ("float32", "int8", "int16", "int32"),
    "PADV2": ("float32", "int8", "int16", "int32"),
}


def _quantization(dtype: str, random: np.random.Generator) -> Quantized:
    if dtype not in ("int8", "int16"):
        return {}
    zero = int(random.choice([-128, -5, 0, 127])) if dtype == "int8" else 0
    return {"scale": _SCALE, "zero_point": zero}


def _contents(shape, dtype: str, random: np.random.Generator) -> np.ndarray:
    if dtype == "float32":
        return random.normal(0, 1, shape)
    if dtype == "bool":
        return random.integers(0, 2, shape)
    return random.integers(-128, 128, shape)


def _concatenation(dtype: str, random: np.random.Generator) -> Model:
    shape = list(random_shape(random, range(1, 7), 4))
    axis = int(random.integers(len(shape)))
    lengths = [int(n) for n in random.integers(1, 5, random.integers(1, 11))]
    quantization = _quantization(dtype, random)
    parts = []
    for i, length in enumerate(lengths):
        shape[axis] = length
        # One that is not constant must be left.
        known = i and random.integers(4) == 0
        data = _contents(shape, dtype, random) if known else None
        parts.append(tensor(tuple(shape), dtype, data=data, **quantization))
    shape[axis] = sum(lengths)
    given = axis - len(shape) * int(random.integers(2))
    return one_operator.model(
        "CONCATENATION", parts, [tensor(shape, dtype, **quantization)], {"Axis": given}
    )


def _pack(dtype: str, random: np.random.Generator) -> Model:
    shape = random_shape(random, range(1, 6), 4)
    count, axis = int(random.integers(1, 5)), int(random.integers(len(shape) + 1))
    output = (*shape[:axis], count, *shape[axis:])
    given = axis - len(output) * int(random.integers(2))
    return one_operator.model(
        "PACK",
        [tensor(shape, dtype) for _ in range(count)],
        [tensor(output, dtype)],
        {"ValuesCount": count, "Axis": given},
    )


def _paddings(random: np.random.Generator, limits, dtype: str = "int32"):
    numbers = np.array([random.integers(0, limit + 1, 2) for limit in limits])
    numbers *= random.integers(0, 4, (len(limits), 1)) > 0
    return tensor(numbers.shape, dtype, data=numbers), numbers.sum(axis=1)


def _pad(operator: str, dtype: str, random: np.random.Generator) -> Model:
    shape = random_shape(random, range(1, 6), 4)
    paddings, more = _paddings(random, [3] * len(shape))
    quantization = _quantization(dtype, random)
    inputs = [tensor(shape, dtype, **quantization), paddings]
    if operator == "PADV2":
        known = bool(random.integers(3))
        size = () if random.integers(2) else (1,)
        data = _contents(size, dtype, random) if known else None
        inputs.append(tensor(size, dtype, data=data, **quantization))
    return one_operator.model(
        operator, inputs, [tensor([int(n) for n in more + shape], dtype, **quantization)]
    )


def _mirror_pad(dtype: str, random: np.random.Generator) -> Model:
    shape = random_shape(random, range(1, 6), 4)
    mode = int(random.integers(2))
    indices = str(random.choice(["int32", "int64"]))
    paddings, more = _paddings(random, [n - 1 + mode for n in shape], indices)
    return one_operator.model(
        "MIRROR_PAD",
        [tensor(shape, dtype), paddings],
        [tensor([int(n) for n in more + shape], dtype)],
        {"Mode": mode},
    )


_MODELS: dict[str, Callable[[str, np.random.Generator], Model]] = {
    "CONCATENATION": _concatenation,
    "MIRROR_PAD": _mirror_pad,
    "PACK": _pack,
    "PAD": lambda dtype, random: _pad("PAD", dtype, random),
    "PADV2": lambda dtype, random: _pad("PADV2", dtype, random),
}
_CASES = [(operator, dtype) for operator, types in _TYPES.items() for dtype in types]


@pytest.mark.parametrize(("operator", "dtype"), _CASES)
@pytest.mark.parametrize("seed", range(4))
def test_agrees(operator: str, dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    one_operator.check(_MODELS[operator](dtype, random), tmp_path, seed=seed)


@pytest.mark.parametrize("axis", [1, -2])
def test_parts_of_several_lengths_come_one_after_the_other(axis: int, tmp_path: pathlib.Path):
    parts = [tensor((2, n, 3)) for n in (1, 3, 2, 4)]
    made = one_operator.model("CONCATENATION", parts, [tensor((2, 10, 3))], {"Axis": axis})
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize("axis", [1, -2])
def test_packed_parts_come_one_after_the_other(axis: int, tmp_path: pathlib.Path):
    parts = [tensor((2, 3)) for _ in range(4)]
    options = {"ValuesCount": 4, "Axis": axis}
    one_operator.check(one_operator.model("PACK", parts, [tensor((2, 4, 3))], options), tmp_path)


def test_mirror_pad_without_options(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(one_operator, "options_type", lambda operator: "")
    paddings = tensor((1, 2), "int32", data=np.array([2, 2]))
    made = one_operator.model("MIRROR_PAD", [tensor((3,)), paddings], [tensor((7,))])
    one_operator.check(made, tmp_path)


def test_one_mirrored_element(tmp_path: pathlib.Path):
    # It is copied within the output.
    paddings = tensor((2, 2), "int32", data=np.array([[1, 1], [0, 0]]))
    made = one_operator.model("MIRROR_PAD", [tensor((3, 4)), paddings], [tensor((5, 4))])
    one_operator.check(made, tmp_path)


_IN = tensor((4, 6), scale=_SCALE)


def _rows(*rows, dtype: str = "int32"):
    return tensor((len(rows), 2), dtype, data=np.array(rows))


@pytest.mark.parametrize(
    ("operator", "inputs", "output", "options", "reason"),
    [
        (
            "CONCATENATION",
            [_IN, tensor((4, 6), scale=0.5)],
            tensor((8, 6), scale=_SCALE),
            {},
            "has an input and an output of different quantization: not supported",
        ),
        (
            "CONCATENATION",
            [tensor((4,), "int16", scale=0.5, zero_point=1)],
            tensor((4,), "int16", scale=0.5),
            {},
            "has a zero point of int16 that is not 0: not supported",
        ),
        (
            "CONCATENATION",
            [tensor((4,), "uint8")],
            tensor((4,), "uint8"),
            {},
            "has tensors of uint8: not supported",
        ),
        (
            "CONCATENATION",
            [_IN] * 11,
            tensor((44, 6)),
            {},
            "has 11 inputs: not supported",
        ),
        (
            "CONCATENATION",
            [_IN, tensor((4, 5))],
            tensor((8, 6)),
            {},
            "has an input of the shape [4, 5], which does not fit its output of [8, 6]",
        ),
        (
            "CONCATENATION",
            [_IN],
            tensor((4, 7)),
            {"Axis": 1},
            "joins 6 elements to 7",
        ),
        (
            "CONCATENATION",
            [_IN],
            tensor((4, 6)),
            {"Axis": -3},
            "has the axis -3 of 2 dimensions",
        ),
        (
            "CONCATENATION",
            [tensor((4,), "float32")],
            tensor((4,), "float32"),
            {"FusedActivationFunction": ACTIVATION.RELU},
            "has the fused activation RELU: not supported",
        ),
        (
            "PACK",
            [_IN, _IN],
            tensor((2, 4, 6)),
            {"ValuesCount": 3},
            "packs 2 inputs as 3 into 2 elements",
        ),
        (
            "PACK",
            [_IN, tensor((6, 4))],
            tensor((2, 4, 6)),
            {"ValuesCount": 2},
            "has an input of the shape [6, 4], which does not fit its output of [2, 4, 6]",
        ),
        (
            "PAD",
            [_IN, tensor((2, 2), "int32")],
            tensor((4, 6)),
            {},
            "computes its paddings at run time: not supported",
        ),
        (
            "PAD",
            [_IN, _rows((0, 0), (1, 1), dtype="int64")],
            tensor((4, 8)),
            {},
            "has paddings of int64: not supported",
        ),
        (
            "PAD",
            [_IN, _rows((-1, 0), (0, 0))],
            tensor((3, 6)),
            {},
            "has a padding below 0: not supported",
        ),
        (
            "PAD",
            [_IN, _rows((1, 0), (0, 0))],
            tensor((4, 6)),
            {},
            "has an output of the shape [4, 6], not of [5, 6]",
        ),
        (
            "PAD",
            [_IN, _rows((1, 0), (0, 0))],
            tensor((5, 6), scale=_SCALE, zero_point=300),
            {},
            "has the zero point 300, which is not an int8",
        ),
        (
            "PADV2",
            [_IN, _rows((1, 0), (0, 0)), tensor((1,), scale=0.5)],
            tensor((5, 6), scale=_SCALE),
            {},
            "pads with a value of another quantization: not supported",
        ),
        (
            "PADV2",
            [_IN, _rows((1, 0), (0, 0)), tensor((2,))],
            tensor((5, 6)),
            {},
            "pads with int8 of the shape [2]: not supported",
        ),
        (
            "MIRROR_PAD",
            [_IN, _rows((4, 0), (0, 0))],
            tensor((8, 6)),
            {"Mode": 0},
            "pads 4 elements with 4 others: not supported",
        ),
        (
            "MIRROR_PAD",
            [_IN, _rows((4, 0), (0, 0))],
            tensor((8, 6)),
            {"Mode": 2},
            "has the mode 2: not supported",
        ),
        (
            "MIRROR_PAD",
            [tensor((2,) * 6), _rows(*[(2, 2)] * 6)],
            tensor((6,) * 6),
            {"Mode": 1},
            "moves elements in more than 5 dimensions: not supported",
        ),
    ],
)
def test_refusals(operator, inputs, output, options, reason):
    made = one_operator.model(operator, inputs, [output], options)
    assert one_operator.refusal(made) == reason


def test_inputs_without_elements_add_nothing(tmp_path: pathlib.Path):
    made = one_operator.model(
        "CONCATENATION",
        [tensor((0, 4), "float32"), tensor((2, 4), "float32")],
        [tensor((2, 4), "float32")],
        {"Axis": 0},
    )
    one_operator.check(made, tmp_path)
