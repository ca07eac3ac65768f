# SPDX-License-Identifier: Apache-2.0
"""Compares the checksums that a traced program printed with the specification: layer by layer.

The lines are those that the C of `--trace` prints:

  trace: model keyword, 53936 bytes, crc32 5d0c2b1a
  trace: run 0, line 1 of 8, input 0, 490 bytes, crc32 0c1f2a9e
  trace: run 0, line 2 of 8, operator 0, tensor 12, 4000 bytes, crc32 1a2b3c4d
"""

from __future__ import annotations

import dataclasses
import math
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from aot import compiler, emit, seeded_inputs
from aot.graph import Op, Value
from aot.inexact_values import dependents, inexact_values
from aot.interpreter import Interpreter
from aot.kernels.registry import KERNELS
from aot.passes.chains import OPTIMIZE
from aot.targets import TARGETS
from tflite.model import Model

Inputs = Callable[[int], Sequence[np.ndarray]]
"""Gives the model's inputs for the number of a run, from 0."""

# All that a program prints has this in it; a line that goes on in another way is damaged.
_MARK = re.compile(r"trace: (?=(?:model|run) )")
# Numbers of 32 bits.
_N = r"\d{1,10}"
_CRC = rf"(?P<size>{_N}) bytes, crc32 (?P<crc>[0-9a-f]{{8}})"
_MODEL = re.compile(rf"model (?P<name>\w+), {_CRC}", re.ASCII)
_VALUE = re.compile(
    rf"run (?P<run>{_N}), line (?P<line>{_N}) of (?P<lines>{_N}),"
    rf" (?:input (?P<input>{_N})|operator (?P<op>{_N}), (?P<kind>tensor|output) (?P<number>{_N})),"
    rf" {_CRC}(?:, sum (?P<sum>[0-9a-f]{{8}}))?",
    re.ASCII,
)
# Loggers put colours around what they print.
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

# How far the sum of floats of the C library may be off, as a part of the sum of their sizes.
_TOLERANCE = 1e-4
# The same for integers that are computed from them, besides: a part of the root of their number. If
# each is off by one, the sum with random signs is off by more once in 10 million times.
_STEPS = 6.0
_AGAIN = "compile the program again, with the compiler of this command"
_SUMMED = ("float32", "int8", "uint8", "int16")


class LogError(ValueError):
    """A log that can't be compared. The message says where and what to do, without the file."""


@dataclasses.dataclass(frozen=True)
class Difference:
    """A tensor that differs.

    Attributes:
      run: which run, from 0.
      label: the operators that made it, e.g. "operator 3 (CONV_2D)".
      value: the tensor.
      logged: what the log has: a checksum, or a sum of floats.
      expected: what the specification has.
      agreed: how many layers of the run agree before it.
    """

    run: int
    label: str
    value: Value
    logged: str
    expected: str
    agreed: int

    def __str__(self) -> str:
        """One line."""
        tensor = f"tensor {self.value.tensor}" if self.value.tensor is not None else "a variable"
        name = f' "{self.value.name}"' if self.value.name else ""
        shape = f"{self.value.dtype}[{','.join(map(str, self.value.shape))}]"
        return (
            f"run {self.run}: {self.label} is the first layer that differs: {tensor}{name},"
            f" {shape}, has {self.logged} in the log and {self.expected} in the specification;"
            f" the inputs and {self.agreed} layer{'s' * (self.agreed != 1)} before it agree"
        )


