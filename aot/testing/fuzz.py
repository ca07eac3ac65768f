# SPDX-License-Identifier: Apache-2.0
"""Compares random models in the official wheel, in the specification, and as compiled C.

Many at the same time: a process of its own compiles the C of a batch at once and runs it.
"""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import re
import subprocess
import traceback
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from aot import compiler, graph, importer, interpreter
from aot.compiler import Compiled
from aot.kernels.registry import INEXACT, INEXACT_SUMS, KERNELS, LEAST, MAX_ULP
from aot.passes.chains import RAM, SPEED
from aot.targets import PORTABLE, TARGETS, differ
from aot.testing import compiled_program, isolation, parity
from aot.testing.compiled_program import CompiledProgram
from aot.testing.isolation import Send
from tflite.model import Model

SAME = "agrees"
REFUSED_BY_BOTH = "compiler and wheel refuse it"
KNOWN_REFUSAL = "the compiler refuses what is not defined"
NOT_IN_WHEEL = "the wheel refuses it"
WHEEL_DIES = "the wheel dies"
REFUSED = "the compiler refuses what the wheel runs"
DIFFERS = "tensors differ"
COMPILER_FAILS = "the compiler fails"
INVALID_C = "the C does not compile"
C_DIES = "the C dies"

FAILURES = (REFUSED, DIFFERS, COMPILER_FAILS, INVALID_C, C_DIES)
"""Kinds of outcomes that must not be."""

# What the wheel runs, but TFLM's source leaves open what becomes of it.
_KNOWN_REFUSALS = re.compile("the result is not defined")
_FLAGS = ("-O0",)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a model.

    Attributes:
      kind: one of those above.
      text: why, or where.
    """

    kind: str
    text: str = ""

    @property
    def is_failure(self) -> bool:
        """Whether it must not be."""
        return self.kind in FAILURES


Source = Callable[[], Model]
"""Makes a model, in the process that checks it."""


@dataclasses.dataclass(frozen=True)
class Batch:
    """Models that are checked together.

    Attributes:
      sources: each makes a model.
      numbers: what the caller knows them by.
      ranges: of their inputs.
    """

    sources: tuple[Source, ...]
    numbers: tuple[int, ...]
    ranges: tuple[parity.Ranges | None, ...]

    def chosen(self, places: Sequence[int]) -> Batch:
        """Takes some of the models, by their places."""
        return Batch(
            tuple(self.sources[i] for i in places),
            tuple(self.numbers[i] for i in places),
            tuple(self.ranges[i] for i in places),
        )


def check(
    sources: Sequence[Source],
    *,
    ranges: Sequence[parity.Ranges | None] | None = None,
    jobs: int = 1,
    batch: int = 25,
    seconds: float = 120,
) -> Iterator[tuple[int, Outcome]]:
    """Checks models.

    Args:
      sources: each makes a model.
      ranges: of the inputs of each, see parity.random_inputs; default: any.
      jobs: how many processes at the same time.
      batch: how many models in each.
      seconds: after how long a silent process hangs.

    Yields:
      The place of each model, and what became of it.
    """
    pool = isolation.Pool(_check_batch, jobs=jobs, seconds=seconds)
    every = range(len(sources))
    whole = Batch(tuple(sources), tuple(every), tuple(ranges or [None] * len(sources)))
    for start in range(0, len(sources), batch):
        pool.add(whole.chosen(every[start : start + batch]))
    for result in pool.results():
        task = result.task
        done: dict[int, Outcome] = {}
        last, stage = 0, COMPILER_FAILS
        for message in result.messages:
            if isinstance(message[1], Outcome):
                done[message[0]] = message[1]
            else:
                last, stage = message
        if result.fault:
            done[last] = Outcome(stage, result.fault)
        for i, outcome in done.items():
            yield task.numbers[i], outcome
        left = [i for i in range(len(task.sources)) if i not in done]
        if left:
            pool.add(task.chosen(left))


@dataclasses.dataclass
class _Case:
    """A model on its way: all that is known of it so far."""

    place: int
    model: Model
    name: str
    ranges: parity.Ranges | None
    variants: dict[str, Compiled] = dataclasses.field(default_factory=dict)
    refusal: str = ""
    inputs: list[list[np.ndarray]] = dataclasses.field(default_factory=list)
    wheel: list[_Run] | None = None
    wheel_refusal: str = ""


@dataclasses.dataclass(frozen=True)
class _Run:
    """What the wheel made in one run."""

    tensors: dict[int, np.ndarray]
    outputs: list[np.ndarray]


def _check_batch(batch: Batch, folder: pathlib.Path, send: Send) -> None:
    """Checks models; sends each one's place with what happens next or with its outcome."""
    cases: list[_Case] = []
    for place, source in enumerate(batch.sources):
        send((place, COMPILER_FAILS))
        case = _Case(place, source(), f"model{place}", batch.ranges[place])
        try:
            _compile(case)
        except Exception:
            send((place, Outcome(COMPILER_FAILS, traceback.format_exc(limit=-3))))
            continue
        cases.append(case)
    for case in cases:
        send((case.place, WHEEL_DIES))
        _run_wheel(case, folder / "log")
    compiled = [case for case in cases if not case.refusal]
    for case in cases:
        if case.refusal:
            send((case.place, _refusal(case)))
    library = _build(compiled, folder)
    for case in compiled:
        send((case.place, C_DIES))
        try:
            difference = next(_differences(case, folder, library), "")
        except subprocess.CalledProcessError as error:
            send((case.place, Outcome(INVALID_C, _first_message(error))))
            continue
        except Exception:
            send((case.place, Outcome(COMPILER_FAILS, traceback.format_exc(limit=-3))))
            continue
        if difference:
            send((case.place, Outcome(DIFFERS, difference)))
        elif case.wheel is None:
            send((case.place, Outcome(NOT_IN_WHEEL, case.wheel_refusal)))
        else:
            send((case.place, Outcome(SAME)))


