# SPDX-License-Identifier: Apache-2.0
"""Kernels for x86-64: at each level that the CPU has, the C is what the specification says."""

import dataclasses
import pathlib

import numpy as np
import pytest

from aot import compiler, interpreter
from aot.compiler import Compiled
from aot.kernels import x86_layer
from aot.kernels.int8_layer import Int8Layer
from aot.kernels.registry import KERNELS
from aot.testing import (
    edge_layers,
    one_operator,
    parity,
    sanitized_program,
    x86_layers,
    x86_levels,
)
from aot.testing.compiled_program import CompiledProgram
from aot.testing.edge_layers import Layer
from aot.testing.one_operator import tensor
from aot.testing.x86_layers import Pooled
from aot.testing.x86_levels import LEVELS
from tflite.model import Model
from tflite.reader import parse_model

LAYERS = {**{f"edge_{k}": v for k, v in edge_layers.LAYERS.items()}, **x86_layers.LAYERS}
# Functions for x86-64 don't compute these.
_PORTABLE = (
    "edge_groups",
    "edge_groups_odd",
    "edge_groups_1x1",
    # A table has what is added to each byte.
    *(name for name in LAYERS if name.startswith(("add_1_", "sub_1_"))),
)


@pytest.fixture(scope="module", name="highest")
def _highest(tmp_path_factory: pytest.TempPathFactory) -> int:
    return x86_levels.highest(tmp_path_factory.mktemp("level"))


@pytest.fixture(scope="module", name="together")
def _together() -> Compiled:
    """All layers beside each other, as headers of instructions take long to compile."""
    model = parse_model(edge_layers.together(LAYERS.values()), "layers.tflite")
    return compiler.compile_model(model, name="model", trace=True, target="x86_64")


def _flag(level: str, highest: int) -> str:
    if LEVELS[level] > highest:
        pytest.skip(f"this CPU has no {level}")
    return x86_levels.flag(LEVELS[level])


def _check(compiled: Compiled, folder: pathlib.Path, flag: str, runs: int = 6) -> None:
    """Checks that C and specification agree in all layers, on inputs of several kinds."""
    program = CompiledProgram(compiled, "model", folder, flags=("-O1", flag))
    _compare(compiled, program, runs)


def _compare(compiled: Compiled, program: CompiledProgram, runs: int) -> None:
    specification = interpreter.Interpreter(compiled.graph, KERNELS)
    random = np.random.default_rng(0)
    for _ in range(runs):
        inputs = parity.random_inputs(compiled.graph, random)
        expected, made = specification.run(inputs), program.run(inputs)
        for op in compiled.graph.ops:
            for value in op.outputs:
                if value.tensor is not None:
                    found = parity.same(np.asarray(expected[value]), made[value.tensor], 0)
                    assert found == "", f"{op.kind} of {op.input(0).shape}: {found}"


@pytest.mark.parametrize("level", LEVELS)
def test_all_agree(level: str, highest: int, together: Compiled, tmp_path: pathlib.Path):
    _check(together, tmp_path, _flag(level, highest))


@pytest.mark.parametrize("level", LEVELS)
def test_all_are_clean(level: str, highest: int, together: Compiled, tmp_path: pathlib.Path):
    random = np.random.default_rng(0)
    inputs = [parity.random_inputs(together.graph, random) for _ in range(2)]
    flags = (*sanitized_program.FLAGS, _flag(level, highest))
    cases = {"model": sanitized_program.Case(together, inputs)}
    assert sanitized_program.check(cases, tmp_path, flags=flags) == []


def _source(made: Model) -> str:
    source = compiler.compile_model(made, name="model", target="x86_64").sources.source
    return source[source.index("void model_invoke") :]


def _pooled(*pooled: Pooled) -> Compiled:
    model = x86_layers.pooled_together(pooled)
    return compiler.compile_model(model, name="model", trace=True, target="x86_64")


@pytest.mark.parametrize("level", LEVELS)
def test_pooled_convolutions_agree(level: str, highest: int, tmp_path: pathlib.Path):
    flag = _flag(level, highest)
    compiled = _pooled(*x86_layers.POOLED.values())
    assert {op.kind for op in compiled.graph.ops} == {"CONV_2D_MAX_POOL_2D"}
    _check(compiled, tmp_path, flag)


@pytest.mark.parametrize("level", LEVELS)
def test_pooled_convolutions_are_clean(level: str, highest: int, tmp_path: pathlib.Path):
    flags = (*sanitized_program.FLAGS, _flag(level, highest))
    compiled = _pooled(*x86_layers.POOLED.values())
    random = np.random.default_rng(0)
    case = sanitized_program.Case(compiled, [parity.random_inputs(compiled.graph, random)])
    assert sanitized_program.check({"model": case}, tmp_path, flags=flags) == []


@pytest.mark.parametrize("name", x86_layers.POOLED)
def test_instructions_are_used_if_pooled(name: str):
    made = x86_layers.pooled_together([x86_layers.POOLED[name]])
    assert "_x86(" in _source(made)
    assert "clamp_int8(" not in _source(made)


