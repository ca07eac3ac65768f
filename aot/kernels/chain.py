# SPDX-License-Identifier: Apache-2.0
"""CHAIN, an operator that a pass makes: several that run by rows, without images between them.

Each of its parts makes some rows at a time, by the functions that make whole images, for some rows
are an image, too. What the next part reads of them is in a buffer; rows that are read again move to
its beginning. No row is made twice. row_schedule.py finds what is made when.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from aot import c_text
from aot.c_text import Body, Constant
from aot.graph import Op, Value
from aot.kernels import chain_rows, row_schedule
from aot.kernels.chain_rows import Run
from aot.kernels.fully_connected import FullyConnected, Inputs
from aot.kernels.kernel import Distance, Kernel
from aot.kernels.row_schedule import Call, Schedule

KIND = "CHAIN"
ROWS = "rows"
_ALIGNMENT = 8
# Names of what is not a value: those of values end with an underscore. The scratch memory, the
# variable of loops, the sums of a dense layer.
_SCRATCH = "scratch"
_STEP = "step"
_SUM = "int32"
_SUMS = "sums"


def chain(parts: Sequence[Op], rows: int) -> Op:
    """Puts operators into one.

    Args:
      parts: operators that `row_schedule.runs_by_rows`, in order; the last one may be one that
        `row_schedule.is_dense`. All others make images that only they read.
      rows: how many rows of the output are made at a time; of a dense layer, how many it reads.

    Returns:
      The operator, which has a schedule.
    """
    made = {op.output for op in parts}
    inputs = dict.fromkeys(v for op in parts for v in op.inputs if v is not None and v not in made)
    return Op(
        KIND,
        tuple(inputs),
        parts[-1].outputs,
        {ROWS: rows},
        parts[-1].index,
        note=", ".join(op.kind for op in parts),
        parts=tuple(parts),
    )


@dataclasses.dataclass
class _Buffer:
    """A piece of the scratch memory; first, last: parts while which it is in use."""

    size: int
    first: int
    last: int
    offset: int = 0


@dataclasses.dataclass(frozen=True)
class _Layout:
    """What is where in the scratch memory."""

    rows: Mapping[Value, int]
    scratch: Mapping[int, int]
    sums: int
    size: int


class Chain(Kernel):
    """Several operators, a few rows at a time."""

    def __init__(self, kernels: Mapping[str, Kernel]) -> None:
        """Makes the kernel.

        Args:
          kernels: those of the parts.
        """
        self._kernels = kernels
        # They are asked for often, and take time.
        self._distances: weakref.WeakKeyDictionary[Op, Mapping[int, Distance]]
        self._distances = weakref.WeakKeyDictionary()
        self._schedules: weakref.WeakKeyDictionary[Op, Schedule] = weakref.WeakKeyDictionary()
        self._scratches: weakref.WeakKeyDictionary[Op, dict[tuple[int, ...], int]]
        self._scratches = weakref.WeakKeyDictionary()

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel. Models that ask for it don't exist."""
        del op
        yield "is made by the compiler alone"

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        known = {v: data for v, data in zip(op.inputs, inputs, strict=True) if v is not None}
        for part in op.parts:
            given = [None if v is None else known[v] for v in part.inputs]
            (known[part.output],) = self._kernels[part.kind].evaluate(part, given)
        made = known[op.output]
        assert made is not None
        return [made]

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        plan = self.schedule(op)
        yield f"{op.note}, {op.option(ROWS)} rows at a time"
        for part in op.parts:
            said = "; ".join(self._kernels[part.kind].explain(part))
            rows = plan.rows.get(part.output)
            kept = f" in a buffer of {rows} rows" if rows else ""
            yield f"[{part.label}{kept}{': ' + said if said else ''}]"

    def in_place_of(self, op: Op) -> Mapping[str, tuple[Op, ...]]:
        """See Kernel."""
        return {"of whole images": op.parts}

    def schedule(self, op: Op) -> Schedule:
        """Finds when which rows are made."""
        found = self._schedules.get(op)
        if found is None:
            found = row_schedule.schedule(op.parts, op.option(ROWS))
            assert found is not None
            self._schedules[op] = found
        return found

    def scratch_bytes(self, op: Op) -> int:
        """See Kernel."""
        return self._layout(op).size

    def may_share(self, op: Op) -> tuple[int, ...]:
        """See Kernel."""
        size = np.dtype(op.output.dtype).itemsize
        found = self.distances(op)
        return tuple(
            i
            for i, value in enumerate(op.inputs)
            if i in found and found[i].least <= 0 and _itemsize(value) == size
        )

    def distances(self, op: Op) -> Mapping[int, Distance]:
        """See Kernel."""
        if op not in self._distances:
            self._distances[op] = {
                i: self._distance(op, value)
                for i, value in enumerate(op.inputs)
                if value is not None and not value.is_constant
            }
        return self._distances[op]

    def _distance(self, op: Op, value: Value) -> Distance:
        """Finds how far before an input the output may begin."""
        if _is_dense(op.parts[-1]):
            # It writes when all is read.
            return Distance(-value.byte_size)
        out_line, line = _line_bytes(op.output), _line_bytes(value)
        least, step, written = -value.byte_size, 1, 0
        for call in (call for one in self.schedule(op).steps for call in one.calls):
            part = op.parts[call.part]
            makes_output = part.output is op.output
            for i, read in enumerate(call.reads):
                if read.value is not value:
                    continue
                start = read.first * line
                # What was written before must not be what is read.
                least = max(least, written - start)
                if not makes_output:
                    continue
                # How far the rows are apart if both images begin at the same place.
                apart = start - call.first * out_line
                rows = chain_rows.some_rows(part, call)
                at_once = self._kernels[part.kind].distances(rows).get(_place_of(rows, i))
                if at_once is None or apart % at_once.step:
                    at_once = Distance((call.end - call.first) * out_line)
                least = max(least, at_once.least - apart)
                step = math.lcm(step, at_once.step)
            if makes_output:
                written = call.end * out_line
        return Distance(least, step)

    def _layout(self, op: Op) -> _Layout:
        """Places buffers, and what the parts need while they run."""
        plan = self.schedule(op)
        last = len(op.parts) - 1
        buffers: dict[Value, _Buffer] = {}
        for i, part in enumerate(op.parts[:-1]):
            value = part.output
            size = plan.rows[value] * _line_bytes(value)
            users = [j for j, other in enumerate(op.parts) if value in other.inputs]
            whole = value in plan.kept
            buffers[value] = _Buffer(size, 0 if whole else i, last if whole else max(users))
        needed: dict[int, int] = {}
        for step in plan.steps:
            for call in step.calls:
                if _is_dense(op.parts[call.part]):
                    continue
                needed[call.part] = max(needed.get(call.part, 0), self._scratch(op, call))
        scratch = {i: _Buffer(size, i, i) for i, size in needed.items() if size}
        sums = _Buffer(0, 0, last)
        if _is_dense(op.parts[-1]):
            sums.size = op.output.size * np.dtype(_SUM).itemsize
        size = _place([*buffers.values(), *scratch.values(), sums])
        return _Layout(
            {value: buffer.offset for value, buffer in buffers.items()},
            {i: buffer.offset for i, buffer in scratch.items()},
            sums.offset,
            size,
        )

    def _scratch(self, op: Op, call: Call) -> int:
        part = op.parts[call.part]
        known = self._scratches.setdefault(part, {})
        key = (call.end - call.first, call.before, *(read.end - read.first for read in call.reads))
        if key not in known:
            known[key] = self._kernels[part.kind].scratch_bytes(chain_rows.some_rows(part, call))
        return known[key]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        layout = self._layout(op)
        names: dict[Value, str] = {}
        body.lines.append(f"unsigned char *const {_SCRATCH} = (unsigned char *){body.scratch};")
        for value, rows in self.schedule(op).rows.items():
            names[value] = f"rows_{len(names)}"
            kind = c_text.c_type(value.dtype)
            body.lines += [
                f"/* {rows} {'row' if rows == 1 else 'rows'} of {_described(value)} */",
                f"{kind} *const {names[value]} = ({kind} *){_place_in(layout.rows[value])};",
            ]
        dense = op.parts[-1]
        sums = f"({c_text.c_type(_SUM)} *){_place_in(layout.sums)}"
        if _is_dense(dense):
            first_sums = self._dense(dense).first_sums(dense)
            body.lines += [
                f"{c_text.c_type(_SUM)} *const {_SUMS} = {sums};",
                f"memcpy({_SUMS}, {body.argument(Constant('sums', first_sums))},"
                f" {first_sums.nbytes});",
            ]
        end = 0
        for run in chain_rows.runs(op, self.schedule(op)):
            lines = self._step(op, run, layout, names, body)
            first, end = end, end + run.steps
            steps = f"step {first}" if run.steps == 1 else f"steps {first} to {end - 1}"
            body.lines.append(f"/* {steps} */")
            if run.steps > 1:
                body.lines.append(f"for (int32_t {_STEP} = 0; {_STEP} < {run.steps}; ++{_STEP}) {{")
                lines = [*(f"  {line}" for line in lines), "}"]
            body.lines += lines
        if _is_dense(dense):
            self._dense(dense).emit_outputs(dense, body, _SUMS)

    def _dense(self, part: Op) -> FullyConnected:
        kernel = self._kernels[part.kind]
        assert isinstance(kernel, FullyConnected)
        return kernel

    def _step(
        self, op: Op, run: Run, layout: _Layout, names: Mapping[Value, str], body: Body
    ) -> list[str]:
        """Writes what is done in each step of a run."""
        lines = []
        for move in run.first.moves:
            body.use("move_rows")
            line = _line_bytes(move.value)
            lines.append(
                f"move_rows({move.kept * line}, {move.dropped * line}, {names[move.value]});"
            )
        places = iter(zip(run.places, run.moves or (0,) * len(run.places), strict=True))
        for call in run.first.calls:
            part = op.parts[call.part]
            if _is_dense(part):
                (read,) = call.reads
                row, moved = next(places)
                line = math.prod(read.value.shape[2:])
                some = Inputs(
                    _moved(names[read.value], read.place * line, 0),
                    row * line,
                    (call.end - call.first) * line,
                    moved * line,
                    _STEP,
                )
                inner = _body(part, body, body.pointer, body.scratch)
                self._dense(part).emit_products(part, inner, some, _SUMS)
                lines += inner.lines
                continue
            rows = chain_rows.some_rows(part, call)
            texts: dict[Value, str] = {}
            ends = zip(
                (*row_schedule.activations(rows), rows.output),
                (*(read.value for read in call.reads), part.output),
                (*(read.place for read in call.reads), call.place),
                strict=True,
            )
            for strip, value, place in ends:
                line = math.prod(value.shape[2:])
                if value in names:
                    texts[strip] = _moved(names[value], place * line, 0)
                else:
                    place, moved = next(places)
                    texts[strip] = _moved(body.pointer(value), place * line, moved * line)
            pointer = functools.partial(_pointer, texts, body)
            scratch = _place_in(layout.scratch.get(call.part, 0))
            inner = _body(part, body, pointer, scratch, functools.partial(_same_place, texts))
            self._kernels[part.kind].emit(rows, inner)
            if len(inner.lines) > 1:
                lines += ["{", *(f"  {line}" for line in inner.lines), "}"]
            else:
                lines += inner.lines
        return lines


