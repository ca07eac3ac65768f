# SPDX-License-Identifier: Apache-2.0
"""Random small networks for images: what can run by rows, one layer after the other."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from aot.testing.one_operator import PADDING, tensor
from aot.testing.random_graphs import FUSED, Builder, Choices, RandomModel, like
from tflite.testing.model_builder import GraphSpec, TensorSpec

_TYPES = ("int8",) * 5 + ("float32", "int16")
_MOST_LAYERS = 6
_MOST_CHANNELS = 9
_SCALE = 0.05


def random_images(source: int | Sequence[int]) -> RandomModel:
    """Makes a random network: convolutions and poolings in a row, and sums with what was before.

    Args:
      source: a seed, or choices of another model.

    Returns:
      The model, of one input of batch 1.
    """
    choose = Choices(np.random.default_rng(source) if isinstance(source, int) else source)
    layers = choose.between(1, _MOST_LAYERS)
    graph = Builder(choose, choose.pick(_TYPES))
    shape = (1, choose.between(4, 14), choose.between(1, 9), choose.between(1, 5))
    place = graph.input(_image(graph, shape))
    for _ in range(layers):
        kind = choose.below(8)
        pool = {6: "MAX_POOL_2D", 7: "AVERAGE_POOL_2D"}.get(kind)
        if pool and _pool(graph, place, pool):
            place = graph.values[-1]
        elif kind == 5:
            place = _residual(graph, place)
        elif kind >= 3:
            place = _convolution(graph, place, "DEPTHWISE_CONV_2D")
        else:
            place = _convolution(graph, place, "CONV_2D")
    if choose.below(2):
        _dense(graph, place)
    made = [node.outputs[0] for node in graph.nodes]
    outputs = made[-1:]
    if len(made) > 1 and choose.one_in(5):
        outputs.append(choose.pick(made[:-1]))
    spec = GraphSpec(graph.tensors, graph.nodes, graph.inputs, outputs)
    return RandomModel((spec,), tuple(choose.taken))


def _dense(graph: Builder, place: int) -> None:
    """Adds a dense layer of all of an image, with RESHAPE before it as converters write it."""
    size = math.prod(graph.tensors[place].shape)
    place = graph.reshaped(place, (1, size))
    outputs = graph.choose.between(1, _MOST_CHANNELS)
    weights, bias = _weights(graph, place, (outputs, size), size, outputs)
    options = {"FusedActivationFunction": graph.choose.pick(FUSED)}
    made = _image(graph, (1, outputs))
    graph.node("FULLY_CONNECTED", [place, weights, bias], [made], options, bound=1e6)


def _image(graph: Builder, shape: Sequence[int]) -> TensorSpec:
    """Describes an image."""
    if graph.dtype == "float32":
        return tensor(shape, "float32")
    zero = graph.zero_point(graph.dtype)
    scale = _SCALE * graph.choose.pick((1.0, 0.7, 1.6))
    return tensor(shape, graph.dtype, scale=scale, zero_point=zero)


def _window(graph: Builder, length: int, same: bool, largest: int) -> tuple[int, int, int]:
    """Chooses (size, stride, outputs) of a window in one dimension."""
    size = graph.choose.between(1, largest if same else min(largest, length))
    stride = graph.choose.pick((1, 1, 2, 3))
    return size, stride, -(-length // stride) if same else (length - size) // stride + 1


def _convolution(
    graph: Builder, place: int, operator: str, *, stride: int = 0, out_c: int = 0, size: int = 0
) -> int:
    """Adds a convolution; with a stride, SAME of this stride, and so many outputs."""
    choose = graph.choose
    _, height, width, in_c = graph.tensors[place].shape
    same = bool(choose.below(2)) or bool(stride)
    depthwise = operator == "DEPTHWISE_CONV_2D"
    down, across = _window(graph, height, same, 4), _window(graph, width, same, 4)
    if size or (depthwise and same and choose.below(2)):
        down, across = ((size or 3, one[1], one[2]) for one in (down, across))
    if stride:
        down = (down[0], stride, -(-height // stride))
        across = (across[0], stride, -(-width // stride))
    multiplier = 1
    if depthwise:
        multiplier = choose.pick((1, 1, 1, 2))
        out_c = in_c * multiplier
        filters: tuple[int, ...] = (1, down[0], across[0], out_c)
        taps = down[0] * across[0]
    else:
        out_c = out_c or choose.between(1, _MOST_CHANNELS)
        filters = (out_c, down[0], across[0], in_c)
        taps = math.prod(filters[1:])
    options = {
        "Padding": PADDING.SAME if same else PADDING.VALID,
        "StrideH": down[1],
        "StrideW": across[1],
        "DilationHFactor": 1,
        "DilationWFactor": 1,
        "FusedActivationFunction": choose.pick(FUSED),
    }
    if depthwise:
        options["DepthMultiplier"] = multiplier
    weights, bias = _weights(graph, place, filters, taps, out_c, axis=3 if depthwise else 0)
    made = _image(graph, (1, down[2], across[2], out_c))
    bound = 24.0 * taps * 3
    return graph.node(operator, [place, weights, bias], [made], options, bound=bound)[0]


def _weights(
    graph: Builder, place: int, filters: Sequence[int], taps: int, outputs: int, axis: int = 0
) -> tuple[int, int]:
    """Adds weights and a bias, so that few outputs saturate."""
    random = graph.random()
    if graph.dtype == "float32":
        weights = random.normal(0, 0.4, filters).astype(np.float32)
        return graph.constant(weights), graph.constant(
            random.normal(0, 0.5, outputs).astype(np.float32)
        )
    scale = 1 / (60 * math.sqrt(taps))
    scales = tuple(float(s) for s in scale * random.uniform(0.3, 1.5, outputs))
    data = random.integers(-127, 128, filters).astype(np.int8)
    zeros = (0,) * outputs
    kind = "int64" if graph.dtype == "int16" else "int32"
    numbers = random.integers(-2000, 2000, outputs).astype(kind)
    source_scale = graph.tensors[place].scales[0]
    own = tuple(source_scale * s for s in scales)
    return (
        graph.constant(data, scales, zero_point=zeros, axis=axis),
        graph.constant(numbers, own, zero_point=zeros, axis=0),
    )


def _pool(graph: Builder, place: int, operator: str) -> bool:
    """Adds a pooling, if there is room for one."""
    spec = graph.tensors[place]
    _, height, width, channels = spec.shape
    if height < 2:
        return False
    same = graph.choose.below(3) == 2
    down, across = _window(graph, height, same, 3), _window(graph, width, same, 3)
    if graph.choose.below(2) and width >= 2:
        same = False
        down, across = (2, 2, height // 2), (2, 2, width // 2)
    options = {
        "Padding": PADDING.SAME if same else PADDING.VALID,
        "FilterHeight": down[0],
        "FilterWidth": across[0],
        "StrideH": down[1],
        "StrideW": across[1],
        "FusedActivationFunction": graph.choose.pick(FUSED),
    }
    made = like(spec, (1, down[2], across[2], channels))
    graph.node(operator, [place], [made], options, bound=graph.bound(place))
    return True


def _residual(graph: Builder, place: int) -> int:
    """Adds two convolutions, and the sum of what they make and what they began with."""
    choose = graph.choose
    stride = choose.pick((1, 1, 2))
    channels = graph.tensors[place].shape[3]
    if stride > 1:
        channels = choose.between(1, _MOST_CHANNELS)
    middle = _convolution(graph, place, "CONV_2D", stride=stride, size=3)
    end = _convolution(graph, middle, "CONV_2D", stride=1, out_c=channels, size=3)
    other = place
    if stride > 1 or choose.one_in(4):
        other = _convolution(graph, place, "CONV_2D", stride=stride, out_c=channels, size=1)
    operator = choose.pick(("ADD", "ADD", "SUB", "MUL"))
    made = _image(graph, graph.tensors[end].shape)
    options = {"FusedActivationFunction": choose.pick(FUSED)}
    return graph.node(operator, [other, end], [made], options, bound=1e6)[0]
