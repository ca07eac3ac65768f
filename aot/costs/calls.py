# SPDX-License-Identifier: Apache-2.0
"""Which functions of the runtime an operator calls, and with what: what its cost depends on.

The kernels are asked to emit, and their calls are kept in place of the C. So a kernel that calls
another function needs no change here.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import pathlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from aot.c_text import Argument, Body, Constant, Struct
from aot.graph import Op, Value
from aot.kernels import chain_rows, row_schedule
from aot.kernels.chain import Chain
from aot.kernels.fully_connected import FullyConnected, Inputs
from aot.kernels.kernel import Kernel

_RUNTIME = pathlib.Path(__file__).resolve().parents[1] / "runtime"
_WORD = 4
LIBRARY = ("memcpy", "memset")
"""Functions that the C library has."""

_MEMORY = re.compile(r"(memset|memcpy)\((.*), (\d+)\);")
_OFFSET = re.compile(r"(?: \+ (\d+))?$")

APART = "apart"
"""Stands beside the size of what is copied if the two places are aligned differently."""
_LOOP = re.compile(r"\bfor \(int32_t \w+ = 0; \w+ < (\d+);")


@dataclasses.dataclass(frozen=True)
class Call:
    """A call of a function, or statements that stand for one.

    Attributes:
      function: its name, and those of functions that it is given. Of loops that are written out the
        operator's name, and those of what is called in them.
      arguments: as the kernel gave them.
      loops: the sizes of loops around it, the outermost first.
      times: how often it is called: the steps of a chain are a loop.
    """

    function: str
    arguments: tuple[Argument, ...] = ()
    loops: tuple[int, ...] = ()
    times: int = 1

    def struct(self, kind: str) -> Mapping[str, int] | None:
        """Finds the fields of the argument that is a struct of a type; None without."""
        for argument in self.arguments:
            if isinstance(argument, Struct) and argument.type == kind:
                return argument.fields  # type: ignore[return-value]
        return None

    @property
    def numbers(self) -> dict[str, int]:
        """The arguments that are integers, by the names that they have in the function."""
        names = parameters(self.function.split(":")[0])
        if len(names) != len(self.arguments):
            return {}
        return {
            name: int(argument)
            for name, argument in zip(names, self.arguments, strict=True)
            if isinstance(argument, int)
        }

    @property
    def values(self) -> tuple[Value, ...]:
        """The arguments that are tensors in memory, in order."""
        return tuple(a for a in self.arguments if isinstance(a, Value) and not a.is_constant)


@functools.cache
def parameters(function: str) -> tuple[str, ...]:
    """Lists the names of a function's parameters; none for one that the runtime does not have."""
    path = _RUNTIME / f"{function}.h"
    if not path.exists():
        return ()
    text = " ".join(path.read_text(encoding="utf-8").split())
    found = re.search(rf"\b{function}\(((?:[^()]|\([^()]*\))*)\) {{", text)
    if found is None:
        return ()
    # A pointer to a function has its name in parentheses of its own.
    listed = re.sub(r"\(\*(\w+)\)\([^()]*\)", r"\1", found[1])
    return tuple(re.findall(r"(\w+)$", one)[0] for one in listed.split(", "))


class _Recorder(Body):
    """Keeps calls. What it defines has a name that no C has."""

    def __init__(self, kind: str, same_place: Callable[[Value, Value], bool]) -> None:
        self.kind = kind
        self.constants: list[Constant | Struct] = []
        self.calls: list[Call] = []
        super().__init__("layer", lambda value: "(value)", "scratch", self._define, same_place)

    def _define(self, name: str, constant: Constant | Struct) -> str:
        self.constants.append(constant)
        return name

    def call(self, function: str, *arguments: Argument) -> None:
        """See Body."""
        self.close()
        super().call(function, *arguments)
        # Of the functions that are arguments, each is another loop.
        inner = [a for a in arguments if isinstance(a, str) and a.isidentifier() and a != "NULL"]
        self.calls.append(Call(":".join([function, *inner]), arguments))
        self._forget()

    def copy(self, source: Value, destination: Value) -> None:
        """See Body."""
        self.close()
        super().copy(source, destination)
        self.close()

    def closed(self) -> list[Call]:
        """Gives all calls."""
        self.close()
        return self.calls

    def _forget(self) -> None:
        self.lines.clear()
        self.headers.clear()

    def close(self) -> None:
        """Makes a call of statements that are not one."""
        found = [_MEMORY.fullmatch(line.strip()) for line in self.lines]
        self.calls += [Call(one[1], (int(one[3]), *_apart(one[2]))) for one in found if one]
        self.lines = [line for line, one in zip(self.lines, found, strict=True) if not one]
        if self.lines:
            sizes = tuple(int(size) for line in self.lines for size in _LOOP.findall(line))
            # A function of a row of elements has their number as its first argument.
            last = next(line for line in reversed(self.lines) if line.strip() != "}").strip()
            row = re.match(r"\w+\((\d+), ", last)
            function = ":".join([self.kind, *self.headers])
            self.calls.append(Call(function, (int(row[1]) if row else 1,), sizes))
        self._forget()


