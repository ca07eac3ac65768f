# SPDX-License-Identifier: Apache-2.0
"""CONV_2D: compiled C, the specification and the wheel agree; what can't be compiled is refused."""

import dataclasses
import pathlib
import re
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from aot import compiler, emit, importer, plan
from aot.kernels.registry import KERNELS
from aot.testing import one_operator, parity, random_layers
from aot.testing.compiled_program import CompiledProgram
from aot.testing.one_operator import ACTIVATION, PADDING, tensor
from tflite.model import Model
from tflite.testing.model_builder import TensorSpec

_VALID = {"Padding": PADDING.VALID, "StrideW": 1, "StrideH": 1}


def _random_model(kind: str, random: np.random.Generator) -> Model:
    window = random_layers.windows(random)
    groups = int(random.choice([1, 1, 1, 2, 3]))
    channels = int(random.integers(1, 6))
    outputs = groups * int(random.integers(1, 10 if groups == 1 else 6))
    batches = int(random.integers(1, 3))
    layer = random_layers.tensors(
        kind,
        (batches, *window.size, groups * channels),
        (outputs, *window.filter, channels),
        (batches, *window.output, outputs),
        random,
        bias=bool(random.integers(4)),
    )
    options = dict(window.options)
    if kind == "int16 narrow":
        options["QuantizedBiasType"] = random_layers.INT32
    inputs = layer.inputs if layer.inputs[2] or random.integers(2) else layer.inputs[:2]
    return one_operator.model("CONV_2D", inputs, [layer.output], options)


def _model(
    weights: TensorSpec,
    bias: TensorSpec | None = None,
    *,
    source: Sequence[int] = (1, 6, 5, 2),
    output: Sequence[int] = (1, 6, 5, 3),
    dtype: str = "int8",
    scale: float = 0.5,
    zero_point: int = 0,
    options: Mapping[str, int] | None = None,
) -> Model:
    scales = () if dtype == "float32" else scale
    return one_operator.model(
        "CONV_2D",
        [tensor(source, dtype, scale=scales, zero_point=zero_point), weights, bias],
        [tensor(output, dtype, scale=scales, zero_point=zero_point)],
        {**_VALID, **(options or {})},
    )


def _weights(shape: Sequence[int] = (3, 1, 1, 2), scale: float | Sequence[float] = 0.01):
    data = np.random.default_rng(1).integers(-127, 128, shape)
    return tensor(shape, "int8", scale=scale, data=data)


def _source(made: Model) -> str:
    return compiler.compile_model(made, name="model").sources.source


