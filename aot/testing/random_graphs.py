# SPDX-License-Identifier: Apache-2.0
"""Makes random small models of several operators that TFLM can run.

All that is random in a model comes from a list of numbers, so that a model can be made again from a
shorter list, or one of smaller numbers: the smaller they are, the simpler is the model.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

import numpy as np

from aot.testing import one_operator
from tflite.model import Model
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs

T = TypeVar("T")

INT8_OR_FLOAT = ("int8", "float32")
NUMBERS = ("int8", "float32", "int16")
QUANTIZED = ("int8", "int16", "uint8")
"""Types of tensors with a scale."""
FUSED = (
    one_operator.ACTIVATION.NONE,
    one_operator.ACTIVATION.RELU,
    one_operator.ACTIVATION.RELU6,
    one_operator.ACTIVATION.RELU_N1_TO_1,
)
"""Fused activations."""

# What a float input is not larger than, nearly always: see parity.random_inputs.
_LARGEST_INPUT = 24.0
_LARGEST_BOUND = 1e30
MOST_ELEMENTS = 400
_MOST_OPERATORS = 12
_TYPES = ("int8",) * 6 + ("float32", "float32", "int16", "int16")
_SCALES = (0.05, 0.5, 1 / 256, 0.0117, 0.9, 2.0, 1e-3)
_FACTORS = (1.0, 0.5, 2.0, 0.03, 100.0, 1e4, 0.9)


class Choices:
    """Numbers that decide what a model is like: new ones, or those of a list."""

    def __init__(self, source: np.random.Generator | Sequence[int]) -> None:
        """Begins a list.

        Args:
          source: a random number generator, or numbers; after the last one come zeros.
        """
        self._random = source if isinstance(source, np.random.Generator) else None
        self._given = () if isinstance(source, np.random.Generator) else tuple(source)
        self.taken: list[int] = []

    def below(self, count: int) -> int:
        """Chooses a number from 0, the simplest, to count - 1."""
        if self._random is not None:
            number = int(self._random.integers(count))
        else:
            place = len(self.taken)
            number = self._given[place] if place < len(self._given) else 0
            number = min(number, count - 1)
        self.taken.append(number)
        return number

    def between(self, low: int, high: int) -> int:
        """Chooses a number from low, the simplest, to high."""
        return low + self.below(high - low + 1)

    def pick(self, options: Sequence[T]) -> T:
        """Chooses one of several; the first one is the simplest."""
        return options[self.below(len(options))]

    def one_in(self, count: int) -> bool:
        """Says yes in one of so many cases; no is simpler."""
        return self.below(count) == count - 1


@dataclasses.dataclass(frozen=True)
class RandomModel:
    """A random model.

    Attributes:
      graphs: its subgraphs.
      choices: the numbers that it was made of.
      spans: which of them each operator was made of: from where to below where.
    """

    graphs: tuple[GraphSpec, ...]
    choices: tuple[int, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()

    @functools.cached_property
    def content(self) -> bytes:
        """The `.tflite` file's bytes."""
        return build_graphs(*self.graphs, description="random")

    def model(self) -> Model:
        """Reads it."""
        return parse_model(self.content, "random.tflite")


