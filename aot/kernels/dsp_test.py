# SPDX-License-Identifier: Apache-2.0
"""Kernels for cores with the DSP extension: the C for all cores is what the specification says."""

import dataclasses
import pathlib
import re

import numpy as np
import pytest

from aot import compiler, importer, targets
from aot.kernels import dsp_layer
from aot.kernels.int8_layer import Int8Layer
from aot.kernels.kernel import Distance
from aot.kernels.registry import KERNELS
from aot.testing import edge_layers, one_operator, parity, sanitized_program
from aot.testing.edge_layers import LAYERS
from aot.testing.one_operator import PADDING, tensor
from tflite.model import Model


def _functions(made: Model) -> str:
    source = compiler.compile_model(made, name="model", target="armv7em").sources.source
    return source[source.index("void model_invoke") :]


@pytest.mark.parametrize("name", LAYERS)
def test_instructions_are_used(name: str):
    portable = name in ("pool_3",)
    assert ("_dsp(" in _functions(LAYERS[name].model())) == (not portable)


def test_all_agree_and_are_clean(tmp_path: pathlib.Path):
    random = np.random.default_rng(0)
    cases = {}
    for name, layer in LAYERS.items():
        compiled = compiler.compile_model(layer.model(), name=name, trace=True, target="armv7em")
        inputs = [parity.random_inputs(compiled.graph, random) for _ in range(4)]
        cases[name] = sanitized_program.Case(compiled, inputs)
    assert sanitized_program.check(cases, tmp_path) == []


@pytest.mark.parametrize("name", ["channels_3_outputs_5", "depthwise_5x7_strides_1x1_same"])
def test_agrees_with_the_wheel(name: str, tmp_path: pathlib.Path):
    one_operator.check(LAYERS[name].model(), tmp_path)


def _explained(made: Model) -> str:
    return compiler.explain(compiler.compile_model(made, name="model", target="armv7em"))


def test_explains():
    assert "pairs of 16 bits (SMLAD)" in _explained(LAYERS["strided"].model())
    assert "pairs of 16 bits (SMLAD)" in _explained(
        LAYERS["depthwise_4x6_strides_1x1_same"].model()
    )
    assert "four channels at a time (SSUB8)" in _explained(LAYERS["pool_4"].model())
    assert "less than four channels" in _explained(LAYERS["pool_3"].model())


@pytest.mark.parametrize("name", ["depthwise_in_place_odd", "depthwise_in_place_even"])
def test_strips_of_rows_lie_on_the_input(name: str):
    compiled = compiler.compile_model(LAYERS[name].model(), name="model", target="armv7em")
    depthwise = compiled.graph.ops[-1]
    offsets = compiled.plan.offsets
    assert offsets[depthwise.input(0)] == offsets[depthwise.output]
    strip = re.search(r"depthwise_conv_2d_dsp\(&\w+, (\d+),", compiled.sources.source)
    assert strip is not None
    assert int(strip[1]) < depthwise.output.shape[1]


def test_small_windows_are_pooled_by_their_own_function():
    made = LAYERS["pooled_same_outputs_5"].model()
    assert "conv_3x3_max_2x2_dsp(" in _functions(made)
    assert "four windows at a time" in _explained(made)


def test_large_shifts_are_portable(tmp_path: pathlib.Path):
    # What is added before a shift of 23 would not fit beside a sum of 30 bits.
    def pooled(scale: float) -> Model:
        layer = LAYERS["pooled_valid_outputs_2"]
        source, weights, bias = layer.inputs
        inputs = [
            source,
            dataclasses.replace(weights, scales=(scale, scale)),
            dataclasses.replace(bias, scales=(scale / 2, scale / 2)),
        ]
        return dataclasses.replace(layer, inputs=inputs).model()

    # The output's scale is 0.7, the input's 0.5.
    too_large, fits = pooled(1.39 * 2.0**-23), pooled(1.41 * 2.0**-23)
    assert "conv_3x3_max_2x2_int8(" in _functions(too_large)
    assert "conv_3x3_max_2x2_dsp(" in _functions(fits)
    for name, made in (("too_large", too_large), ("fits", fits)):
        # A library of the same name would not be loaded again.
        (tmp_path / name).mkdir()
        one_operator.check(made, tmp_path / name)


def _packed(weights: np.ndarray, bias: int = 0, shift: int = 0) -> dsp_layer.Packed | None:
    count = len(weights)
    layer = Int8Layer(
        weights.astype(np.int8),
        np.full(count, bias, np.int32),
        np.full(count, 1 << 30, np.int32),
        np.full(count, shift, np.int8),
    )
    return dsp_layer.packed(layer, weights.shape[1])


def test_only_sums_of_24_bits_are_packed():
    # The second output's sum is from -128 to 127 times the weights.
    assert _packed(np.ones((2, 4)), (1 << 23) - 4 * 127 - 1) is not None
    assert _packed(np.ones((2, 4)), (1 << 23) - 4 * 127) is None
    assert _packed(np.ones((2, 4)), -(1 << 23) + 4 * 128) is not None
    assert _packed(np.ones((2, 4)), -(1 << 23) + 4 * 128 - 1) is None
    # Those of the first one may be larger.
    assert _packed(np.ones((1, 4)), 1 << 24) is not None


def test_only_shifts_that_keep_a_zero_point_are_packed():
    assert _packed(np.ones((2, 4)), shift=21) is not None
    assert _packed(np.ones((2, 4)), shift=22) is None


def test_the_largest_sums_are_exact(tmp_path: pathlib.Path):
    # As near to 2^23 as 640 weights come.
    made = edge_layers.layer("FULLY_CONNECTED", (2, 600), (4, 600), (2, 4)).model()
    one_operator.check(made, tmp_path, runs=6)


def test_weights_of_minus_128_are_packed_beside_none_below_0():
    assert _packed(np.array([[0, 5], [-128, 1]])) is not None
    assert _packed(np.array([[-1, 5], [-128, 1]])) is None


def test_a_layer_that_does_not_fit_is_portable(tmp_path: pathlib.Path):
    weights = np.array([[[[-1]]], [[[-128]]]])
    made = one_operator.model(
        "CONV_2D",
        [tensor((1, 3, 3, 1), scale=0.5), tensor((2, 1, 1, 1), scale=0.01, data=weights)],
        [tensor((1, 3, 3, 2), scale=0.5)],
        {"Padding": PADDING.VALID, "StrideW": 1, "StrideH": 1},
    )
    assert "_dsp(" not in _functions(made)
    assert "no pairs of 16 bits" in _explained(made)
    one_operator.check(made, tmp_path)


def test_a_depthwise_convolution_lies_on_its_input():
    made = LAYERS["depthwise_4x6_strides_1x1_same"].model()
    (op,) = importer.import_model(made, KERNELS).ops
    kernels = targets.TARGETS["armv7em"]
    assert kernels[op.kind].may_share(op) == (0,)
    (op,) = importer.import_model(LAYERS["depthwise_4x6_strides_2x2_same"].model(), KERNELS).ops
    assert kernels[op.kind].may_share(op) == (0,)
    # Of two images, which become smaller: the second one's channels begin farther on.
    assert op.input(0).shape[0] == 2
    images = op.input(0).size // 2, op.output.size // 2
    expected = Distance(images[1] - images[0], op.input(0).shape[3])
    assert kernels[op.kind].distances(op) == {0: expected}
