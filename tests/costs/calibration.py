# SPDX-License-Identifier: Apache-2.0
"""Layers of many shapes whose instructions are counted, to fit what features of calls cost.

Shapes are random, always the same. No model of others is among them: these are what predictions
are checked with.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from aot import targets
from aot.testing import one_operator, random_layers
from aot.testing.one_operator import ACTIVATION, PADDING, constant, tensor
from tflite.model import Model
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs

_MOST_PRODUCTS = 120_000
_MOST_WEIGHTS = 4_000
_MOST_VALUES = 8_000


@dataclasses.dataclass(frozen=True)
class Layer:
    """An operator of a model.

    Attributes:
      kind: its name in the schema.
      inputs: None for one that is left out.
      outputs: what it makes.
      options: in camel case.
      after: an operator that follows, and what it makes; None without. Its first input is what
        this one makes, whatever stands in its place.
    """

    kind: str
    inputs: Sequence[TensorSpec | None]
    outputs: Sequence[TensorSpec]
    options: Mapping[str, int | float | str | np.ndarray] = dataclasses.field(default_factory=dict)
    after: Layer | None = None


def together(layers: Sequence[Layer], name: str) -> Model:
    """Makes a model that has layers beside each other."""
    tensors: list[TensorSpec] = []
    nodes: list[NodeSpec] = []
    sources: list[int] = []
    results: list[int] = []
    for layer in layers:
        places = []
        for spec in layer.inputs:
            places.append(-1 if spec is None else len(tensors))
            if spec is not None:
                if not (spec.data or spec.variable):
                    sources.append(len(tensors))
                tensors.append(spec)
        made = list(range(len(tensors), len(tensors) + len(layer.outputs)))
        tensors += layer.outputs
        nodes.append(_node(layer, places, made))
        while layer.after is not None:
            layer = layer.after
            places = [made[0], *range(len(tensors), len(tensors) + len(layer.inputs) - 1)]
            tensors += [spec for spec in layer.inputs[1:] if spec is not None]
            made = [len(tensors)]
            tensors += layer.outputs
            nodes.append(_node(layer, places, made))
        results += made
    return parse_model(build_graphs(GraphSpec(tensors, nodes, sources, results)), f"{name}.tflite")


def _node(layer: Layer, inputs: Sequence[int], outputs: Sequence[int]) -> NodeSpec:
    return NodeSpec(
        layer.kind,
        inputs,
        outputs,
        options=layer.options,
        options_type=one_operator.options_type(layer.kind),
    )


def _number(random: np.random.Generator, low: int, high: int) -> int:
    """Chooses a number; small ones as often as large ones are."""
    return int(np.exp(random.uniform(np.log(low), np.log(high + 1))))


def _product(
    kind: str,
    random: np.random.Generator,
    source: Sequence[int],
    weights: Sequence[int],
    output: Sequence[int],
    dtype: str = "int8",
    **options: int,
) -> Layer:
    """Makes a layer of dot products, whose outputs are in the middle of their type."""
    channels = output[-1]
    axis = 3 if kind == "DEPTHWISE_CONV_2D" else 0
    specs: list[TensorSpec | None]
    if dtype == "float32":
        made = random_layers.tensors(dtype, source, weights, output, random)
        return Layer(kind, made.inputs, [made.output], options)
    wide = dtype == "int16"
    taps = int(np.prod(weights)) // channels
    data = random.integers(-127, 128, weights)
    per_channel = bool(random.integers(3)) and kind not in ("FULLY_CONNECTED",)
    scales = random.uniform(0.5, 2, channels if per_channel else 1) / np.sqrt(taps) / 40
    bias = random.integers(-3000, 3000, channels)
    specs = [
        tensor(source, dtype, scale=0.5, zero_point=0 if wide else -7),
        tensor(weights, scale=tuple(map(float, scales)), axis=axis, data=data),
        tensor(
            (channels,),
            "int64" if wide else "int32",
            scale=tuple(float(s) / 2 for s in scales),
            data=bias,
        ),
    ]
    return Layer(
        kind, specs, [tensor(output, dtype, scale=0.7, zero_point=0 if wide else 11)], options
    )


def _one_scale(dtype: str) -> one_operator.Quantized:
    """Gives the scale of tensors that all have the same; none for floats."""
    return {} if dtype == "float32" else {"scale": 0.5, "zero_point": 0}


def _windows(
    random: np.random.Generator, size: Sequence[int], window: Sequence[int], strides: Sequence[int]
) -> tuple[tuple[int, int], dict[str, int]]:
    """Chooses a padding; gives the output's size and the options."""
    same = bool(random.integers(2)) or any(n < w for n, w in zip(size, window, strict=True))
    made = [
        -(-n // s) if same else (n - w) // s + 1
        for n, w, s in zip(size, window, strides, strict=True)
    ]
    options = {"Padding": PADDING.SAME if same else PADDING.VALID}
    options |= {"StrideH": strides[0], "StrideW": strides[1]}
    return (made[0], made[1]), options


def _size(random: np.random.Generator, most: int = 40) -> tuple[int, int]:
    if random.integers(6) == 0:
        # A signal: one dimension.
        return (_number(random, 4, 60), 1) if random.integers(2) else (1, _number(random, 4, 60))
    side = _number(random, 3, most)
    return side, max(1, side + int(random.integers(-side // 2, side // 2 + 1)))


def _window(random: np.random.Generator, size: Sequence[int]) -> tuple[int, int]:
    if 1 in size:
        longest = _number(random, 1, min(max(size), 12))
        return (longest, 1) if size[1] == 1 else (1, longest)
    kind = int(random.integers(6))
    if kind < 3:
        return 3, 3
    if kind == 3:
        return 5, 5
    return int(random.integers(1, 11)), int(random.integers(1, 6))


def _convolution_of(
    random: np.random.Generator,
    size: tuple[int, int],
    window: tuple[int, int],
    channels: int,
    outputs: int,
    made: tuple[int, int],
    options: dict,
    dtype: str,
) -> Layer:
    """A convolution of these sizes; `made` and `options` are of `_windows`."""
    return _product(
        "CONV_2D",
        random,
        (1, *size, channels),
        (outputs, *window, channels),
        (1, *made, outputs),
        dtype,
        DilationHFactor=1,
        DilationWFactor=1,
        **options,
    )


def _convolution(random: np.random.Generator, dtype: str = "int8") -> Layer:
    while True:
        size = _size(random)
        window = _window(random, size)
        stride = int(random.choice([1, 1, 1, 2]))
        channels = int(random.choice([1, 3, 4, 8, _number(random, 1, 64)]))
        outputs = int(random.choice([4, 8, 16, _number(random, 1, 64), _number(random, 1, 24)]))
        made, options = _windows(random, size, window, (stride, stride))
        weights = window[0] * window[1] * channels * outputs
        if weights > _MOST_WEIGHTS or weights * made[0] * made[1] > _MOST_PRODUCTS:
            continue
        if (
            size[0] * size[1] * channels > _MOST_VALUES
            or made[0] * made[1] * outputs > _MOST_VALUES
        ):
            continue
        return _convolution_of(random, size, window, channels, outputs, made, options, dtype)


def _spectrogram(random: np.random.Generator, dtype: str = "int8") -> Layer:
    """A first layer with a large window: of a signal's spectrum, say."""
    while True:
        size = _number(random, 16, 60), _number(random, 6, 40)
        window = int(random.integers(3, 12)), int(random.integers(2, 9))
        stride = int(random.choice([1, 2, 2]))
        channels = int(random.choice([1, 1, 2, 3]))
        outputs = int(random.choice([8, 16, _number(random, 1, 64)]))
        made, options = _windows(random, size, window, (stride, stride))
        work = window[0] * window[1] * channels * outputs * made[0] * made[1]
        if work > 3 * _MOST_PRODUCTS or made[0] * made[1] * outputs > 2 * _MOST_VALUES:
            continue
        return _convolution_of(random, size, window, channels, outputs, made, options, dtype)


def _narrow_convolution(random: np.random.Generator, dtype: str = "int16") -> Layer:
    """A convolution of few channels, over which compilers write out loops."""
    while True:
        size = _number(random, 6, 40), _number(random, 6, 60)
        window = int(random.integers(1, 8)), int(random.integers(1, 8))
        channels, outputs = int(random.integers(1, 5)), int(random.choice([4, 8, 16]))
        stride = int(random.choice([1, 1, 2]))
        if window == (1, 1) or window[0] > size[0] or window[1] > size[1]:
            continue
        made, options = _windows(random, size, window, (stride, stride))
        work = window[0] * window[1] * channels * outputs * made[0] * made[1]
        if work > 2 * _MOST_PRODUCTS or made[0] * made[1] * outputs > _MOST_VALUES:
            continue
        return _convolution_of(random, size, window, channels, outputs, made, options, dtype)


def _of_channels(
    random: np.random.Generator, dtype: str = "float32", *, few: int | None, one: bool
) -> Layer:
    """A convolution of some channels.

    Args:
      random: chooses the rest.
      dtype: of its tensors.
      few: how many channels, if so few that compilers write out the loop over them; None for more.
      one: whether its window is 1 x 1: compilers leave out the loop over it.
    """
    while True:
        channels = few or _number(random, 5, 96)
        outputs = int(random.choice([4, 8, _number(random, 1, 96), _number(random, 1, 24)]))
        size = _size(random, 24)
        window = (1, 1) if one else _window(random, size)
        stride = int(random.choice([1, 1, 1, 2]))
        made, options = _windows(random, size, window, (stride, stride))
        weights = window[0] * window[1] * channels * outputs
        if one is not (window == (1, 1)):
            continue
        if weights > 3 * _MOST_WEIGHTS or weights * made[0] * made[1] > _MOST_PRODUCTS:
            continue
        return _convolution_of(random, size, window, channels, outputs, made, options, dtype)


def _pointwise(random: np.random.Generator, dtype: str = "int8") -> Layer:
    while True:
        size = _size(random)
        channels, outputs = _number(random, 1, 128), _number(random, 1, 128)
        weights = channels * outputs
        places = size[0] * size[1]
        if weights > _MOST_WEIGHTS or weights * places > _MOST_PRODUCTS:
            continue
        if places * max(channels, outputs) > _MOST_VALUES:
            continue
        return _product(
            "CONV_2D",
            random,
            (1, *size, channels),
            (outputs, 1, 1, channels),
            (1, *size, outputs),
            dtype,
            Padding=PADDING.VALID,
            StrideH=1,
            StrideW=1,
            DilationHFactor=1,
            DilationWFactor=1,
        )


def _strided_pointwise(random: np.random.Generator, dtype: str = "int8") -> Layer:
    while True:
        size = _size(random)
        channels, outputs = _number(random, 1, 64), _number(random, 1, 64)
        made = (-(-size[0] // 2), -(-size[1] // 2))
        weights = channels * outputs
        if weights > _MOST_WEIGHTS or weights * made[0] * made[1] > _MOST_PRODUCTS:
            continue
        if size[0] * size[1] * channels > _MOST_VALUES:
            continue
        return _product(
            "CONV_2D",
            random,
            (1, *size, channels),
            (outputs, 1, 1, channels),
            (1, *made, outputs),
            dtype,
            Padding=PADDING.SAME,
            StrideH=2,
            StrideW=2,
            DilationHFactor=1,
            DilationWFactor=1,
        )


def _dense(random: np.random.Generator, dtype: str = "int8") -> Layer:
    while True:
        inputs, outputs = _number(random, 1, 2000), _number(random, 1, 200)
        rows = int(random.choice([1, 1, 1, 1, 2, 3]))
        if inputs * outputs > 2 * _MOST_WEIGHTS:
            continue
        return _product(
            "FULLY_CONNECTED",
            random,
            (rows, inputs),
            (outputs, inputs),
            (rows, outputs),
            dtype,
            FusedActivationFunction=int(
                random.choice([ACTIVATION.NONE, ACTIVATION.RELU, ACTIVATION.RELU6])
            ),
        )


def _dense_stack(random: np.random.Generator, dtype: str = "float32") -> Layer:
    """Makes a small network of dense layers, which compilers inline."""
    sizes = [_number(random, 1, 40) for _ in range(4)]
    made: Layer | None = None
    for i in reversed(range(3)):
        inputs, outputs = sizes[i : i + 2]
        layer = _product(
            "FULLY_CONNECTED",
            random,
            (1, inputs),
            (outputs, inputs),
            (1, outputs),
            dtype,
            FusedActivationFunction=ACTIVATION.NONE if made is None else ACTIVATION.RELU,
        )
        made = dataclasses.replace(layer, after=made)
    assert made is not None
    return made


def _large_dense(random: np.random.Generator, dtype: str = "int8") -> Layer:
    """Makes one of a row, with many outputs by eights, and inputs by fours."""
    inputs, outputs = 4 * _number(random, 1, 200), 8 * int(random.integers(8, 24))
    outputs = max(64, min(outputs, 2 * _MOST_WEIGHTS // inputs // 8 * 8))
    inputs = min(inputs, 2 * _MOST_WEIGHTS // outputs // 4 * 4)
    source, weights, output = (1, inputs), (outputs, inputs), (1, outputs)
    return _product(
        "FULLY_CONNECTED",
        random,
        source,
        weights,
        output,
        dtype,
        FusedActivationFunction=int(random.choice([ACTIVATION.NONE, ACTIVATION.RELU])),
    )


def _depthwise(
    random: np.random.Generator, dtype: str = "int8", window: tuple[int, int] | None = (3, 3)
) -> Layer:
    while True:
        size = _size(random)
        chosen = window or _window(random, size)
        stride = int(random.choice([1, 1, 2]))
        channels = int(random.choice([4, 8, 16, _number(random, 1, 128)]))
        multiplier = 1
        if window is None and random.integers(3) == 0:
            channels, multiplier = int(random.choice([1, 1, 2, 3])), _number(random, 1, 12)
        made, options = _windows(random, size, chosen, (stride, stride))
        outputs = channels * multiplier
        if chosen[0] * chosen[1] * outputs * made[0] * made[1] > _MOST_PRODUCTS:
            continue
        if (
            size[0] * size[1] * channels > _MOST_VALUES
            or made[0] * made[1] * outputs > _MOST_VALUES
        ):
            continue
        return _product(
            "DEPTHWISE_CONV_2D",
            random,
            (1, *size, channels),
            (1, *chosen, outputs),
            (1, *made, outputs),
            dtype,
            DepthMultiplier=multiplier,
            DilationHFactor=1,
            DilationWFactor=1,
            **options,
        )


def _pooling(kind: str) -> Callable[..., Layer]:
    def make(random: np.random.Generator, dtype: str = "int8") -> Layer:
        while True:
            size = _size(random)
            channels = _number(random, 1, 80)
            whole = random.integers(4) == 0
            window = size if whole else (int(random.integers(1, 5)), int(random.integers(1, 5)))
            if window[0] > size[0] or window[1] > size[1]:
                continue
            stride = int(random.integers(1, 4))
            made, options = _windows(random, size, window, (stride, stride))
            work = made[0] * made[1] * window[0] * window[1] * channels
            if size[0] * size[1] * channels > _MOST_VALUES or work > _MOST_PRODUCTS:
                continue
            quantized = _one_scale(dtype)
            return Layer(
                kind,
                [tensor((1, *size, channels), dtype, **quantized)],
                [tensor((1, *made, channels), dtype, **quantized)],
                {**options, "FilterWidth": window[1], "FilterHeight": window[0]},
            )

    return make


def _whole_pooling(random: np.random.Generator, dtype: str = "int8") -> Layer:
    """A pooling of a whole image."""
    size, channels = (_number(random, 3, 30), _number(random, 3, 30)), _number(random, 4, 130)
    size = (size[0], min(size[1], max(3, _MOST_PRODUCTS // 4 // size[0] // channels)))
    quantized = _one_scale(dtype)
    return Layer(
        "AVERAGE_POOL_2D",
        [tensor((1, *size, channels), dtype, **quantized)],
        [tensor((1, 1, 1, channels), dtype, **quantized)],
        {
            "Padding": PADDING.VALID,
            "StrideH": size[0],
            "StrideW": size[1],
            "FilterHeight": size[0],
            "FilterWidth": size[1],
        },
    )


def _unproved(make_product: Callable[..., Layer]) -> Callable[..., Layer]:
    """Makes a layer of such large factors that the fast functions can't compute it."""

    def make(random: np.random.Generator, dtype: str = "int8") -> Layer:
        layer = make_product(random, dtype)
        (spec,) = layer.outputs
        return dataclasses.replace(layer, outputs=[dataclasses.replace(spec, scales=(0.001,))])

    return make


def _pooled(convolve: Callable[[np.random.Generator], Layer]) -> Callable[..., Layer]:
    """Makes a convolution with a pooling after it."""

    def make(random: np.random.Generator, dtype: str = "int8") -> Layer:
        del dtype
        while True:
            layer = convolve(random)
            _, height, width, channels = layer.outputs[0].shape
            window = int(random.integers(2, 4))
            if height < window or width < window:
                continue
            (spec,) = layer.outputs
            pooled = dataclasses.replace(
                spec, shape=(1, height // window, width // window, channels)
            )
            options = {
                "Padding": PADDING.VALID,
                "StrideW": window,
                "StrideH": window,
                "FilterWidth": window,
                "FilterHeight": window,
            }
            return dataclasses.replace(layer, after=Layer("MAX_POOL_2D", [], [pooled], options))

    return make


def _same_3x3(
    random: np.random.Generator, source: Sequence[int], output: Sequence[int], stride: int = 1
) -> Layer:
    """A convolution of 3 x 3 with padding."""
    return _product(
        "CONV_2D",
        random,
        source,
        (output[3], 3, 3, source[3]),
        output,
        Padding=PADDING.SAME,
        StrideH=stride,
        StrideW=stride,
        DilationHFactor=1,
        DilationWFactor=1,
    )


def _followed(random: np.random.Generator, dtype: str = "int8") -> Layer:
    """A convolution, and one that reads what it makes: a chain."""
    del dtype
    while True:
        side, channels = _number(random, 8, 24), 4 * _number(random, 1, 4)
        middle, outputs = 4 * _number(random, 1, 4), 4 * _number(random, 1, 4)
        stride = int(random.choice([1, 1, 2]))
        made = -(-side // stride)
        work = 9 * middle * (channels * side**2 + outputs * made**2)
        if work > 3 * _MOST_PRODUCTS or side**2 * max(channels, middle) > _MOST_VALUES:
            continue
        image = (1, side, side, middle)
        after = _same_3x3(random, image, (1, made, made, outputs), stride)
        first = _same_3x3(random, (1, side, side, channels), image)
        return dataclasses.replace(first, after=after)


def _before_dense(random: np.random.Generator, dtype: str = "int8") -> Layer:
    """A convolution, and a dense layer of all that it makes: a chain."""
    del dtype
    while True:
        side, channels = _number(random, 4, 16), int(random.choice([1, 4, 8]))
        middle, outputs = _number(random, 1, 16), _number(random, 1, 48)
        # Some have fours of all, which the fast functions need.
        if random.integers(2):
            middle, outputs = 4 * -(-middle // 4), 4 * -(-outputs // 4)
        if side**2 * middle * outputs > 3 * _MOST_WEIGHTS:
            continue
        image = (1, side, side, middle)
        dense = _product(
            "FULLY_CONNECTED",
            random,
            image,
            (outputs, side**2 * middle),
            (1, outputs),
            FusedActivationFunction=ACTIVATION.NONE,
        )
        first = _same_3x3(random, (1, side, side, channels), image)
        return dataclasses.replace(first, after=dense)


def _first_convolution(random: np.random.Generator) -> Layer:
    """A convolution of 3 x 3 of one channel."""
    while True:
        size = _number(random, 6, 40), _number(random, 6, 40)
        outputs = _number(random, 1, 24)
        made, options = _windows(random, size, (3, 3), (1, 1))
        if made[0] * made[1] * outputs > _MOST_VALUES:
            continue
        return _product(
            "CONV_2D",
            random,
            (1, *size, 1),
            (outputs, 3, 3, 1),
            (1, *made, outputs),
            "int8",
            DilationHFactor=1,
            DilationWFactor=1,
            **options,
        )


_FRACTIONS: Mapping[str, one_operator.Quantized] = {
    "float32": {},
    "int8": {"scale": 1 / 256, "zero_point": -128},
    "int16": {"scale": 1 / 32768},
}
"""Of numbers from 0 to 1."""


def _softmax(random: np.random.Generator, dtype: str = "int8") -> Layer:
    # Of so small differences that all count, as they mostly do.
    source: one_operator.Quantized = {"scale": float(random.uniform(0.02, 0.1))}
    shape = (_number(random, 1, 12), _number(random, 1, 120))
    return Layer(
        "SOFTMAX",
        [tensor(shape, dtype, **({} if dtype == "float32" else source))],
        [tensor(shape, dtype, **_FRACTIONS[dtype])],
        {"Beta": 1.0},
    )


def _unary(kind: str, alphas: Sequence[float] = ()) -> Callable[..., Layer]:
    def make(random: np.random.Generator, dtype: str = "int8") -> Layer:
        shape = (1, _number(random, 60, 6000))
        source = output = _scaled(random, dtype)
        if kind == "LEAKY_RELU" and source and random.integers(2):
            output = {**_scaled(random, dtype), "scale": _scale(source) * random.uniform(0.6, 1)}
        if kind == "LOGISTIC" or (kind == "TANH" and dtype == "int16"):
            output = _FRACTIONS[dtype]
            if dtype == "int16":
                # What is far from 0 takes a shorter way.
                source = {"scale": float(random.uniform(1, 12)) / 2**15}
        return Layer(
            kind,
            [tensor(shape, dtype, **source)],
            [tensor(shape, dtype, **output)],
            {"Alpha": float(random.choice(alphas))} if alphas else {},
        )

    return make


def _zero(random: np.random.Generator, dtype: str) -> int:
    return int(random.integers(-100, 100)) if dtype == "int8" else 0


def _scaled(random: np.random.Generator, dtype: str) -> one_operator.Quantized:
    """Chooses a scale and a zero point; none for floats."""
    if dtype == "float32":
        return {}
    return {"scale": float(random.uniform(0.02, 0.2)), "zero_point": _zero(random, dtype)}


def _scale(quantized: one_operator.Quantized) -> float:
    """Gives the one scale of what has one."""
    scale = quantized["scale"]
    assert isinstance(scale, float)
    return scale


def _binary(kind: str) -> Callable[..., Layer]:
    def make(random: np.random.Generator, dtype: str = "int8") -> Layer:
        shape = (1, _number(random, 1, 24), _number(random, 1, 24), _number(random, 1, 16))
        other = shape
        if random.integers(4) == 0:
            other = (1, 1, 1, shape[3])
        first, second, made = (_scaled(random, dtype) for _ in range(3))
        if made:
            # What converters choose: most outputs are in the middle of their type.
            a, b = _scale(first), _scale(second)
            most = a * b * np.iinfo(dtype).max if kind == "MUL" else a + b
            made["scale"] = float(most * random.uniform(0.5, 1))
        return Layer(
            kind,
            [tensor(shape, dtype, **first), tensor(other, dtype, **second)],
            [tensor(shape, dtype, **made)],
        )

    return make


def _quantize(random: np.random.Generator, dtype: str = "int8") -> Layer:
    shape = (1, _number(random, 1, 6000))
    return Layer(
        "QUANTIZE",
        [tensor(shape, dtype, **_scaled(random, dtype))],
        [tensor(shape, "int8", **_scaled(random, "int8"))],
    )


def _quantize_any(random: np.random.Generator, dtype: str = "int8") -> Layer:
    """One of any type, beside which others have other types."""
    del dtype
    layer = _quantize(random, str(random.choice(["int8", "int16"])))
    (spec,) = layer.outputs
    made = str(random.choice(["int8", "int16", "int32"]))
    output = tensor(spec.shape, made, **_scaled(random, made))
    return dataclasses.replace(layer, outputs=[output])


def _dequantize(random: np.random.Generator, dtype: str = "int8") -> Layer:
    shape = (1, _number(random, 1, 6000))
    return Layer(
        "DEQUANTIZE",
        [tensor(shape, dtype, **_scaled(random, dtype))],
        [tensor(shape, "float32")],
    )


def _padding(random: np.random.Generator, dtype: str = "int8") -> Layer:
    size = _size(random)
    channels = _number(random, 1, 16)
    pads = random.integers(0, 3, 4)
    made = (size[0] + pads[0] + pads[1], size[1] + pads[2] + pads[3])
    quantized = _one_scale(dtype)
    paddings = np.array([[0, 0], pads[:2], pads[2:], [0, 0]])
    return Layer(
        "PAD",
        [
            tensor((1, *size, channels), dtype, **quantized),
            tensor((4, 2), "int32", data=paddings),
        ],
        [tensor((1, *map(int, made), channels), dtype, **quantized)],
    )


def _mean(random: np.random.Generator, dtype: str = "int8") -> Layer:
    size = _size(random)
    channels = _number(random, 1, 64)
    return Layer(
        "MEAN",
        [tensor((1, *size, channels), dtype, **_scaled(random, dtype)), constant(1, 2)],
        [tensor((1, 1, 1, channels), dtype, **_scaled(random, dtype))],
        {"KeepDims": 1},
    )


def _concatenation(random: np.random.Generator, dtype: str = "int8") -> Layer:
    rows = _number(random, 1, 60)
    parts = [_number(random, 1, 60) for _ in range(2)]
    quantized = _one_scale(dtype)
    return Layer(
        "CONCATENATION",
        [tensor((rows, n), dtype, **quantized) for n in parts],
        [tensor((rows, sum(parts)), dtype, **quantized)],
        {"Axis": 1},
    )


def _rearranged(random: np.random.Generator, dtype: str = "int8") -> Layer:
    """An operator that moves pieces to places of a pattern."""
    kind = str(random.choice(["TRANSPOSE", "TRANSPOSE", "RESIZE_NEAREST_NEIGHBOR", "DEPTH"]))
    quantized = _one_scale(dtype)
    height, width = _number(random, 2, 16), _number(random, 2, 16)
    channels = _number(random, 1, 24)
    shape = (1, height, width, channels)
    source = tensor(shape, dtype, **quantized)
    if kind == "TRANSPOSE":
        order = [(0, 3, 1, 2), (0, 2, 3, 1), (0, 3, 2, 1), (0, 2, 1, 3)][random.integers(4)]
        made = tuple(shape[axis] for axis in order)
        return Layer("TRANSPOSE", [source, constant(*order)], [tensor(made, dtype, **quantized)])
    if kind == "DEPTH":
        shape = (1, 2 * height, 2 * width, channels)
        return Layer(
            "SPACE_TO_DEPTH",
            [tensor(shape, dtype, **quantized)],
            [tensor((1, height, width, 4 * channels), dtype, **quantized)],
            {"BlockSize": 2},
        )
    factor = int(random.integers(2, 4))
    made = (1, height * factor, width * factor, channels)
    return Layer(
        kind,
        [source, constant(*made[1:3])],
        [tensor(made, dtype, **quantized)],
        {"AlignCorners": 0, "HalfPixelCenters": 0},
    )


def _strided_slice(random: np.random.Generator, dtype: str = "int8") -> Layer:
    shape = (1, _number(random, 2, 60), _number(random, 1, 60))
    start = int(random.integers(0, shape[1]))
    quantized = _one_scale(dtype)
    return Layer(
        "STRIDED_SLICE",
        [
            tensor(shape, dtype, **quantized),
            constant(0, start, 0),
            constant(*shape),
            constant(1, 1, 1),
        ],
        [tensor((1, shape[1] - start, shape[2]), dtype, **quantized)],
    )


def _svdf(random: np.random.Generator, dtype: str = "int8", state: str = "int8") -> Layer:
    inputs, units = _number(random, 4, 200), _number(random, 1, 64)
    rank, memory = int(random.choice([1, 1, 2])), _number(random, 1, 20)
    filters = units * rank
    if filters * (inputs + memory) > 2 * _MOST_WEIGHTS:
        return _svdf(random, dtype, state)
    return Layer(
        "SVDF",
        [
            tensor((1, inputs), scale=0.1),
            tensor(
                (filters, inputs), scale=0.01, data=random.integers(-127, 128, (filters, inputs))
            ),
            tensor(
                (filters, memory),
                state,
                scale=0.02,
                data=random.integers(-127, 128, (filters, memory)),
            ),
            tensor((units,), "int32", scale=0.001, data=random.integers(-99, 99, units)),
            tensor((1, filters * memory), state, scale=0.05, variable=True),
        ],
        [tensor((1, units), scale=0.1)],
        {"Rank": rank, "FusedActivationFunction": ACTIVATION.RELU},
    )


def _lstm(random: np.random.Generator, dtype: str = "int8") -> Layer:
    while True:
        # The first of the steps takes less time: the state is 0.
        inputs, cells, times = (
            _number(random, 1, 130),
            _number(random, 2, 64),
            _number(random, 4, 20),
        )
        weights = 4 * cells * (inputs + cells)
        if weights <= 3 * _MOST_WEIGHTS and weights * times <= 2 * _MOST_PRODUCTS:
            break
    floats = dtype == "float32"
    limit = 1.0 if floats else float(np.iinfo(dtype).max)

    def quantized(scale: float) -> one_operator.Quantized:
        return {} if floats else {"scale": scale}

    def weight(size: int) -> TensorSpec:
        if floats:
            data = random.normal(size=(cells, size)) * 2 / np.sqrt(size)
            return tensor((cells, size), dtype, data=data)
        data = random.integers(-127, 128, (cells, size))
        return tensor((cells, size), scale=1 / (60 * np.sqrt(size)), data=data)

    def bias() -> TensorSpec:
        if floats:
            return tensor((cells,), dtype, data=random.normal(size=cells))
        kind = {"int8": "int32", "int16": "int64"}[dtype]
        scale = 1 / (limit * 60 * np.sqrt(inputs))
        return tensor((cells,), kind, scale=scale, data=random.integers(-99, 99, cells))

    state = tensor((1, cells), dtype, **quantized(1 / limit), variable=True)
    cell_state = (
        tensor((1, cells), dtype, variable=True)
        if floats
        else tensor((1, cells), "int16", scale=2.0**-11, variable=True)
    )
    return Layer(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        [
            tensor((1, times, inputs), dtype, **quantized(1 / limit)),
            *(weight(inputs) for _ in range(4)),
            *(weight(cells) for _ in range(4)),
            *[None] * 3,
            *(bias() for _ in range(4)),
            *[None] * 2,
            state,
            cell_state,
            *[None] * 4,
        ],
        [tensor((1, times, cells), dtype, **quantized(1 / limit))],
        {"FusedActivationFunction": ACTIVATION.TANH, "TimeMajor": 0, "CellClip": 10.0},
    )


def _transposed_signal(random: np.random.Generator, dtype: str = "int16") -> Layer:
    return _transposed(random, dtype, (1, _number(random, 4, 24)))


def _transposed(
    random: np.random.Generator, dtype: str = "int16", image: tuple[int, int] | None = None
) -> Layer:
    while True:
        size = image or _size(random, 16)
        window = _window(random, size)
        stride = int(random.choice([1, 2]))
        channels, outputs = _number(random, 1, 64), _number(random, 1, 64)
        made = (size[0] * stride, size[1] * stride)
        work = size[0] * size[1] * channels * outputs * window[0] * window[1]
        count = channels * outputs * window[0] * window[1]
        if count > 4 * _MOST_WEIGHTS or work > _MOST_PRODUCTS:
            continue
        layer = _product(
            "TRANSPOSE_CONV",
            random,
            (1, *size, channels),
            (outputs, *window, channels),
            (1, *made, outputs),
            dtype,
            Padding=PADDING.SAME,
            StrideH=stride,
            StrideW=stride,
        )
        source, weights, bias = layer.inputs
        return dataclasses.replace(
            layer, inputs=[constant(1, *made, outputs), weights, source, bias]
        )


_KINDS: Mapping[str, tuple[Callable[..., Layer], Sequence[str], int]] = {
    "convolution": (_convolution, ("int8",), 70),
    "spectrogram": (_spectrogram, ("int8",), 24),
    "convolution_others": (_convolution, ("float32", "int16"), 30),
    "pointwise": (_pointwise, ("int8",), 40),
    "pointwise_others": (_pointwise, ("float32", "int16"), 8),
    "dense": (_dense, ("int8",), 50),
    "large_dense": (_large_dense, ("int8",), 20),
    "dense_others": (_dense, ("float32", "int16"), 32),
    "depthwise": (_depthwise, ("int8",), 70),
    "depthwise_any": (
        lambda random, dtype: _depthwise(random, dtype, None),
        ("int8",),
        50,
    ),
    "depthwise_others": (
        lambda random, dtype: _depthwise(random, dtype, None),
        ("float32", "int16"),
        32,
    ),
    "max_pool": (_pooling("MAX_POOL_2D"), ("int8",), 60),
    "max_pool_others": (_pooling("MAX_POOL_2D"), ("float32", "int16"), 20),
    "average_pool": (_pooling("AVERAGE_POOL_2D"), ("int8",), 60),
    "average_pool_others": (_pooling("AVERAGE_POOL_2D"), ("float32", "int16"), 24),
    "convolution_unproved": (_unproved(_convolution), ("int8",), 30),
    "dense_unproved": (_unproved(_dense), ("int8",), 20),
    "pooled_convolution": (_pooled(_convolution), ("int8",), 24),
    "pooled_first_convolution": (_pooled(_first_convolution), ("int8",), 32),
    "pooled_depthwise": (_pooled(_depthwise), ("int8",), 16),
    "softmax": (_softmax, ("int8", "float32", "int16"), 18),
    "logistic": (_unary("LOGISTIC"), ("int8", "float32", "int16"), 6),
    "tanh": (_unary("TANH"), ("float32", "int16"), 6),
    "leaky_relu": (_unary("LEAKY_RELU", (0.01, 0.1, 0.2, 0.3)), ("int16", "float32"), 32),
    "relu": (_unary("RELU"), ("int8", "float32", "int16"), 6),
    "add": (_binary("ADD"), ("int8", "int16", "float32"), 24),
    "multiply": (_binary("MUL"), ("int8", "int16", "float32"), 12),
    "subtract": (_binary("SUB"), ("int8", "int16", "float32"), 12),
    "quantize": (_quantize, ("int8", "int16", "uint8", "float32"), 24),
    "dequantize": (_dequantize, ("int8", "int16"), 6),
    "pad": (_padding, ("int8", "float32"), 10),
    "mean": (_mean, ("int8", "float32"), 12),
    "concatenation": (_concatenation, ("int8", "float32"), 16),
    "strided_slice": (_strided_slice, ("int8", "float32"), 24),
    "rearranged": (_rearranged, ("int8", "float32"), 32),
    "lstm": (_lstm, ("int8", "int16", "float32"), 12),
    "lstm_alone": (_lstm, ("int8", "int16", "float32"), 6),
    "svdf": (_svdf, ("int8",), 32),
    "svdf_int16": (functools.partial(_svdf, state="int16"), ("int8",), 24),
    "transposed_convolution": (_transposed, ("int16", "int8", "float32"), 32),
    "strided_pointwise": (_strided_pointwise, ("int8",), 24),
    "depthwise_float": (_depthwise, ("float32",), 12),
    "convolution_int16": (_convolution, ("int16",), 24),
    "spectrogram_int16": (_spectrogram, ("int16",), 16),
    "quantize_any": (_quantize_any, ("int8",), 48),
    "whole_pool": (_whole_pooling, ("int8",), 20),
    "narrow_convolution": (_narrow_convolution, ("int16",), 32),
    "transposed_alone": (_transposed, ("int16",), 24),
    "transposed_alone_signal": (_transposed_signal, ("int16",), 16),
    "dense_alone": (_dense, ("float32",), 16),
    "convolution_unproved_alike": (_unproved(_convolution), ("int8",), 8),
    "dense_unproved_alike": (_unproved(_dense), ("int8",), 8),
    "depthwise_alike": (_depthwise, ("int8", "float32"), 16),
    "dense_stack_alike": (_dense_stack, ("float32", "int8"), 12),
    **{
        f"channels_{alone}{few or 'many'}_{'one' if one else 'some'}": (
            functools.partial(_of_channels, few=few, one=one),
            ("float32", "int16"),
            4 if few else 10,
        )
        for alone in ("", "alone_")
        for few in (None, 1, 2, 3, 4)
        for one in (False, True)
    },
    "followed_convolution": (_followed, ("int8",), 16),
    "convolution_before_dense": (_before_dense, ("int8",), 24),
}
"""What makes layers, of which types, and how many of each."""

_ALL_ALONE = (
    "narrow_convolution",
    "transposed_alone",
    "dense_alone",
    "whole_pool",
    "channels_alone",
    "lstm_alone",
)
"""Those for functions that compilers fit to a model that calls them once."""

_ALIKE = "_alike"
"""Ends the names of those that are alone in a model, several times: compilers then know more."""

_TOGETHER = (6, 3)
"""So many layers of a kind, by turns, are in a model with several of each kind."""

_ALONE = 4
"""One of so many layers is in a model without others of its operator."""

_MOST_LAYERS = 8
"""As real models have: in functions of more layers, compilers keep less in registers."""


def layers(*, differing: bool = False) -> Iterator[tuple[str, list[Layer]]]:
    """Makes all layers, by their kinds.

    Args:
      differing: only those that a target has kernels of its own for.

    Yields:
      A name, and the layers of this kind.
    """
    for kind, (make, dtypes, count) in _KINDS.items():
        for dtype in dtypes:
            random = np.random.default_rng([ord(letter) for letter in kind + dtype])
            made = [make(random, dtype) for _ in range(count)]
            own = any(
                targets.differ(name, [made[0].kind])
                for name in targets.TARGETS
                if name != targets.PORTABLE
            )
            if not differing or (own and dtype == "int8"):
                yield f"{kind}_{dtype}", made


SORTS = ("once", "several")
"""Models of layers that call other functions each, and of several layers of a kind.

Functions that are called once are compiled otherwise than others.
"""


def models(sort: str, *, differing: bool = False) -> dict[str, Model]:
    """Makes the models of a sort.

    Args:
      sort: one of SORTS.
      differing: see `layers`.

    Returns:
      Models by their names. Each second one of several layers of a kind has no other ones, as many
      real ones have not.
    """
    single: list[dict[tuple[str, str], Layer]] = []
    several: list[list[Layer]] = []
    for name, made in layers(differing=differing):
        alone, others = made[::_ALONE], [layer for i, layer in enumerate(made) if i % _ALONE]
        if name.startswith(_ALL_ALONE):
            alone, others = made, []
        if _ALIKE in name:
            several += [[layer] * (1 if layer.after else 3) for layer in made]
            continue
        for layer in alone:
            # One of an operator and a type in each model.
            key = layer.kind, layer.outputs[0].dtype
            for model in single:
                if key not in model and len(model) < _MOST_LAYERS:
                    model[key] = layer
                    break
            else:
                single.append({key: layer})
        for size in itertools.cycle(_TOGETHER):
            if not others:
                break
            several.append(others[:size])
            others = others[size:]
    # One kind, then two kinds together.
    several = [
        list(itertools.chain(*several[start:end]))
        for i in range(0, len(several), 3)
        for start, end in ((i, i + 1), (i + 1, i + 3))
        if several[start:end]
    ]
    members = {"once": [list(one.values()) for one in single], "several": several}[sort]
    return {f"{sort}_{i}": together(one, f"{sort}_{i}") for i, one in enumerate(members)}
