# SPDX-License-Identifier: Apache-2.0
"""That the converter's models are what they are said to be, and that their outputs show much.

Parity tests of a model whose operators or options are not those that are meant, or which outputs
the same for all inputs, would prove little.
"""

import os
import pathlib

import numpy as np
import pytest

from reference.litert import LiteRt
from tflite.model import Model, Node, Subgraph, Tensor
from tflite.reader import read_model

PATHS = {pathlib.Path(path).stem: path for path in os.environ["MODELS"].split()}
SAMPLES = 50


def model(name: str) -> Model:
    return read_model(PATHS[name])


def layers(name: str, operator: str) -> list[Node]:
    """The operators of one kind in the main subgraph."""
    return [node for node in model(name).main.nodes if node.operator.name == operator]


def options(name: str, operator: str, *wanted: str) -> list[tuple]:
    return [tuple(node.options[key] for key in wanted) for node in layers(name, operator)]


def activations(graph: Subgraph) -> list[Tensor]:
    return [tensor for tensor in graph.tensors if not tensor.is_constant]


def scales(graph: Subgraph, indices) -> set:
    tensors = [graph.tensors[i].quantization for i in indices]
    return {(tensor.scales, tensor.zero_points) for tensor in tensors}


def test_the_types_are_as_named():
    for name in PATHS:
        dtypes = {tensor.dtype for tensor in activations(model(name).main)}
        if name in ("mixed", "hybrid", "looping"):
            assert dtypes == {"float32"}
        elif name == "branching":
            assert dtypes == {"float32", "bool"}
        else:
            assert dtypes == {"int16" if name == "int16x8" else "int8"}
    for name, dtypes in (("hybrid", ["float32", "int8"]), ("int16x8", ["int8"])):
        graph = model(name).main
        weights = {graph.tensors[node.inputs[1]].dtype for node in layers(name, "CONV_2D")}
        # The converter leaves small weights as they are.
        assert sorted(weights) == dtypes


def test_depthwise_convolutions_multiply_channels():
    multipliers = options("depthwise_separable", "DEPTHWISE_CONV_2D", "depth_multiplier")
    assert multipliers == [(2,), (1,)]
    assert options("mixed", "DEPTHWISE_CONV_2D", "depth_multiplier") == [(2,), (1,)]
    assert options("global_mean", "DEPTHWISE_CONV_2D", "depth_multiplier") == [(3,)]


def test_average_pools_are_padded_and_not():
    assert options("depthwise_separable", "AVERAGE_POOL_2D", "padding", "stride_h") == [
        ("SAME", 2),
        ("VALID", 3),
    ]
    assert options("mixed", "AVERAGE_POOL_2D", "padding", "stride_h") == [("SAME", 1)]
    assert len(layers("global_mean", "MEAN")) == len(layers("mixed", "MEAN")) == 1


def test_skip_connections_are_added_with_relu_and_their_own_scales():
    assert options("residual", "ADD", "fused_activation_function") == [("RELU",), ("RELU",)]
    assert options("residual", "CONV_2D", "stride_h").count((2,)) == 2
    for name in ("residual", "ports", "int16x8"):
        graph = model(name).main
        for node in layers(name, "ADD"):
            assert len(scales(graph, node.inputs + node.outputs)) == 3


def test_branches_are_quantized_alike_before_they_are_joined():
    for name in ("branches", "requantized", "ports"):
        graph = model(name).main
        (node,) = layers(name, "CONCATENATION")
        assert len(scales(graph, node.inputs + node.outputs)) == 1
    (node,) = layers("requantized", "QUANTIZE")
    graph = model("requantized").main
    assert len(scales(graph, node.inputs + node.outputs)) == 2


def test_ports_are_of_different_shapes():
    for name in ("ports", "int16x8"):
        graph = model(name).main
        for indices in (graph.inputs, graph.outputs):
            assert len({graph.tensors[i].shape for i in indices}) == 3
            assert len(scales(graph, indices)) == 3


def test_control_flow_has_subgraphs():
    assert [node.operator.name for node in model("branching").main.nodes] == [
        "MEAN",
        "GREATER",
        "IF",
    ]
    assert [node.operator.name for node in model("looping").main.nodes] == ["WHILE"]
    assert len(model("branching").subgraphs) == len(model("looping").subgraphs) == 3


@pytest.mark.parametrize("name", sorted(PATHS))
def test_outputs_differ_from_sample_to_sample(name):
    runtime = LiteRt(pathlib.Path(PATHS[name]).read_bytes())
    random = np.random.default_rng(1)
    found = []
    for _ in range(SAMPLES):
        inputs = []
        for detail in runtime.input_details():
            dtype = np.dtype(detail["dtype"])
            if dtype.kind == "f":
                values = random.uniform(-1, 1, detail["shape"])
            else:
                limits = np.iinfo(dtype)
                values = random.integers(limits.min, limits.max, detail["shape"], endpoint=True)
            inputs.append(values.astype(dtype))
        found.append(runtime.run(inputs))
    for outputs in zip(*found, strict=True):
        assert len({output.tobytes() for output in outputs}) > SAMPLES / 2