class Builder:
    """A model while it is made: operators take what was made before, or new inputs and constants.

    Attributes:
      choose: where all that is random comes from.
      dtype: the type of inputs, if an operator does not need another one.
      tensors: all tensors.
      nodes: all operators.
      inputs: numbers of tensors.
      values: numbers of tensors that operators can take, in the order in which they are made.
      bounds: what the numbers in a tensor of floats are not larger than; infinity for others.
      subgraphs: those that operators call, from number 1 on.
    """

    def __init__(
        self, choose: Choices, dtype: str, subgraphs: list[GraphSpec] | None = None
    ) -> None:
        """Begins a model: see the attributes."""
        self.choose = choose
        self.dtype = dtype
        self.tensors: list[TensorSpec] = []
        self.nodes: list[NodeSpec] = []
        self.inputs: list[int] = []
        self.values: list[int] = []
        self.bounds: dict[int, float] = {}
        self.subgraphs: list[GraphSpec] = [] if subgraphs is None else subgraphs

    # --- numbers ----------------------------------------------------------------------------------

    def random(self) -> np.random.Generator:
        """Begins random contents of a constant."""
        return np.random.default_rng(self.choose.below(1 << 16))

    def shape(self, rank: int, most: int = MOST_ELEMENTS) -> tuple[int, ...]:
        """Chooses a shape that is not too large."""
        found: list[int] = []
        for _ in range(rank):
            left = most // math.prod(found)
            found.append(self.choose.between(1, max(1, min(7, left))))
        return tuple(found)

    def scale(self) -> float:
        """Chooses a scale."""
        return self.choose.pick(_SCALES)

    def zero_point(self, dtype: str) -> int:
        """Chooses a zero point: the ends of the type, 0, or any."""
        if dtype in ("int16", "int32"):
            return 0
        limits = np.iinfo(dtype)
        middle = (limits.min + limits.max + 1) // 2
        kind = self.choose.below(6)
        if kind < 4:
            return (middle, int(limits.min), int(limits.max), middle + 1)[kind]
        return self.choose.between(int(limits.min), int(limits.max))

    # --- tensors ----------------------------------------------------------------------------------

    def add(self, spec: TensorSpec) -> int:
        """Adds a tensor."""
        self.tensors.append(spec)
        return len(self.tensors) - 1

    def described(
        self,
        shape: Sequence[int],
        dtype: str,
        natural_scale: float | None = None,
        zero_point: int | None = None,
    ) -> TensorSpec:
        """Describes what an operator makes, or an input.

        Args:
          shape: its dimensions.
          dtype: its type. Integers of 8 and 16 bits get a scale.
          natural_scale: with which numbers neither saturate nor vanish; the scale is near it, or
            not; default: any scale.
          zero_point: default: any.

        Returns:
          The description.
        """
        if dtype not in QUANTIZED:
            return one_operator.tensor(shape, dtype)
        if natural_scale is None:
            scale = self.scale()
        else:
            scale = float(np.clip(natural_scale * self.choose.pick(_FACTORS), 1e-7, 1e3))
        zero = self.zero_point(dtype) if zero_point is None else zero_point
        return one_operator.tensor(shape, dtype, scale=scale, zero_point=zero)

    def input(self, spec: TensorSpec) -> int:
        """Adds an input of the model."""
        place = self.add(spec)
        self.inputs.append(place)
        self.values.append(place)
        if spec.dtype == "float32":
            self.bounds[place] = _LARGEST_INPUT
        return place

    def constant(
        self, data: np.ndarray, scale: float | Sequence[float] = (), **more: int | Sequence[int]
    ) -> int:
        """Adds a constant.

        Args:
          data: its contents.
          scale: its scales.
          **more: zero_point and axis, as one_operator.tensor has them.

        Returns:
          Its number.
        """
        dtype = str(data.dtype)
        made = one_operator.tensor(data.shape, dtype, scale=scale, data=data, **more)  # type: ignore[arg-type]
        return self.add(made)

    def filled(self, spec: TensorSpec) -> int:
        """Adds a constant of any contents.

        Args:
          spec: what it is like.

        Returns:
          Its number.
        """
        random = self.random()
        if spec.dtype == "float32":
            data = random.normal(0, 2, spec.shape).astype(np.float32)
        elif spec.dtype == "bool":
            data = random.integers(0, 2, spec.shape).astype(bool)
        else:
            limits = np.iinfo(spec.dtype)
            low, high = (limits.min, limits.max) if limits.bits <= 16 else (-9, 9)
            data = random.integers(low, high + 1, spec.shape).astype(spec.dtype)
        place = self.add(dataclasses.replace(spec, data=np.ascontiguousarray(data).tobytes()))
        if spec.dtype == "float32":
            self.bounds[place] = 10.0
        return place

    def source(
        self,
        dtypes: Collection[str],
        ranks: Collection[int] = range(7),
        fits: Callable[[TensorSpec], bool] = lambda spec: True,
        make: Callable[[str, tuple[int, ...]], TensorSpec] | None = None,
    ) -> int:
        """Chooses what an operator takes: what another one has made, or a new input.

        Args:
          dtypes: types that it may have.
          ranks: how many dimensions it may have.
          fits: whether it is right otherwise.
          make: describes a new input of a type and shape for which `fits` says yes.

        Returns:
          The tensor's number.
        """
        found = [
            i
            for i in reversed(self.values)
            if self.tensors[i].dtype in dtypes
            and len(self.tensors[i].shape) in ranks
            and fits(self.tensors[i])
        ]
        if found and not self.choose.one_in(8):
            # What was made last is likely to be read: that makes long chains.
            return found[0] if self.choose.below(2) == 0 else self.choose.pick(found)
        if "float32" in dtypes and self.dtype not in dtypes and self.choose.one_in(2):
            given = [
                i
                for i in reversed(self.values)
                if self.tensors[i].dtype in QUANTIZED and len(self.tensors[i].shape) in ranks
            ]
            if given:
                place = self.choose.pick(given)
                made = one_operator.tensor(self.tensors[place].shape, "float32")
                if fits(made):
                    return self.node("DEQUANTIZE", [place], [made], bound=self.bound(place))[0]
        dtype = self.dtype if self.dtype in dtypes else self.choose.pick(tuple(dtypes))
        usual = [r for r in (2, 4, 3, 1) if r in ranks] or list(ranks)
        rank = self.choose.pick([*usual, *(r for r in ranks if r not in usual)])
        flat = [
            i
            for i in reversed(self.values)
            if self.tensors[i].dtype == dtype and fits(self.tensors[i]) and rank > 0
        ]
        if flat and self.choose.one_in(2):
            place = self.choose.pick(flat)
            return self.reshaped(place, self.factors(self.size(place), rank))
        shape = self.shape(rank)
        return self.input(make(dtype, shape) if make else self.described(shape, dtype))

    def operand(self, like: int, fits: Callable[[TensorSpec], bool] = lambda spec: True) -> int:
        """Chooses another input of an operator with broadcasting.

        Args:
          like: the first one.
          fits: whether another value is right.

        Returns:
          The number of a tensor of its type whose shape goes with its.
        """
        spec = self.tensors[like]
        kind = self.choose.below(4)
        found = [
            i
            for i in reversed(self.values)
            if self.tensors[i].dtype == spec.dtype
            and broadcast(self.tensors[i].shape, spec.shape) is not None
            and fits(self.tensors[i])
        ]
        if kind < 2 and found:
            return self.choose.pick(found)
        shape = self.other_shape(spec.shape)
        other = self.described(shape, spec.dtype)
        if not fits(other):
            other = dataclasses.replace(spec, shape=shape)
        return self.filled(other) if kind == 3 else self.input(other)

    def other_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        """Chooses a shape that can be broadcast with another one."""
        kind = self.choose.below(4)
        if kind == 0:
            return tuple(shape)
        if kind == 1:
            return ()
        found = [1 if self.choose.one_in(2) else n for n in shape]
        if kind == 2:
            return tuple(found[self.choose.between(0, len(found)) :])
        # The first one is repeated, too.
        return tuple(
            self.choose.between(1, 3) if n == 1 and math.prod(shape) < 60 else m
            for n, m in zip(shape, found, strict=True)
        )

    def size(self, place: int) -> int:
        """How many elements a tensor has."""
        return math.prod(self.tensors[place].shape)

    def factors(self, size: int, rank: int) -> tuple[int, ...]:
        """Chooses a shape of so many elements, above 0 dimensions."""
        found: list[int] = []
        for _ in range(rank - 1):
            divisors = [n for n in range(1, size + 1) if size % n == 0]
            found.append(self.choose.pick(divisors))
            size //= found[-1]
        return (*found, size)

    def bound(self, place: int) -> float:
        """What the numbers in a tensor are not larger than: real ones, of integers too."""
        spec = self.tensors[place]
        if spec.dtype == "float32":
            bound = self.bounds.get(place, math.inf)
            # Beyond, an operator may make infinity of it, and the next one what is not a number.
            return bound if bound < _LARGEST_BOUND else math.inf
        if spec.dtype == "bool":
            return 1.0
        limits = np.iinfo(spec.dtype)
        return (int(limits.max) - int(limits.min)) * (spec.scales[0] if spec.scales else 1.0)

    # --- operators --------------------------------------------------------------------------------

    def node(
        self,
        operator: str,
        inputs: Sequence[int],
        outputs: Sequence[TensorSpec],
        options: Mapping[str, int | float | str | np.ndarray] | None = None,
        *,
        version: int = 1,
        bound: float = math.inf,
        final: bool = False,
    ) -> list[int]:
        """Adds an operator.

        Args:
          operator: its name in the schema.
          inputs: numbers of tensors; -1 for one that is left out.
          outputs: what it makes.
          options: in camel case.
          version: its version.
          bound: what its floats are not larger than.
          final: whether no other operator takes what it makes: floats that are not the same
            everywhere, or what no other one can take.

        Returns:
          The numbers of its outputs.
        """
        places = [self.add(spec) for spec in outputs]
        options_type = one_operator.options_type(operator)
        self.nodes.append(
            NodeSpec(
                operator,
                tuple(inputs),
                tuple(places),
                version=version,
                options=options or {},
                options_type=options_type,
            )
        )
        for place, spec in zip(places, outputs, strict=True):
            if spec.dtype == "float32":
                self.bounds[place] = bound
            if not final:
                self.values.append(place)
        return places

    def reshaped(self, place: int, shape: Sequence[int]) -> int:
        """Adds a RESHAPE."""
        spec = dataclasses.replace(self.tensors[place], shape=tuple(shape), data=b"")
        to = self.constant(np.array(shape, np.int32))
        bound = self.bounds.get(place, math.inf)
        return self.node("RESHAPE", [place, to], [spec], bound=bound)[0]

    def inner(self) -> Builder:
        """Begins a subgraph."""
        return Builder(self.choose, self.dtype, self.subgraphs)

    def subgraph(self, inner: Builder, outputs: Sequence[int]) -> int:
        """Ends a subgraph.

        Args:
          inner: the subgraph.
          outputs: numbers of its tensors.

        Returns:
          The subgraph's number.
        """
        spec = GraphSpec(inner.tensors, inner.nodes, inner.inputs, tuple(outputs))
        self.subgraphs.append(spec)
        return len(self.subgraphs)

    def finish(self) -> RandomModel:
        """Chooses the outputs, and makes the model."""
        read = {i for node in self.nodes for i in node.inputs}
        made = [
            i for node in self.nodes for i in node.outputs if self.tensors[i].dtype != "resource"
        ]
        unread = [i for i in made if i not in read]
        # The last one is always an output.
        outputs = [i for i in unread if i == unread[-1] or not self.choose.one_in(8)]
        outputs += [i for i in made if i in read and self.choose.one_in(6)]
        outputs += [i for i in self.inputs if self.choose.one_in(12)]
        if not outputs:
            outputs = (made or self.inputs)[-1:]
        if self.choose.one_in(4):
            outputs.reverse()
        graph = GraphSpec(self.tensors, self.nodes, self.inputs, outputs)
        return RandomModel((graph, *self.subgraphs), tuple(self.choose.taken))


