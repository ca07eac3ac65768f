# SPDX-License-Identifier: Apache-2.0
"""SVDF: compiled C, the specification and the wheel agree; what can't be compiled is refused.

The wheel reads a null pointer where there is no bias; so that is only tested to be refused.
"""

import dataclasses
import pathlib
from collections.abc import Sequence

import numpy as np
import pytest

from aot import importer
from aot.kernels.registry import KERNELS
from aot.testing import one_operator
from aot.testing.one_operator import ACTIVATION, tensor
from tflite.testing.model_builder import TensorSpec

_ACTIVATIONS = (ACTIVATION.NONE, ACTIVATION.RELU, ACTIVATION.RELU_N1_TO_1, ACTIVATION.RELU6)


def _sizes(random: np.random.Generator) -> tuple[int, ...]:
    """Draws how many batches, inputs, units, filters of a unit, and results that are remembered."""
    low, high = (1, 1, 1, 1, 1), (4, 20, 8, 4, 9)
    return tuple(int(n) for n in random.integers(low, high))


def _float_model(random: np.random.Generator, activation: int):
    batches, inputs, units, rank, memory = _sizes(random)
    weights, time_weights = (units * rank, inputs), (units * rank, memory)
    return one_operator.model(
        "SVDF",
        [
            tensor((batches, inputs), "float32"),
            tensor(weights, "float32", data=random.normal(size=weights)),
            tensor(time_weights, "float32", data=random.normal(size=time_weights)),
            tensor((units,), "float32", data=random.normal(size=units)),
            tensor((batches, units * rank * memory), "float32", variable=True),
        ],
        [tensor((batches, units), "float32")],
        {"Rank": rank, "FusedActivationFunction": activation},
    )


def _integer_tensors(random: np.random.Generator, kind: str) -> tuple[list[TensorSpec], TensorSpec]:
    batches, inputs, units, rank, memory = _sizes(random)
    filters = units * rank
    limit = np.iinfo(kind).max

    def scale(low: float, high: float) -> float:
        return float(np.exp(random.uniform(np.log(low), np.log(high))))

    def zero_point(kind: str) -> int:
        limits = np.iinfo(kind)
        anywhere = int(random.integers(limits.min, limits.max + 1))
        return int(random.choice([0, limits.min, limits.max, anywhere]))

    source, weights = scale(0.01, 0.2), scale(0.001, 0.1)
    # From much too coarse to so fine that much is clamped.
    state = source * weights * 128 * 128 * inputs / limit * scale(0.01, 10)
    time_scale = scale(0.1, 1) / limit
    output = state * time_scale * limit * limit / 128 * memory * rank * scale(0.001, 4)
    product = float(np.float32(state) * np.float32(time_scale))
    time_data = random.integers(-limit, limit + 1, (filters, memory))
    weights_data = random.integers(-127, 128, (filters, inputs))
    bias = random.integers(-(limit**2), limit**2, units)
    # An int16 state has no zero point as converters write it, but TFLM takes one.
    state_zero = zero_point(kind) if kind == "int8" or random.integers(4) == 0 else 0
    return [
        tensor((batches, inputs), scale=source, zero_point=zero_point("int8")),
        tensor((filters, inputs), scale=weights, data=weights_data),
        tensor((filters, memory), kind, scale=time_scale, data=time_data),
        tensor((units,), "int32", scale=product, data=bias),
        tensor(
            (batches, filters * memory), kind, scale=state, zero_point=state_zero, variable=True
        ),
    ], tensor((batches, units), scale=output, zero_point=zero_point("int8"))


def _integer_model(random: np.random.Generator, kind: str):
    inputs, output = _integer_tensors(random, kind)
    rank = inputs[1].shape[0] // output.shape[1]
    # TFLM ignores the activation of integers.
    activation = int(random.choice([ACTIVATION.NONE, ACTIVATION.RELU]))
    options = {"Rank": rank, "FusedActivationFunction": activation}
    return one_operator.model("SVDF", inputs, [output], options)


