# SPDX-License-Identifier: Apache-2.0
"""Random weights, biases and scales of layers, for tests."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from aot.testing.one_operator import ACTIVATION, PADDING, tensor
from tflite.testing.model_builder import TensorSpec

TYPES = ("int8", "int8 per channel", "int8 extreme", "int4", "float32", "int16", "int16 narrow")
"""What `tensors` can make.

"int8 extreme" has factors from 1/2 on or tiny ones, and biases near the ends of their type; "int16
narrow" has a bias of 32 bits, the other one 64.
"""


INT32 = 2
"""The type's number in the schema."""


@dataclasses.dataclass(frozen=True)
class Layer:
    """The tensors of a layer.

    Attributes:
      inputs: input, weights, bias; None for a bias that is left out.
      output: its output.
    """

    inputs: list[TensorSpec | None]
    output: TensorSpec


def tensors(
    kind: str,
    source: Sequence[int],
    weights: Sequence[int],
    output: Sequence[int],
    random: np.random.Generator,
    *,
    axis: int = 0,
    bias: bool = True,
) -> Layer:
    """Makes a layer's tensors of random scales and contents.

    Args:
      kind: one of TYPES.
      source: the input's shape.
      weights: the weights' shape.
      output: the output's shape; the last dimension is the channels.
      random: where numbers come from.
      axis: the channels' dimension in the weights.
      bias: whether there is a bias.

    Returns:
      The tensors.
    """
    dtype, channels = kind.split()[0], output[-1]
    if dtype == "float32":
        return Layer(
            [
                tensor(source, dtype),
                tensor(weights, dtype, data=random.normal(size=weights)),
                tensor((channels,), dtype, data=random.normal(size=channels)) if bias else None,
            ],
            tensor(output, dtype),
        )
    wide, extreme = dtype == "int16", "extreme" in kind
    dtype = "int8" if dtype == "int4" else dtype
    source_scale = random.uniform(0.001, 0.1)
    per_channel = channels > 1 and ("channel" in kind or bool(wide and random.integers(2)))
    scales = random.uniform(0.001, 0.05, channels if per_channel else 1)
    exponent = random.uniform(-10, -3)
    if extreme:
        exponent = random.choice([random.uniform(-0.9, 6), random.uniform(-40, -20)])
    zeros = [0, 0] if wide else [_zero_point(random), _zero_point(random)]
    weights_data = random.integers(-127, 128, weights)
    if random.integers(3) == 0:
        # An output that is constant.
        np.moveaxis(weights_data, axis, 0)[0] = 0
    if kind == "int4":
        weights_data = np.clip(weights_data, -7, 7)
        weights_spec = int4(weights_data, scales)
    else:
        weights_spec = tensor(weights, "int8", scale=list(scales), axis=axis, data=weights_data)
    bias_type = "int64" if wide and "narrow" not in kind else "int32"
    limit = (1 << 31) - 1 if extreme else 1 << (40 if bias_type == "int64" else 12)
    bias_data = random.integers(-limit, limit + 1, channels)
    bias_scale = source_scale * scales
    return Layer(
        [
            tensor(source, dtype, scale=source_scale, zero_point=zeros[0]),
            weights_spec,
            tensor((channels,), bias_type, scale=list(bias_scale), data=bias_data)
            if bias
            else None,
        ],
        tensor(
            output,
            dtype,
            scale=float(source_scale * np.mean(scales) / 2**exponent),
            zero_point=zeros[1],
        ),
    )


def _zero_point(random: np.random.Generator) -> int:
    return int(random.choice([-128, -127, 127, 0, random.integers(-128, 128)]))


def int4(data: np.ndarray, scales: Sequence[float]) -> TensorSpec:
    """Describes constant weights of 4 bits.

    Args:
      data: from -8 to 7.
      scales: one, or one for each element of the first dimension.

    Returns:
      The tensor.
    """
    halves = np.append(data.ravel(), 0)[: -(-data.size // 2) * 2].astype(np.uint8) & 15
    packed = (halves[::2] | halves[1::2] << 4).astype(np.uint8)
    rounded = tuple(float(np.float32(scale)) for scale in scales)
    return TensorSpec(
        data.shape, "int4", data=packed.tobytes(), scales=rounded, zero_points=(0,) * len(rounded)
    )


def activation(random: np.random.Generator) -> int:
    """Chooses a fused activation, by the schema's number."""
    kinds = [ACTIVATION.NONE, ACTIVATION.RELU, ACTIVATION.RELU6, ACTIVATION.RELU_N1_TO_1]
    return int(random.choice(kinds))


@dataclasses.dataclass(frozen=True)
class Windows:
    """How a convolution's window moves.

    Attributes:
      size: height and width of the input.
      filter: those of the window.
      output: those of the output.
      options: of the operator.
    """

    size: tuple[int, int]
    filter: tuple[int, int]
    output: tuple[int, int]
    options: dict[str, int]


def windows(random: np.random.Generator) -> Windows:
    """Makes a random window, input and output; an output is now and then not what it should be.

    Args:
      random: where numbers come from.

    Returns:
      The window.
    """
    same = bool(random.integers(2))
    size, filters, output, options = [], [], [], {}
    for letter in "HW":
        filters.append(int(random.integers(1, 5)))
        stride = int(random.integers(1, 4))
        dilation = int(random.choice([1, 1, 2, 3]))
        reach = (filters[-1] - 1) * dilation + 1
        size.append(int(random.integers(1 if same else reach, 12 + (0 if same else reach))))
        made = -(-size[-1] // stride) if same else (size[-1] - reach) // stride + 1
        # TFLM makes what the file says.
        made = max(1, made + int(random.choice([0] * 8 + [-1, 1])))
        output.append(made)
        options[f"Stride{letter}"] = stride
        options[f"Dilation{letter}Factor"] = dilation
    options["Padding"] = PADDING.SAME if same else PADDING.VALID
    options["FusedActivationFunction"] = activation(random)
    return Windows((size[0], size[1]), (filters[0], filters[1]), (output[0], output[1]), options)