@pytest.mark.parametrize("kind", random_layers.TYPES)
@pytest.mark.parametrize("seed", range(6))
def test_agrees(kind: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    one_operator.check(_random_model(kind, random), tmp_path, seed=seed)


@pytest.mark.parametrize(
    ("source", "weights", "output", "options", "function"),
    [
        # Each place by itself, in one row and in several.
        ((1, 1, 1, 9), (7, 1, 1, 9), (1, 1, 1, 7), {}, "fully_connected_int8"),
        ((2, 3, 5, 4), (6, 1, 1, 4), (2, 3, 5, 6), {}, "fully_connected_rows_int8"),
        # The whole image at once.
        ((3, 4, 5, 2), (5, 4, 5, 2), (3, 1, 1, 5), {}, "fully_connected_rows_int8"),
        # Every other place.
        ((1, 5, 7, 3), (4, 1, 1, 3), (1, 3, 4, 4), {"StrideW": 2, "StrideH": 2}, "conv_2d_int8"),
        # Windows inside of the image, and dilated ones.
        ((1, 7, 8, 1), (8, 3, 3, 1), (1, 5, 6, 8), {}, "conv_2d_int8"),
        ((1, 9, 9, 2), (5, 3, 3, 2), (1, 5, 5, 5), {"DilationHFactor": 2, "DilationWFactor": 2},
         "conv_2d_int8"),
        ((1, 9, 7, 2), (5, 3, 1, 2), (1, 5, 7, 5), {"DilationHFactor": 2, "DilationWFactor": 9},
         "conv_2d_int8"),
        # Of one row or one column.
        ((1, 1, 9, 3), (4, 1, 3, 3), (1, 1, 9, 4), {"Padding": PADDING.SAME}, "conv_2d_int8"),
        ((1, 9, 1, 3), (4, 3, 1, 3), (1, 9, 1, 4), {"Padding": PADDING.SAME}, "conv_2d_int8"),
        ((2, 9, 4, 3), (4, 3, 4, 3), (2, 4, 1, 4), {"StrideH": 2}, "conv_2d_int8"),
        ((1, 9, 1, 6), (6, 3, 1, 2), (1, 4, 1, 6), {"StrideH": 2}, "conv_2d_int8"),
    ],
)  # fmt: skip
def test_functions_for_8_bits(
    source: Sequence[int],
    weights: Sequence[int],
    output: Sequence[int],
    options: Mapping[str, int],
    function: str,
    tmp_path: pathlib.Path,
):
    random = np.random.default_rng(7)
    layer = random_layers.tensors("int8 per channel", source, weights, output, random)
    made = one_operator.model("CONV_2D", layer.inputs, [layer.output], {**_VALID, **options})
    body = _source(made).partition("void model_invoke(")[2]
    assert re.findall(r"^    (\w+)\(", body, re.MULTILINE) == [function]
    one_operator.check(made, tmp_path)


def test_windows_inside_of_the_image_need_no_scratch_memory():
    weights = _weights((3, 3, 3, 2))
    inside = compiler.compile_model(_model(weights, output=(1, 4, 3, 3)), name="model")
    padded = compiler.compile_model(
        _model(weights, options={"Padding": PADDING.SAME}), name="model"
    )
    (op,) = padded.graph.ops
    assert not inside.plan.scratch and list(padded.plan.scratch) == [op]
    assert KERNELS["CONV_2D"].scratch_bytes(op) == 36


@pytest.mark.parametrize(
    ("scale", "bias", "fast"),
    [
        (0.499, 0, True),
        (0.501, 0, False),
        (0.4, (1 << 30) - 1 - 128 * 254, True),
        (0.4, (1 << 30) - 128 * 254, False),
        (0.4, -(1 << 31), False),
    ],
)
def test_the_fast_functions_are_used_where_they_are_exact(
    scale: float, bias: int, fast: bool, tmp_path: pathlib.Path
):
    weights = tensor((3, 1, 1, 2), "int8", scale=scale, data=np.full((3, 1, 1, 2), -127))
    made = _model(weights, tensor((3,), "int32", data=np.array([0, bias, 1])))
    assert ("conv_2d_int8_any(" in _source(made)) != fast
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize("zero_point", [-128, 0, 127])
def test_constant_outputs_do_not_keep_a_layer_from_the_fast_functions(
    zero_point: int, tmp_path: pathlib.Path
):
    """Converters give dead channels weights of 0, a large bias and a tiny or a large scale."""
    data = np.random.default_rng(1).integers(-127, 128, (6, 1, 1, 2))
    data[:4] = 0
    bias = np.array([1 << 30, -(1 << 31), 77, -77, 5, 100])
    made = _model(
        tensor((6, 1, 1, 2), "int8", scale=[1e-13, 3e-9, 0.9, 1.7, 0.01, 1e-12], data=data),
        tensor((6,), "int32", data=bias),
        output=(1, 6, 5, 6),
        zero_point=zero_point,
    )
    assert "conv_2d_int8_any(" not in _source(made)
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_weights_and_bias_may_be_inputs(dtype: str, tmp_path: pathlib.Path):
    scale = () if dtype == "float32" else 0.25
    made = _model(
        tensor((3, 2, 2, 2), dtype, scale=scale),
        tensor((3,), "float32" if dtype == "float32" else "int32", scale=scale),
        output=(1, 5, 4, 3),
        dtype=dtype,
    )
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize("bias", ["int32", "int64", ""])
@pytest.mark.parametrize("largest", [False, True])
def test_sums_of_16_bits(bias: str, largest: bool, tmp_path: pathlib.Path):
    """TFLM's zero points of 16 bits count for nothing; sums wrap."""
    limits = np.iinfo(bias or "int32")
    data = np.array([limits.max, limits.min, 1] if largest else [12345, -54321, 7])
    made = _model(
        _weights((3, 2, 2, 2), [0.03, 0.0002, 0.00001]),
        tensor((3,), bias, data=data) if bias else None,
        output=(1, 5, 4, 3),
        dtype="int16",
        zero_point=9,
        options={"FusedActivationFunction": ACTIVATION.RELU},
    )
    one_operator.check(made, tmp_path)


def test_a_factor_just_below_1_with_sums_of_64_bits(tmp_path: pathlib.Path):
    """Rounded to 15 bits it would be 1, which TFLM's multiplier can't be."""
    data = np.array([[1, 0], [1, -1], [-1, 2]]).reshape(3, 1, 1, 2)
    made = _model(
        tensor(data.shape, "int8", scale=[1 - 2**-20, 1 - 2**-16, 0.5 - 2**-20], data=data),
        tensor((3,), "int64", data=np.array([0, 1, -1])),
        dtype="int16",
    )
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize("kind", random_layers.TYPES)
def test_dilated_windows_that_reach_over_all_borders_of_several_images(
    kind: str, tmp_path: pathlib.Path
):
    random = np.random.default_rng(0)
    layer = random_layers.tensors(kind, (3, 5, 6, 4), (6, 3, 3, 2), (3, 5, 6, 6), random)
    options = {**_VALID, "Padding": PADDING.SAME, "DilationHFactor": 2, "DilationWFactor": 2}
    if kind == "int16 narrow":
        options["QuantizedBiasType"] = random_layers.INT32
    made = one_operator.model("CONV_2D", layer.inputs, [layer.output], options)
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize("kind", ["int8", "int4"])
def test_weights_of_8_bits_with_floats(kind: str, per_channel: bool, tmp_path: pathlib.Path):
    """TFLM refuses these; the same layer with floats as weights says what is right."""
    random = np.random.default_rng(3)
    scales = [0.5, 0.25, 0.01] if per_channel else [0.3]
    data = random.integers(-7, 8, (3, 2, 2, 2))
    if kind == "int4":
        weights = random_layers.int4(data, scales)
    else:
        weights = tensor((3, 2, 2, 2), "int8", scale=scales, data=data)
    bias = tensor((3,), "float32", data=random.normal(size=3))
    real = data * np.reshape(np.float32(scales), (-1, 1, 1, 1))
    made, same = (
        _model(each, bias, output=(1, 5, 4, 3), dtype="float32")
        for each in (weights, tensor((3, 2, 2, 2), "float32", data=real))
    )
    one_operator.check(made, tmp_path, wheel=False)
    one_operator.check(same, tmp_path)
    graphs = [importer.import_model(each, KERNELS) for each in (made, same)]
    source = random.normal(size=(1, 6, 5, 2)).astype(np.float32)
    results = [
        KERNELS["CONV_2D"].evaluate(
            g.ops[0], [source, g.ops[0].input(1).data, g.ops[0].input(2).data]
        )
        for g in graphs
    ]
    np.testing.assert_array_equal(*results)
    assert "; weights of 8 bits or less in the model, float32 here */" in _source(made)


@pytest.mark.parametrize("kind", ["int8", "int8 extreme", "int16", "float32"])
def test_padding_of_a_pass(kind: str, tmp_path: pathlib.Path):
    """A pass may put padding into the operator: what is outside of the image stands for 0."""
    random = np.random.default_rng(2)
    layer = random_layers.tensors(kind, (1, 6, 5, 2), (3, 3, 3, 2), (1, 6, 6, 3), random)
    graph = importer.import_model(
        one_operator.model("CONV_2D", layer.inputs, [layer.output], _VALID), KERNELS
    )
    op = graph.ops[0]
    padded = dataclasses.replace(op, options={**op.options, "pad_h": 1, "pad_w": 2})
    graph = dataclasses.replace(graph, ops=(padded,))
    planned = plan.plan_memory(graph, KERNELS)
    sources = emit.emit(graph, planned, KERNELS, name="m", header_name="m.h", trace=True)
    program = CompiledProgram(compiler.Compiled(graph, planned, sources), "m", tmp_path)
    source = parity.random_inputs(graph, random)[0]
    zero_point = op.input(0).zero_point if kind != "int16" else 0
    around = np.pad(source, ((0, 0), (1, 3), (2, 2), (0, 0)), constant_values=zero_point)
    bigger = dataclasses.replace(op.input(0), shape=around.shape)
    rest = [v.data for v in op.inputs[1:] if v is not None]
    wanted = KERNELS["CONV_2D"].evaluate(
        dataclasses.replace(op, inputs=(bigger, *op.inputs[1:])), [around, *rest]
    )[0]
    np.testing.assert_array_equal(KERNELS["CONV_2D"].evaluate(padded, [source, *rest])[0], wanted)
    assert op.output.tensor is not None
    np.testing.assert_array_equal(program.run([source])[op.output.tensor], wanted)


@pytest.mark.parametrize("kind", ["int8", "int8 extreme", "int16"])
@pytest.mark.parametrize("flag", ["-O0", "-O2", "-O3"])
def test_no_warnings_at_any_level(kind: str, flag: str, tmp_path: pathlib.Path):
    made = _random_model(kind, np.random.default_rng(4))
    one_operator.check(made, tmp_path, flags=(flag,), runs=1)


@pytest.mark.parametrize(
    ("taps", "width", "options"),
    [
        (1, 7, {"DilationWFactor": 40_000}),
        (3, 3, {"StrideW": 70_000}),
    ],
)
def test_steps_that_make_no_difference_may_be_of_any_size(
    taps: int, width: int, options: Mapping[str, int], tmp_path: pathlib.Path
):
    output = (1, 6, width - taps + 1, 3)
    made = _model(
        _weights((3, 1, taps, 2)), source=(1, 6, width, 2), output=output, options=options
    )
    one_operator.check(made, tmp_path)


_FLOAT = tensor((3, 1, 1, 2), "float32", data=np.ones(6))


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            _model(_FLOAT),
            "has inputs of int8, float32, none and an output of int8: not supported",
        ),
        (
            _model(_weights(), tensor((3,), "int16", data=np.ones(3))),
            "has inputs of int8, int8, int16 and an output of int8: not supported",
        ),
        (
            _model(_weights(scale=())),
            "has a tensor without quantization ('')",
        ),
        (
            _model(_weights(scale=[0.1, 0.2])),
            "has 2 scales for 3 channels",
        ),
        (
            _model(tensor((3, 1, 1, 2), scale=0.1, zero_point=1, data=np.ones(6))),
            "has weights with a zero point: not supported",
        ),
        (
            _model(_weights(scale=1e30), scale=1e-30),
            "has scales of which the quotient is 1e+30: too large",
        ),
        (
            _model(_weights(scale=1.0), scale=1e-20, options={"FusedActivationFunction": 3}),
            "has an output scale too small for RELU6",
        ),
        (
            _model(_weights(), tensor((2,), "int32", data=np.ones(2))),
            "has 2 biases for 3 channels",
        ),
        (
            _model(_weights((3, 1, 1, 4))),
            "has weights of [3, 1, 1, 4]: they do not fit its input",
        ),
        (
            _model(_weights(), output=(1, 6, 5, 4)),
            "has an output of [1, 6, 5, 4], which does not fit its inputs",
        ),
        (
            _model(_weights(), source=(6, 5, 2)),
            "has the shapes [6, 5, 2], [3, 1, 1, 2] and [1, 6, 5, 3]: not four dimensions,"
            " or one is empty",
        ),
        (
            _model(_weights((3, 7, 1, 2))),
            "has a window that is larger than its input",
        ),
        (
            _model(_weights(), output=(1, 200000, 5, 3), options={"StrideH": 20000}),
            "has a window that goes too far",
        ),
        (
            _model(_weights(), options={"StrideW": 0}),
            "has stride_w = 0",
        ),
        (
            _model(_weights(), source=(1, 6, 70_000, 2), output=(1, 6, 2, 3),
                   options={"StrideW": 40_000}),
            "has a stride or dilation of 40000, of which TFLM keeps 16 bits: not supported",
        ),
        (
            _model(_weights((3, 1, 2, 2)), source=(1, 6, 70_000, 2), output=(1, 6, 30_000, 3),
                   options={"DilationWFactor": 40_000}),
            "has a stride or dilation of 40000, of which TFLM keeps 16 bits: not supported",
        ),
        (
            _model(_weights((3, 1, 70_000, 2)), options={"Padding": PADDING.SAME}),
            "has a padding of 34999, of which TFLM keeps 16 bits: not supported",
        ),
    ],
)  # fmt: skip
def test_refusals(made: Model, message: str):
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    assert str(caught.value) == f"CONV_2D.tflite: operator 0 (CONV_2D) {message}"
