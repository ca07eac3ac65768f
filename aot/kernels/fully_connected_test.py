# SPDX-License-Identifier: Apache-2.0
"""FULLY_CONNECTED: compiled C, the specification and the wheel agree; the rest is refused."""

import pathlib
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from aot import compiler, importer
from aot.kernels.registry import KERNELS
from aot.testing import one_operator, random_layers
from aot.testing.one_operator import tensor
from tflite.model import Model
from tflite.testing.model_builder import TensorSpec


def _random_model(kind: str, random: np.random.Generator) -> Model:
    depth, outputs = int(random.integers(1, 40)), int(random.integers(1, 14))
    rows = [int(n) for n in random.integers(1, 4, random.integers(0, 6))]
    layer = random_layers.tensors(
        kind,
        (*rows, depth),
        (outputs, depth),
        # Of the same rank, or flat.
        (*rows, outputs) if random.integers(2) else (int(np.prod(rows)), outputs),
        random,
        bias=bool(random.integers(4)),
    )
    options = {"FusedActivationFunction": random_layers.activation(random)}
    if kind == "int16 narrow":
        options["QuantizedBiasType"] = random_layers.INT32
    return one_operator.model("FULLY_CONNECTED", layer.inputs, [layer.output], options)


def _model(
    weights: TensorSpec,
    bias: TensorSpec | None = None,
    *,
    source: Sequence[int] = (2, 5),
    output: Sequence[int] = (2, 3),
    dtype: str = "int8",
    zero_points: tuple[int, int] = (0, 0),
    output_scale: float = 0.5,
    options: Mapping[str, int] | None = None,
) -> Model:
    scales = ((), ()) if dtype == "float32" else (0.5, output_scale)
    return one_operator.model(
        "FULLY_CONNECTED",
        [tensor(source, dtype, scale=scales[0], zero_point=zero_points[0]), weights, bias],
        [tensor(output, dtype, scale=scales[1], zero_point=zero_points[1])],
        options,
    )


def _weights(shape: Sequence[int] = (3, 5), scale: float | Sequence[float] = 0.01) -> TensorSpec:
    data = np.random.default_rng(1).integers(-127, 128, shape)
    return tensor(shape, "int8", scale=scale, data=data)