def _body(
    part: Op,
    body: Body,
    pointer: Callable[[Value], str],
    scratch: str,
    same_place: Callable[[Value, Value], bool] = lambda a, b: False,
) -> Body:
    """Begins the C of a part, which goes into that of the chain."""
    layer = c_text.identifier(part.output.name).rstrip("_")
    return Body(layer, pointer, scratch, body.define, same_place, body.headers)


def _place(buffers: Sequence[_Buffer]) -> int:
    """Places buffers, the largest first, each in the first gap; gives the memory's size."""
    placed: list[_Buffer] = []
    for buffer in sorted(buffers, key=lambda b: -b.size):
        buffer.offset = 0
        for other in sorted(placed, key=lambda b: b.offset):
            if other.last < buffer.first or buffer.last < other.first:
                continue
            if other.offset >= buffer.offset + buffer.size:
                break
            end = -(-(other.offset + other.size) // _ALIGNMENT) * _ALIGNMENT
            buffer.offset = max(buffer.offset, end)
        placed.append(buffer)
    return max((b.offset + b.size for b in placed), default=0)


def _place_of(rows: Op, activation: int) -> int:
    """Finds the number of an input by its place among those that are not constant."""
    places = [i for i, v in enumerate(rows.inputs) if v is not None and not v.is_constant]
    return places[activation]


def _itemsize(value: Value | None) -> int:
    return 0 if value is None else np.dtype(value.dtype).itemsize


def _is_dense(part: Op) -> bool:
    """Whether it adds up products: no other dense layer is in a chain."""
    return part.kind == "FULLY_CONNECTED"


def _line_bytes(value: Value) -> int:
    return math.prod(value.shape[2:]) * np.dtype(value.dtype).itemsize


def _described(value: Value) -> str:
    shape = ",".join(map(str, value.shape))
    return f"{c_text.identifier(value.name).rstrip('_')}, {value.dtype}[{shape}]"


def _pointer(texts: Mapping[Value, str], body: Body, value: Value) -> str:
    """Writes what points to rows, or to a constant."""
    return texts[value] if value in texts else body.pointer(value)


def _same_place(texts: Mapping[Value, str], a: Value, b: Value) -> bool:
    return a in texts and texts[a] == texts.get(b)


def _place_in(offset: int) -> str:
    """Writes the address of a byte of the scratch memory."""
    return f"(void *)({_SCRATCH} + {offset})" if offset else f"(void *){_SCRATCH}"


def _moved(pointer: str, offset: int, step: int) -> str:
    """Writes a pointer to an element that each step of a loop moves on."""
    text = pointer
    text += f" + {offset}" if offset else ""
    text += f" + {_STEP} * {step}" if step else ""
    return text if text == pointer else f"({text})"
