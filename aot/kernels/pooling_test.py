# SPDX-License-Identifier: Apache-2.0
"""Pooling: compiled C, the specification and the wheel agree; what can't be compiled is refused."""

import pathlib

import numpy as np
import pytest

from aot import compiler, importer, interpreter
from aot.kernels.registry import KERNELS
from aot.testing import one_operator
from aot.testing.compiled_program import CompiledProgram
from aot.testing.one_operator import ACTIVATION, PADDING, tensor
from reference.tflm_wheel import TflmWheel

_OPERATORS = ("AVERAGE_POOL_2D", "MAX_POOL_2D")


def _model(operator: str, dtype: str, random: np.random.Generator):
    height, width, channels = (int(n) for n in random.integers(1, 9, 3))
    size_h, size_w = (int(n) for n in random.integers(1, 5, 2))
    stride_h, stride_w = (int(n) for n in random.integers(1, 4, 2))
    same = bool(random.integers(2)) or size_h > height or size_w > width
    if same:
        out = -(-height // stride_h), -(-width // stride_w)
    else:
        out = (height - size_h) // stride_h + 1, (width - size_w) // stride_w + 1
    scale = () if dtype == "float32" else float(random.uniform(0.01, 0.2))
    zero = 0 if dtype != "int8" else int(random.integers(-128, 128))
    return one_operator.model(
        operator,
        [tensor((2, height, width, channels), dtype, scale=scale, zero_point=zero)],
        [tensor((2, *out, channels), dtype, scale=scale, zero_point=zero)],
        {
            "Padding": PADDING.SAME if same else PADDING.VALID,
            "StrideH": stride_h,
            "StrideW": stride_w,
            "FilterHeight": size_h,
            "FilterWidth": size_w,
            "FusedActivationFunction": int(
                random.choice([ACTIVATION.NONE, ACTIVATION.RELU, ACTIVATION.RELU6])
            ),
        },
    )


@pytest.mark.parametrize("seed", range(8))
def test_root_of_mean_square_agrees(seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    one_operator.check(_model("L2_POOL_2D", "float32", random), tmp_path, seed=seed)


@pytest.mark.parametrize("operator", _OPERATORS)
@pytest.mark.parametrize("dtype", ["int8", "int16", "float32"])
@pytest.mark.parametrize("seed", range(6))
def test_agrees(operator: str, dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    one_operator.check(_model(operator, dtype, random), tmp_path, seed=seed)


_WIDE = {
    "as wide as the image": (70_000, 1, PADDING.VALID, 70_000, 70_000),
    "two, with padding": (70_000, 2, PADDING.SAME, 40_000, 66_000),
    "wider than the image": (7, 1, PADDING.SAME, 40_000, 60_000),
    "one, whatever the stride is": (7, 1, PADDING.VALID, (1 << 31) - 1, 3),
}


def _wide(
    operator: str, dtype: str, width: int, outputs: int, padding: int, stride: int, size: int
):
    scale = () if dtype == "float32" else 0.1
    return one_operator.model(
        operator,
        [tensor((1, 1, width, 2), dtype, scale=scale)],
        [tensor((1, 1, outputs, 2), dtype, scale=scale)],
        {
            "Padding": padding,
            "StrideH": 1,
            "StrideW": stride,
            "FilterHeight": 1,
            "FilterWidth": size,
        },
    )


@pytest.mark.parametrize("name", _WIDE)
@pytest.mark.parametrize("operator", _OPERATORS)
@pytest.mark.parametrize("dtype", ["int8", "int16", "float32"])
def test_wide_windows_agree(name: str, operator: str, dtype: str, tmp_path: pathlib.Path):
    one_operator.check(_wide(operator, dtype, *_WIDE[name]), tmp_path)


def test_a_wide_window_of_squares_agrees(tmp_path: pathlib.Path):
    made = _wide("L2_POOL_2D", "float32", *_WIDE["as wide as the image"])
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (70_000, 2, PADDING.SAME, 40_000, 106_000),
            "has a padding of 38000, of which TFLM keeps 16 bits: not supported",
        ),
        (
            (70_000, 2, PADDING.SAME, (1 << 31) - 3, 60_000),
            "has a window that goes too far\nhas an output whose window is outside of the image",
        ),
    ],
)
def test_windows_that_are_too_wide_are_refused(arguments: tuple[int, ...], message: str):
    assert one_operator.refusal(_wide("AVERAGE_POOL_2D", "int8", *arguments)) == message


@pytest.mark.parametrize("value", [-32768, -32767, 32767])
def test_sums_of_more_than_32_bits_wrap_as_in_the_wheel(value: int, tmp_path: pathlib.Path):
    made = _wide("AVERAGE_POOL_2D", "int16", *_WIDE["as wide as the image"])
    compiled = compiler.compile_model(made, name="model", trace=True)
    inputs = [np.full((1, 1, 70_000, 2), value, np.int16)]
    expected = interpreter.Interpreter(compiled.graph, KERNELS).run(inputs)
    program = CompiledProgram(compiled, "model", tmp_path)
    program.run(inputs)
    theirs = TflmWheel(made.content, outputs=1).run(inputs)[0]
    assert abs(int(theirs.ravel()[0]) - value) > 1
    np.testing.assert_array_equal(program.outputs()[0], theirs)
    np.testing.assert_array_equal(expected[compiled.graph.outputs[0]], theirs)


def test_another_quantization_is_refused():
    made = one_operator.model(
        "MAX_POOL_2D",
        [tensor((1, 4, 4, 1), scale=0.5)],
        [tensor((1, 4, 4, 1), scale=0.25)],
        {"StrideH": 1, "StrideW": 1, "FilterHeight": 1, "FilterWidth": 1},
    )
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    assert str(caught.value) == (
        "MAX_POOL_2D.tflite: operator 0 (MAX_POOL_2D) has an input and an output of different"
        " quantization: not supported"
    )


def test_another_size_is_refused():
    made = one_operator.model(
        "L2_POOL_2D",
        [tensor((1, 4, 4, 1), "float32")],
        [tensor((1, 4, 3, 1), "float32")],
        {"StrideH": 1, "StrideW": 1, "FilterHeight": 1, "FilterWidth": 1},
    )
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    assert str(caught.value) == (
        "L2_POOL_2D.tflite: operator 0 (L2_POOL_2D) has an output of [1, 4, 3, 1], which does not"
        " fit its input"
    )
