# SPDX-License-Identifier: Apache-2.0
"""How operators that move elements come into random models."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from aot.testing import one_operator
from aot.testing.random_graphs import INT8_OR_FLOAT, NUMBERS, Builder, Maker, axis_of, like
from aot.testing.random_products import convolve, picture
from tflite.testing.model_builder import TensorSpec

# --- parts ----------------------------------------------------------------------------------------

_MOVED = (*NUMBERS, "int32")


def _concatenation(graph: Builder, operator: str) -> None:
    first = graph.source((*_MOVED, "bool"), range(1, 6))
    spec = graph.tensors[first]
    axis, given = axis_of(graph, len(spec.shape))
    places = [first]
    for _ in range(graph.choose.between(0, 3)):
        alike = [
            i
            for i in reversed(graph.values)
            if _joins(graph.tensors[i], spec, axis) and math.prod(graph.tensors[i].shape) < 150
        ]
        kind = graph.choose.below(3)
        if kind == 0 and alike:
            places.append(graph.choose.pick(alike))
            continue
        shape = list(spec.shape)
        shape[axis] = graph.choose.between(1, 3)
        other = like(spec, shape)
        places.append(graph.input(other) if kind < 2 else graph.filled(other))
    shape = list(spec.shape)
    shape[axis] = sum(graph.tensors[i].shape[axis] for i in places)
    if graph.choose.one_in(2):
        places.reverse()
    bound = max(map(graph.bound, places))
    graph.node(operator, places, [like(spec, shape)], {"Axis": given}, bound=bound)


def _joins(spec: TensorSpec, first: TensorSpec, axis: int) -> bool:
    """Whether a tensor can be joined to another one."""
    if len(spec.shape) != len(first.shape):
        return False
    shape = [n if i != axis else first.shape[i] for i, n in enumerate(spec.shape)]
    return like(spec, shape) == like(first)


def _pack(graph: Builder, operator: str) -> None:
    source = graph.source(_MOVED, range(1, 5), lambda spec: math.prod(spec.shape) <= 150)
    spec = graph.tensors[source]
    axis, given = axis_of(graph, len(spec.shape) + 1)
    count = graph.choose.between(1, 3)
    places = [source] + [
        source if graph.choose.below(2) else graph.filled(like(spec)) for _ in range(count - 1)
    ]
    shape = [*spec.shape[:axis], count, *spec.shape[axis:]]
    options = {"ValuesCount": count, "Axis": given}
    bound = max(map(graph.bound, places))
    graph.node(operator, places, [like(spec, shape)], options, bound=bound)


def _pad(graph: Builder, operator: str) -> None:
    ranks = (4, 4, 1, 2, 3, 5)
    source = graph.source(
        _MOVED,
        ranks,
        lambda spec: math.prod(spec.shape) <= 120 and not (spec.dtype == "int32" and spec.scales),
    )
    spec = graph.tensors[source]
    rank = len(spec.shape)
    picture = rank == 4 and graph.choose.below(4) > 0
    amounts = np.zeros((rank, 2), np.int32)
    for i in (1, 2) if picture else range(rank):
        amounts[i] = graph.choose.below(3), graph.choose.below(3)
    made = like(spec, [int(n) for n in amounts.sum(axis=1) + spec.shape])
    inputs = [source, graph.constant(amounts)]
    bound = graph.bound(source) + 10
    if operator == "PADV2":
        inputs.append(_pad_value(graph, spec))
    (place,) = graph.node(operator, inputs, [made], bound=bound)
    if picture and spec.dtype in INT8_OR_FLOAT and graph.choose.below(4):
        # As TensorFlow pads for strides: one that can be folded, or just not.
        kind = graph.choose.pick(("CONV_2D", "DEPTHWISE_CONV_2D"))
        convolve(graph, kind, place, same=graph.choose.one_in(6))


def _pad_value(graph: Builder, spec: TensorSpec) -> int:
    kind = graph.choose.below(3)
    if kind == 2:
        return graph.input(like(spec, ()))
    zero = spec.zero_points[0] if spec.zero_points else 0
    value = zero if kind == 0 else graph.choose.between(-7, 7)
    scale, zeros = tuple(spec.scales), tuple(spec.zero_points)
    return graph.constant(np.array(value, spec.dtype), scale, zero_point=zeros)


def _mirror_pad(graph: Builder, operator: str) -> None:
    source = graph.source(INT8_OR_FLOAT, range(1, 5), lambda spec: math.prod(spec.shape) <= 60)
    spec = graph.tensors[source]
    mode = graph.choose.below(2)
    amounts = np.array(
        [[graph.choose.below(min(3, n + mode)) for _ in range(2)] for n in spec.shape], np.int32
    )
    made = like(spec, [int(n) for n in amounts.sum(axis=1) + spec.shape])
    inputs = [source, graph.constant(amounts)]
    graph.node(operator, inputs, [made], {"Mode": mode}, bound=graph.bound(source))


def _slice(graph: Builder, operator: str) -> None:
    source = graph.source((*_MOVED, "bool"), range(1, 6))
    spec = graph.tensors[source]
    begin = [graph.choose.below(n) for n in spec.shape]
    size = [n - b - graph.choose.below(n - b) for n, b in zip(spec.shape, begin, strict=True)]
    given = [
        -1 if b + s == n and graph.choose.below(2) else s
        for n, b, s in zip(spec.shape, begin, size, strict=True)
    ]
    dtype = graph.choose.pick((np.int32, np.int64))
    inputs = [
        source,
        graph.constant(np.array(begin, dtype)),
        graph.constant(np.array(given, dtype)),
    ]
    graph.node(operator, inputs, [like(spec, size)], bound=graph.bound(source))


def _strided_slice(graph: Builder, operator: str) -> None:
    source = graph.source((*_MOVED, "bool"), range(1, 5))
    spec = graph.tensors[source]
    masks = dict.fromkeys(("BeginMask", "EndMask", "ShrinkAxisMask"), 0)
    numbers, shape = [], []
    for i, n in enumerate(spec.shape):
        start, step = graph.choose.below(n), graph.choose.pick((1, 2, -1, -2, 3))
        most = n - start if step > 0 else start + 1
        count = graph.choose.between(1, max(1, -(-most // abs(step))))
        stop = start + step * count
        if stop < 0 or (stop >= n and graph.choose.below(2)):
            # Only the mask says that the first or the last one is taken.
            masks["EndMask"] |= 1 << i
            count = -(-most // abs(step))
            stop = 0
        elif start == (0 if step > 0 else n - 1) and graph.choose.below(2):
            masks["BeginMask"] |= 1 << i
        if graph.choose.one_in(5):
            masks["ShrinkAxisMask"] |= 1 << i
            masks["BeginMask"] &= ~(1 << i)
            step, count = 1, 1
        else:
            shape.append(count)
        numbers.append((start - n * graph.choose.below(2), stop, step))
    rows = [np.array(row, np.int32) for row in zip(*numbers, strict=True)]
    inputs = [source, *map(graph.constant, rows)]
    graph.node(operator, inputs, [like(spec, shape)], masks, bound=graph.bound(source))


def _split(graph: Builder, operator: str) -> None:
    source = graph.source(_MOVED, range(1, 6))
    spec = graph.tensors[source]
    axis, given = axis_of(graph, len(spec.shape))
    length = spec.shape[axis]
    if operator == "SPLIT":
        parts = graph.choose.pick([n for n in range(1, length + 1) if length % n == 0])
        lengths = [length // parts] * parts
    else:
        lengths = []
        while sum(lengths) < length:
            lengths.append(graph.choose.between(1, length - sum(lengths)))
    made = [like(spec, [*spec.shape[:axis], n, *spec.shape[axis + 1 :]]) for n in lengths]
    place = graph.constant(np.array([given], np.int32))
    if operator == "SPLIT":
        inputs = [place, source]
    else:
        inputs = [source, graph.constant(np.array(lengths, np.int32)), place]
    options = {"NumSplits": len(lengths)}
    graph.node(operator, inputs, made, options, bound=graph.bound(source))


def _unpack(graph: Builder, operator: str) -> None:
    source = graph.source(_MOVED, range(1, 6))
    spec = graph.tensors[source]
    axis, given = axis_of(graph, len(spec.shape))
    made = [like(spec, [*spec.shape[:axis], *spec.shape[axis + 1 :]])] * spec.shape[axis]
    options = {"Num": spec.shape[axis], "Axis": given}
    graph.node(operator, [source], made, options, bound=graph.bound(source))


# --- orders ---------------------------------------------------------------------------------------


def _transpose(graph: Builder, operator: str) -> None:
    source = graph.source(NUMBERS, range(1, 6))
    spec = graph.tensors[source]
    left = list(range(len(spec.shape)))
    order = [left.pop(graph.choose.below(len(left))) for _ in spec.shape]
    inputs = [source, graph.constant(np.array(order, np.int32))]
    made = like(spec, [spec.shape[i] for i in order])
    graph.node(operator, inputs, [made], bound=graph.bound(source))


def _reverse(graph: Builder, operator: str) -> None:
    source = graph.source((*_MOVED, "bool"), range(1, 6))
    spec = graph.tensors[source]
    rank = len(spec.shape)
    first = graph.choose.below(rank)
    # TFLM takes neighbours alone.
    axes = list(range(first, graph.choose.between(first, rank - 1) + 1))
    given = [i - rank * graph.choose.below(2) for i in axes]
    inputs = [source, graph.constant(np.array(given, np.int32))]
    graph.node(operator, inputs, [like(spec)], bound=graph.bound(source))


def _depth(graph: Builder, operator: str) -> None:
    deepens = operator == "SPACE_TO_DEPTH"
    block = graph.choose.between(1, 3)
    source = picture(graph, INT8_OR_FLOAT)
    spec = graph.tensors[source]
    batches, height, width, depth = spec.shape
    # What does not divide is made anew.
    if deepens and (height % block or width % block):
        shape = (batches, block * 2, block, depth)
        source = graph.input(like(spec, shape))
    elif not deepens and depth % (block * block):
        source = graph.input(like(spec, (batches, height, width, block * block)))
    batches, height, width, depth = graph.tensors[source].shape
    if deepens:
        shape = (batches, height // block, width // block, depth * block * block)
    else:
        shape = (batches, height * block, width * block, depth // (block * block))
    bound = graph.bound(source)
    graph.node(operator, [source], [like(spec, shape)], {"BlockSize": block}, bound=bound)


def _batch(graph: Builder, operator: str) -> None:
    """Adds SPACE_TO_BATCH_ND without padding, or BATCH_TO_SPACE_ND."""
    source = graph.source(INT8_OR_FLOAT, (3, 4), lambda spec: math.prod(spec.shape) <= 100)
    spec = graph.tensors[source]
    batches, *size, depth = spec.shape
    block = [graph.choose.between(1, 2) for _ in size]
    around = np.zeros((len(size), 2), np.int32)
    if operator == "SPACE_TO_BATCH_ND":
        # With padding the wheel reads what it has not set.
        block = [b if n % b == 0 else 1 for b, n in zip(block, size, strict=True)]
        shape = (
            batches * math.prod(block),
            *(n // b for n, b in zip(size, block, strict=True)),
            depth,
        )
    else:
        if batches % math.prod(block):
            batches = math.prod(block)
            source = graph.input(like(spec, (batches, *size, depth)))
        sizes = [n * b for n, b in zip(size, block, strict=True)]
        for i, n in enumerate(sizes):
            around[i, 0] = graph.choose.below(min(n, 2))
            around[i, 1] = graph.choose.below(max(1, min(n - int(around[i, 0]), 2)))
        left = (n - int(sum(c)) for n, c in zip(sizes, around, strict=True))
        shape = (batches // math.prod(block), *left, depth)
    inputs = [source, graph.constant(np.array(block, np.int32)), graph.constant(around)]
    graph.node(operator, inputs, [like(spec, shape)], bound=graph.bound(source))


def _resize(graph: Builder, operator: str) -> None:
    types = INT8_OR_FLOAT if operator == "RESIZE_BILINEAR" else NUMBERS
    source = picture(graph, types)
    spec = graph.tensors[source]
    batches, _, _, depth = spec.shape
    size = [graph.choose.between(1, 7) for _ in range(2)]
    options = graph.choose.pick(({}, {"AlignCorners": True}, {"HalfPixelCenters": True}))
    inputs = [source, graph.constant(np.array(size, np.int32))]
    made = like(spec, (batches, *size, depth))
    graph.node(operator, inputs, [made], options, bound=graph.bound(source))


# --- places ---------------------------------------------------------------------------------------


def _places(graph: Builder, shape: Sequence[int], lengths: Sequence[int] | int) -> int:
    """Adds constant indices, each below the last dimension's length."""
    random = graph.random()
    return graph.constant(np.array(random.integers(0, lengths, shape), np.int32))


