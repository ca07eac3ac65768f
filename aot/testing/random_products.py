# SPDX-License-Identifier: Apache-2.0
"""How sums of products, windows and reductions come into random models."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from ai_edge_litert import schema_py_generated as generated

from aot.testing import one_operator
from aot.testing.one_operator import PADDING
from aot.testing.random_graphs import (
    FUSED,
    INT8_OR_FLOAT,
    MOST_ELEMENTS,
    NUMBERS,
    Builder,
    Maker,
    axis_of,
    like,
)
from tflite.testing.model_builder import TensorSpec

_FLOAT = ("float32",)
_INT32_MAX = (1 << 31) - 1

# --- windows and products -------------------------------------------------------------------------


def _window(
    graph: Builder, length: int, size: int, dilated: bool, same: bool
) -> tuple[int, int, int]:
    """Chooses (stride, dilation, outputs) of a window in one dimension."""
    stride = graph.choose.between(1, 3)
    dilation = graph.choose.between(1, 3) if dilated else 1
    if not same:
        dilation = min(dilation, max(1, (length - 1) // max(size - 1, 1)))
    seen = (size - 1) * dilation + 1
    outputs = -(-length // stride) if same else (length - seen) // stride + 1
    return stride, dilation, outputs


def picture(graph: Builder, dtypes: Sequence[str]) -> int:
    """Chooses what has height, width and channels, and is not too large."""
    return graph.source(dtypes, (4,), lambda spec: math.prod(spec.shape) <= 200)


def _pool(graph: Builder, operator: str) -> None:
    source = picture(graph, _FLOAT if operator == "L2_POOL_2D" else NUMBERS)
    spec = graph.tensors[source]
    batches, height, width, channels = spec.shape
    same = bool(graph.choose.below(2))
    size_h, size_w = (graph.choose.between(1, 4 if same else min(4, n)) for n in (height, width))
    stride_h, _, out_h = _window(graph, height, size_h, False, same)
    stride_w, _, out_w = _window(graph, width, size_w, False, same)
    options = {
        "Padding": PADDING.SAME if same else PADDING.VALID,
        "StrideH": stride_h,
        "StrideW": stride_w,
        "FilterHeight": size_h,
        "FilterWidth": size_w,
        "FusedActivationFunction": graph.choose.pick(FUSED),
    }
    made = like(spec, (batches, out_h, out_w, channels))
    graph.node(operator, [source], [made], options, bound=graph.bound(source))


def _weights(
    graph: Builder, source: int, shape: tuple[int, ...], channels: int, axis: int
) -> tuple[int, tuple[float, ...]]:
    """Adds weights; gives their scales, too."""
    random = graph.random()
    if graph.tensors[source].dtype == "float32":
        return graph.constant(random.normal(0, 0.5, shape).astype(np.float32)), ()
    data = random.integers(-128, 128, shape).astype(np.int8)
    if graph.choose.one_in(8):
        data = random.choice([-128, 127], shape).astype(np.int8)
    scale = graph.choose.pick((0.01, 0.003, 0.2, 1e-5))
    scales: tuple[float, ...] = (scale,)
    if channels > 1 and graph.choose.one_in(2):
        scales = tuple(float(s) for s in scale * random.uniform(0.01, 2, channels))
    elif graph.choose.one_in(10):
        return graph.input(one_operator.tensor(shape, "int8", scale=scale)), scales
    return graph.constant(data, scales, zero_point=(0,) * len(scales), axis=axis), scales


def _bias(
    graph: Builder,
    source: int,
    channels: int,
    taps: int,
    scales: Sequence[float],
    wide: Sequence[str] = ("int64",),
) -> int:
    """Adds a bias, or gives -1; for int16 it may be of wide types."""
    kind = graph.choose.below(4)
    if kind == 3:
        return -1
    random = graph.random()
    spec = graph.tensors[source]
    if spec.dtype == "float32":
        return graph.constant(random.normal(0, 3, channels).astype(np.float32))
    # To which any sum of products can be added, so that it just does not overflow.
    most = _INT32_MAX - taps * 128 * (1 << 15 if spec.dtype == "int16" else 255)
    if kind == 2 and max(scales) < 0.01 and most > 0:
        data = random.choice([-most - 1, most], channels)
    else:
        data = random.integers(-3000, 3000, channels)
    own = tuple(s * spec.scales[0] for s in scales)
    zeros = (0,) * len(own)
    dtype = graph.choose.pick(wide) if spec.dtype == "int16" else "int32"
    return graph.constant(data.astype(dtype), own, zero_point=zeros, axis=0)


def _without_bias(graph: Builder, source: int, bias: int) -> dict[str, int]:
    """Chooses in how many bits sums of int16 are made if there is no bias that says it."""
    if bias >= 0 or graph.tensors[source].dtype != "int16":
        return {}
    kinds = generated.TensorType
    return {"QuantizedBiasType": graph.choose.pick((kinds.INT64, kinds.INT32, kinds.FLOAT32))}


def _sum_of_products(
    graph: Builder, source: int, taps: int, shape: Sequence[int], scales: Sequence[float]
) -> tuple[TensorSpec, float]:
    """Describes an output; gives the bound of its numbers, too."""
    spec = graph.tensors[source]
    if spec.dtype == "float32":
        bound = graph.bound(source) * taps * 3 + 20
        return one_operator.tensor(shape, "float32"), bound
    natural = spec.scales[0] * max(scales) * math.sqrt(taps) * 60
    return graph.described(shape, spec.dtype, natural), math.inf


def _convolution(graph: Builder, operator: str) -> None:
    convolve(graph, operator, picture(graph, NUMBERS))


def convolve(graph: Builder, operator: str, source: int, same: bool | None = None) -> None:
    """Adds CONV_2D or DEPTHWISE_CONV_2D.

    Args:
      graph: the model.
      operator: which one.
      source: its input.
      same: whether its padding is SAME; default: either.
    """
    spec = graph.tensors[source]
    batches, height, width, in_c = spec.shape
    if same is None:
        same = bool(graph.choose.below(2))
    size_h, size_w = (graph.choose.between(1, 4 if same else min(4, n)) for n in (height, width))
    dilated = graph.choose.one_in(3)
    # Targets have functions for the commonest one.
    common = operator == "DEPTHWISE_CONV_2D" and graph.choose.below(2) == 1
    if common and (same or min(height, width) >= 3):
        size_h, size_w, dilated = 3, 3, False
    stride_h, dilation_h, out_h = _window(graph, height, size_h, dilated, same)
    stride_w, dilation_w, out_w = _window(graph, width, size_w, dilated, same)
    options = {
        "Padding": PADDING.SAME if same else PADDING.VALID,
        "StrideH": stride_h,
        "StrideW": stride_w,
        "DilationHFactor": dilation_h,
        "DilationWFactor": dilation_w,
        "FusedActivationFunction": graph.choose.pick(FUSED),
    }
    most = max(1, MOST_ELEMENTS // (batches * out_h * out_w))
    if operator == "DEPTHWISE_CONV_2D":
        multiplier = 1 if common else graph.choose.between(1, max(1, min(3, most // in_c)))
        out_c = in_c * multiplier
        shape = (1, size_h, size_w, out_c)
        taps, axis = size_h * size_w, 3
        options["DepthMultiplier"] = multiplier
    else:
        divisors = [n for n in range(1, in_c + 1) if in_c % n == 0 and n <= most]
        groups = graph.choose.pick((1, 1, *divisors))
        out_c = groups * graph.choose.between(1, max(1, min(9, most // groups)))
        shape = (out_c, size_h, size_w, in_c // groups)
        taps, axis = size_h * size_w * in_c // groups, 0
    weights, scales = _weights(graph, source, shape, out_c, axis)
    depthwise = operator == "DEPTHWISE_CONV_2D"
    wide = ("int64",) if depthwise else ("int64", "int32")
    bias = _bias(graph, source, out_c, taps, scales, wide)
    if not depthwise:
        options |= _without_bias(graph, source, bias)
    made, bound = _sum_of_products(graph, source, taps, (batches, out_h, out_w, out_c), scales)
    inputs = [source, weights, bias]
    # With -1 TFLM's DEPTHWISE_CONV_2D dies.
    if bias < 0 and (operator == "DEPTHWISE_CONV_2D" or graph.choose.below(2)):
        inputs.pop()
    (place,) = graph.node(operator, inputs, [made], options, bound=bound)
    if graph.choose.one_in(4):
        activation(graph, place)
    if graph.choose.one_in(6):
        _pool_two(graph, graph.values[-1])


def _pool_two(graph: Builder, place: int) -> None:
    """Adds MAX_POOL_2D of 2 x 2, as it comes after many convolutions."""
    spec = graph.tensors[place]
    batches, height, width, channels = spec.shape
    if spec.dtype not in NUMBERS or min(height, width) < 2:
        return
    names = ("FilterHeight", "FilterWidth", "StrideH", "StrideW")
    options = {"Padding": PADDING.VALID, "FusedActivationFunction": graph.choose.pick(FUSED)}
    made = like(spec, (batches, height // 2, width // 2, channels))
    bound = graph.bound(place)
    graph.node("MAX_POOL_2D", [place], [made], {**options, **dict.fromkeys(names, 2)}, bound=bound)


def activation(graph: Builder, place: int) -> None:
    """Adds an activation that can be fused, or just not."""
    spec = graph.tensors[place]
    if spec.dtype not in NUMBERS:
        return
    kind = graph.choose.pick(("RELU", "RELU6"))
    made = like(spec)
    if spec.dtype != "float32" and kind == "RELU" and graph.choose.one_in(3):
        made = graph.described(spec.shape, spec.dtype, spec.scales[0])
    graph.node(kind, [place], [made], bound=graph.bound(place))


def _fully_connected(graph: Builder, operator: str) -> None:
    source = graph.source(NUMBERS, range(1, 5))
    spec = graph.tensors[source]
    depth = spec.shape[-1]
    rows = math.prod(spec.shape[:-1])
    keep = graph.choose.below(2) == 1
    outputs = graph.choose.between(1, max(1, min(9, MOST_ELEMENTS // rows)))
    if not keep and graph.choose.below(2):
        # As Keras flattens.
        depth, rows = spec.shape[-1] * rows, 1
    weights, scales = _weights(graph, source, (outputs, depth), outputs, 0)
    bias = _bias(graph, source, outputs, depth, scales, ("int64", "int32"))
    shape = (*spec.shape[:-1], outputs) if keep else (rows, outputs)
    made, bound = _sum_of_products(graph, source, depth, shape, scales)
    options = {
        "FusedActivationFunction": graph.choose.pick(FUSED),
        "KeepNumDims": keep,
        **_without_bias(graph, source, bias),
    }
    inputs = [source, weights] if bias < 0 and graph.choose.below(2) else [source, weights, bias]
    graph.node(operator, inputs, [made], options, bound=bound)


def _transposed_convolution(graph: Builder, operator: str) -> None:
    source = picture(graph, NUMBERS)
    spec = graph.tensors[source]
    batches, height, width, in_c = spec.shape
    same = bool(graph.choose.below(2))
    lengths, sizes, strides = [], [], []
    for n in (height, width):
        size, stride = graph.choose.between(1, 4), graph.choose.between(1, 3)
        more = graph.choose.below(stride)
        lengths.append(n * stride - more if same else (n - 1) * stride + size + more)
        sizes.append(size)
        strides.append(stride)
    most = MOST_ELEMENTS // (batches * math.prod(lengths))
    out_c = graph.choose.between(1, max(1, min(5, most)))
    taps = math.prod(sizes) * in_c
    shape = (batches, *lengths, out_c)
    weights, scales = _weights(graph, source, (out_c, *sizes, in_c), out_c, 0)
    bias = _bias(graph, source, out_c, taps, scales)
    made, bound = _sum_of_products(graph, source, taps, shape, scales)
    options = {
        "Padding": PADDING.SAME if same else PADDING.VALID,
        "StrideH": strides[0],
        "StrideW": strides[1],
        "FusedActivationFunction": graph.choose.pick(FUSED),
    }
    inputs = [graph.constant(np.array(shape, np.int32)), weights, source]
    if bias >= 0 or graph.choose.below(2):
        inputs.append(bias)
    graph.node(operator, inputs, [made], options, bound=bound)


def _matrix_product(graph: Builder, operator: str) -> None:
    left = graph.source(NUMBERS, range(2, 5), lambda spec: math.prod(spec.shape) <= 100)
    spec = graph.tensors[left]
    adj_x, adj_y = bool(graph.choose.below(2)), bool(graph.choose.below(2))
    *batches, rows, depth = spec.shape
    if adj_x:
        rows, depth = depth, rows
    columns = graph.choose.between(1, 5)
    shape = [*batches, *((columns, depth) if adj_y else (depth, columns))]
    if graph.choose.one_in(3):
        shape = shape[graph.choose.between(0, len(batches)) :]
    kind = graph.choose.below(3)
    other = graph.described(shape, spec.dtype)
    if kind == 0:
        right = graph.input(other)
    elif kind == 1:
        right = graph.filled(other)
    else:
        # The same one twice: by its own transpose.
        right, columns, adj_y = left, rows, not adj_x
    scales = [graph.tensors[i].scales[0] for i in (left, right) if spec.scales]
    natural = math.prod(scales) * math.sqrt(depth) * (60 if spec.dtype == "int8" else 9000)
    made = graph.described([*batches, rows, columns], spec.dtype, natural if scales else None)
    bound = graph.bound(left) * graph.bound(right) * depth
    graph.node(operator, [left, right], [made], {"AdjX": adj_x, "AdjY": adj_y}, bound=bound)


# --- along dimensions -----------------------------------------------------------------------------


_REDUCTION_TYPES = {
    "MEAN": NUMBERS,
    "SUM": NUMBERS,
    "REDUCE_ALL": ("bool",),
    "REDUCE_MAX": INT8_OR_FLOAT,
    "REDUCE_MIN": INT8_OR_FLOAT,
}


def _reduction(graph: Builder, operator: str) -> None:
    source = graph.source(_REDUCTION_TYPES[operator], range(1, 6))
    spec = graph.tensors[source]
    rank = len(spec.shape)
    axes = [i for i in range(rank) if graph.choose.below(2)] or [rank - 1]
    keep = bool(graph.choose.below(2))
    shape = [1 if i in axes else n for i, n in enumerate(spec.shape) if keep or i not in axes]
    given = [i - rank * graph.choose.below(2) for i in axes]
    if graph.choose.one_in(4):
        given.reverse()
    count = math.prod(spec.shape[i] for i in axes)
    if operator in ("MEAN", "SUM") and spec.scales:
        natural = spec.scales[0] * (math.sqrt(count) if operator == "SUM" else 1)
        made = graph.described(shape, spec.dtype, natural)
    else:
        made = like(spec, shape)
    bound = graph.bound(source) * (count if operator == "SUM" else 1)
    inputs = [source, graph.constant(np.array(given, np.int32))]
    graph.node(operator, inputs, [made], {"KeepDims": keep}, bound=bound)


def _arg_extreme(graph: Builder, operator: str) -> None:
    source = graph.source(INT8_OR_FLOAT, range(1, 6))
    shape = list(graph.tensors[source].shape)
    axis, given = axis_of(graph, len(shape))
    del shape[axis]
    inputs = [source, graph.constant(np.array(given, np.int32))]
    graph.node(operator, inputs, [one_operator.tensor(shape, "int32")], {"OutputType": 2})


def _cumulative_sum(graph: Builder, operator: str) -> None:
    source = graph.source(INT8_OR_FLOAT, range(1, 6))
    spec = graph.tensors[source]
    axis, given = axis_of(graph, len(spec.shape))
    options = {"Exclusive": bool(graph.choose.below(2)), "Reverse": bool(graph.choose.below(2))}
    scale = spec.scales[0] * 2 if spec.scales else None
    made = graph.described(spec.shape, spec.dtype, scale)
    inputs = [source, graph.constant(np.array(given, np.int32))]
    bound = graph.bound(source) * spec.shape[axis]
    graph.node(operator, inputs, [made], options, bound=bound)


MAKERS: dict[str, Maker] = {
    **dict.fromkeys(("ARG_MAX", "ARG_MIN"), _arg_extreme),
    **dict.fromkeys(("AVERAGE_POOL_2D", "L2_POOL_2D", "MAX_POOL_2D"), _pool),
    **dict.fromkeys(("CONV_2D", "DEPTHWISE_CONV_2D"), _convolution),
    **dict.fromkeys(_REDUCTION_TYPES, _reduction),
    "BATCH_MATMUL": _matrix_product,
    "CUMSUM": _cumulative_sum,
    "FULLY_CONNECTED": _fully_connected,
    "TRANSPOSE_CONV": _transposed_convolution,
}
