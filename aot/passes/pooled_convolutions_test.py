# SPDX-License-Identifier: Apache-2.0
"""A convolution and the pooling after it in one: wheel, specification and C agree."""

import dataclasses
import pathlib

import numpy as np
import pytest

from aot import compiler, importer
from aot.costs import prediction
from aot.graph import Graph, Op
from aot.kernels.registry import KERNELS
from aot.passes import pipeline
from aot.passes.pooled_convolutions import fuse_pooling
from aot.testing import one_operator, random_layers
from aot.testing.one_operator import ACTIVATION, PADDING
from tflite.model import Model
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, build_graphs

_CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")


def _model(
    operator: str = "CONV_2D",
    *,
    kind: str = "int8",
    channels: int = 3,
    outputs: int = 6,
    windows: random_layers.Windows | None = None,
    pool: tuple[int, int] = (2, 2),
    stride: tuple[int, int] = (2, 2),
    same: bool = False,
    activation: int = ACTIVATION.NONE,
    seed: int = 0,
) -> Model:
    """Makes a convolution and MAX_POOL_2D of what it makes."""
    random = np.random.default_rng(seed)
    windows = windows or _windows()
    options = dict(windows.options)
    filters = (outputs, *windows.filter, channels)
    if operator == "DEPTHWISE_CONV_2D":
        filters = (1, *windows.filter, outputs)
        options["DepthMultiplier"] = outputs // channels
    layer = random_layers.tensors(
        kind,
        (2, *windows.size, channels),
        filters,
        (2, *windows.output, outputs),
        random,
        axis=3 if operator == "DEPTHWISE_CONV_2D" else 0,
    )
    shape = [2, 0, 0, outputs]
    for i, n in enumerate(windows.output):
        shape[1 + i] = -(-n // stride[i]) if same else (n - pool[i]) // stride[i] + 1
    pooled = dataclasses.replace(layer.output, shape=tuple(shape))
    pooling = {
        "Padding": PADDING.SAME if same else PADDING.VALID,
        "FilterHeight": pool[0],
        "FilterWidth": pool[1],
        "StrideH": stride[0],
        "StrideW": stride[1],
        "FusedActivationFunction": activation,
    }
    nodes = [
        NodeSpec(
            kind,
            inputs,
            [made],
            options=given,
            options_type=one_operator.options_type(kind),
        )
        for kind, inputs, made, given in (
            (operator, [0, 1, 2], 3, options),
            ("MAX_POOL_2D", [3], 4, pooling),
        )
    ]
    inputs = [spec for spec in layer.inputs if spec is not None]
    graph = GraphSpec([*inputs, layer.output, pooled], nodes, [0], [4])
    return parse_model(build_graphs(graph), "pooled.tflite")


def _windows(
    size: tuple[int, int] = (9, 10),
    filters: tuple[int, int] = (3, 3),
    stride: int = 1,
    same: bool = False,
    dilation: tuple[int, int] = (1, 1),
    activation: int = ACTIVATION.NONE,
) -> random_layers.Windows:
    made = [
        -(-n // stride) if same else (n - (f - 1) * d - 1) // stride + 1
        for n, f, d in zip(size, filters, dilation, strict=True)
    ]
    options = {
        "Padding": PADDING.SAME if same else PADDING.VALID,
        "StrideH": stride,
        "StrideW": stride,
        "DilationHFactor": dilation[0],
        "DilationWFactor": dilation[1],
        "FusedActivationFunction": activation,
    }
    return random_layers.Windows(size, filters, (made[0], made[1]), options)


def _kinds(made: Model) -> list[str]:
    """Gives the operators that are left."""
    return [op.kind for op in compiler.compile_model(made, name="m").graph.ops]


def _random_model(operator: str, seed: int) -> Model:
    random = np.random.default_rng(seed)
    filters = tuple(int(n) for n in random.integers(1, 4, 2))
    pool = tuple(int(n) for n in random.integers(1, 4, 2))
    stride = tuple(n + int(random.integers(2)) for n in pool)
    dilation = (int(random.integers(1, 3)), 1)
    size = tuple(int(n) for n in random.integers(8, 14, 2))
    channels = int(random.integers(4, 9))
    return _model(
        operator,
        kind=str(random.choice(["int8", "int8 per channel", "int8 extreme"])),
        channels=channels,
        outputs=channels if operator == "DEPTHWISE_CONV_2D" else int(random.integers(1, 10)),
        windows=_windows(
            (size[0], size[1]),
            (filters[0], filters[1]),
            int(random.integers(1, 3)),
            bool(random.integers(2)),
            dilation,
            random_layers.activation(random),
        ),
        pool=(pool[0], pool[1]),
        stride=(stride[0], stride[1]),
        activation=random_layers.activation(random),
        seed=seed,
    )


@pytest.mark.parametrize("operator", _CONVOLUTIONS)
@pytest.mark.parametrize("seed", range(12))
def test_agrees(operator: str, seed: int, tmp_path: pathlib.Path):
    one_operator.check(_random_model(operator, seed), tmp_path, seed=seed)


def test_random_models_are_fused():
    for operator in _CONVOLUTIONS:
        fused = sum(len(_kinds(_random_model(operator, seed))) == 1 for seed in range(12))
        assert 4 <= fused < 12


@pytest.mark.parametrize(
    "made",
    [
        _model(),
        _model(pool=(3, 2), stride=(3, 2)),
        _model(pool=(2, 3), stride=(3, 4)),
        _model(windows=_windows(same=True)),
        _model(windows=_windows(same=True, stride=2, size=(8, 8))),
        _model(windows=_windows(dilation=(2, 1))),
        _model(windows=_windows(filters=(1, 1)), outputs=1),
        _model(windows=_windows(filters=(2, 1), dilation=(1, 3))),
        # Without padding after all.
        _model(same=True, windows=_windows((10, 12))),
        _model(activation=ACTIVATION.RELU6, windows=_windows(activation=ACTIVATION.RELU)),
        _model(channels=1),
        _model(channels=1, outputs=1, windows=_windows(same=True), stride=(2, 3), kind="int8"),
        _model(channels=1, windows=_windows(same=True), kind="int8 per channel"),
        _model(channels=1, windows=_windows((8, 9), stride=2)),
        _model(channels=1, windows=_windows(dilation=(2, 1))),
        _model(channels=1, pool=(3, 2), stride=(3, 2)),
        _model("DEPTHWISE_CONV_2D", channels=5, outputs=5),
        _model("DEPTHWISE_CONV_2D", channels=4, outputs=4, pool=(3, 3), stride=(3, 3)),
        _model("DEPTHWISE_CONV_2D", channels=6, windows=_windows(same=True, dilation=(2, 2))),
    ],
    ids=lambda _: "",
)
def test_fused(made: Model, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch):
    # Whether it pays or not.
    monkeypatch.setattr(prediction, "core_of", lambda target: None)
    compiled = compiler.compile_model(made, name="model")
    (op,) = compiled.graph.ops
    assert op.kind == f"{made.main.nodes[0].operator.name}_MAX_POOL_2D"
    assert op.output.tensor == 4
    plain = compiler.compile_model(made, name="model", disabled=["fuse_pooling"])
    assert [op.kind for op in plain.graph.ops][1:] == ["MAX_POOL_2D"]
    # What the convolution makes is not in memory.
    maps = [{value.tensor for value in model.plan.offsets} for model in (plain, compiled)]
    assert maps[0] - maps[1] == {plain.graph.ops[0].output.tensor}
    one_operator.check(made, tmp_path, runs=6)


@pytest.mark.parametrize(
    "made",
    [
        # Sums would be computed several times.
        _model(stride=(1, 2)),
        _model(pool=(3, 3), stride=(3, 2)),
        # Outside of the image there is nothing.
        _model(same=True, windows=_windows((9, 11))),
        # No place has another one beside it.
        _model(pool=(3, 3), stride=(3, 3)),
        _model(windows=_windows(dilation=(1, 2))),
        _model(channels=3, outputs=6, operator="DEPTHWISE_CONV_2D"),
        _model(channels=3, outputs=3, operator="DEPTHWISE_CONV_2D"),
        _model(kind="int16"),
        _model(kind="float32"),
    ],
    ids=lambda _: "",
)
def test_others_stay(made: Model, tmp_path: pathlib.Path):
    assert len(_kinds(made)) == 2
    one_operator.check(made, tmp_path)


def _imported(made: Model) -> Graph:
    return importer.import_model(made, KERNELS)


def test_a_feature_map_that_is_read_elsewhere_stays():
    graph = _imported(_model())
    layer, _ = graph.ops
    shown = dataclasses.replace(graph, outputs=(*graph.outputs, layer.output))
    assert fuse_pooling(shown, KERNELS).ops == shown.ops
    twice = dataclasses.replace(
        graph,
        ops=(
            *graph.ops,
            dataclasses.replace(
                graph.ops[1], outputs=(dataclasses.replace(graph.outputs[0], name="again"),)
            ),
        ),
    )
    both = dataclasses.replace(twice, outputs=(*graph.outputs, twice.ops[2].output))
    assert fuse_pooling(both, KERNELS).ops == both.ops


def test_a_variable_stays():
    graph = _imported(_model())
    layer, pool = graph.ops
    state = dataclasses.replace(layer.input(0), is_variable=True)
    ops = (dataclasses.replace(layer, inputs=(state, *layer.inputs[1:])), pool)
    variable = dataclasses.replace(graph, ops=ops, variables=(state,))
    assert fuse_pooling(variable, KERNELS).ops == ops


def test_weights_that_are_not_constant_stay():
    graph = _imported(_model())
    layer, pool = graph.ops
    weights = dataclasses.replace(layer.input(1), data=None)
    ops = (dataclasses.replace(layer, inputs=(layer.input(0), weights, layer.inputs[2])), pool)
    other = dataclasses.replace(graph, ops=ops, inputs=(*graph.inputs, weights))
    assert fuse_pooling(other, KERNELS).ops == ops


def test_large_factors_stay(tmp_path: pathlib.Path):
    # Sums of 32 bits could wrap: then the largest sum is not the largest number.
    plain = [seed for seed in range(8) if len(_kinds(_model(kind="int8 extreme", seed=seed))) == 2]
    assert plain
    one_operator.check(_model(kind="int8 extreme", seed=plain[0]), tmp_path)


@pytest.mark.parametrize(("apart", "fused"), [(440, True), (441, False), (None, True)])
def test_the_cost_decides(apart: int | None, fused: bool):
    graph = _imported(_model())

    def cost(*ops: Op) -> float | None:
        if len(ops) == 2:
            return 400
        return apart

    assert (len(fuse_pooling(graph, KERNELS, cost).ops) == 1) == fused
    # Where memory or flash counts most, it does not.
    for optimize, decides in (("speed", True), ("size", False), ("ram", False)):
        made = pipeline.passes_for(optimize, cost)["fuse_pooling"](graph, KERNELS)
        assert (len(made.ops) == 1) == (fused or not decides)


def test_models_do_not_have_it():
    graph = fuse_pooling(_imported(_model()), KERNELS)
    assert list(KERNELS["CONV_2D_MAX_POOL_2D"].problems(graph.ops[0])) == [
        "is made by the compiler alone"
    ]