def _gather(graph: Builder, operator: str) -> None:
    source = graph.source(INT8_OR_FLOAT, range(1, 5))
    spec = graph.tensors[source]
    shape = spec.shape
    axis, given = axis_of(graph, len(shape))
    batch = graph.choose.below(axis + 1) if graph.choose.one_in(3) else 0
    more = graph.shape(graph.choose.between(0, 2), 6)
    places = _places(graph, (*shape[:batch], *more), shape[axis])
    made = like(spec, (*shape[:axis], *more, *shape[axis + 1 :]))
    options = {"Axis": given, "BatchDims": batch}
    graph.node(operator, [source, places], [made], options, bound=graph.bound(source))


def _gather_nd(graph: Builder, operator: str) -> None:
    source = graph.source(INT8_OR_FLOAT, range(1, 5))
    spec = graph.tensors[source]
    depth = graph.choose.between(1, min(3, len(spec.shape)))
    outer = graph.shape(graph.choose.between(0, 2), 6)
    places = _places(graph, (*outer, depth), np.array(spec.shape[:depth]))
    made = like(spec, (*outer, *spec.shape[depth:]))
    graph.node(operator, [source, places], [made], bound=graph.bound(source))


def _embedding_lookup(graph: Builder, operator: str) -> None:
    random = graph.random()
    shape = graph.shape(graph.choose.between(2, 4), 100)
    dtype = graph.choose.pick(INT8_OR_FLOAT)
    data = random.integers(-128, 128, shape).astype(dtype)
    scale = graph.scale() if dtype == "int8" else ()
    table = graph.constant(data, scale)
    picks = graph.choose.between(1, 4)
    to = graph.choose.pick((dtype, "float32"))
    if to == "int8":
        made = like(graph.tensors[table], (picks, *shape[1:]))
    else:
        made = one_operator.tensor((picks, *shape[1:]), "float32")
    bound = 128.0 * (scale or 1.0)
    graph.node(operator, [_places(graph, (picks,), shape[0]), table], [made], bound=bound)