@dataclasses.dataclass
class Report:
    """What a comparison found.

    Attributes:
      runs: how many were compared.
      layers: how many lines of operators each of them has.
      difference: the first one, or None.
      near: layers of which only sums were compared, because they depend on the C library: what made
        each, by its line.
      skipped: layers that depend on it and were not compared in some run: integers that have no
        sum, and what depends on such integers.
    """

    runs: int = 0
    layers: int = 0
    difference: Difference | None = None
    near: dict[int, str] = dataclasses.field(default_factory=dict)
    skipped: dict[int, str] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        """Lines: what was compared in part or not at all, and the difference or how many agree."""
        lines = []
        near = dict.fromkeys(v for k, v in self.near.items() if k not in self.skipped)
        if near:
            lines.append(
                f"agree but for the rounding of the C library's functions: {'; '.join(near)}"
            )
        skipped = self._skipped()
        if self.difference is not None:
            lines += [skipped] * bool(skipped) + [str(self.difference)]
            return "\n".join(lines)
        runs = f"in {self.runs} run{'s' * (self.runs != 1)}"
        if skipped:
            agree = self.layers - len(self.skipped)
            lines.append(f"{agree} of {self.layers} layers agree {runs}; {skipped}")
        elif self.layers == 1:
            lines.append(f"the one layer agrees {runs}")
        else:
            lines.append(f"all {self.layers} layers agree {runs}")
        return "\n".join(lines)

    def _skipped(self) -> str:
        if not self.skipped:
            return ""
        one = len(self.skipped) == 1
        return (
            f"{len(self.skipped)} {'was' if one else 'were'} not compared:"
            f" {'it depends' if one else 'they depend'} on exp and similar functions of the C"
            f" library: {'; '.join(dict.fromkeys(self.skipped.values()))}"
        )


def compare(model: Model, log: Iterable[str], inputs: Inputs, *, runs: int | None = None) -> Report:
    """Compares a log with what the specification makes of the same inputs.

    The log may begin and end anywhere, if there is a whole start of the program in it, and may have
    other lines. It is read no further than to the first difference, or to the last run.

    Args:
      model: what the program was compiled of.
      log: its lines.
      inputs: makes the inputs of each run.
      runs: how many must be there and are compared; None for all, the last of which must be whole.

    Returns:
      What was found.

    Raises:
      CompileError: the model can't be compiled.
      LogError: the log can't be compared.
    """
    comparison = _Comparison(model, inputs)
    for number, text in enumerate(log, 1):
        comparison.read(text, number)
        report = comparison.report
        if report.difference is not None or (runs is not None and report.runs >= runs):
            return report
    comparison.end(runs)
    return comparison.report


