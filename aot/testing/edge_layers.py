# SPDX-License-Identifier: Apache-2.0
"""Layers at the edges of what functions for one target can do: few channels, odd sizes, borders."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from aot.testing import one_operator
from aot.testing.one_operator import ACTIVATION, PADDING, tensor
from tflite.model import Model
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs


@dataclasses.dataclass(frozen=True)
class Layer:
    """An operator, or two of which the second one reads only what the first one makes.

    Attributes:
      kind: its name in the schema.
      inputs: its inputs. Those with data are constants.
      outputs: its output.
      options: in camel case.
      then: the second operator, without its first input.
    """

    kind: str
    inputs: Sequence[TensorSpec]
    outputs: Sequence[TensorSpec]
    options: Mapping[str, int]
    then: Layer | None = None

    def model(self) -> Model:
        """Makes a model of it alone."""
        return parse_model(together([self]), f"{self.kind}.tflite")


def together(layers: Iterable[Layer]) -> bytes:
    """Makes the file of a model that has layers beside each other."""
    tensors: list[TensorSpec] = []
    nodes: list[NodeSpec] = []
    sources: list[int] = []
    results: list[int] = []
    for first in layers:
        inputs = list(range(len(tensors), len(tensors) + len(first.inputs)))
        tensors += first.inputs
        sources += [i for i in inputs if not tensors[i].data]
        layer: Layer | None = first
        while layer is not None:
            made = [len(tensors)]
            tensors += layer.outputs
            kind = one_operator.options_type(layer.kind)
            nodes.append(
                NodeSpec(layer.kind, inputs, made, options=layer.options, options_type=kind)
            )
            results_of, layer = made, layer.then
            if layer is not None:
                inputs = [*made, *range(len(tensors), len(tensors) + len(layer.inputs))]
                tensors += layer.inputs
        results += results_of
    return build_graphs(GraphSpec(tensors, nodes, sources, results))


def layer(
    kind: str,
    source: tuple[int, ...],
    weights: tuple[int, ...],
    output: tuple[int, ...],
    **options: int,
) -> Layer:
    """Makes a layer with a scale for each channel, of which some saturate."""
    random = np.random.default_rng(sum(source) + sum(weights))
    data = random.integers(-127, 128, weights)
    outputs = output[-1]
    scales = random.uniform(0.5, 2, outputs) / np.sqrt(np.prod(weights) / outputs) / 40
    bias = random.integers(-3000, 3000, outputs)
    axis = 3 if kind == "DEPTHWISE_CONV_2D" else 0
    return Layer(
        kind,
        [
            tensor(source, scale=0.5, zero_point=-7),
            tensor(weights, scale=tuple(map(float, scales)), axis=axis, data=data),
            tensor((outputs,), "int32", scale=tuple(float(s) / 2 for s in scales), data=bias),
        ],
        [tensor(output, scale=0.7, zero_point=11)],
        options,
    )


def _convolution(
    size: tuple[int, int],
    window: tuple[int, int],
    channels: int,
    outputs: int,
    *,
    padding: str = "VALID",
    stride: int = 1,
    dilation: int = 1,
    groups: int = 1,
) -> Layer:
    made = [
        -(-n // stride) if padding == "SAME" else (n - (w - 1) * dilation - 1) // stride + 1
        for n, w in zip(size, window, strict=True)
    ]
    return layer(
        "CONV_2D",
        (2, *size, channels * groups),
        (outputs, *window, channels),
        (2, *made, outputs),
        Padding=getattr(PADDING, padding),
        StrideW=stride,
        StrideH=stride,
        DilationWFactor=dilation,
        DilationHFactor=dilation,
    )


def _depthwise(
    size: tuple[int, int], channels: int, strides: tuple[int, int], padding: str
) -> Layer:
    made = [
        -(-n // s) if padding == "SAME" else (n - 3) // s + 1
        for n, s in zip(size, strides, strict=True)
    ]
    return layer(
        "DEPTHWISE_CONV_2D",
        (2, *size, channels),
        (1, 3, 3, channels),
        (2, *made, channels),
        Padding=getattr(PADDING, padding),
        StrideH=strides[0],
        StrideW=strides[1],
        DepthMultiplier=1,
        FusedActivationFunction=ACTIVATION.RELU6,
    )


def _depthwise_in_place(size: tuple[int, int], channels: int) -> Layer:
    """Makes one that may lie on its input, which another layer makes."""
    depthwise = _depthwise(size, channels, (1, 1), "SAME")
    _, *constants = depthwise.inputs
    return dataclasses.replace(
        _convolution(size, (1, 1), 2, channels),
        then=dataclasses.replace(depthwise, inputs=constants),
    )


def _halves(one: Layer) -> Layer:
    """Gives a layer's scales powers of two: many sums are scaled to halves, of either sign."""
    source, weights, bias = one.inputs
    (output,) = one.outputs
    random = np.random.default_rng(len(weights.data))
    count = output.shape[-1]
    scales = tuple(float(0.5 ** (1 + o % 5)) for o in range(count))
    axis = 3 if one.kind == "DEPTHWISE_CONV_2D" else 0
    return dataclasses.replace(
        one,
        inputs=[
            tensor(source.shape, scale=0.5, zero_point=-7),
            tensor(
                weights.shape, scale=scales, axis=axis, data=random.integers(-2, 3, weights.shape)
            ),
            tensor(
                bias.shape,
                "int32",
                scale=tuple(s / 2 for s in scales),
                data=random.integers(-50, 50, count),
            ),
        ],
        outputs=[tensor(output.shape, scale=1.0, zero_point=11)],
        # What is below zero counts, too.
        options={**one.options, "FusedActivationFunction": ACTIVATION.NONE},
    )