@pytest.mark.parametrize("kind", ["int8", "int16"])
@pytest.mark.parametrize("place", range(3))
def test_scales_of_0_agree(kind: str, place: int, tmp_path: pathlib.Path):
    inputs, output = _integer_tensors(np.random.default_rng(place), kind)
    inputs[place] = dataclasses.replace(inputs[place], scales=(0.0,))
    if place == 2:
        # TFLM compares it with the product that is 0 then.
        inputs[3] = dataclasses.replace(inputs[3], scales=(0.0,))
    options = {"Rank": inputs[1].shape[0] // output.shape[1]}
    one_operator.check(one_operator.model("SVDF", inputs, [output], options), tmp_path)


@pytest.mark.parametrize("activation", _ACTIVATIONS)
@pytest.mark.parametrize("seed", range(3))
def test_floats_agree(activation: int, seed: int, tmp_path: pathlib.Path):
    made = _float_model(np.random.default_rng(seed), activation)
    one_operator.check(made, tmp_path, seed=seed, runs=8)


@pytest.mark.parametrize("kind", ["int8", "int16"])
# With the last one scales that are multiplied as floats make other contents of the state.
@pytest.mark.parametrize("seed", [*range(10), 10129])
def test_integers_agree(kind: str, seed: int, tmp_path: pathlib.Path):
    made = _integer_model(np.random.default_rng(seed), kind)
    one_operator.check(made, tmp_path, seed=seed, runs=8)


def _refusal(inputs: Sequence[TensorSpec | None], output: TensorSpec, **options: int) -> str:
    made = one_operator.model("SVDF", inputs, [output], {"Rank": 1} | options)
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    return str(caught.value)


def _small(
    shapes: tuple = ((1, 2), (3, 2), (3, 4), (3,), (1, 12)), **replaced: TensorSpec | None
) -> list[TensorSpec | None]:
    names = ("source", "weights", "time_weights", "bias", "state")
    made: list[TensorSpec | None] = []
    for name, shape in zip(names, shapes, strict=True):
        data = np.ones(shape) if name not in ("source", "state") else None
        own = tensor(shape, "float32", data=data, variable=name == "state")
        made.append(replaced.get(name, own))
    return made


_OUTPUT = tensor((1, 3), "float32")
_PREFIX = "SVDF.tflite: operator 0 (SVDF) "


@pytest.mark.parametrize(
    ("inputs", "options", "message"),
    [
        (_small(bias=None), {}, "has no input 3: not supported"),
        (_small()[:4], {}, "has 4 inputs: not supported"),
        (
            _small(weights=tensor((3, 2), "float32")),
            {},
            "has an input 1 that is not constant: not supported",
        ),
        (_small(state=tensor((1, 12), "float32")), {}, "has a state that is not a variable"),
        (_small(), {"Rank": 2}, "has 3 filters and the rank 2"),
        (_small(), {"Rank": 0}, "has 3 filters and the rank 0"),
        (
            _small(shapes=((1, 2), (3, 2), (3, 4), (3,), (1, 11))),
            {},
            "has the shapes [1, 2], [3, 2], [3, 4], [1, 11], [1, 3], [3]: they do not fit",
        ),
        (
            _small(shapes=((2,), (3, 2), (3, 4), (3,), (1, 12))),
            {},
            "has a tensor that does not have two dimensions, or is empty",
        ),
        (
            _small(),
            {"FusedActivationFunction": ACTIVATION.SIGN_BIT},
            "has the fused activation SIGN_BIT: not supported",
        ),
        (
            _small(state=tensor((1, 12), "int16", scale=1.0, variable=True)),
            {},
            "has inputs of float32, float32, float32, float32, int16 and an output of float32:"
            " not supported",
        ),
    ],
)
def test_refused(inputs: list[TensorSpec | None], options: dict[str, int], message: str):
    assert _refusal(inputs, _OUTPUT, **options) == _PREFIX + message


@pytest.mark.parametrize(
    ("scales", "message"),
    [
        ((0.5, 0.5, 0.5, 0.5, 0.5), "has a bias whose scale is not that of its products:"
         " TFLM refuses it"),
        ((0.5, 0.5, 0.5, 0.25, 0.0), "has a tensor with a scale of 0 ('state'):"
         " the result is not defined"),
        ((1e30, 1e30, 1.0, 1.0, 1.0), "has scales of which the quotient is 1e+60: too large"),
        ((1e8, 1e8, 1.0, 1.0, 1.0), "has scales of which the quotient is 1e+16: too large"),
    ],
)  # fmt: skip
def test_scales_are_refused(scales: tuple[float, ...], message: str):
    shapes = ((1, 2), (3, 2), (3, 4), (3,), (1, 12))
    kinds = ("int8", "int8", "int16", "int32", "int16")
    names = ("source", "weights", "time_weights", "bias", "state")
    inputs = [
        tensor(
            shape,
            kind,
            scale=scale,
            name=name,
            data=None if name in ("source", "state") else np.ones(shape),
            variable=name == "state",
        )
        for shape, kind, name, scale in zip(shapes, kinds, names, scales, strict=True)
    ]
    assert _refusal(inputs, tensor((1, 3), scale=1.0)) == _PREFIX + message
