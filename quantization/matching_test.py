# SPDX-License-Identifier: Apache-2.0
"""Tests of matching.py."""

import dataclasses

import numpy as np
import pytest

from aot import compiler
from quantization import matching
from quantization.matching import MatchError
from tflite.reader import parse_model
from tflite.testing import small_cnn
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs

RELU = 1


@dataclasses.dataclass
class Net:
    """Builds the same network in float and in int8, with what the converter may change.

    Attributes:
      integer: whether it is the int8 model.
    """

    integer: bool
    tensors: list = dataclasses.field(default_factory=list)
    nodes: list = dataclasses.field(default_factory=list)
    inputs: list = dataclasses.field(default_factory=list)

    def value(self, shape, name="", dtype=None):
        dtype = dtype or ("int8" if self.integer else "float32")
        scale = ([1 / 16], [0]) if dtype == "int8" else ((), ())
        self.tensors.append(TensorSpec(shape, dtype, name, b"", *scale))
        return len(self.tensors) - 1

    def input(self, shape, name="", dtype=None):
        self.inputs.append(self.value(shape, name, dtype))
        return self.inputs[-1]

    def constant(self, data):
        if data.dtype == np.float32 and self.integer:
            scale = float(np.abs(data).max()) / 127
            contents = np.rint(data / scale).astype(np.int8)
            spec = TensorSpec(data.shape, "int8", "", contents.tobytes(), [scale], [0])
        else:
            spec = TensorSpec(data.shape, str(data.dtype), "", data.tobytes())
        self.tensors.append(spec)
        return len(self.tensors) - 1

    def node(self, kind, inputs, shape, name="", options=None, table="", dtype=None):
        made = self.value(shape, name, dtype)
        self.nodes.append(NodeSpec(kind, inputs, (made,), 1, options or {}, table))
        return made

    def dense(self, source, seed, name="", activation=0, width=4):
        depth = self.tensors[source].shape[-1]
        weights = np.random.default_rng(seed).uniform(-1, 1, (width, depth)).astype(np.float32)
        options = {"FusedActivationFunction": activation}
        return self.node(
            "FULLY_CONNECTED",
            (source, self.constant(weights), -1),
            (1, width),
            name,
            options,
            "FullyConnectedOptions",
        )

    def add(self, a, b, name=""):
        return self.node("ADD", (a, b), self.tensors[a].shape, name, {}, "AddOptions")

    def graph(self, *outputs):
        spec = GraphSpec(self.tensors, self.nodes, self.inputs, outputs)
        return compiler.specification(parse_model(build_graphs(spec), "net"))


def both(build_float, build_int8=None):
    """Matches what two functions build; each gets a Net, and gives the outputs."""
    floating, quantized = Net(False), Net(True)
    float_graph = floating.graph(*build_float(floating))
    int8_graph = quantized.graph(*(build_int8 or build_float)(quantized))
    return matching.match(int8_graph, float_graph)


def pairs(found):
    """Gives the places of the operators that were matched."""
    return [
        (tuple(op.index for op in a.quantized), tuple(op.index for op in a.floating))
        for a in found.layers
    ]


def test_matches_a_network():
    weights = small_cnn.draw_weights()
    quantized, floating = (
        compiler.specification(parse_model(build(weights), "m"))
        for build in (small_cnn.build_int8, small_cnn.build_float32)
    )
    found = matching.match(quantized, floating)
    assert [layer.label for layer in found.layers] == [
        "CONV_2D",
        "MAX_POOL_2D",
        "FULLY_CONNECTED",
        "SOFTMAX",
    ]
    assert [op.kind for op in found.passed] == ["RESHAPE"]
    assert (found.unmatched, found.unmatched_float) == ((), ())
    # Per channel: the error of each weight is below half of a step.
    assert 40 < matching.weights_db(found.layers[0]) < 60
    assert matching.weights_db(found.layers[1]) is None


def test_passes_over_what_the_converter_adds():
    def build_float(net):
        return [net.dense(net.dense(net.input((1, 8)), 1), 2)]

    def build_int8(net):
        source = net.input((1, 8), dtype="float32")
        hidden = net.dense(net.node("QUANTIZE", (source,), (1, 8)), 1)
        shape = net.constant(np.array([1, 4], np.int32))
        hidden = net.node("RESHAPE", (hidden, shape), (1, 4), "", {}, "ReshapeOptions")
        return [net.node("DEQUANTIZE", (net.dense(hidden, 2),), (1, 4), dtype="float32")]

    found = both(build_float, build_int8)
    assert pairs(found) == [((1,), (0,)), ((3,), (1,))]
    assert [op.kind for op in found.passed] == ["QUANTIZE", "RESHAPE", "DEQUANTIZE"]
    assert found.unmatched == ()