def _sum(
    kind: str, count: int, scales: tuple[float, float, float], activation: int = ACTIVATION.NONE
) -> Layer:
    """Makes ADD or SUB of tensors of one dimension; the scales are those of inputs and output."""
    zero_points = (-5, 17, 3)
    a, b, to = (
        tensor((count,), scale=scale, zero_point=zero)
        for scale, zero in zip(scales, zero_points, strict=True)
    )
    return Layer(kind, [a, b], [to], {"FusedActivationFunction": activation})


def _average(channels: int, size: int) -> Layer:
    one = tensor((2, 6, 5, channels), scale=0.5, zero_point=3)
    return Layer(
        "AVERAGE_POOL_2D",
        [one],
        [one],
        {
            "Padding": PADDING.SAME,
            "StrideW": 1,
            "StrideH": 1,
            "FilterWidth": size,
            "FilterHeight": size,
            "FusedActivationFunction": ACTIVATION.RELU6,
        },
    )


def _dense(rows: int, inputs: int, outputs: int) -> Layer:
    return layer("FULLY_CONNECTED", (rows, inputs), (outputs, inputs), (rows, outputs))


def _pool(channels: int) -> Layer:
    return Layer(
        "MAX_POOL_2D",
        [tensor((2, 7, 5, channels), scale=0.5, zero_point=3)],
        [tensor((2, 4, 3, channels), scale=0.5, zero_point=3)],
        {
            "Padding": PADDING.SAME,
            "StrideW": 2,
            "StrideH": 2,
            "FilterWidth": 3,
            "FilterHeight": 2,
            "FusedActivationFunction": ACTIVATION.RELU,
        },
    )


