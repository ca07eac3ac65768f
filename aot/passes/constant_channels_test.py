# SPDX-License-Identifier: Apache-2.0
"""Channels that are constant are left out: wheel, specification and C agree all the same."""

import dataclasses
import math
import pathlib
from collections.abc import Sequence

import numpy as np
import pytest

from aot import compiler, importer
from aot.graph import Graph, Value
from aot.interpreter import Interpreter
from aot.kernels.registry import KERNELS
from aot.passes.constant_channels import remove_constant_channels
from aot.testing import one_operator
from aot.testing.one_operator import ACTIVATION, PADDING, constant, options_type, tensor
from tflite.model import Model
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs

_SCALE = 0.05
_ZERO_POINT = -128


class _Network:
    """A network while it is made, layer after layer.

    Attributes:
      random: where numbers come from.
      tensors: all tensors.
      nodes: all operators.
    """

    def __init__(self, shape: Sequence[int], seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.tensors = [tensor(shape, scale=_SCALE, zero_point=3)]
        self.nodes: list[NodeSpec] = []

    def add(self, spec: TensorSpec) -> int:
        self.tensors.append(spec)
        return len(self.tensors) - 1

    def node(
        self, kind: str, inputs: Sequence[int], shape: Sequence[int], zero: int, **options: int
    ) -> int:
        made = self.add(tensor(shape, scale=_SCALE, zero_point=zero))
        self.nodes.append(
            NodeSpec(kind, inputs, [made], options=options, options_type=options_type(kind))
        )
        return made

    def layer(
        self,
        kind: str,
        source: int,
        outputs: int,
        *,
        size: int = 1,
        stride: int = 1,
        dead: Sequence[int] = (),
        bias: int | None = 0,
        zero: int = _ZERO_POINT,
        same: bool = True,
        activation: int = ACTIVATION.RELU,
        per_channel: bool = True,
    ) -> int:
        """Adds a convolution, or a dense layer.

        Args:
          kind: CONV_2D, DEPTHWISE_CONV_2D, or FULLY_CONNECTED.
          source: its input.
          outputs: how many.
          size: of its window.
          stride: of its window.
          dead: outputs without weights.
          bias: of the dead outputs; None for a layer without any.
          zero: the output's zero point.
          same: whether its padding is SAME.
          activation: the schema's number.
          per_channel: whether each output has its own scale.

        Returns:
          Its output.
        """
        batches, *sides, channels = self.tensors[source].shape
        if kind == "FULLY_CONNECTED":
            # An image is flattened.
            shape: tuple[int, ...] = (outputs, math.prod((*sides, channels)))
            axis, sides = 0, []
        elif kind == "CONV_2D":
            shape, axis = (outputs, size, size, channels), 0
        else:
            shape, axis = (1, size, size, outputs), 3
        weights = self.random.integers(-127, 128, shape)
        np.moveaxis(weights, axis, 0)[list(dead)] = 0
        count = outputs if per_channel else 1
        scales = list(self.random.uniform(0.002, 0.02, count))
        places = [source, self.add(tensor(shape, scale=scales, axis=axis, data=weights))]
        if bias is not None:
            data = self.random.integers(-300, 300, outputs)
            data[list(dead)] = bias
            given = [_SCALE * s for s in scales]
            places.append(self.add(tensor((outputs,), "int32", scale=given, data=data)))
        options = {"FusedActivationFunction": activation}
        if kind != "FULLY_CONNECTED":
            sides = [-(-n // stride) if same else (n - size) // stride + 1 for n in sides]
            options |= {"StrideH": stride, "StrideW": stride}
            options["Padding"] = PADDING.SAME if same else PADDING.VALID
        if kind == "DEPTHWISE_CONV_2D":
            options["DepthMultiplier"] = outputs // channels
        return self.node(kind, places, (batches, *sides, outputs), zero, **options)

    def pool(self, kind: str, source: int, size: int) -> int:
        batches, height, width, channels = self.tensors[source].shape
        options = {"Padding": PADDING.VALID, "FilterHeight": size, "FilterWidth": size}
        shape = (batches, height // size, width // size, channels)
        zero = self.tensors[source].zero_points[0]
        return self.node(kind, [source], shape, zero, StrideH=size, StrideW=size, **options)

    def flatten(self, source: int) -> int:
        batches, height, width, channels = self.tensors[source].shape
        shape = (batches, height * width * channels)
        zero = self.tensors[source].zero_points[0]
        return self.node("RESHAPE", [source, self.add(constant(*shape))], shape, zero)

    def model(self, *outputs: int) -> Model:
        graph = GraphSpec(self.tensors, self.nodes, [0], outputs or [len(self.tensors) - 1])
        return parse_model(build_graphs(graph), "channels.tflite")


def _shapes(made: Model) -> list[tuple[int, ...]]:
    """Gives the shapes that operators make, after the pass."""
    graph = importer.import_model(made, KERNELS)
    return [op.output.shape for op in remove_constant_channels(graph, KERNELS).ops]


def _check(made: Model, folder: pathlib.Path) -> None:
    """Compares the graphs before and after in Python; and wheel, specification and C."""
    graph = importer.import_model(made, KERNELS)
    smaller = remove_constant_channels(graph, KERNELS)
    one, two = Interpreter(graph, KERNELS), Interpreter(smaller, KERNELS)
    random = np.random.default_rng(1)
    for _ in range(5):
        given = random.integers(-128, 128, graph.inputs[0].shape).astype(np.int8)
        before, after = one.run([given]), two.run([given])
        numbers = {value.tensor: data for value, data in before.items()}
        for value, data in after.items():
            if value.tensor is not None:
                np.testing.assert_array_equal(data, numbers[value.tensor])
        for old, new in zip(graph.outputs, smaller.outputs, strict=True):
            np.testing.assert_array_equal(before[old], after[new])
    one_operator.check(made, folder, runs=4)


# --- what is left out -----------------------------------------------------------------------------


def _mobile(seed: int) -> Model:
    """Layers as those of a MobileNet, of which many channels are constant."""
    random = np.random.default_rng(seed)

    def dead(channels: int) -> list[int]:
        return list(np.flatnonzero(random.integers(0, 3, channels) == 0))

    net = _Network((1, 17, 16, 3), seed)
    kind = {"per_channel": bool(seed % 2)}
    value = net.layer("CONV_2D", 0, 8, size=3, stride=2, dead=dead(8), **kind)
    value = net.layer("DEPTHWISE_CONV_2D", value, 8, size=3, dead=dead(8), bias=-5, **kind)
    value = net.layer("CONV_2D", value, 12, dead=dead(12), bias=int(random.integers(-9, 99)))
    value = net.layer("DEPTHWISE_CONV_2D", value, 24, size=3, stride=2, dead=dead(24), **kind)
    value = net.layer("CONV_2D", value, 9, dead=dead(9), bias=int(random.integers(0, 2000)))
    value = net.pool(("MAX_POOL_2D", "AVERAGE_POOL_2D")[seed % 2], value, 2)
    value = net.flatten(value) if seed % 3 else value
    value = net.layer("FULLY_CONNECTED", value, 7, dead=[1, 2], bias=700, per_channel=False)
    net.layer("FULLY_CONNECTED", value, 4, activation=ACTIVATION.NONE, zero=5, per_channel=False)
    return net.model()


@pytest.mark.parametrize("seed", range(10))
def test_agrees(seed: int, tmp_path: pathlib.Path):
    made = _mobile(seed)
    assert _shapes(made)[:5] != [made.main.tensors[n.outputs[0]].shape for n in made.main.nodes][:5]
    _check(made, tmp_path)


def test_the_border_sees_the_zero_point(tmp_path: pathlib.Path):
    net = _Network((1, 6, 6, 2))
    value = net.layer("CONV_2D", 0, 8, dead=[0, 3, 6], bias=-100)
    value = net.layer("DEPTHWISE_CONV_2D", value, 8, size=3)
    net.layer("CONV_2D", value, 5)
    made = net.model()
    # The third layer gets what the depthwise one makes of a constant, everywhere the same.
    assert _shapes(made) == [(1, 6, 6, 5), (1, 6, 6, 5), (1, 6, 6, 5)]
    _check(made, tmp_path)


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D"])
@pytest.mark.parametrize("same", [True, False])
def test_another_constant_stays_if_the_border_does_not_see_it(
    kind: str, same: bool, tmp_path: pathlib.Path
):
    net = _Network((1, 6, 6, 2))
    value = net.layer("CONV_2D", 0, 8, dead=[0, 3, 6], bias=3000)
    value = net.layer(kind, value, 8, size=3, same=same)
    net.layer("CONV_2D", value, 5)
    made = net.model()
    assert _shapes(made)[0] == ((1, 6, 6, 8) if same else (1, 6, 6, 5))
    _check(made, tmp_path)


def test_what_nobody_uses_goes(tmp_path: pathlib.Path):
    net = _Network((1, 6, 6, 2))
    value = net.layer("CONV_2D", 0, 8, size=3)
    value = net.layer("DEPTHWISE_CONV_2D", value, 8, size=3, dead=[1, 2, 7])
    net.layer("CONV_2D", value, 5)
    made = net.model()
    assert _shapes(made)[:2] == [(1, 6, 6, 5)] * 2
    _check(made, tmp_path)


def test_what_a_clamp_makes_constant_goes(tmp_path: pathlib.Path):
    net = _Network((1, 4, 4, 2))
    value = net.layer("CONV_2D", 0, 6)
    # No sum is as large as that.
    bias = net.nodes[0].inputs[2]
    data = np.array([10, -100_000, 20, 100_000, 30, -100_000], np.int32)
    net.tensors[bias] = dataclasses.replace(net.tensors[bias], data=data.tobytes())
    net.layer("CONV_2D", value, 3)
    made = net.model()
    assert _shapes(made)[0] == (1, 4, 4, 3)
    _check(made, tmp_path)


def test_a_layer_without_bias_gets_one(tmp_path: pathlib.Path):
    net = _Network((1, 4, 4, 2))
    value = net.layer("CONV_2D", 0, 6, dead=[2], bias=2000)
    net.layer("CONV_2D", value, 3, bias=None)
    made = net.model()
    graph = remove_constant_channels(importer.import_model(made, KERNELS), KERNELS)
    assert graph.ops[0].output.shape == (1, 4, 4, 5)
    assert graph.ops[1].input(2).shape == (3,)
    _check(made, tmp_path)


@pytest.mark.parametrize("flattened", [True, False])
def test_an_image_that_is_flattened(flattened: bool, tmp_path: pathlib.Path):
    net = _Network((1, 3, 2, 2))
    value = net.layer("CONV_2D", 0, 5, dead=[0, 3], bias=2000)
    value = net.flatten(value) if flattened else value
    net.layer("FULLY_CONNECTED", value, 4, zero=0, activation=ACTIVATION.NONE)
    made = net.model()
    assert _shapes(made)[:-1] == [(1, 3, 2, 3), (1, 18)][: len(made.main.nodes) - 1]
    _check(made, tmp_path)


def test_one_channel_is_left_of_none(tmp_path: pathlib.Path):
    net = _Network((1, 4, 4, 2))
    value = net.layer("CONV_2D", 0, 6, dead=range(6), bias=900)
    value = net.pool("AVERAGE_POOL_2D", value, 2)
    net.layer("CONV_2D", value, 3)
    made = net.model()
    assert _shapes(made)[:2] == [(1, 4, 4, 1), (1, 2, 2, 1)]
    _check(made, tmp_path)


@pytest.mark.parametrize("both", [True, False])
def test_a_sum_of_two(both: bool, tmp_path: pathlib.Path):
    net = _Network((1, 4, 4, 2))
    left = net.layer("CONV_2D", 0, 6, dead=[1, 2, 3], bias=50)
    right = net.layer("CONV_2D", 0, 6, dead=[2, 3, 4] if both else [4], bias=-7)
    total = net.node("ADD", [left, right], (1, 4, 4, 6), -100)
    net.layer("CONV_2D", total, 3)
    made = net.model()
    assert _shapes(made)[:3] == [(1, 4, 4, 4 if both else 6)] * 3
    _check(made, tmp_path)


# --- what stays -----------------------------------------------------------------------------------


def _small() -> _Network:
    net = _Network((1, 4, 4, 2))
    net.layer("CONV_2D", 0, 6, dead=[1, 2])
    return net


def test_what_the_user_reads_stays(tmp_path: pathlib.Path):
    net = _small()
    value = len(net.tensors) - 1
    last = net.layer("CONV_2D", value, 3)
    assert _shapes(net.model())[0] == (1, 4, 4, 4)
    made = net.model(value, last)
    assert _shapes(made)[0] == (1, 4, 4, 6)
    one_operator.check(made, tmp_path)


def test_what_another_operator_reads_stays():
    net = _small()
    value = len(net.tensors) - 1
    net.layer("CONV_2D", value, 3)
    other = net.node("SOFTMAX", [value], (1, 4, 4, 6), -128, Beta=1)
    net.tensors[other] = dataclasses.replace(net.tensors[other], scales=(1 / 256,))
    assert _shapes(net.model(len(net.tensors) - 2, other))[0] == (1, 4, 4, 6)


def test_channels_that_do_not_stay_side_by_side_stay():
    net = _small()
    value = len(net.tensors) - 1
    value = net.node("RESHAPE", [value, net.add(constant(1, 24, 4))], (1, 24, 4), _ZERO_POINT)
    net.layer("FULLY_CONNECTED", value, 3)
    assert _shapes(net.model())[0] == (1, 4, 4, 6)


def _imported() -> Graph:
    net = _small()
    net.layer("CONV_2D", len(net.tensors) - 1, 3)
    return importer.import_model(net.model(), KERNELS)


@pytest.mark.parametrize("place", [0, 1])
def test_weights_that_are_not_constant_stay(place: int):
    graph = _imported()
    ops = list(graph.ops)
    weights: Value = dataclasses.replace(ops[place].input(1), data=None)
    inputs = (ops[place].input(0), weights, ops[place].input(2))
    ops[place] = dataclasses.replace(ops[place], inputs=inputs)
    other = dataclasses.replace(graph, ops=tuple(ops), inputs=(*graph.inputs, weights))
    assert remove_constant_channels(other, KERNELS).ops == other.ops


def test_a_variable_stays():
    graph = _imported()
    first, second = graph.ops
    state = dataclasses.replace(first.output, is_variable=True)
    ops = (
        dataclasses.replace(first, outputs=(state,)),
        dataclasses.replace(second, inputs=(state, *second.inputs[1:])),
    )
    other = dataclasses.replace(graph, ops=ops, variables=(state,))
    assert remove_constant_channels(other, KERNELS).ops == ops


def test_it_is_switched_off():
    net = _small()
    net.layer("CONV_2D", len(net.tensors) - 1, 3)
    made = net.model()
    compiled = compiler.compile_model(made, name="m", disabled=["remove_constant_channels"])
    assert compiled.graph.ops[0].output.shape == (1, 4, 4, 6)
    smaller = compiler.compile_model(made, name="m")
    assert smaller.graph.ops[0].output.shape == (1, 4, 4, 4)
    assert "without 2 of 6 channels, which are constant or not used" in smaller.sources.source