@pytest.mark.parametrize("kind", random_layers.TYPES)
@pytest.mark.parametrize("seed", range(6))
def test_agrees(kind: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    one_operator.check(_random_model(kind, random), tmp_path, seed=seed)


@pytest.mark.parametrize("depth", range(1, 9))
def test_all_remainders_of_four(depth: int, tmp_path: pathlib.Path):
    """Dot products are unrolled, and made four at a time."""
    for outputs in (1, 2, 3, 4, 5, 7):
        folder = tmp_path / str(outputs)
        folder.mkdir()
        layer = random_layers.tensors(
            "int8 per channel", (depth,), (outputs, depth), (1, outputs), np.random.default_rng(1)
        )
        one_operator.check(
            one_operator.model("FULLY_CONNECTED", layer.inputs, [layer.output]), folder, runs=2
        )


def test_factor_is_a_product_of_doubles(tmp_path: pathlib.Path):
    """With a product of floats these would be 90, 32, 91 and -26."""
    bias = np.array([514284592, 181005192, 520030792, -146528014])
    made = one_operator.model(
        "FULLY_CONNECTED",
        [
            tensor((1, 2), scale=0.1),
            tensor((4, 2), scale=0.03, data=np.zeros((4, 2))),
            tensor((4,), "int32", data=bias),
        ],
        [tensor((1, 4), scale=17238.58984375)],
    )
    one_operator.check(made, tmp_path)
    op = importer.import_model(made, KERNELS).ops[0]
    source = np.zeros((1, 2), np.int8)
    (result,) = KERNELS["FULLY_CONNECTED"].evaluate(op, [source, op.input(1).data, bias])
    assert result.tolist() == [[89, 31, 90, -25]]


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_weights_and_bias_may_be_inputs(dtype: str, tmp_path: pathlib.Path):
    scale = () if dtype == "float32" else 0.25
    weights = tensor((3, 5), dtype, scale=scale, zero_point=0 if dtype == "float32" else 3)
    bias = tensor((3,), "float32" if dtype == "float32" else "int32", scale=scale and 0.125)
    one_operator.check(_model(weights, bias, dtype=dtype), tmp_path)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_zero_points_of_inputs_weights_and_outputs(dtype: str, tmp_path: pathlib.Path):
    data = np.random.default_rng(1).integers(-127, 128, (3, 5))
    weights = tensor((3, 5), "int8", scale=0.01, zero_point=-5, data=data)
    one_operator.check(_model(weights, dtype=dtype, zero_points=(7, -9)), tmp_path)


@pytest.mark.parametrize(
    ("source", "weights", "output"),
    [
        # TFLM makes as many rows as the output has.
        ((4, 5), (3, 5), (2, 3)),
        ((2, 2, 5), (3, 5), (1, 3)),
        ((2, 5), (1, 1, 3, 5), (2, 3)),
        ((2, 1, 5), (3, 5), (1, 1, 2, 1, 1, 3)),
        ((5,), (3, 5), (3,)),
    ],
)
def test_shapes(
    source: Sequence[int], weights: Sequence[int], output: Sequence[int], tmp_path: pathlib.Path
):
    made = _model(_weights(weights), source=source, output=output)
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize("largest", [False, True])
@pytest.mark.parametrize("bias", ["int32", "int64"])
def test_sums_of_16_bits(bias: str, largest: bool, tmp_path: pathlib.Path):
    limits = np.iinfo(bias)
    data = np.array([limits.max, limits.min, 1] if largest else [12345, -54321, 7])
    weights = _weights(scale=[0.03, 0.0002, 0.00001])
    made = _model(weights, tensor((3,), bias, data=data), dtype="int16")
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize("kind", ["int8", "int4"])
def test_weights_of_8_bits_with_floats(kind: str, tmp_path: pathlib.Path):
    """TFLM refuses these; the same layer with floats as weights says what is right."""
    data = np.random.default_rng(3).integers(-7, 8, (3, 5))
    weights = random_layers.int4(data, [0.3])
    if kind == "int8":
        weights = tensor((3, 5), scale=0.3, zero_point=2, data=data + 2)
    made = _model(weights, dtype="float32", options={"AsymmetricQuantizeInputs": True})
    same = _model(tensor((3, 5), "float32", data=data * np.float32(0.3)), dtype="float32")
    one_operator.check(made, tmp_path, wheel=False)
    both = [importer.import_model(m, KERNELS).ops[0].input(1).data for m in (made, same)]
    np.testing.assert_array_equal(*both)


def test_factors_that_are_the_same_are_there_once():
    made = _model(_weights((9, 5)), output=(2, 9))
    source = compiler.compile_model(made, name="model").sources.source
    assert "value_multipliers_[4]" in source and "value_shifts_[4]" in source


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            _model(_weights(), output=(2, 4)),
            "has an output of [2, 4]: it does not fit its weights",
        ),
        (
            _model(_weights(), output=(3, 3)),
            "has the shapes [2, 5] and [3, 3]: they do not fit its weights",
        ),
        (
            _model(_weights((2, 3, 5))),
            "has weights of [2, 3, 5]: not two dimensions",
        ),
        (
            _model(_weights(), tensor((2,), "int32", data=np.ones(2))),
            "has 2 biases for 3 outputs",
        ),
        (
            _model(_weights(), options={"WeightsFormat": 1}),
            "has weights in another format: not supported",
        ),
        (
            _model(_weights(scale=1e20), output_scale=1e-20),
            "has scales of which the quotient is 5e+39: too large",
        ),
        (
            _model(_weights(), tensor((3,), "int32"), dtype="int16"),
            "has a bias of int32 that is not constant: not supported",
        ),
    ],
)  # fmt: skip
def test_refusals(made: Model, message: str):
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    assert str(caught.value) == f"FULLY_CONNECTED.tflite: operator 0 (FULLY_CONNECTED) {message}"


def test_scales_are_multiplied_in_double_precision(tmp_path: pathlib.Path):
    # This sum is between two outputs; with a product of floats it would be the lower one.
    total = tensor((1,), "int32", scale=0.00128, data=np.array([293018346]))
    made = one_operator.model(
        "FULLY_CONNECTED",
        [tensor((1, 1), scale=0.064), tensor((1, 1), scale=0.02, data=np.zeros((1, 1))), total],
        [tensor((1, 1), scale=7427.0)],
    )
    one_operator.check(made, tmp_path)