def _pooled(
    size: tuple[int, int],
    window: tuple[int, int],
    channels: int,
    outputs: int,
    pool: tuple[int, int] = (2, 2),
    *,
    padding: str = "VALID",
    activation: int = ACTIVATION.RELU,
) -> Layer:
    convolution = _convolution(size, window, channels, outputs, padding=padding)
    (features,) = convolution.outputs
    _, height, width, _ = features.shape
    made = tensor(
        (2, height // pool[0], width // pool[1], outputs),
        scale=features.scales,
        zero_point=features.zero_points,
    )
    options = {
        "Padding": PADDING.VALID,
        "StrideW": pool[1],
        "StrideH": pool[0],
        "FilterWidth": pool[1],
        "FilterHeight": pool[0],
        "FusedActivationFunction": activation,
    }
    return dataclasses.replace(convolution, then=Layer("MAX_POOL_2D", [], [made], options))


# Every remainder of channels, windows that don't come in twos, borders.
_CONVOLUTIONS: dict[str, Layer] = {
    **{
        f"channels_{c}_outputs_{o}": _convolution((3, 3), (2, 3), c, o, padding="SAME")
        for c, o in itertools.product(range(1, 6), (1, 2, 3, 4, 5, 8))
    },
    **{
        f"window_{h}x{w}_channels_{c}": _convolution((6, 5), (h, w), c, 5)
        for h, w, c in itertools.product((1, 3), (1, 2, 4), (1, 3, 4, 8))
    },
    "strided": _convolution((9, 8), (3, 3), 3, 8, padding="SAME", stride=2),
    "dilated": _convolution((9, 8), (3, 3), 4, 6, padding="SAME", dilation=2),
    "dilated_odd": _convolution((9, 8), (3, 3), 3, 6, dilation=2),
    "groups": _convolution((5, 4), (3, 3), 4, 12, padding="SAME", groups=2),
    "groups_odd": _convolution((5, 4), (2, 2), 3, 9, padding="SAME", groups=3),
    "groups_1x1": _convolution((5, 5), (1, 1), 5, 10, groups=2),
}
_DEPTHWISE = {
    f"depthwise_{h}x{w}_strides_{s[0]}x{s[1]}_{padding.lower()}": _depthwise(
        (h, w), 1 + (h + w) % 5, s, padding
    )
    for (h, w), s, padding in itertools.product(
        ((3, 3), (4, 6), (5, 7), (8, 3)), ((1, 1), (2, 2), (1, 2), (2, 1)), ("SAME", "VALID")
    )
} | {
    "depthwise_1x1": _depthwise((1, 1), 5, (1, 1), "SAME"),
    # Several strips.
    **{
        f"depthwise_{h}x{w}_channels_{c}_strides_{s[0]}x{s[1]}_{padding.lower()}": _depthwise(
            (h, w), c, s, padding
        )
        for h, w, c, s, padding in (
            (11, 41, 4, (1, 1), "SAME"),
            (13, 40, 5, (1, 1), "VALID"),
            (19, 42, 6, (2, 2), "SAME"),
            (18, 43, 7, (2, 2), "VALID"),
            (24, 41, 8, (3, 1), "SAME"),
            (29, 40, 2, (4, 2), "SAME"),
            (30, 80, 3, (1, 1), "SAME"),
        )
    },
    "depthwise_in_place_odd": _depthwise_in_place((13, 41), 6),
    "depthwise_in_place_even": _depthwise_in_place((12, 40), 4),
}
_DENSE = {
    f"dense_{rows}x{inputs}x{outputs}": _dense(rows, inputs, outputs)
    for rows, inputs, outputs in itertools.product(
        (1, 2, 3), (1, 2, 3, 4, 5, 8, 15), (1, 2, 3, 4, 6, 8)
    )
} | {
    # Four times four inputs are one round of a loop.
    f"dense_1x{inputs}x{outputs}": _dense(1, inputs, outputs)
    for inputs, outputs in ((4, 64), (12, 72), (16, 64), (20, 64), (24, 64), (30, 64))
}
_POOLS = {f"pool_{channels}": _pool(channels) for channels in range(3, 10)}
# Of each output the largest of several sums.
_POOLED = {
    f"pooled_{padding.lower()}_outputs_{outputs}": _pooled(
        (7, 8), (3, 3), 1, outputs, padding=padding
    )
    for padding, outputs in itertools.product(("SAME", "VALID"), (1, 2, 5))
} | {
    f"pooled_{w[0]}x{w[1]}_channels_{c}_outputs_{o}_by_{p[0]}x{p[1]}": _pooled(
        (9, 10), w, c, o, p, padding=padding
    )
    for w, c, o, p, padding in (
        ((3, 3), 1, 4, (3, 2), "SAME"),
        ((3, 3), 2, 6, (2, 2), "SAME"),
        ((3, 3), 4, 8, (2, 2), "VALID"),
        ((2, 3), 5, 7, (2, 3), "VALID"),
        ((1, 1), 3, 5, (2, 2), "VALID"),
        ((1, 4), 3, 1, (4, 1), "SAME"),
        ((1, 3), 3, 9, (2, 1), "SAME"),
    )
}
LAYERS: dict[str, Layer] = {**_CONVOLUTIONS, **_DENSE, **_DEPTHWISE, **_POOLS, **_POOLED}
"""By names of C."""

# Scales of which one is larger, the other one, and both; a difference is not the same both ways.
_SCALES = {
    "halves": (0.5, 0.25, 1.0),
    "x": (0.5, 0.3, 0.7),
    "y": (0.2, 0.45, 0.4),
    "same": (0.5, 0.5, 1.1),
}
VECTORS: dict[str, Layer] = {
    # 16 inputs come at a time.
    **{
        f"dense_{rows}x{inputs}x{outputs}": _dense(rows, inputs, outputs)
        for rows, inputs, outputs in itertools.product((1, 3), (16, 17, 31, 32, 33), (5, 7))
    },
    "run_of_17": _convolution((5, 4), (3, 3), 17, 6, padding="SAME"),
    "run_of_16": _convolution((5, 5), (3, 3), 16, 4, padding="SAME", stride=2),
    "point_of_16": _convolution((5, 5), (1, 1), 16, 9, stride=2),
    # As many rows as a row has inputs: compilers may keep both numbers in one register.
    "window_4x2_of_rows_of_4": _convolution((9, 4), (4, 2), 1, 6, padding="SAME"),
    "row_of_3": _convolution((5, 5), (1, 3), 5, 9),
    # 16 channels come at a time, and outputs in twos or, with stride 2, in fours.
    **{
        f"depthwise_{h}x{w}x{channels}_stride_{stride}": _depthwise(
            (h, w), channels, (stride, stride), "SAME"
        )
        for (h, w), channels, stride in itertools.product(
            ((2, 2), (3, 9), (7, 4)), (15, 16, 17, 33), (1, 2)
        )
    },
    # Long images come in pieces; the last piece of 145 outputs is one.
    **{
        f"depthwise_{h}x{w}_stride_{stride}": _depthwise((h, w), 5, (stride, stride), "SAME")
        for (h, w), stride in itertools.product(((3, 17), (37, 2)), (1, 2))
    },
    "depthwise_2x145": _depthwise((2, 145), 2, (1, 1), "SAME"),
    # Four places come at a time.
    **{
        f"pooled_{h}x{w}_outputs_{outputs}_{padding.lower()}": _pooled(
            (h, w), (3, 3), 1, outputs, padding=padding, activation=ACTIVATION.NONE
        )
        for (h, w), outputs, padding in itertools.product(
            ((4, 4), (6, 9), (9, 11)), (1, 5), ("SAME", "VALID")
        )
    },
    "pooled_relu6": _pooled((6, 8), (3, 3), 1, 4, activation=ACTIVATION.RELU6),
    "pooled_channels": _pooled((7, 9), (3, 3), 3, 6, padding="SAME"),
    "pooled_windows": _pooled((8, 7), (2, 3), 4, 5, pool=(3, 2), activation=ACTIVATION.RELU),
    # What lies between two outputs.
    "halves_eights": _halves(_dense(1, 16, 64)),
    "halves_row": _halves(_dense(1, 16, 20)),
    "halves_rows": _halves(_dense(16, 16, 20)),
    "halves_depthwise": _halves(_depthwise((7, 6), 18, (1, 1), "SAME")),
    "halves_depthwise_strided": _halves(_depthwise((7, 6), 18, (2, 2), "SAME")),
    "halves_depthwise_any": _halves(_depthwise((7, 6), 18, (2, 1), "SAME")),
    # Four elements come at a time.
    **{
        f"{kind.lower()}_{count}_{name}": _sum(kind, count, scales)
        for kind, count, (name, scales) in itertools.product(
            ("ADD", "SUB"), (1, 7, 64), _SCALES.items()
        )
    },
    "add_relu": _sum("ADD", 63, _SCALES["x"], ACTIVATION.RELU),
    **{
        f"average_{channels}_{size}": _average(channels, size)
        for channels, size in ((3, 2), (9, 3))
    },
    "pool_16": _pool(16),
    "pool_33": _pool(33),
}
"""More, at the edges of vectors."""