def broadcast(a: Sequence[int], b: Sequence[int]) -> tuple[int, ...] | None:
    """Finds the shape that two give together; None if there is none, or if it is large."""
    try:
        shape = np.broadcast_shapes(tuple(a), tuple(b))
    except ValueError:
        return None
    return shape if math.prod(shape) <= MOST_ELEMENTS else None


def like(spec: TensorSpec, shape: Sequence[int] | None = None) -> TensorSpec:
    """Describes a tensor of the same type and quantization, of another shape or the same."""
    scale, zero = tuple(spec.scales), tuple(spec.zero_points)
    shape = spec.shape if shape is None else shape
    return one_operator.tensor(shape, spec.dtype, scale=scale, zero_point=zero)


def axis_of(graph: Builder, rank: int) -> tuple[int, int]:
    """Chooses a dimension; gives it as the model says it, too: counted from the end, or not."""
    axis = graph.choose.below(rank)
    return axis, axis - rank * graph.choose.below(2)


Maker = Callable[[Builder, str], None]
"""Adds an operator of a name, with what it needs, to a model."""


def make(
    source: int | Sequence[int],
    makers: Mapping[str, Maker],
    often: Sequence[str] = (),
    after: Callable[[Builder, int], None] = lambda graph, place: None,
) -> RandomModel:
    """Makes a random model.

    Args:
      source: a seed, or the choices of another model, or part of them.
      makers: of each operator, by its name in the schema.
      often: operators that are in more models than others.
      after: adds an operator after that which has made a tensor, if there can be one; used now and
        then after any operator.

    Returns:
      The model.
    """
    choose = Choices(np.random.default_rng(source) if isinstance(source, int) else source)
    # The first choice, so that a shorter model begins with a smaller number.
    operators = choose.between(1, _MOST_OPERATORS)
    builder = Builder(choose, choose.pick(_TYPES))
    names = (*makers, *often)
    spans = []
    for _ in range(operators):
        start = len(choose.taken)
        name = choose.pick(names)
        makers[name](builder, name)
        if builder.values and choose.one_in(6):
            after(builder, builder.values[-1])
        spans.append((start, len(choose.taken)))
    return dataclasses.replace(builder.finish(), spans=tuple(spans))
