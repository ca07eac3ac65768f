# SPDX-License-Identifier: Apache-2.0
"""Damages random models: tables that say what is not so, and bytes."""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from aot.testing.random_graphs import RandomModel
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs

T = TypeVar("T")

_SIZES = (0, 1, 2, 3, 5, 1 << 14, 1 << 20, 1 << 28, (1 << 31) - 1)
_SCALES = (0.0, -1.0, float("nan"), float("inf"), 1e-38, 3e38, 1e-45, 1.0, 1 / 256)
_ZERO_POINTS = (0, 1, -128, 127, 128, -129, 32767, 1 << 31, -(1 << 31), 1 << 40)
_NUMBERS = (0, 1, 2, -1, 3, 7, 127, 1 << 15, 1 << 20, (1 << 31) - 1, -(1 << 31))
_DTYPES = ("int8", "uint8", "int16", "int32", "int64", "float32", "bool", "float16", "int4")
_WORDS = (0, 1, 2, 4, 127, 255, 65535, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def damaged_tables(model: RandomModel, random: np.random.Generator) -> bytes:
    """Damages what a model's tables say, in one to three places.

    Args:
      model: a sound model.
      random: where numbers come from.

    Returns:
      The file's bytes; its structure is sound.
    """
    graphs = list(model.graphs)
    for _ in range(int(random.integers(1, 4))):
        place = int(random.integers(len(graphs)))
        damage = _pick(_DAMAGES, random)
        graphs[place] = damage(graphs[place], random)
    return build_graphs(*graphs, description="damaged")


def damaged_bytes(content: bytes, random: np.random.Generator) -> bytes:
    """Damages bytes of a file, in one to four places.

    Args:
      content: a sound file.
      random: where numbers come from.

    Returns:
      As many bytes, or fewer.
    """
    damaged = bytearray(content)
    for _ in range(int(random.integers(1, 5))):
        at = int(random.integers(len(damaged)))
        kind = int(random.integers(5))
        if kind == 0:
            damaged[at] ^= 1 << int(random.integers(8))
        elif kind == 1:
            damaged[at] = int(random.integers(256))
        elif kind == 2 and len(damaged) >= 4:
            word = _pick(_WORDS, random)
            struct.pack_into("<I", damaged, min(at & ~3, len(damaged) - 4), word)
        elif kind == 3 and len(damaged) >= 4:
            other = int(random.integers(len(damaged) - 3))
            at = min(at, len(damaged) - 4)
            damaged[at : at + 4] = damaged[other : other + 4]
        elif random.integers(4) == 0:
            del damaged[max(8, at) :]
    return bytes(damaged)


def _pick(options: Sequence[T], random: np.random.Generator) -> T:
    return options[int(random.integers(len(options)))]


# --- one damage each ------------------------------------------------------------------------------

_Damage = Callable[[GraphSpec, np.random.Generator], GraphSpec]


def _of_tensor(change: Callable[[TensorSpec, np.random.Generator], TensorSpec]) -> _Damage:
    """Makes damage of a graph out of damage of a tensor."""

    def damage(graph: GraphSpec, random: np.random.Generator) -> GraphSpec:
        tensors = list(graph.tensors)
        if tensors:
            place = int(random.integers(len(tensors)))
            tensors[place] = change(tensors[place], random)
        return dataclasses.replace(graph, tensors=tensors)

    return damage


def _of_node(change: Callable[[NodeSpec, GraphSpec, np.random.Generator], NodeSpec]) -> _Damage:
    """Makes damage of a graph out of damage of an operator."""

    def damage(graph: GraphSpec, random: np.random.Generator) -> GraphSpec:
        nodes = list(graph.nodes)
        if nodes:
            place = int(random.integers(len(nodes)))
            nodes[place] = change(nodes[place], graph, random)
        return dataclasses.replace(graph, nodes=nodes)

    return damage


def _dimension(tensor: TensorSpec, random: np.random.Generator) -> TensorSpec:
    shape = list(tensor.shape)
    if shape:
        shape[int(random.integers(len(shape)))] = _pick(_SIZES, random)
    return dataclasses.replace(tensor, shape=shape)


def _rank(tensor: TensorSpec, random: np.random.Generator) -> TensorSpec:
    shape = list(tensor.shape)
    if shape and random.integers(2):
        shape.pop(int(random.integers(len(shape))))
    else:
        for _ in range(int(random.integers(1, 8))):
            shape.insert(int(random.integers(len(shape) + 1)), 1)
    return dataclasses.replace(tensor, shape=shape)


def _dtype(tensor: TensorSpec, random: np.random.Generator) -> TensorSpec:
    return dataclasses.replace(tensor, dtype=_pick(_DTYPES, random))


def _scale(tensor: TensorSpec, random: np.random.Generator) -> TensorSpec:
    scales = list(tensor.scales) or [1.0]
    zeros = list(tensor.zero_points) or [0] * len(scales)
    kind = int(random.integers(4))
    place = int(random.integers(len(scales)))
    if kind == 0:
        scales, zeros = [], []
    elif kind == 1:
        scales, zeros = scales * 2, zeros * 2
    elif kind == 2:
        scales[place] = _pick(_SCALES, random)
    else:
        zeros[place] = _pick(_ZERO_POINTS, random)
    return dataclasses.replace(tensor, scales=scales, zero_points=zeros)


def _contents(tensor: TensorSpec, random: np.random.Generator) -> TensorSpec:
    """Of a constant: fewer bytes, more, others, none; or some of what was none."""
    data = tensor.data
    kind = int(random.integers(5))
    if kind == 0:
        data = data[: len(data) // 2]
    elif kind == 1:
        data = data * 2
    elif kind == 2:
        data = bytes(random.integers(0, 256, len(data), np.uint8))
    elif kind == 3 and len(data) % 4 == 0:
        numbers = np.frombuffer(data, "<i4").copy()
        if len(numbers):
            numbers[int(random.integers(len(numbers)))] = _pick(_NUMBERS, random)
        data = numbers.tobytes()
    else:
        data = b"" if data else bytes(4)
    return dataclasses.replace(tensor, data=data)


def _variable(tensor: TensorSpec, random: np.random.Generator) -> TensorSpec:
    del random
    return dataclasses.replace(tensor, variable=not tensor.variable)


def _axis(tensor: TensorSpec, random: np.random.Generator) -> TensorSpec:
    return dataclasses.replace(tensor, axis=int(random.integers(-2, 7)))


def _places(node: NodeSpec, graph: GraphSpec, random: np.random.Generator) -> NodeSpec:
    """Other inputs or outputs; more; fewer."""
    name = "outputs" if random.integers(4) == 0 else "inputs"
    places = list(getattr(node, name))
    kind = int(random.integers(4))
    other = int(random.integers(-1 if name == "inputs" else 0, len(graph.tensors)))
    if kind == 0 and places:
        places.pop(int(random.integers(len(places))))
    elif kind == 1:
        places.append(other)
    elif kind == 2:
        places.reverse()
    elif places:
        places[int(random.integers(len(places)))] = other
    return dataclasses.replace(node, **{name: places})  # type: ignore[arg-type]


def _option(node: NodeSpec, graph: GraphSpec, random: np.random.Generator) -> NodeSpec:
    del graph
    options = dict(node.options)
    numbers = [name for name, value in options.items() if isinstance(value, int | float)]
    if not numbers:
        return dataclasses.replace(node, options={}, options_type="")
    name = _pick(numbers, random)
    value = options[name]
    if isinstance(value, float):
        options[name] = _pick(_SCALES, random)
    elif name in ("Padding", "FusedActivationFunction", "OutDataType", "InDataType", "Mode"):
        options[name] = int(random.integers(0, 7))
    elif isinstance(value, bool):
        options[name] = not value
    else:
        options[name] = _pick(_NUMBERS, random)
    return dataclasses.replace(node, options=options)


def _no_options(node: NodeSpec, graph: GraphSpec, random: np.random.Generator) -> NodeSpec:
    del graph, random
    return dataclasses.replace(node, options={}, options_type="")


def _operator(node: NodeSpec, graph: GraphSpec, random: np.random.Generator) -> NodeSpec:
    """Another operator of the model, with the options of its own or of this one."""
    other = graph.nodes[int(random.integers(len(graph.nodes)))]
    if random.integers(2):
        return dataclasses.replace(node, operator=other.operator)
    return dataclasses.replace(
        node, operator=other.operator, options=other.options, options_type=other.options_type
    )


def _ends(graph: GraphSpec, random: np.random.Generator) -> GraphSpec:
    """Other inputs or outputs of the graph, some twice."""
    name = "inputs" if random.integers(2) else "outputs"
    places = list(getattr(graph, name))
    if places and random.integers(2):
        places.pop(int(random.integers(len(places))))
    else:
        places.append(int(random.integers(len(graph.tensors))))
    return dataclasses.replace(graph, **{name: places})  # type: ignore[arg-type]


def _order(graph: GraphSpec, random: np.random.Generator) -> GraphSpec:
    nodes = list(graph.nodes)
    random.shuffle(nodes)  # type: ignore[arg-type]
    return dataclasses.replace(graph, nodes=nodes)


_DAMAGES: tuple[_Damage, ...] = (
    *(_of_tensor(_dimension),) * 3,
    _of_tensor(_rank),
    *(_of_tensor(_dtype),) * 2,
    *(_of_tensor(_scale),) * 3,
    *(_of_tensor(_contents),) * 3,
    _of_tensor(_variable),
    _of_tensor(_axis),
    *(_of_node(_places),) * 3,
    *(_of_node(_option),) * 3,
    _of_node(_no_options),
    _of_node(_operator),
    *(_ends,) * 2,
    _order,
)
