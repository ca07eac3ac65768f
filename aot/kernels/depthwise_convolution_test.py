# SPDX-License-Identifier: Apache-2.0
"""DEPTHWISE_CONV_2D: compiled C, the specification and the wheel agree; the rest is refused."""

import pathlib
import re

import numpy as np
import pytest

from aot import compiler, importer
from aot.kernels.registry import KERNELS
from aot.testing import one_operator, random_layers
from aot.testing.one_operator import PADDING, tensor
from tflite.model import Model
from tflite.testing.model_builder import TensorSpec

# TFLM's has no sums of 32 bits with inputs of 16.
_TYPES = [kind for kind in random_layers.TYPES if kind != "int16 narrow"]


def _random_model(kind: str, random: np.random.Generator) -> Model:
    window = random_layers.windows(random)
    channels = int(random.choice([1, 2, 3, 4, 5, 6, 7, 8, 11]))
    multiplier = int(random.choice([1, 1, 1, 2, 4, 5]))
    outputs, batches = channels * multiplier, int(random.integers(1, 3))
    layer = random_layers.tensors(
        kind,
        (batches, *window.size, channels),
        (1, *window.filter, outputs),
        (batches, *window.output, outputs),
        random,
        axis=3,
        bias=bool(random.integers(4)),
    )
    # The wheel crashes on a third input that is left out.
    inputs = layer.inputs if layer.inputs[2] else layer.inputs[:2]
    options = {**window.options, "DepthMultiplier": multiplier}
    return one_operator.model("DEPTHWISE_CONV_2D", inputs, [layer.output], options)


def _model(
    channels: int,
    multiplier: int,
    weights: TensorSpec,
    bias: TensorSpec | None = None,
    *,
    dtype: str = "int8",
) -> Model:
    scale = () if dtype == "float32" else 0.5
    outputs = channels * multiplier
    return one_operator.model(
        "DEPTHWISE_CONV_2D",
        [tensor((1, 6, 5, channels), dtype, scale=scale), weights, *([bias] if bias else [])],
        [tensor((1, 6, 5, outputs), dtype, scale=scale)],
        {"Padding": PADDING.SAME, "StrideW": 1, "StrideH": 1, "DepthMultiplier": multiplier},
    )


def _weights(outputs: int, scale: float = 0.01) -> TensorSpec:
    data = np.random.default_rng(1).integers(-127, 128, (1, 3, 3, outputs))
    return tensor(data.shape, "int8", scale=scale, data=data)


def _source(made: Model) -> str:
    return compiler.compile_model(made, name="model").sources.source


@pytest.mark.parametrize("kind", _TYPES)
@pytest.mark.parametrize("seed", range(6))
def test_agrees(kind: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    one_operator.check(_random_model(kind, random), tmp_path, seed=seed)


@pytest.mark.parametrize(
    ("channels", "multiplier", "scale", "function"),
    [
        (4, 1, 0.01, "depthwise_conv_2d_int8"),
        (9, 1, 0.01, "depthwise_conv_2d_int8"),
        # Too few channels for four at a time; several outputs of one channel.
        (3, 1, 0.01, "conv_2d_int8"),
        (1, 8, 0.01, "conv_2d_int8"),
        (3, 5, 0.01, "conv_2d_int8"),
        (4, 2, 0.7, "conv_2d_int8_any"),
    ],
)
def test_functions_for_8_bits(
    channels: int, multiplier: int, scale: float, function: str, tmp_path: pathlib.Path
):
    made = _model(channels, multiplier, _weights(channels * multiplier, scale))
    body = _source(made).partition("void model_invoke(")[2]
    assert re.findall(r"^    (\w+)\(", body, re.MULTILINE) == [function]
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize("kind", _TYPES)
@pytest.mark.parametrize("multiplier", [1, 2])
def test_dilated_windows_that_reach_over_all_borders_of_several_images(
    kind: str, multiplier: int, tmp_path: pathlib.Path
):
    random, outputs = np.random.default_rng(0), 5 * multiplier
    shapes = (3, 5, 6, 5), (1, 3, 3, outputs), (3, 5, 6, outputs)
    layer = random_layers.tensors(kind, *shapes, random, axis=3)
    options = {"Padding": PADDING.SAME, "StrideW": 1, "StrideH": 1, "DepthMultiplier": multiplier}
    options |= {"DilationHFactor": 2, "DilationWFactor": 2}
    made = one_operator.model("DEPTHWISE_CONV_2D", layer.inputs, [layer.output], options)
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_weights_may_be_inputs(dtype: str, tmp_path: pathlib.Path):
    scale = () if dtype == "float32" else 0.25
    one_operator.check(
        _model(3, 2, tensor((1, 3, 2, 6), dtype, scale=scale), dtype=dtype), tmp_path
    )


def test_weights_of_8_bits_with_floats(tmp_path: pathlib.Path):
    """TFLM refuses these; the same layer with floats as weights says what is right."""
    random = np.random.default_rng(3)
    scales = random.uniform(0.01, 1, 4).astype(np.float32)
    data = random.integers(-127, 128, (1, 3, 3, 4))
    made = _model(4, 1, tensor(data.shape, scale=list(scales), axis=3, data=data), dtype="float32")
    same = _model(4, 1, tensor(data.shape, "float32", data=data * scales), dtype="float32")
    one_operator.check(made, tmp_path, wheel=False)
    weights = [importer.import_model(m, KERNELS).ops[0].input(1).data for m in (made, same)]
    np.testing.assert_array_equal(*weights)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            _model(4, 1, _weights(4), tensor((4,), "int32", data=np.ones(4)), dtype="int16"),
            "has inputs of int16, int8, int32 and an output of int16: not supported",
        ),
        (
            _model(4, 2, _weights(4)),
            "has an output of [1, 6, 5, 8], which does not fit its inputs\n"
            "DEPTHWISE_CONV_2D.tflite: operator 0 (DEPTHWISE_CONV_2D)"
            " has the depth multiplier 2: it does not fit",
        ),
        (
            _model(1, 40_000, _weights(40_000)),
            "has the depth multiplier 40000: it does not fit",
        ),
        (
            _model(4, 1, tensor((2, 1, 1, 4), scale=0.1, data=np.ones(8))),
            "has weights of [2, 1, 1, 4]: they do not fit its input",
        ),
    ],
)
def test_refusals(made: Model, message: str):
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    assert str(caught.value) == (
        f"DEPTHWISE_CONV_2D.tflite: operator 0 (DEPTHWISE_CONV_2D) {message}"
    )
