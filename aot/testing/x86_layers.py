# SPDX-License-Identifier: Apache-2.0
"""Layers at the edges of functions for x86-64: blocks of 16 outputs, eight windows, borders."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Sequence

import numpy as np

from aot.testing import edge_layers
from aot.testing.edge_layers import Layer
from aot.testing.one_operator import ACTIVATION, PADDING, options_type, tensor
from tflite.model import Model
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs


def _outputs(
    size: Sequence[int], window: Sequence[int], stride: int, dilation: int, padding: str
) -> list[int]:
    if padding == "SAME":
        return [-(-n // stride) for n in size]
    return [(n - (w - 1) * dilation - 1) // stride + 1 for n, w in zip(size, window, strict=True)]


def _convolution(
    size: tuple[int, int],
    window: tuple[int, int],
    channels: int,
    outputs: int,
    *,
    padding: str = "SAME",
    stride: int = 1,
    dilation: int = 1,
    depthwise: bool = False,
) -> Layer:
    """A convolution; a depthwise one has `outputs` for all channels together."""
    weights = (1, *window, outputs) if depthwise else (outputs, *window, channels)
    options = {"Padding": getattr(PADDING, padding), "StrideW": stride, "StrideH": stride}
    options |= {"DilationWFactor": dilation, "DilationHFactor": dilation}
    if depthwise:
        options["DepthMultiplier"] = outputs // channels
    return edge_layers.layer(
        "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D",
        (2, *size, channels),
        weights,
        (2, *_outputs(size, window, stride, dilation, padding), outputs),
        **options,
        FusedActivationFunction=ACTIVATION.RELU6 if outputs % 2 else ACTIVATION.NONE,
    )


def _dense(rows: int, inputs: int, outputs: int) -> Layer:
    return edge_layers.layer("FULLY_CONNECTED", (rows, inputs), (outputs, inputs), (rows, outputs))


def _pool(kind: str, channels: int, padding: str, zero_point: int = 3) -> Layer:
    made = [4, 3] if padding == "SAME" else [3, 2]
    options = {"Padding": getattr(PADDING, padding), "StrideW": 2, "StrideH": 2}
    options |= {"FilterWidth": 3, "FilterHeight": 2}
    options["FusedActivationFunction"] = ACTIVATION.RELU if channels % 2 else ACTIVATION.NONE
    return Layer(
        kind,
        [tensor((2, 7, 5, channels), scale=0.5, zero_point=zero_point)],
        [tensor((2, *made, channels), scale=0.5, zero_point=zero_point)],
        options,
    )


def _sum(
    kind: str, size: int, scales: tuple[float, float, float], zero_points: tuple[int, int, int]
) -> Layer:
    """A sum of which the second input is a constant, with all numbers if there is room."""
    numbers = np.arange(size) * 7 % 256 - 128
    a, b, made = (
        tensor((size,), scale=scale, zero_point=zero, data=numbers if i == 1 else None)
        for i, (scale, zero) in enumerate(zip(scales, zero_points, strict=True))
    )
    return Layer(kind, [a, b], [made], {"FusedActivationFunction": ACTIVATION.NONE})


_CONVOLUTIONS = {
    **{
        f"blocks_{o}_channels_{c}": _convolution((5, 3), (3, 3), c, o)
        for c, o in itertools.product((7, 20), (15, 16, 17, 32, 33, 49, 70))
    },
    **{
        f"places_{h}x{w}_{padding.lower()}_stride_{s}": _convolution(
            (h, w), (3, 2), 5, 18, padding=padding, stride=s
        )
        for (h, w), padding, s in itertools.product(
            ((3, 3), (4, 9), (17, 2), (6, 6)), ("SAME", "VALID"), (1, 2, 3)
        )
    },
    **{
        f"points_{h}x{w}_{c}_to_{o}": _convolution((h, w), (1, 1), c, o)
        for (h, w), (c, o) in itertools.product(
            ((1, 1), (2, 2), (3, 3), (4, 4)), ((3, 20), (16, 64), (33, 80))
        )
    },
    "points_strided": _convolution((7, 7), (1, 1), 16, 32, stride=2),
    "whole_image": _convolution((4, 5), (4, 5), 6, 40, padding="VALID"),
    "large_window": _convolution((12, 11), (10, 4), 1, 64, stride=2),
    "large_border": _convolution((2, 2), (7, 7), 4, 16),
    "dilated_3": _convolution((9, 9), (3, 3), 5, 24, dilation=3),
}
_DEPTHWISE = {
    **{
        f"depthwise_{h}x{w}_channels_{c}": _convolution((9, 6), (h, w), c, c, depthwise=True)
        for (h, w), c in itertools.product(
            ((3, 3), (1, 5), (5, 1), (8, 2), (4, 4)), (2, 3, 4, 8, 15, 16, 17, 40)
        )
    },
    **{
        f"depthwise_width_{w}_channels_{c}_stride_{s}": _convolution(
            (3, w), (3, 3), c, c, stride=s, depthwise=True
        )
        for w, c, s in itertools.product((1, 2, 5, 16, 33), (2, 8, 16, 32, 70), (1, 2))
    },
    "depthwise_dilated": _convolution((9, 9), (3, 3), 8, 8, dilation=2, depthwise=True),
    "depthwise_inside": _convolution((9, 9), (3, 3), 8, 8, padding="VALID", depthwise=True),
    "depthwise_border": _convolution((2, 2), (7, 7), 20, 20, depthwise=True),
    "depthwise_of_one": _convolution((9, 8), (3, 3), 1, 8, stride=2, depthwise=True),
}
_DENSE = {
    f"dense_{rows}x{inputs}x{outputs}": _dense(rows, inputs, outputs)
    for rows, inputs, outputs in itertools.product((1, 7, 9, 17), (9, 131), (10, 16, 65, 130))
}
_POOLS = {
    f"{kind.lower()}_{channels}_{padding.lower()}": _pool(kind, channels, padding)
    for kind, channels, padding in itertools.product(
        ("AVERAGE_POOL_2D", "MAX_POOL_2D"), (1, 8, 15, 16, 17, 40), ("SAME", "VALID")
    )
}
_SUMS = {
    f"{kind.lower()}_{size}_{i}": _sum(kind, size, scales, zero_points)
    for kind, size, (i, (scales, zero_points)) in itertools.product(
        ("ADD", "SUB"),
        (1, 7, 16, 33, 300),
        enumerate(
            (
                ((0.5, 0.3, 0.6), (3, -5, 11)),
                ((0.3, 0.5, 0.1), (-128, 127, -128)),
                ((0.5, 0.5, 0.7), (127, -128, 127)),
                ((0.5, 0.001, 0.7), (0, 0, 0)),
            )
        ),
    )
}


@dataclasses.dataclass(frozen=True)
class Pooled:
    """A convolution and the pooling of what it makes.

    Attributes:
      size: of the image, height and width.
      channels: of the image.
      window: of the convolution.
      outputs: how many.
      padding: of the convolution.
      pool: the pooling's window, which is its stride, too.
      stride: of the convolution.
    """

    size: tuple[int, int]
    channels: int
    window: tuple[int, int]
    outputs: int
    padding: str
    pool: tuple[int, int]
    stride: int = 1

    def parts(self) -> tuple[Layer, Layer]:
        """Gives both; the second one's input is what the first one makes."""
        convolution = _convolution(
            self.size,
            self.window,
            self.channels,
            self.outputs,
            padding=self.padding,
            stride=self.stride,
        )
        (made,) = convolution.outputs
        places = [n // p for n, p in zip(made.shape[1:3], self.pool, strict=True)]
        pooled = dataclasses.replace(made, shape=(made.shape[0], *places, self.outputs))
        options = {"Padding": PADDING.VALID}
        for i, (side, name) in enumerate((("H", "Height"), ("W", "Width"))):
            options |= {f"Stride{side}": self.pool[i], f"Filter{name}": self.pool[i]}
        return convolution, Layer("MAX_POOL_2D", [made], [pooled], options)


def pooled_together(pooled: Iterable[Pooled]) -> Model:
    """Makes a model that has convolutions and their poolings beside each other."""
    tensors: list[TensorSpec] = []
    nodes: list[NodeSpec] = []
    for one in pooled:
        start = len(tensors)
        convolution, pooling = one.parts()
        tensors += [*convolution.inputs, *convolution.outputs, *pooling.outputs]
        for layer, inputs in (
            (convolution, [start, start + 1, start + 2]),
            (pooling, [start + 3]),
        ):
            kind = options_type(layer.kind)
            made = [inputs[-1] + 1]
            nodes.append(
                NodeSpec(layer.kind, inputs, made, options=layer.options, options_type=kind)
            )
    sources = [node.inputs[0] for node in nodes[::2]]
    results = [node.outputs[0] for node in nodes[1::2]]
    return parse_model(build_graphs(GraphSpec(tensors, nodes, sources, results)), "pooled.tflite")


POOLED = {
    "even": Pooled((6, 6), 1, (3, 3), 8, "VALID", (2, 2)),
    "odd": Pooled((9, 11), 1, (3, 3), 5, "VALID", (2, 2)),
    "padded": Pooled((7, 9), 1, (3, 3), 19, "SAME", (2, 2)),
    "sixteen": Pooled((7, 9), 1, (3, 3), 16, "VALID", (2, 2)),
    "channels": Pooled((9, 9), 3, (3, 3), 20, "SAME", (2, 2)),
    "beside": Pooled((9, 9), 3, (2, 4), 16, "VALID", (1, 2)),
    "eight_places": Pooled((13, 9), 4, (3, 3), 33, "SAME", (4, 2)),
    "strided": Pooled((13, 9), 4, (3, 3), 33, "SAME", (2, 1), 2),
    "six_places": Pooled((13, 9), 2, (3, 3), 7, "SAME", (2, 3)),
}
"""Layers and their poolings, by names of C."""
LAYERS: dict[str, Layer] = {**_CONVOLUTIONS, **_DEPTHWISE, **_DENSE, **_POOLS, **_SUMS}
"""By names of C."""
