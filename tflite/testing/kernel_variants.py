# SPDX-License-Identifier: Apache-2.0
"""Int8 models with one operator in many variants side by side, for tests that compare kernels.

Optimized kernels have a path of their own for each kind of shape, stride and padding, and blocks
of channels whose rest is handled apart. In each model all operators read one of the model's inputs,
and each one's output is an output of the model. Weights are random; scales are such that outputs
use most of their range and some are clipped.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs

SAME, VALID = 0, 1
"""Padding, as the schema numbers it."""

NONE, RELU, RELU6 = 0, 1, 3
"""Fused activations, as the schema numbers them."""

_INPUT_SCALE = 0.05
_TYPICAL = 74
"""The standard deviation of int8 numbers that are all as likely."""


@dataclasses.dataclass(frozen=True)
class Convolution:
    """A CONV_2D or DEPTHWISE_CONV_2D.

    Attributes:
      kernel: height and width.
      channels: of its output.
      stride: height and width.
      padding: SAME or VALID.
      dilation: height and width.
      activation: NONE, RELU or RELU6.
      bias: whether it has one.
      per_channel: whether each channel has a scale of its own.
    """

    kernel: tuple[int, int]
    channels: int
    stride: tuple[int, int] = (1, 1)
    padding: int = VALID
    dilation: tuple[int, int] = (1, 1)
    activation: int = NONE
    bias: bool = True
    per_channel: bool = True


@dataclasses.dataclass(frozen=True)
class Dense:
    """A FULLY_CONNECTED.

    Attributes:
      channels: of its output.
      activation: NONE, RELU or RELU6.
      bias: whether it has one.
      per_channel: whether each channel has a scale of its own.
    """

    channels: int
    activation: int = NONE
    bias: bool = True
    per_channel: bool = False


@dataclasses.dataclass(frozen=True)
class Pool:
    """A MAX_POOL_2D or AVERAGE_POOL_2D.

    Attributes:
      operator: which.
      size: height and width of what is pooled.
      stride: height and width.
      padding: SAME or VALID.
      activation: NONE, RELU or RELU6.
    """

    operator: str
    size: tuple[int, int]
    stride: tuple[int, int]
    padding: int = VALID
    activation: int = NONE


CONVOLUTIONS = {
    # One input channel, odd and even numbers of columns.
    (1, 11, 9, 1): [
        Convolution((3, 3), 4),
        Convolution((3, 3), 5, stride=(2, 2), padding=SAME),
        Convolution((5, 5), 3, padding=SAME, activation=RELU6),
        Convolution((3, 3), 2, dilation=(2, 2)),
        Convolution((1, 1), 3),
    ],
    (1, 7, 8, 5): [
        Convolution((1, 1), 6),
        Convolution((1, 1), 9, stride=(2, 2)),
        Convolution((3, 3), 7, padding=SAME, activation=RELU),
        Convolution((3, 3), 4, padding=SAME, dilation=(2, 2)),
        Convolution((2, 3), 1, stride=(2, 1)),
        Convolution((3, 3), 4, bias=False),
        Convolution((3, 2), 3, padding=SAME, per_channel=False),
    ],
    # A row.
    (1, 1, 16, 4): [
        Convolution((1, 3), 5, padding=SAME),
        Convolution((1, 5), 4),
        Convolution((1, 3), 4, stride=(1, 2), padding=SAME),
    ],
    # Several blocks of input channels and of output channels.
    (1, 3, 4, 40): [
        Convolution((1, 1), 300),
        Convolution((3, 3), 17, padding=SAME),
    ],
    # Batches.
    (2, 5, 6, 3): [Convolution((3, 3), 4, padding=SAME), Convolution((1, 1), 5)],
}
DEPTHWISE_CONVOLUTIONS = {
    (1, 9, 8, 8): [
        Convolution((3, 3), 8, padding=SAME),
        Convolution((3, 3), 8, stride=(2, 2)),
        Convolution((5, 5), 8, padding=SAME),
        Convolution((2, 4), 8, stride=(1, 2), activation=RELU6),
        Convolution((3, 3), 16, padding=SAME),
        Convolution((3, 3), 32, padding=SAME),
        Convolution((3, 3), 8, dilation=(2, 2)),
        Convolution((3, 3), 8, padding=SAME, bias=False),
        Convolution((3, 3), 8, padding=SAME, per_channel=False),
    ],
    (1, 6, 7, 3): [
        Convolution((3, 3), 3, padding=SAME),
        Convolution((4, 3), 3, padding=SAME),
        Convolution((3, 3), 9),
    ],
    (1, 7, 5, 1): [Convolution((3, 3), 4, padding=SAME), Convolution((3, 3), 1)],
    # More than one block of channels.
    (1, 4, 4, 130): [
        Convolution((3, 3), 130, padding=SAME),
        Convolution((2, 2), 130, stride=(2, 2)),
    ],
    (2, 5, 6, 4): [Convolution((3, 3), 4, padding=SAME)],
}
DENSE = {
    (1, 37): [Dense(10), Dense(1, activation=RELU), Dense(7, bias=False)],
    (1, 64): [Dense(16), Dense(5, activation=RELU6), Dense(6, per_channel=True)],
    (3, 20): [Dense(9), Dense(4, bias=False)],
}
POOLS = {
    (1, 9, 10, 1): [
        Pool("MAX_POOL_2D", (2, 2), (2, 2)),
        Pool("AVERAGE_POOL_2D", (2, 2), (2, 2)),
    ],
    (1, 7, 8, 5): [
        Pool("MAX_POOL_2D", (3, 3), (1, 1), SAME),
        Pool("MAX_POOL_2D", (3, 2), (2, 1), activation=RELU6),
        Pool("AVERAGE_POOL_2D", (3, 3), (2, 2), SAME),
        Pool("AVERAGE_POOL_2D", (7, 8), (1, 1)),
        Pool("AVERAGE_POOL_2D", (2, 3), (1, 2), activation=RELU),
    ],
    (1, 5, 6, 35): [
        Pool("MAX_POOL_2D", (2, 2), (1, 1), SAME),
        Pool("AVERAGE_POOL_2D", (3, 3), (1, 1), SAME, activation=RELU6),
    ],
    (2, 4, 5, 3): [
        Pool("MAX_POOL_2D", (2, 2), (2, 2)),
        Pool("AVERAGE_POOL_2D", (2, 2), (2, 2), SAME),
    ],
}


class _Graph:
    """A graph in the making."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._tensors: list[TensorSpec] = []
        self._nodes: list[NodeSpec] = []
        self._inputs: list[int] = []
        self._outputs: list[int] = []

    def _add(self, tensor: TensorSpec) -> int:
        self._tensors.append(tensor)
        return len(self._tensors) - 1

    def add_input(self, shape: Sequence[int], limit: int = 128) -> tuple[int, int]:
        """Adds an input and returns its number and zero point, which is below the limit."""
        zero_point = int(self._rng.integers(-limit, limit))
        index = self._add(
            TensorSpec(shape, name="input", scales=[_INPUT_SCALE], zero_points=[zero_point])
        )
        self._inputs.append(index)
        return index, zero_point

    def add_node(
        self,
        node: NodeSpec,
        shape: Sequence[int],
        scale: float,
        zero_point: int | None = None,
    ) -> None:
        """Adds an operator and its output, which the node says nothing of."""
        if zero_point is None:
            zero_point = int(self._rng.integers(-60, 60))
        output = self._add(
            TensorSpec(shape, name="output", scales=[scale], zero_points=[zero_point])
        )
        self._outputs.append(output)
        self._nodes.append(dataclasses.replace(node, outputs=(output,)))

    def add_weights(
        self, shape: Sequence[int], *, channels: int, axis: int, per_channel: bool, bias: bool
    ) -> tuple[list[int], float]:
        """Adds weights and a bias.

        Args:
          shape: of the weights.
          channels: of the output.
          axis: the weights' dimension of them.
          per_channel: whether each has its scale.
          bias: whether there is one.

        Returns:
          Their numbers, and a scale that fits the output.
        """
        rng = self._rng
        scales = rng.uniform(0.002, 0.02, channels if per_channel else 1).astype(np.float32)
        weights = rng.integers(-127, 128, shape).astype(np.int8)
        numbers = [
            self._add(
                TensorSpec(
                    shape,
                    name="weights",
                    data=weights.tobytes(),
                    scales=scales.tolist(),
                    zero_points=[0] * len(scales),
                    axis=axis,
                )
            )
        ]
        if bias:
            biases = rng.integers(-20000, 20000, channels).astype(np.int32)
            bias_scales = scales * np.float32(_INPUT_SCALE)
            numbers.append(
                self._add(
                    TensorSpec(
                        (channels,),
                        "int32",
                        "bias",
                        biases.tobytes(),
                        bias_scales.tolist(),
                        [0] * len(scales),
                    )
                )
            )
        summands = weights.size / channels
        typical = np.sqrt(summands) * _TYPICAL * _TYPICAL * _INPUT_SCALE * float(scales.mean())
        return numbers, float(np.float32(typical / 50))

    def build(self) -> bytes:
        """Returns the model's bytes."""
        graph = GraphSpec(self._tensors, self._nodes, self._inputs, self._outputs)
        return build_graphs(graph)