class _Comparison:
    """Reads a log line by line."""

    def __init__(self, model: Model, inputs: Inputs) -> None:
        self.report = Report()
        self._content = model.content
        self._inputs = inputs
        self._graph = compiler.specification(model)
        self._specification = Interpreter(self._graph, KERNELS)
        self._inexact = inexact_values(self._graph)
        # As few lines has a run: of a program that was compiled without passes it has more. What
        # runs by rows depends on the target, too.
        self._least = min(
            emit.traced_lines(compiler.optimized(model, target=target, optimize=optimize))
            for target in TARGETS
            for optimize in OPTIMIZE
        )
        self._ops = {op.index: op for op in self._graph.ops}
        self._producers = {
            v.tensor: op for op in self._graph.ops for v in op.outputs if v.tensor is not None
        }
        self._started = False
        self._ignored = 0
        self._damaged = ""
        # Of the present run, and its last line.
        self._run = 0
        self._line = 0
        self._lines = 0
        self._given: Sequence[np.ndarray] = ()
        self._made: dict[tuple[str, int, int], tuple[Value, np.ndarray]] | None = None
        self._agreed = 0
        self._seen: set[tuple[str, int, int]] = set()
        # What depends on layers that were not compared, in this run or before.
        self._unsure: set[Value] = set()

    def read(self, text: str, number: int) -> None:
        """Reads a line of the log.

        Args:
          text: the line, with its end.
          number: of the line, from 1.
        """
        if self._damaged:
            raise LogError(self._damaged)
        mark = _MARK.search(text)
        if mark is None:
            return
        content = _COLOUR.sub("", text[mark.end() :]).rstrip()
        if match := _MODEL.fullmatch(content):
            self._start(match, f"line {number}")
        elif not self._started:
            self._ignored += 1
        elif match := _VALUE.fullmatch(content):
            self._value(match, f"line {number}")
        else:
            # Unless it is the last one, which is cut off where recording ended.
            self._damaged = (
                f"line {number} is a damaged line of the trace, {content[:120]!r}: record the log"
                " again, over a slower or a better connection"
            )
            if text.endswith("\n"):
                raise LogError(self._damaged)

    def end(self, runs: int | None) -> None:
        """Checks that the log ends where a run ends.

        Args:
          runs: how many it must have, or None.
        """
        if not self._started and self._ignored:
            raise LogError(
                f'has {self._ignored} lines of a trace, but not the first one, "trace: model …":'
                " reset the board while you record"
            )
        if not self._started:
            raise LogError(
                'has no line "trace: …": compile the model with --trace, and set print_line after'
                " init"
            )
        if self._line < self._lines or not self.report.runs:
            where = f"line {self._line} of {self._lines}" if self._lines else "the first line"
            raise LogError(
                f"ends in run {self._run} after {where}: record it to the end of the run, or give"
                f" --runs={max(self._run, 1)}"
            )
        if runs is not None:
            raise LogError(f"has {self.report.runs} runs, not {runs}: give --runs accordingly")

    def _start(self, match: re.Match[str], where: str) -> None:
        size, crc = int(match["size"]), int(match["crc"], 16)
        own = zlib.crc32(self._content)
        if (size, crc) != (len(self._content), own):
            raise LogError(
                f"{where} is of another model, {match['name']}, of {size} bytes with crc32"
                f" {crc:08x}; this one has {len(self._content)} bytes with crc32 {own:08x}: give"
                " the file that the program was compiled of"
            )
        self._started = True
        self._specification.reset()
        self._unsure.clear()
        self._run = self._line = self._lines = 0

    def _value(self, match: re.Match[str], where: str) -> None:
        run, line, lines = int(match["run"]), int(match["line"]), int(match["lines"])
        self._check_order(run, line, lines, where)
        if line == 1:
            self._given, self._made = self._inputs(run), None
            self._agreed = 0
            self._seen.clear()
            if not self._graph.variables:
                self._unsure.clear()
            self.report.layers = lines - len(self._given)
        if match["input"] is not None:
            self._check_input(match, int(match["input"]), where)
        else:
            self._check_layer(match, where)
        if line == lines and self.report.difference is None:
            if self._made is None:
                self._compute()
            self.report.runs += 1

    def _check_order(self, run: int, line: int, lines: int, where: str) -> None:
        done = self._line == self._lines
        expected = self._line % max(self._lines, 1) + 1
        expected_run = self._run + 1 if done and self._lines else self._run
        if (run, line) != (expected_run, expected) or lines < line:
            raise LogError(
                f"{where} is line {line} of run {run}, where line {expected} of run {expected_run}"
                " must be: lines are lost; record the log again, over a slower or a better"
                " connection"
            )
        if lines < self._least:
            raise LogError(
                f"has {lines} line{'s' * (lines != 1)} a run, the model {self._least}: {_AGAIN}"
            )
        self._check(line == 1 or lines == self._lines, where)
        self._run, self._line, self._lines = run, line, lines

    def _check_input(self, match: re.Match[str], place: int, where: str) -> None:
        # They come first, in order.
        self._check(place < len(self._given) and place == self._line - 1, where)
        data = np.ascontiguousarray(self._given[place])
        if int(match["size"]) != data.nbytes:
            raise LogError(
                f"{where}: input {place} has {match['size']} bytes, and that of the model"
                f" {data.nbytes}: {_AGAIN}"
            )
        if int(match["crc"], 16) != zlib.crc32(data.tobytes()):
            raise LogError(
                f"{where}: input {place} of run {self._run} has crc32 {match['crc']}, and the one"
                f" to compare with {zlib.crc32(data.tobytes()):08x}: have the program call"
                f" fill_inputs with the number of the run, or give its inputs by --input or --seed"
            )

    def _check_layer(self, match: re.Match[str], where: str) -> None:
        if self._made is None:
            self._compute()
        assert self._made is not None
        key = (match["kind"], int(match["op"]), int(match["number"]))
        if match["kind"] == "tensor":
            key = ("tensor", 0, int(match["number"]))
        self._check(self._line > len(self._given) and key not in self._seen, where)
        self._check(key in self._made and int(match["op"]) in self._ops, where)
        self._seen.add(key)
        value, data = self._made[key]
        self._check(int(match["size"]) == data.nbytes, where)
        crc = zlib.crc32(np.ascontiguousarray(data).tobytes())
        if int(match["crc"], 16) == crc:
            self._agreed += 1
            return
        label = self._label(int(match["op"]), value)
        logged, expected = f"crc32 {match['crc']}", f"crc32 {crc:08x}"
        if value in self._inexact or _has_nan(data):
            self._check(match["sum"] is not None or value.dtype != "float32", where)
            if match["sum"] is None or value.dtype not in _SUMMED or value in self._unsure:
                self.report.skipped[self._line] = label
                self._unsure |= dependents(self._graph, (value,))
                return
            sum_logged = _float_of(match["sum"])
            sum_expected, allowed = _signed_sum(data)
            if _near(sum_logged, sum_expected, allowed):
                self.report.near[self._line] = label
                self._agreed += 1
                return
            logged += f", sum {sum_logged:.6g}"
            expected += f", sum {sum_expected:.6g} within {allowed:.2g}"
        self.report.difference = Difference(self._run, label, value, logged, expected, self._agreed)

    def _check(self, holds: bool, where: str) -> None:
        if not holds:
            raise LogError(f"{where} has a tensor that the model does not have so: {_AGAIN}")

    def _compute(self) -> None:
        """Runs the specification on the run's inputs."""
        made: dict[tuple[str, int, int], tuple[Value, np.ndarray]] = {}

        def observe(op: Op, known: Mapping[Value, np.ndarray]) -> None:
            for i, value in enumerate(op.outputs):
                data = value.data if value.data is not None else known[value]
                assert op.index is not None
                made["output", op.index, i] = value, data
                if value.tensor is not None:
                    made["tensor", 0, value.tensor] = value, data

        self._specification.run(self._given, observe)
        self._made = made

    def _label(self, index: int, value: Value) -> str:
        """Names what made a value: an operator, and another one that was put into it."""
        last = None if value.tensor is None else self._producers.get(value.tensor)
        text = f"operator {index} ({self._ops[index].kind})"
        if last is not None and last.index != index:
            text += f", with operator {last.index} ({last.kind}) in it,"
        return text


def _has_nan(data: np.ndarray) -> bool:
    """Whether what is not a number is in it: that has several forms."""
    return data.dtype == np.float32 and bool(np.isnan(data).any())


def _signed_sum(data: np.ndarray) -> tuple[float, float]:
    """Adds numbers as aot/runtime/trace_sum.h does; gives how far another sum may be off, too."""
    values = data.ravel().astype(np.float64)
    signs = 1.0 - 2.0 * (seeded_inputs.words(0, 0, values.size) & np.uint32(1))
    steps = 0.0 if data.dtype == np.float32 else _STEPS * math.sqrt(values.size)
    with np.errstate(invalid="ignore", over="ignore"):
        allowed = _TOLERANCE * float(np.abs(values).sum()) + steps + 1e-30
        return float((values * signs).sum()), allowed


def _near(logged: float, expected: float, allowed: float) -> bool:
    if math.isnan(expected) or math.isinf(expected):
        return math.isnan(logged) if math.isnan(expected) else logged == expected
    return abs(logged - expected) <= allowed


def _float_of(bits: str) -> float:
    return struct.unpack("<f", struct.pack("<I", int(bits, 16)))[0]