def _dynamic_update_slice(graph: Builder, operator: str) -> None:
    source = graph.source(_MOVED, range(1, 6))
    spec = graph.tensors[source]
    size = [n - graph.choose.below(n) for n in spec.shape]
    part = (
        graph.filled(like(spec, size)) if graph.choose.below(2) else graph.input(like(spec, size))
    )
    random = graph.random()
    start = random.integers(-3, 7, len(spec.shape)).astype(np.int32)
    # Computed when the model runs, or constant.
    begin = graph.constant(start)
    if graph.choose.one_in(3):
        begin = graph.input(one_operator.tensor(start.shape, "int32"))
    bound = max(graph.bound(source), graph.bound(part))
    graph.node(operator, [source, part, begin], [like(spec)], bound=bound)


# --- filled ---------------------------------------------------------------------------------------


def _broadcast_to(graph: Builder, operator: str) -> None:
    source = graph.source((*_MOVED, "bool"), range(1, 5))
    spec = graph.tensors[source]
    shape = [
        n if n > 1 or math.prod(spec.shape) > 100 else graph.choose.between(1, 3)
        for n in spec.shape
    ]
    if graph.choose.one_in(2):
        shape.insert(0, graph.choose.between(1, 2))
    inputs = [source, graph.constant(np.array(shape, np.int32))]
    graph.node(operator, inputs, [like(spec, shape)], bound=graph.bound(source))