@pytest.mark.parametrize("fused_in_int8", [False, True])
def test_an_activation_may_be_fused_in_one_model(fused_in_int8):
    def build(net):
        source = net.input((1, 8))
        if net.integer == fused_in_int8:
            return [net.dense(net.dense(source, 1, activation=RELU), 2)]
        return [net.dense(net.node("RELU", (net.dense(source, 1),), (1, 4)), 2)]

    one, two = ((0,), (1,)), ((0, 1), (2,))
    found = both(build)
    assert pairs(found) == list(zip(*((one, two) if fused_in_int8 else (two, one)), strict=True))
    assert found.layers[0].outputs[0][0].shape == (1, 4)
    assert found.unmatched_float == ()


def test_an_activation_that_others_read_around_is_not_fused():
    def build_float(net):
        hidden = net.dense(net.input((1, 8)), 1)
        return [net.add(net.node("RELU", (hidden,), (1, 4)), hidden)]

    def build_int8(net):
        hidden = net.dense(net.input((1, 8)), 1, activation=RELU)
        return [net.add(hidden, hidden)]

    with pytest.raises(MatchError, match="none of the quantized model's 2 layers"):
        both(build_float, build_int8)


def test_branches_are_told_apart_by_their_weights():
    def build(net):
        source = net.input((1, 8))
        seeds = (2, 1) if net.integer else (1, 2)
        a, b = (net.dense(source, seed) for seed in seeds)
        # ADD has them in the other order, too.
        return [net.add(a, b)]

    assert pairs(both(build)) == [((0,), (1,)), ((1,), (0,)), ((2,), (2,))]


@pytest.mark.parametrize("kind", ["ADD", "SUB"])
def test_the_way_of_adding_int16_is_no_difference(kind):
    def build(net):
        a, b = (net.input((1, 8), name) for name in "ab")
        # The converter writes it for int16 only.
        options = {"PotScaleInt16": 0} if net.integer else {}
        return [net.node(kind, (a, b), (1, 8), "", options, f"{kind.title()}Options")]

    assert pairs(both(build)) == [((0,), (0,))]


def test_inputs_and_outputs_may_have_another_order():
    def build(net):
        names = ["a", "b"] if net.integer else ["b", "a"]
        given = {name: net.input((1, 8), name) for name in names}
        outputs = [net.dense(given["a"], 1), net.dense(given["b"], 2)]
        return outputs[::-1] if net.integer else outputs

    found = both(build)
    assert (found.inputs, found.outputs) == ((1, 0), (1, 0))
    assert len(found.layers) == 2


@pytest.mark.parametrize("name", ["hidden", ""])
def test_goes_on_by_names_after_a_layer_without_a_partner(name):
    def build(net):
        source = net.dense(net.input((1, 8)), 1)
        kind = "RELU" if net.integer else "RELU6"
        return [net.dense(net.node(kind, (source,), (1, 4), name), 2)]

    found = both(build)
    assert [op.kind for op in found.unmatched_float][:1] == ["RELU6"]
    assert pairs(found) == [((0,), (0,))] + ([((2,), (2,))] if name else [])
    assert [op.kind for op in found.unmatched] == ["RELU"] + ([] if name else ["FULLY_CONNECTED"])


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (lambda net: [net.dense(net.input((1, 9)), 1)], r"inputs int8\[1,9\], and the float model"),
        (lambda net: [net.dense(net.input((1, 8)), 1, width=3)], "outputs int8.1,3."),
        (
            lambda net: [net.node("RELU", (net.dense(net.input((1, 8)), 1, width=3),), (1, 3))],
            "outputs",
        ),
        (lambda net: [net.dense(net.input((1, 8)), 7)], "none has the same weights"),
    ],
)
def test_refuses_models_of_different_networks(other, message):
    with pytest.raises(MatchError, match=message):
        both(lambda net: [net.dense(net.input((1, 8)), 1)], other)


def test_refuses_models_without_a_layer_in_common():
    with pytest.raises(MatchError, match="none of the quantized model's 1 layers is found"):
        both(
            lambda net: [net.node("RELU", (net.input((1, 4)),), (1, 4))],
            lambda net: [net.dense(net.input((1, 4)), 1)],
        )


def test_decibels():
    assert matching.ratio_db(100.0, 1.0) == pytest.approx(20.0)
    assert matching.ratio_db(1.0, 0.0) == float("inf")
    assert matching.ratio_db(0.0, 1.0) == float("-inf")
    # Zeros that stay zeros are exact, and not the worst of all.
    assert matching.ratio_db(0.0, 0.0) == float("inf")


def test_zeros_do_not_make_models_of_two_trainings_alike():
    def build(net):
        hidden = net.dense(net.input((1, 8)), 1 if net.integer else 2)
        zeros = net.value((1, 4))
        net.tensors[zeros] = dataclasses.replace(
            net.tensors[zeros], data=bytes(4 if net.integer else 16)
        )
        return [net.add(hidden, zeros)]

    with pytest.raises(MatchError, match="none has the same weights"):
        both(build)