def _compile(case: _Case) -> None:
    """Compiles a model with passes and without, and for each target; or finds why it is refused."""
    passed: Compiled | None = None
    plain: Compiled | None = None
    try:
        passed, plain = (
            compiler.compile_model(case.model, name=name, trace=True, passes=passes)
            for name, passes in ((case.name, True), (f"{case.name}_plain", False))
        )
    except importer.CompileError as error:
        case.refusal = str(error)
    random = np.random.default_rng(0)
    for _ in range(_RUNS):
        if passed is None or plain is None:
            case.inputs.append(_plain_inputs(case.model, random))
        else:
            case.inputs.append(parity.random_inputs(plain.graph, random, case.ranges))
    if passed is None or plain is None:
        return
    case.variants[case.name] = passed
    # Often passes find nothing to do.
    if graph.as_text(passed.graph) != graph.as_text(plain.graph):
        case.variants[f"{case.name}_plain"] = plain
    kinds = [op.kind for op in graph.walk(passed.graph.ops)]
    for target in TARGETS:
        if target != PORTABLE and differ(target, kinds):
            name = f"{case.name}_{target}"
            made = compiler.compile_model(case.model, name=name, trace=True, target=target)
            _add_variant(case, name, made)
    for target in TARGETS:
        # The least memory: more of it runs by rows.
        name = f"{case.name}_{target}_ram"
        least = compiler.compile_model(
            case.model, name=name, trace=True, target=target, optimize=RAM
        )
        if graph.as_text(least.graph) != graph.as_text(passed.graph):
            _add_variant(case, name, least)


def _add_variant(case: _Case, name: str, made: Compiled) -> None:
    """Adds a variant, unless there is one of the same C: a layer may not fit a target's kernel."""

    def text(name: str, made: Compiled) -> str:
        return made.sources.source.replace(name.upper(), "NAME").replace(name, "name")

    known = {text(*variant) for variant in case.variants.items()}
    if text(name, made) not in known:
        case.variants[name] = made


_RUNS = 3


def _plain_inputs(model: Model, random: np.random.Generator) -> list[np.ndarray]:
    """Makes inputs for a model that can't be compiled."""
    found = []
    for i in model.main.inputs:
        tensor = model.main.tensors[i]
        found.append(random.integers(0, 2, tensor.shape).astype(tensor.dtype))
    return found


def _run_wheel(case: _Case, log: pathlib.Path) -> None:
    """Runs a model in the wheel, and keeps all that it makes, or why it does not run it."""
    before = log.stat().st_size
    main = case.model.main
    places = [i for node in main.nodes for i in node.outputs]
    variables = [
        i for node in main.nodes for i in node.inputs if i >= 0 and main.tensors[i].is_variable
    ]
    made = [i for i in (*places, *variables) if main.tensors[i].dtype != "resource"]
    runs = []
    try:
        wheel = parity.keeping_wheel(case.model)
        for inputs in case.inputs:
            outputs = [o.copy() for o in wheel.run(inputs)]
            runs.append(_Run({i: wheel.tensor(i).copy() for i in made}, outputs))
        case.wheel = runs
    except (RuntimeError, ValueError) as error:
        with open(log, "rb") as file:
            file.seek(before)
            lines = file.read().decode("utf-8", "replace").strip().splitlines()
        case.wheel_refusal = (lines or [str(error)])[0]


def _refusal(case: _Case) -> Outcome:
    if case.wheel is None:
        return Outcome(REFUSED_BY_BOTH, case.refusal)
    known = all(map(_KNOWN_REFUSALS.search, case.refusal.splitlines()))
    return Outcome(KNOWN_REFUSAL if known else REFUSED, case.refusal)


def _build(cases: Sequence[_Case], folder: pathlib.Path) -> pathlib.Path | None:
    """Compiles all C at once; gives None if that fails, so that each is compiled alone."""
    programs = {name: one for case in cases for name, one in case.variants.items()}
    if not programs:
        return None
    try:
        return compiled_program.build(programs, folder, flags=_FLAGS)
    except subprocess.CalledProcessError:
        return None


def _first_message(error: subprocess.CalledProcessError) -> str:
    lines = [line for line in error.stderr.splitlines() if "error" in line]
    return lines[0] if lines else error.stderr[:300]


