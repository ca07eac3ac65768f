# SPDX-License-Identifier: Apache-2.0
"""Kernels for cores with MVE: the C for all cores is what the specification says."""

import pathlib
import re

import numpy as np
import pytest

from aot import compiler, emit, importer, targets
from aot.kernels import mve_layer
from aot.kernels.registry import KERNELS
from aot.testing import edge_layers, one_operator, parity, sanitized_program
from aot.testing.edge_layers import LAYERS, VECTORS
from aot.testing.one_operator import PADDING, tensor
from tflite.model import Model

_TARGET = "armv8_1m_mve"


def _functions(made: Model) -> str:
    source = compiler.compile_model(made, name="model", target=_TARGET).sources.source
    return source[source.index("void model_invoke") :]


_ALL = {**LAYERS, **VECTORS}


@pytest.mark.parametrize("name", _ALL)
def test_vectors_are_used(name: str):
    assert "_mve(" in _functions(_ALL[name].model())


def test_all_agree_and_are_clean(tmp_path: pathlib.Path):
    random = np.random.default_rng(0)
    cases = {}
    for name, layer in _ALL.items():
        compiled = compiler.compile_model(layer.model(), name=name, trace=True, target=_TARGET)
        inputs = [parity.random_inputs(compiled.graph, random) for _ in range(4)]
        cases[name] = sanitized_program.Case(compiled, inputs)
    assert sanitized_program.check(cases, tmp_path) == []


@pytest.mark.parametrize("name", ["channels_3_outputs_5", *VECTORS])
def test_agrees_with_the_wheel(name: str, tmp_path: pathlib.Path):
    one_operator.check(_ALL[name].model(), tmp_path)


def test_stores_of_some_lanes_keep_what_was_stored():
    # gcc takes the intrinsic for a store of all lanes, but not that with an offset for each lane.
    count = 0
    for name, text in emit.runtime_files(trace=False).items():
        lines = [line.strip() for line in text.splitlines()]
        for i, line in enumerate(lines):
            if re.match(r"vst\w+_p_", line) and "scatter" not in line:
                assert lines[i - 1] == "keep_stores_mve();", name
                count += 1
    assert count >= 3


def _explained(made: Model) -> str:
    return compiler.explain(compiler.compile_model(made, name="model", target=_TARGET))


def test_explains():
    assert "vectors of 16 bytes (VMLADAVA)" in _explained(LAYERS["strided"].model())
    depthwise = "depthwise_4x6_strides_{}_same"
    assert "vectors of 16 bytes (VMLADAV)" in _explained(LAYERS[depthwise.format("2x2")].model())
    assert "vectors of four channels: not 3 x 3" in _explained(
        LAYERS[depthwise.format("1x2")].model()
    )

    assert "vectors of 16 channels" in _explained(LAYERS["pool_3"].model())
    assert "vectors of 4 channels" in _explained(VECTORS["average_9_3"].model())
    assert "rows in vectors of four" in _explained(VECTORS["add_relu"].model())
    one_value = one_operator.model(
        "ADD",
        [tensor((1, 20), scale=0.5), tensor((1,), scale=0.5, data=np.array([7]))],
        [tensor((1, 20), scale=0.5)],
    )
    assert "a table of 256 outputs" in _explained(one_value)
    assert "vectors" not in _explained(one_value)
    assert "the largest sums are scaled" in _explained(VECTORS["pooled_relu6"].model())
    assert "the rows of a maximum are made in turn" in _explained(
        VECTORS["pooled_channels"].model()
    )


def test_a_layer_that_does_not_fit_is_portable(tmp_path: pathlib.Path):
    # Its factor is more than 1/2.
    made = one_operator.model(
        "CONV_2D",
        [
            tensor((1, 3, 3, 1), scale=0.5),
            tensor((2, 1, 1, 1), scale=2.0, data=np.array([[[[3]]], [[[-5]]]])),
        ],
        [tensor((1, 3, 3, 2), scale=0.5)],
        {"Padding": PADDING.VALID, "StrideW": 1, "StrideH": 1},
    )
    assert "_mve(" not in _functions(made)
    assert "no vectors: its scales, or sums of more than 30 bits" in _explained(made)
    one_operator.check(made, tmp_path)


def test_the_largest_sums_are_exact(tmp_path: pathlib.Path):
    made = edge_layers.layer("FULLY_CONNECTED", (2, 600), (4, 600), (2, 4)).model()
    one_operator.check(made, tmp_path, runs=6)


def test_a_column_more_than_windows_see_is_in_memory():
    made = LAYERS["depthwise_5x7_strides_2x2_same"].model()
    (op,) = importer.import_model(made, KERNELS).ops
    # Four outputs for each of which two columns come, two columns more, and 16 bytes.
    assert op.output.shape[1:3] == (3, 4)
    assert targets.TARGETS[_TARGET][op.kind].scratch_bytes(op) == 64 * 10 + 16


def test_weights_come_by_turns():
    weights = np.arange(3 * 17, dtype=np.int8).reshape(3, 17)
    made = mve_layer.vectors(weights, 2).reshape(2, 2, 2, 16)
    # Two outputs, 16 taps, which of both.
    assert made[0, 0, 1].tolist() == weights[1, :16].tolist()
    assert made[0, 1, 0].tolist() == [weights[0, 16], *[0] * 15]
    assert made[1, 0, 0].tolist() == weights[2, :16].tolist()
    assert not made[1, :, 1].any()
