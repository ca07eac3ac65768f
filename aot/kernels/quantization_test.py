# SPDX-License-Identifier: Apache-2.0
"""QUANTIZE and DEQUANTIZE: compiled C, the specification and the wheel agree."""

import pathlib

import numpy as np
import pytest

from aot import compiler, importer
from aot.kernels import quantization
from aot.kernels.registry import KERNELS
from aot.testing import elementwise, one_operator, parity
from aot.testing.one_operator import tensor
from tflite.model import Model
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs

_INTEGERS = [pair for pair in quantization.Quantize.types if pair[0] != "float32"]


def _quantization(dtype: str, random: np.random.Generator, scale: float) -> dict:
    if dtype == "float32":
        return {}
    limits = np.iinfo(dtype if dtype != "int32" else "int16")
    ends = limits.min, limits.max, 0, int(random.integers(limits.min, limits.max))
    return {"scale": scale, "zero_point": int(random.choice(ends))}


def _model(
    operator: str,
    types: tuple[str, str],
    random: np.random.Generator,
    shape: tuple[int, ...],
    data: np.ndarray | None = None,
) -> Model:
    scale = float(10 ** random.uniform(-4, 0.5))
    # Factors of 1, above it, and tiny ones.
    other = scale * float(random.choice([1, 1, 10 ** random.uniform(-4, 3), 1e8]))
    if types[0] == "int32":
        scale /= float(random.choice([1, 1e6]))
    return one_operator.model(
        operator,
        [tensor(shape, types[0], data=data, **_quantization(types[0], random, scale))],
        [tensor(shape, types[1], **_quantization(types[1], random, other))],
    )