def test_pooling_of_more_places_is_portable():
    made = x86_layers.pooled_together([Pooled((12, 12), 2, (3, 3), 7, "SAME", (3, 4))])
    assert "_x86(" not in _source(made)
    assert "no instructions of AVX2 or VNNI: more than 8 places" in _explained(made)


@pytest.mark.parametrize("name", LAYERS)
def test_instructions_are_used(name: str):
    used = "_x86(" in _source(LAYERS[name].model())
    assert used == (name not in _PORTABLE), name


@pytest.mark.parametrize(
    "name", ["blocks_33_channels_7", "depthwise_3x3_channels_17", "add_33_0", "sub_33_1"]
)
def test_the_wheel_agrees(name: str, tmp_path: pathlib.Path):
    one_operator.check(LAYERS[name].model(), tmp_path)


def test_the_wheel_agrees_on_a_pooled_convolution(tmp_path: pathlib.Path):
    made = x86_layers.pooled_together([x86_layers.POOLED["padded"]])
    found = parity.compare(made, tmp_path, runs=3, target="x86_64")
    assert list(found) == []


def _explained(made: Model) -> str:
    return compiler.explain(compiler.compile_model(made, name="model", target="x86_64"))


def test_explains():
    assert "16 outputs at a time (VPDPBUSD" in _explained(LAYERS["edge_strided"].model())
    assert "no instructions of AVX2 or VNNI: groups" in _explained(LAYERS["edge_groups"].model())
    assert "16 at a time (VPMULDQ)" in _explained(LAYERS["add_33_0"].model())


def _sum(*shapes: tuple[int, ...], scale: float = 0.5) -> Model:
    inputs = [tensor(shape, scale=0.5) for shape in shapes]
    return one_operator.model("ADD", inputs, [tensor(shapes[0], scale=scale)])


def test_explains_sums():
    one_value = LAYERS["add_1_0"].model()
    assert "[(uint8_t)" in _source(one_value)
    assert "a table of 256 outputs" in _explained(one_value)
    assert "at a time" not in _explained(one_value)
    assert "one by one: a number of one input" in _explained(_sum((1, 5, 4), (1, 5, 1)))
    assert "one by one: its scales" in _explained(_sum((1, 20), (1, 20), scale=1.5e-6))


def _layer(weights: int = 1, multiplier: int = 1 << 30, shift: int = 0) -> Int8Layer:
    return Int8Layer(
        np.full((2, 4), weights, np.int8),
        np.zeros(2, np.int32),
        np.full(2, multiplier, np.int32),
        np.full(2, shift, np.int8),
    )


def test_says_what_does_not_fit():
    assert x86_layer.problem(_layer()) == ""
    assert x86_layer.problem(None) == "its scales, or sums of more than 30 bits"
    assert x86_layer.problem(_layer(weights=-127)) == ""
    assert x86_layer.problem(_layer(weights=-128)) == "weights of -128"
    assert x86_layer.problem(_layer(multiplier=-1)) == "a scale below 0"
    assert x86_layer.problem(_layer(shift=21)) == ""
    assert x86_layer.problem(_layer(shift=22)) == "a scale below 2^-23"


def _extreme(zero_points: tuple[int, int], scale: float, activation: int) -> Layer:
    """A dense layer of the largest products, and scales from one extreme to the other."""
    inputs, outputs = 300, 34
    random = np.random.default_rng(0)
    weights = random.choice([-127, 127], (outputs, inputs))
    weights[0], weights[1] = 127, -127
    scales = tuple(float(scale * 2.0 ** -(o % 13)) for o in range(outputs))
    made = edge_layers.layer("FULLY_CONNECTED", (11, inputs), (outputs, inputs), (11, outputs))
    source, _, bias = made.inputs
    return dataclasses.replace(
        made,
        inputs=[
            dataclasses.replace(source, zero_points=(zero_points[0],)),
            one_operator.tensor((outputs, inputs), scale=scales, axis=0, data=weights),
            bias,
        ],
        outputs=[dataclasses.replace(made.outputs[0], zero_points=(zero_points[1],))],
        options={"FusedActivationFunction": activation},
    )


@pytest.mark.parametrize("level", LEVELS)
def test_extremes_agree(level: str, highest: int, tmp_path: pathlib.Path):
    layers = [
        _extreme((a, b), scale, activation)
        for a in (-128, 0, 127)
        for b in (-128, 0, 127)
        for scale in (0.4, 0.001)
        for activation in (one_operator.ACTIVATION.NONE, one_operator.ACTIVATION.RELU6)
    ]
    model = parse_model(edge_layers.together(layers), "layers.tflite")
    compiled = compiler.compile_model(model, name="model", trace=True, target="x86_64")
    assert compiled.sources.source.count("  fully_connected_x86(") == len(layers)
    _check(compiled, tmp_path, _flag(level, highest))