def _apart(places: str) -> tuple[str, ...]:
    """Finds out whether two places, in C, are not in the same places of words."""
    offsets = [int(_OFFSET.search(place)[1] or 0) for place in places.split(", ")]  # type: ignore[index]
    return (APART,) if len({offset % _WORD for offset in offsets}) > 1 else ()


def calls_of(
    op: Op,
    kernels: Mapping[str, Kernel],
    same_place: Callable[[Value, Value], bool] = lambda a, b: False,
) -> tuple[tuple[Call, ...], tuple[Constant | Struct, ...]]:
    """Lists what an operator calls.

    Args:
      op: the operator, without blocks.
      kernels: what emits it.
      same_place: whether two values lie at the same place.

    Returns:
      The calls, and the constants that they take.
    """
    body = _Recorder(op.kind, same_place)
    kernel = kernels[op.kind]
    kernel.emit(op, body)
    made = body.closed()
    if isinstance(kernel, Chain):
        made = [
            dataclasses.replace(call, times=piece.times)
            for piece in pieces(op, kernel, kernels)
            for call in piece.calls()
        ]
    return tuple(made), tuple(body.constants)


@dataclasses.dataclass(frozen=True)
class Piece:
    """What a chain does one or several times.

    Attributes:
      part: the operator of which it makes some rows; the chain's last one for what is none's.
      key: the same part calls the same for the same key.
      times: how often.
      calls: makes the calls of one time.
    """

    part: Op
    key: tuple[object, ...]
    times: int
    calls: Callable[[], Sequence[Call]]


def pieces(op: Op, kernel: Chain, kernels: Mapping[str, Kernel]) -> Iterator[Piece]:
    """Lists what a chain does.

    Args:
      op: the chain.
      kernel: what emits it.
      kernels: what emits its parts.

    Yields:
      What is done in the steps, and before and after them.
    """
    last = op.parts[-1]
    dense = kernels[last.kind] if last.kind == "FULLY_CONNECTED" else None
    assert dense is None or isinstance(dense, FullyConnected)
    if dense is not None:
        yield _copy("memcpy", last, dense.first_sums(last).nbytes, 1)
    for run in chain_rows.runs(op, kernel.schedule(op)):
        for move in run.first.moves:
            size = move.kept * math.prod(move.value.shape[2:])
            yield _copy("move_rows", last, size, run.steps)
        for call in run.first.calls:
            part = op.parts[call.part]
            if dense is not None and part is last:
                (read,) = call.reads
                count = (call.end - call.first) * math.prod(read.value.shape[2:])
                made = functools.partial(_products_of_some, dense, part, count)
                yield Piece(part, ("products", count), run.steps, made)
                continue
            reads = (read.end - read.first for read in call.reads)
            key = (call.end - call.first, call.before, *reads)
            rows = functools.partial(_calls_of_rows, part, call, kernels)
            yield Piece(part, key, run.steps, rows)
    if dense is not None:
        yield Piece(last, ("outputs",), 1, functools.partial(_outputs_of_sums, dense, last))


def _copy(function: str, part: Op, size: int, times: int) -> Piece:
    return Piece(part, (function, size), times, lambda: [Call(function, (size,))])


def _calls_of_rows(
    part: Op, call: row_schedule.Call, kernels: Mapping[str, Kernel]
) -> Sequence[Call]:
    return calls_of(chain_rows.some_rows(part, call), kernels)[0]


def _products_of_some(dense: FullyConnected, part: Op, count: int) -> Sequence[Call]:
    body = _Recorder(part.kind, _nowhere)
    # Where they lie makes no difference.
    dense.emit_products(part, body, Inputs(_ANYWHERE, 0, count, 0, ""), _ANYWHERE)
    return body.closed()


def _outputs_of_sums(dense: FullyConnected, part: Op) -> Sequence[Call]:
    body = _Recorder(part.kind, _nowhere)
    dense.emit_outputs(part, body, _ANYWHERE)
    return body.closed()


# A pointer that is not the name of a function.
_ANYWHERE = "(memory)"


def _nowhere(a: Value, b: Value) -> bool:
    """Says of two values that they don't lie at the same place."""
    del a, b
    return False