def _extent(size: int, kernel: int, stride: int, dilation: int, padding: int) -> int:
    """How many outputs there are along an axis."""
    if padding == SAME:
        return -(-size // stride)
    return (size - dilation * (kernel - 1) - 1) // stride + 1


def _output_shape(
    shape: Sequence[int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    padding: int,
    channels: int,
) -> tuple[int, ...]:
    rows, columns = (
        _extent(shape[1 + i], kernel[i], stride[i], dilation[i], padding) for i in range(2)
    )
    return shape[0], rows, columns, channels


def _window_options(item: Convolution | Pool) -> dict[str, int]:
    return {
        "StrideH": item.stride[0],
        "StrideW": item.stride[1],
        "Padding": item.padding,
        "FusedActivationFunction": item.activation,
    }


def build_convolutions(*, depthwise: bool) -> bytes:
    """Builds CONVOLUTIONS or DEPTHWISE_CONVOLUTIONS.

    Args:
      depthwise: which.

    Returns:
      The file's bytes.
    """
    graph = _Graph(seed=2 if depthwise else 1)
    for shape, items in (DEPTHWISE_CONVOLUTIONS if depthwise else CONVOLUTIONS).items():
        source, _ = graph.add_input(shape)
        for item in items:
            weights, scale = graph.add_weights(
                (1, *item.kernel, item.channels)
                if depthwise
                else (item.channels, *item.kernel, shape[3]),
                channels=item.channels,
                axis=3 if depthwise else 0,
                per_channel=item.per_channel,
                bias=item.bias,
            )
            options = _window_options(item) | {
                "DilationHFactor": item.dilation[0],
                "DilationWFactor": item.dilation[1],
            }
            if depthwise:
                options["DepthMultiplier"] = item.channels // shape[3]
            node = NodeSpec(
                "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D",
                (source, *weights),
                (),
                3,
                options,
                "DepthwiseConv2DOptions" if depthwise else "Conv2DOptions",
            )
            graph.add_node(
                node,
                _output_shape(
                    shape, item.kernel, item.stride, item.dilation, item.padding, item.channels
                ),
                scale,
            )
    return graph.build()


def build_dense() -> bytes:
    """Builds DENSE and returns the file's bytes."""
    graph = _Graph(seed=3)
    for shape, items in DENSE.items():
        source, _ = graph.add_input(shape)
        for item in items:
            weights, scale = graph.add_weights(
                (item.channels, shape[1]),
                channels=item.channels,
                axis=0,
                per_channel=item.per_channel,
                bias=item.bias,
            )
            node = NodeSpec(
                "FULLY_CONNECTED",
                (source, *weights),
                (),
                4,
                {"FusedActivationFunction": item.activation},
                "FullyConnectedOptions",
            )
            graph.add_node(node, (shape[0], item.channels), scale)
    return graph.build()


def build_pools() -> bytes:
    """Builds POOLS and returns the file's bytes."""
    graph = _Graph(seed=4)
    for shape, items in POOLS.items():
        # So that the activations clip some outputs and not all.
        source, zero_point = graph.add_input(shape, limit=20)
        for item in items:
            options = _window_options(item) | {
                "FilterHeight": item.size[0],
                "FilterWidth": item.size[1],
            }
            node = NodeSpec(item.operator, (source,), (), 2, options, "Pool2DOptions")
            graph.add_node(
                node,
                _output_shape(shape, item.size, item.stride, (1, 1), item.padding, shape[3]),
                _INPUT_SCALE,
                zero_point,
            )
    return graph.build()