def _fill(graph: Builder, operator: str) -> None:
    dtype = graph.choose.pick(("int8", "float32", "int32"))
    shape = graph.shape(graph.choose.between(1, 4))
    made = graph.described(shape, dtype)
    value = graph.filled(like(made, ())) if graph.choose.below(2) else graph.input(like(made, ()))
    inputs = [graph.constant(np.array(shape, np.int32)), value]
    graph.node(operator, inputs, [made], bound=graph.bound(value))


def _zeros_like(graph: Builder, operator: str) -> None:
    source = graph.source(("int8", "float32", "int32"))
    graph.node(operator, [source], [like(graph.tensors[source])], bound=0.0)


def _shape(graph: Builder, operator: str) -> None:
    source = graph.source((*_MOVED, "bool"), range(1, 6))
    made = one_operator.tensor((len(graph.tensors[source].shape),), "int32")
    graph.node(operator, [source], [made])


MAKERS: dict[str, Maker] = {
    **dict.fromkeys(("BATCH_TO_SPACE_ND", "SPACE_TO_BATCH_ND"), _batch),
    **dict.fromkeys(("DEPTH_TO_SPACE", "SPACE_TO_DEPTH"), _depth),
    **dict.fromkeys(("PAD", "PADV2"), _pad),
    **dict.fromkeys(("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"), _resize),
    **dict.fromkeys(("SPLIT", "SPLIT_V"), _split),
    "BROADCAST_TO": _broadcast_to,
    "CONCATENATION": _concatenation,
    "DYNAMIC_UPDATE_SLICE": _dynamic_update_slice,
    "EMBEDDING_LOOKUP": _embedding_lookup,
    "FILL": _fill,
    "GATHER": _gather,
    "GATHER_ND": _gather_nd,
    "MIRROR_PAD": _mirror_pad,
    "PACK": _pack,
    "REVERSE_V2": _reverse,
    "SHAPE": _shape,
    "SLICE": _slice,
    "STRIDED_SLICE": _strided_slice,
    "TRANSPOSE": _transpose,
    "UNPACK": _unpack,
    "ZEROS_LIKE": _zeros_like,
}