def _same(a: np.ndarray, b: np.ndarray) -> str:
    return parity.same(a, b, 0)


def _within_ulp(a: np.ndarray, b: np.ndarray, *, least: float = 0.0) -> str:
    return parity.same(a, b, MAX_ULP, least)


def _exactness(of: graph.Graph) -> dict[graph.Value, Callable[[np.ndarray, np.ndarray], str]]:
    """Finds how to compare what depends on the C library's mathematics; all else is the same."""
    found: dict[graph.Value, Callable[[np.ndarray, np.ndarray], str]] = {}
    # Twice: what a run leaves in a variable is read by the next one.
    for op in (*of.ops, *of.ops):
        kinds = {one.kind for one in graph.walk((op,)) if _makes_floats(one)}
        values = [v for v in (*op.inputs, *op.outputs) if v is not None]
        if any(v in found for v in op.inputs) or (
            # Little errors grow.
            kinds.intersection((*INEXACT, *INEXACT_SUMS) if op.blocks else INEXACT_SUMS)
        ):
            variables = (v for v in values if v.is_variable)
            found |= dict.fromkeys((*op.outputs, *variables), parity.near)
        elif kinds.intersection(INEXACT):
            least = max(LEAST.get(kind, 0.0) for kind in kinds)
            found |= dict.fromkeys(op.outputs, functools.partial(_within_ulp, least=least))
    return found


def _makes_floats(op: graph.Op) -> bool:
    return any(v.dtype == "float32" for v in op.outputs)


def first_difference(
    model: Model,
    folder: pathlib.Path,
    *,
    runs: int,
    ranges: parity.Ranges | None = None,
    seed: int = 0,
    flags: Sequence[str] = ("-O2",),
    target: str = PORTABLE,
    optimize: str = SPEED,
) -> str:
    """Compares every tensor of a model in the official wheel and in compiled C, in many runs.

    Args:
      model: the model.
      folder: where files may be written.
      runs: how many inferences, one after the other.
      ranges: of the inputs.
      seed: of the inputs.
      flags: for the C compiler.
      target: what the model is compiled for.
      optimize: what counts most, one of chains.OPTIMIZE.

    Returns:
      What differs first; "" for nothing.

    Raises:
      CompileError: the model can't be compiled.
      RuntimeError: the wheel can't run it.
    """
    compiled = compiler.compile_model(
        model, name="model", trace=True, target=target, optimize=optimize
    )
    program = CompiledProgram(compiled, "model", folder, flags=flags)
    wheel = parity.keeping_wheel(model)
    how = _exactness(compiled.graph)
    random = np.random.default_rng(seed)
    for run in range(runs):
        inputs = parity.random_inputs(compiled.graph, random, ranges)
        wheel.run(inputs)
        made = program.run(inputs)
        for op in compiled.graph.ops:
            for value in op.outputs:
                if value.tensor is None:
                    continue
                theirs = wheel.tensor(value.tensor).reshape(value.shape)
                text = how.get(value, _same)(theirs, made[value.tensor])
                if text:
                    return f"run {run}, {op.label}: wheel and C: {text}"
    return ""


def _differences(case: _Case, folder: pathlib.Path, library: pathlib.Path | None) -> Iterator[str]:
    """Finds what differs between the wheel, the specification and all kinds of C."""
    for name, compiled in case.variants.items():
        program = CompiledProgram(compiled, name, folder, flags=_FLAGS, library=library)
        specification = interpreter.Interpreter(compiled.graph, KERNELS)
        passes = "without passes" if name.endswith("_plain") else "with passes"
        passes += f", {compiled.target}"
        for run, inputs in enumerate(case.inputs):
            expected = specification.run(inputs)
            made = program.run(inputs)
            outputs = program.outputs()
            wheel = case.wheel[run] if case.wheel is not None else None
            rows = []
            how = _exactness(compiled.graph)
            for op in compiled.graph.ops:
                changed = [] if op.blocks else [op.input(i) for i in KERNELS[op.kind].changed(op)]
                for value in (*op.outputs, *changed):
                    if value.tensor is None:
                        continue
                    theirs = wheel.tensors.get(value.tensor) if wheel else None
                    c = program.variable(value) if value in changed else made[value.tensor]
                    rows.append((op.label, value, expected[value], c, theirs))
            for i, value in enumerate(compiled.graph.outputs):
                theirs = wheel.outputs[i] if wheel else None
                numbers = expected[value] if value.data is None else value.data
                rows.append((f"output {i}", value, numbers, outputs[i], theirs))
            for i, value in enumerate(compiled.graph.variables):
                c = program.variable(value)
                rows.append((f"variable {i}", value, expected[value], c, None))
            for label, value, numbers, c, theirs in rows:
                compare = how.get(value, _same)
                pairs = [("specification and C", numbers, c)]
                if theirs is not None:
                    theirs = theirs.reshape(numbers.shape)
                    pairs.append(("wheel and C", theirs, c))
                for who, a, b in pairs:
                    text = compare(a, b)
                    if text:
                        yield f"{passes}, run {run}, {label}: {who}: {text}"
