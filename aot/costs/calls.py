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
from collections.abc import Callable, Iterator, Mapping

from aot.c_text import Argument, Body, Constant, Struct
from aot.graph import Op, Value
from aot.kernels import chain_rows
from aot.kernels.chain import Chain
from aot.kernels.kernel import Kernel

_RUNTIME = pathlib.Path(__file__).resolve().parents[1] / "runtime"
LIBRARY = ("memcpy", "memset")
"""Functions that the C library has."""

_MEMORY = re.compile(r"(memset|memcpy)\(.*, (\d+)\);")
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

    def _forget(self) -> None:
        self.lines.clear()
        self.headers.clear()

    def close(self) -> None:
        """Makes a call of statements that are not one."""
        found = [_MEMORY.fullmatch(line.strip()) for line in self.lines]
        self.calls += [Call(one[1], (int(one[2]),)) for one in found if one]
        self.lines = [line for line, one in zip(self.lines, found, strict=True) if not one]
        if self.lines:
            sizes = tuple(int(size) for line in self.lines for size in _LOOP.findall(line))
            # A function of a row of elements has their number as its first argument.
            last = next(line for line in reversed(self.lines) if line.strip() != "}").strip()
            row = re.match(r"\w+\((\d+), ", last)
            function = ":".join([self.kind, *self.headers])
            self.calls.append(Call(function, (int(row[1]) if row else 1,), sizes))
        self._forget()


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
    body.close()
    made = tuple(_calls_of_chain(op, kernel, kernels)) if isinstance(kernel, Chain) else body.calls
    return tuple(made), tuple(body.constants)


def _calls_of_chain(op: Op, chain: Chain, kernels: Mapping[str, Kernel]) -> Iterator[Call]:
    """Lists what the parts of a chain call for the rows of each step."""
    for run in chain_rows.runs(op, chain.schedule(op)):
        for move in run.first.moves:
            size = move.kept * math.prod(move.value.shape[2:])
            yield Call("memcpy", (size,), times=run.steps)
        for call in run.first.calls:
            part = op.parts[call.part]
            if part.kind == "FULLY_CONNECTED":
                # It adds up its sums by functions that were not measured.
                yield Call(f"{op.kind}:{part.kind}", times=run.steps)
                continue
            for one in calls_of(chain_rows.some_rows(part, call), kernels)[0]:
                yield dataclasses.replace(one, times=run.steps)