@pytest.mark.parametrize("types", quantization.Quantize.types)
@pytest.mark.parametrize("seed", range(3))
def test_quantize_agrees(types: tuple[str, str], seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    _, shape = elementwise.shapes(random, 1, same=True)
    one_operator.check(_model("QUANTIZE", types, random, shape), tmp_path, seed=seed)


@pytest.mark.parametrize("types", _INTEGERS)
@pytest.mark.parametrize("seed", range(3, 6))
def test_quantize_agrees_on_many_integers(
    types: tuple[str, str], seed: int, tmp_path: pathlib.Path
):
    random = np.random.default_rng(seed)
    if types[0] == "int32":
        limits = np.iinfo(np.int32)
        ends = [limits.min, limits.min + 1, 0, limits.max - 1, limits.max]
        wide = random.integers(limits.min, limits.max, 500)
        data = np.concatenate([ends, wide, random.integers(-1000, 1000, 500)]).astype(np.int32)
    else:
        data = elementwise.all_values(types[0])
    made = _model("QUANTIZE", types, random, data.shape, data)
    one_operator.check(made, tmp_path, runs=1)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize("zero_point", [-128, -3, 127])
def test_quantize_rounds_halves_as_the_wheel(dtype: str, zero_point: int, tmp_path: pathlib.Path):
    scale = np.float32(0.3)
    halves = np.arange(-2000, 2000).astype(np.float32) / 2 * scale
    beside = [np.nextafter(halves, np.float32(s)) for s in (-np.inf, np.inf)]
    ends = np.array([32767.4, 32767.6, -32768.4, -32768.6, 1e9, -1e9], np.float32) * scale
    data = np.concatenate([halves, *beside, ends]).astype(np.float32)
    made = one_operator.model(
        "QUANTIZE",
        [tensor(data.shape, "float32", data=data)],
        [tensor(data.shape, dtype, scale=float(scale), zero_point=zero_point)],
    )
    one_operator.check(made, tmp_path, runs=1)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_quantize_saturates_what_tflm_leaves_undefined(dtype: str, tmp_path: pathlib.Path):
    data = np.array([-np.inf, np.inf, -3e9, 3e9, 3e38], np.float32)
    made = one_operator.model(
        "QUANTIZE",
        [tensor(data.shape, "float32", data=data)],
        [tensor(data.shape, dtype, scale=0.5, zero_point=-100)],
    )
    one_operator.check(made, tmp_path, runs=1, wheel=False)
    op = importer.import_model(made, KERNELS).ops[0]
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    with np.errstate(all="ignore"):
        result = KERNELS["QUANTIZE"].evaluate(op, [data])[0].tolist()
    assert result == [low, high, low, high, high]


@pytest.mark.parametrize("zero_point", [-100, 0, 5])
@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_quantize_of_what_is_not_a_number(dtype: str, zero_point: int, tmp_path: pathlib.Path):
    data = np.array([np.nan, -np.nan, 1, np.nan], np.float32)
    made = one_operator.model(
        "QUANTIZE",
        [tensor(data.shape, "float32", data=data)],
        [tensor(data.shape, dtype, scale=0.5, zero_point=zero_point)],
    )
    one_operator.check(made, tmp_path, runs=1)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16"])
@pytest.mark.parametrize("seed", range(4))
def test_dequantize_agrees(dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    _, shape = elementwise.shapes(random, 1, same=True)
    data = elementwise.all_values(dtype) if seed % 2 else None
    shape = data.shape if data is not None else shape
    made = _model("DEQUANTIZE", (dtype, "float32"), random, shape, data)
    one_operator.check(made, tmp_path, seed=seed)


def _float16_weights() -> Model:
    """A dense layer with weights of float16, as converters write it. TFLM can't run it."""
    weights = np.array([[1, -2.5, 0.333], [65504, 0, 6e-8]], np.float16)
    return parse_model(
        build_graphs(
            GraphSpec(
                [
                    tensor((1, 3), "float32"),
                    TensorSpec((2, 3), "float16", data=weights.tobytes()),
                    tensor((2, 3), "float32"),
                    tensor((1, 2), "float32"),
                ],
                [
                    NodeSpec("DEQUANTIZE", [1], [2], options_type="DequantizeOptions"),
                    NodeSpec(
                        "FULLY_CONNECTED", [0, 2, -1], [3], options_type="FullyConnectedOptions"
                    ),
                ],
                [0],
                [3],
            )
        ),
        "float16.tflite",
    )


def test_weights_of_float16_are_known_at_compile_time(tmp_path: pathlib.Path):
    made = _float16_weights()
    graph = compiler.compile_model(made, name="model").graph
    assert [op.kind for op in graph.ops] == ["FULLY_CONNECTED"]
    weights = graph.ops[0].input(1).data
    assert weights is not None
    assert weights.tolist() == np.array([[1, -2.5, 0.333], [65504, 0, 6e-8]], np.float16).tolist()
    assert not list(parity.compare(made, tmp_path, wheel=False))


def test_an_output_of_float16_contents_is_copied(tmp_path: pathlib.Path):
    data = np.array([1.5, -2, 65504], np.float16)
    source = TensorSpec((3,), "float16", data=data.tobytes())
    made = one_operator.model("DEQUANTIZE", [source], [tensor((3,), "float32")])
    one_operator.check(made, tmp_path, runs=1, wheel=False)


@pytest.mark.parametrize(
    ("operator", "source", "output", "reason"),
    [
        (
            "QUANTIZE",
            {"dtype": "float32"},
            {"dtype": "uint8", "scale": 1},
            "has inputs of float32 and an output of uint8: not supported",
        ),
        (
            "QUANTIZE",
            {"dtype": "int8", "scale": 1},
            {"dtype": "int8", "scale": (1, 2)},
            "has a tensor with a scale for each channel (''): not supported",
        ),
        (
            "QUANTIZE",
            {"dtype": "float32"},
            {"dtype": "int8", "scale": 1, "zero_point": 128},
            "has a zero point outside of its type ('')",
        ),
        (
            "QUANTIZE",
            {"dtype": "int16", "scale": 1e10},
            {"dtype": "int16", "scale": 1},
            "has scales of which the quotient is 1e+10: too large",
        ),
        (
            "DEQUANTIZE",
            {"dtype": "int8", "scale": (1, 2)},
            {"dtype": "float32"},
            "has a tensor with a scale for each channel (''): not supported",
        ),
        (
            "DEQUANTIZE",
            {"dtype": "float32"},
            {"dtype": "float32"},
            "has an input of floats that is not constant: not supported",
        ),
    ],
)
def test_refusals(operator: str, source: dict, output: dict, reason: str):
    made = one_operator.model(operator, [tensor((2,), **source)], [tensor((2,), **output)])
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    assert str(caught.value) == f"{operator}.tflite: operator 0 ({operator}) {reason}"
