# SPDX-License-Identifier: Apache-2.0
"""Compares a model in the official wheel, in the specification, and as compiled C: every tensor."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Iterator, Sequence

import numpy as np

from aot import compiler, interpreter
from aot.graph import Graph, Value
from aot.kernels.registry import KERNELS
from aot.passes.chains import SPEED
from aot.targets import PORTABLE
from aot.testing.compiled_program import CompiledProgram
from reference.tflm_wheel import TflmWheel
from tflite.model import Model


@dataclasses.dataclass(frozen=True)
class Difference:
    """A tensor that differs.

    Attributes:
      run: which run, from 0.
      value: the tensor.
      operator: what made it.
      who: the two that differ, e.g. "wheel and C".
      text: how.
    """

    run: int
    value: Value
    operator: str
    who: str
    text: str

    def __str__(self) -> str:
        """One line."""
        return (
            f"run {self.run}: {self.operator}, tensor {self.value.tensor}: {self.who}: {self.text}"
        )


Ranges = Sequence[tuple[float, float]]
"""Of each input the smallest and the largest number."""


def random_inputs(
    graph: Graph, random: np.random.Generator, ranges: Ranges | None = None
) -> list[np.ndarray]:
    """Makes inputs of any content.

    Args:
      graph: the graph.
      random: where numbers come from.
      ranges: of floats, and of integers without a scale; None for any. Loops may not end without.

    Returns:
      One array an input; integers of 8 and 16 bits over their whole range, now and then with many
      at its ends; others small.
    """
    if ranges is None:
        return [_random(value, random) for value in graph.inputs]
    return [
        _random(value, random)
        if value.dtype == "bool" or value.quantization is not None
        else _between(value, random, *limits)
        for value, limits in zip(graph.inputs, ranges, strict=True)
    ]


def _between(value: Value, random: np.random.Generator, low: float, high: float) -> np.ndarray:
    numbers: np.ndarray = np.asarray(random.uniform(low, high, value.shape))
    return (numbers if value.dtype == "float32" else np.rint(numbers)).astype(value.dtype)


def _random(value: Value, random: np.random.Generator) -> np.ndarray:
    if value.dtype == "float32":
        return random.normal(0, 1 + 3 * random.random(), value.shape).astype(np.float32)
    if value.dtype == "bool":
        return random.integers(0, 2, value.shape).astype(bool)
    limits = np.iinfo(value.dtype)
    if limits.bits > 16:
        return random.integers(0, 4, value.shape).astype(value.dtype)
    kind = random.integers(4)
    if kind == 0:
        return random.choice([limits.min, limits.max], value.shape).astype(value.dtype)
    if kind == 1:
        middle = random.normal(value.zero_point, 10, value.shape)
        return np.clip(np.rint(middle), limits.min, limits.max).astype(value.dtype)
    return random.integers(limits.min, limits.max + 1, value.shape).astype(value.dtype)


def same(a: np.ndarray, b: np.ndarray, max_ulp: int, least: float = 0.0) -> str:
    """Compares two tensors.

    Args:
      a: the first one.
      b: the second one, of the same shape.
      max_ulp: how many steps floats may differ; 0: their bits are the same. What is not a number
        is the same as any other such.
      least: smaller floats may differ by as much as floats of this size.

    Returns:
      "" if they are the same, else how they differ.
    """
    if a.dtype != b.dtype or a.shape != b.shape:
        return f"{a.dtype}{a.shape} and {b.dtype}{b.shape}"
    if a.dtype == np.float32:
        both_nan = np.isnan(a) & np.isnan(b)
        steps = np.abs(_ordered(a) - _ordered(b))
        # Both zeros are the same number, but not the same bits.
        other_zero = (max_ulp == 0) & (np.signbit(a) != np.signbit(b))
        wrong = ~both_nan & ((steps > max_ulp) | other_zero)
        if least:
            with np.errstate(invalid="ignore"):
                distance = np.abs(a.astype(np.float64) - b.astype(np.float64))
            wrong &= ~(distance <= max_ulp * np.spacing(np.float32(least)))
    else:
        wrong = a != b
    if not wrong.any():
        return ""
    place = tuple(int(i) for i in np.argwhere(wrong)[0])
    return (
        f"{int(wrong.sum())} of {a.size} differ, first at {list(place)}: {a[place]} and {b[place]}"
    )


def near(a: np.ndarray, b: np.ndarray) -> str:
    """Compares two tensors that depend on functions of the C library's mathematics.

    Args:
      a: the first one.
      b: the second one, of the same shape.

    Returns:
      "" if floats are within 10^-5 of the largest number, and integers within 1, else how they
      differ.
    """
    if a.dtype == bool or a.dtype != b.dtype or a.shape != b.shape:
        return same(a, b, 0)
    both_nan = np.isnan(a) & np.isnan(b) if a.dtype == np.float32 else np.zeros(a.shape, bool)
    with np.errstate(invalid="ignore"):
        distance = np.abs(a.astype(np.float64) - b.astype(np.float64))
    distance = np.where((a == b) | both_nan, 0, distance)
    finite = a[np.isfinite(a)].astype(np.float64) if a.dtype == np.float32 else a
    largest = float(np.abs(finite).max(initial=1e-30)) if a.dtype == np.float32 else 0.0
    allowed = 1e-5 * largest if a.dtype == np.float32 else 1
    if (distance <= allowed).all():
        return ""
    return f"they differ by {distance.max():.6g}, {allowed:.6g} is allowed"


def _ordered(values: np.ndarray) -> np.ndarray:
    """Numbers floats in their order, so that neighbours differ by 1."""
    bits = values.view(np.int32).astype(np.int64)
    return np.where(bits < 0, -(bits & 0x7FFFFFFF), bits)


def keeping_wheel(model: Model) -> TflmWheel:
    """Opens a model in the official wheel, which keeps every tensor.

    Args:
      model: the model.

    Raises:
      RuntimeError: the wheel can't run it.
    """
    return TflmWheel(
        model.content,
        outputs=len(model.main.outputs),
        keep_all=True,
        resource_variables=model.resource_variables,
    )


def compare(
    model: Model,
    folder: pathlib.Path,
    *,
    runs: int = 20,
    seed: int = 0,
    max_ulp: int = 0,
    least: float = 0.0,
    name: str = "model",
    flags: Sequence[str] = ("-O1",),
    wheel: bool = True,
    target: str = PORTABLE,
    optimize: str = SPEED,
) -> Iterator[Difference]:
    """Compares all tensors of a model on random inputs.

    Args:
      model: the model.
      folder: where files may be written.
      runs: how many inferences, one after the other.
      seed: of the inputs.
      max_ulp: how many steps floats may differ.
      least: see `same`.
      name: what the C is named after.
      flags: for the C compiler.
      wheel: compare with the wheel, too.
      target: what the C is for, one of targets.TARGETS.
      optimize: what counts most, one of chains.OPTIMIZE.

    Yields:
      Each tensor that differs.

    Raises:
      CompileError: the model can't be compiled.
      RuntimeError: the wheel can't run it.
    """
    compiled = compiler.compile_model(
        model, name=name, trace=True, target=target, optimize=optimize
    )
    graph = compiled.graph
    specification = interpreter.Interpreter(graph, KERNELS)
    program = CompiledProgram(compiled, name, folder, flags=flags)
    reference = keeping_wheel(model) if wheel else None
    random = np.random.default_rng(seed)
    for run in range(runs):
        inputs = random_inputs(graph, random)
        if reference is not None:
            reference.run(inputs)
        expected = specification.run(inputs)
        made = program.run(inputs)
        for op in graph.ops:
            changed = [] if op.blocks else [op.input(i) for i in KERNELS[op.kind].changed(op)]
            for value in (*op.outputs, *changed):
                if value.tensor is None:
                    continue
                c = program.variable(value) if value in changed else made[value.tensor]
                numbers = expected[value]
                pairs = [("specification and C", numbers, c)]
                if reference is not None:
                    theirs = reference.tensor(value.tensor).reshape(value.shape)
                    pairs += [
                        ("wheel and C", theirs, c),
                        ("wheel and specification", theirs, numbers),
                    ]
                for who, a, b in pairs:
                    text = same(np.asarray(a), np.asarray(b), max_ulp, least)
                    if text:
                        yield Difference(run, value, op.label, who, text)
