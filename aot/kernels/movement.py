# SPDX-License-Identifier: Apache-2.0
"""Operators that only move elements: as pairs of numpy views, of which C's strides are taken."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from aot.c_text import Body, Struct
from aot.graph import Op, Value
from aot.kernels.kernel import Kernel

# What the runtime's copy_nd has.
_MAX_LOOPS = 5

Arrays = Mapping[Value, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Move:
    """Elements that are copied from one place to another.

    Attributes:
      source: what is read.
      read: a view of the source's array.
      destination: what is written; may be the source, where the two views don't overlap.
      written: a view of the destination's array, of the same shape.
    """

    source: Value
    read: np.ndarray
    destination: Value
    written: np.ndarray


@dataclasses.dataclass(frozen=True)
class Layout:
    """A move as loops over runs of bytes.

    Attributes:
      run: bytes that are contiguous on both sides.
      counts: of the loops around it, ascending, the outermost first; none if the run is all there
        is.
      read_steps: of each loop, in bytes.
      write_steps: of each loop, in bytes.
      read_start: of the first run, in bytes.
      write_start: of the first run, in bytes.
    """

    run: int
    counts: tuple[int, ...]
    read_steps: tuple[int, ...]
    write_steps: tuple[int, ...]
    read_start: int
    write_start: int


def filled(destination: Value, written: np.ndarray, number: int) -> Move:
    """Makes a move that fills a place.

    Args:
      destination: what is written.
      written: a view of its array.
      number: what each element becomes.

    Returns:
      The move, whose source is a new constant.
    """
    data = np.array(number, destination.dtype)
    source = Value("filling", (), destination.dtype, data=data)
    return Move(source, np.broadcast_to(data, written.shape), destination, written)


def consecutive(array: np.ndarray, axis: int, lengths: Sequence[int]) -> Iterator[np.ndarray]:
    """Cuts an array.

    Args:
      array: any shape.
      axis: the dimension that is cut.
      lengths: of the parts, one after the other.

    Yields:
      Views of the parts.
    """
    start = 0
    for length in lengths:
        yield array[(slice(None),) * axis + (slice(start, start + length),)]
        start += length


def placeholder(value: Value) -> np.ndarray:
    """Makes an array for its addresses alone: no element of it may be touched."""
    itemsize = np.dtype(value.dtype).itemsize
    strides = [
        itemsize * int(np.prod(value.shape[i + 1 :], dtype=np.int64))
        for i in range(len(value.shape))
    ]
    return np.lib.stride_tricks.as_strided(np.empty(1, value.dtype), value.shape, strides)


def placeholders(op: Op) -> Arrays:
    """Makes an array for each value of an operator: see `placeholder`."""
    return {v: placeholder(v) for v in (*op.inputs, *op.outputs) if v is not None}


def layout(move: Move, arrays: Arrays) -> Layout:
    """Finds the loops of a move.

    Args:
      move: the move.
      arrays: what its views are of; a made constant is its own.

    Returns:
      As few loops as there are when neighbours are joined.
    """
    read, written = move.read, move.written
    assert read.shape == written.shape and read.dtype == written.dtype
    loops = [
        (count, read_step, write_step)
        for count, read_step, write_step in zip(
            read.shape, read.strides, written.strides, strict=True
        )
        if count != 1
    ]
    # What is written comes in the order of memory, so that neighbours can be joined.
    loops.sort(key=lambda loop: -abs(loop[2]))
    joined: list[tuple[int, int, int]] = []
    for count, read_step, write_step in loops:
        if joined:
            outer = joined[-1]
            if outer[1:] == (count * read_step, count * write_step):
                joined[-1] = (outer[0] * count, read_step, write_step)
                continue
        joined.append((count, read_step, write_step))
    run = read.itemsize
    if joined and joined[-1][1:] == (run, run):
        run *= joined.pop()[0]
    # The innermost loop has the least to compute, so that it is the longest one.
    joined.sort(key=lambda loop: loop[0])
    counts, read_steps, write_steps = zip(*joined, strict=True) if joined else ((), (), ())
    return Layout(
        run,
        counts,
        read_steps,
        write_steps,
        _address(read) - _address(arrays.get(move.source, move.source.data)),
        _address(written) - _address(arrays[move.destination]),
    )


def _address(array: np.ndarray | None) -> int:
    assert array is not None
    return array.__array_interface__["data"][0]


def check_moves(moves: Iterator[Move], arrays: Arrays) -> Iterator[str]:
    """Checks that the runtime has enough loops: yields reasons why not."""
    if any(len(layout(move, arrays).counts) > _MAX_LOOPS for move in moves):
        yield f"moves elements in more than {_MAX_LOOPS} dimensions: not supported"


def emit_move(body: Body, move: Move, arrays: Arrays, offset: str = "") -> None:
    """Writes the C of a move.

    Args:
      body: where to write.
      move: the move.
      arrays: what its views are of.
      offset: C of bytes by which everything is written farther on; "" for none.
    """
    loops = layout(move, arrays)
    itemsize = move.written.itemsize
    stays = not loops.counts and not offset and loops.read_start == loops.write_start
    if stays and body.same_place(move.source, move.destination):
        return
    target = _place(body, move.destination, loops.write_start // itemsize)
    if offset:
        target = f"(unsigned char *){target} + {offset}"
    byte = _repeated_byte(move, loops.read_start // itemsize)
    if byte is not None and loops.write_steps in ((), (itemsize,)):
        size = loops.run * int(np.prod(loops.counts, dtype=np.int64))
        body.lines.append(f"memset({target}, {byte}, {size});")
        return
    origin = _place(body, move.source, loops.read_start // itemsize)
    if not loops.counts:
        body.lines.append(f"memcpy({target}, {origin}, {loops.run});")
    elif len(loops.counts) == 1:
        body.call(
            "copy_rows",
            loops.counts[0],
            loops.run,
            origin,
            loops.read_steps[0],
            target,
            loops.write_steps[0],
        )
    else:
        missing = _MAX_LOOPS - len(loops.counts)
        shape = Struct(
            "copy_nd",
            {
                "run": loops.run,
                "counts": (1,) * missing + loops.counts,
                "in_steps": (0,) * missing + loops.read_steps,
                "out_steps": (0,) * missing + loops.write_steps,
            },
        )
        body.call("copy_nd", shape, origin, target)


def _place(body: Body, value: Value, element: int) -> str:
    pointer = body.pointer(value)
    return f"{pointer} + {element}" if element else pointer


def _repeated_byte(move: Move, element: int) -> int | None:
    """Finds the byte of which all that is read consists; None if there is none."""
    if move.source.data is None or any(move.read.strides):
        return None
    found = set(move.source.data.ravel()[element].tobytes())
    return found.pop() if len(found) == 1 else None


class Movement(Kernel):
    """An operator that only moves elements."""

    @abc.abstractmethod
    def moves(self, op: Op, arrays: Arrays) -> Iterator[Move]:
        """Lists what moves, in order; together they write each element of the outputs.

        Args:
          op: a use without problems.
          arrays: one for each value of it. Nothing but views may be made of them.
        """

    def check_loops(self, op: Op) -> Iterator[str]:
        """The last check of `problems`: yields reasons why not."""
        arrays = placeholders(op)
        yield from check_moves(self.moves(op, arrays), arrays)

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        arrays = {
            v: a for v, a in zip(op.inputs, inputs, strict=True) if v is not None and a is not None
        }
        arrays |= {v: np.empty(v.shape, v.dtype) for v in op.outputs}
        for move in self.moves(op, arrays):
            move.written[...] = move.read
        return [arrays[v] for v in op.outputs]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        arrays = placeholders(op)
        for move in self.moves(op, arrays):
            emit_move(body, move, arrays)

    def may_share(self, op: Op) -> tuple[int, ...]:
        """See Kernel: what is just the beginning of an input stays where it is."""
        arrays = placeholders(op)
        found = [move for move in self.moves(op, arrays) if move.destination is op.output]
        if len(found) != 1 or found[0].source not in op.inputs:
            return ()
        loops = layout(found[0], arrays)
        whole = not loops.counts and loops.read_start == loops.write_start == 0
        return (op.inputs.index(found[0].source),) if whole else ()
