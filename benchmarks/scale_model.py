# SPDX-License-Identifier: Apache-2.0
"""Convolutional networks of any size, int8 with random weights, without training or TensorFlow."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from aot.testing import one_operator
from aot.testing.one_operator import ACTIVATION, PADDING, tensor
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs

COLOURS = 3
"""Channels of the input image."""

CLASSES = 10
"""How many scores there are."""

_WINDOW = 3
_IMAGE = one_operator.Quantized(scale=0.05, zero_point=-128)
# The standard deviation of integers that are drawn evenly from -127 to 127.
_DEVIATION = 255 / math.sqrt(12)


@dataclasses.dataclass(frozen=True)
class Shape:
    """What a network's size is made of.

    Attributes:
      channels: of each convolution.
      size: pixels of the square input, along each axis; convolutions keep it.
      depth: how many convolutions there are.
    """

    channels: int
    size: int
    depth: int

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"scale_c{self.channels}_s{self.size}_d{self.depth}"

    @property
    def multiply_accumulates(self) -> int:
        """Of an inference, by its convolutions and its dense layer."""
        inputs = COLOURS + (self.depth - 1) * self.channels
        convolutions = (self.size * _WINDOW) ** 2 * inputs * self.channels
        return convolutions + self.channels * CLASSES


def _layer(
    random: np.random.Generator, kind: str, source: int, result: int
) -> tuple[TensorSpec, TensorSpec]:
    """Draws weights and bias, such that outputs are spread as inputs are."""
    window = (_WINDOW, _WINDOW) if kind == "CONV_2D" else ()
    shape = (result, *window, source)
    scale = 1 / (_DEVIATION * math.sqrt(math.prod(shape[1:])))
    # Convolutions have a scale for each channel.
    scales = random.uniform(0.7, 1.3, result) * scale if window else np.array([scale])
    weights = random.integers(-127, 128, shape)
    bias = random.integers(-1000, 1001, result)
    return (
        tensor(shape, scale=tuple(map(float, scales)), data=weights),
        tensor(
            (result,),
            "int32",
            scale=tuple(float(s) * 0.05 for s in scales),
            zero_point=(0,) * len(scales),
            data=bias,
        ),
    )


def build(shape: Shape) -> bytes:
    """Builds a network: convolutions of 3x3 with ReLU, an average over the image, a dense layer.

    Args:
      shape: how large it is.

    Returns:
      The `.tflite` file's bytes, the same for the same shape.
    """
    random = np.random.default_rng(0)
    pixels = shape.size
    tensors = [tensor((1, pixels, pixels, COLOURS), name="image", **_IMAGE)]
    nodes = []

    def add(kind: str, made: TensorSpec, *constants: TensorSpec, **options: int) -> None:
        source = len(tensors) - 1
        first = len(tensors)
        tensors.extend((*constants, made))
        inputs = [source, *range(first, first + len(constants))]
        options_type = one_operator.options_type(kind)
        nodes.append(
            NodeSpec(kind, inputs, [len(tensors) - 1], options=options, options_type=options_type)
        )

    channels = COLOURS
    for i in range(shape.depth):
        add(
            "CONV_2D",
            tensor((1, pixels, pixels, shape.channels), name=f"convolution_{i}", **_IMAGE),
            *_layer(random, "CONV_2D", channels, shape.channels),
            Padding=PADDING.SAME,
            StrideW=1,
            StrideH=1,
            FusedActivationFunction=ACTIVATION.RELU,
        )
        channels = shape.channels
    add(
        "AVERAGE_POOL_2D",
        tensor((1, 1, 1, channels), name="average", **_IMAGE),
        Padding=PADDING.VALID,
        StrideW=1,
        StrideH=1,
        FilterWidth=pixels,
        FilterHeight=pixels,
    )
    add(
        "FULLY_CONNECTED",
        tensor((1, CLASSES), name="scores", scale=0.05, zero_point=0),
        *_layer(random, "FULLY_CONNECTED", channels, CLASSES),
    )
    return build_graphs(GraphSpec(tensors, nodes, [0], [len(tensors) - 1]))
