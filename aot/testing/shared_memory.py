# SPDX-License-Identifier: Apache-2.0
"""Runs an operator's C with its output at any distance before its input: both share memory."""

from __future__ import annotations

import ctypes
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np

from aot import emit
from aot.compiler import Compiled
from aot.graph import Graph, Op
from aot.kernels.kernel import Kernel
from aot.plan import Plan
from aot.testing import compiled_program

_ALIGNMENT = 16
# Where the input is in the plan, so that its place can be found in the C.
_MARK = 1 << 30


class SharedMemory:
    """Operators, each a program whose input lies where each run wants it."""

    def __init__(
        self,
        ops: Sequence[Op],
        kernels: Mapping[str, Kernel],
        folder: pathlib.Path,
        *,
        flags: Sequence[str] = ("-O1",),
    ) -> None:
        """Compiles the C.

        Args:
          ops: each has one input that is not constant, the first one, and one output.
          kernels: of all of them.
          folder: where files may be written.
          flags: for the C compiler.

        Raises:
          subprocess.CalledProcessError: the C does not compile.
        """
        self._ops = ops
        self._offsets: list[tuple[int, int]] = []
        programs = {}
        for i, op in enumerate(ops):
            source, output = op.input(0), op.output
            # The input may begin after the output's end, and end before its begin.
            begin = _aligned(source.byte_size)
            scratch = begin + _aligned(output.byte_size) + _aligned(source.byte_size)
            size = scratch + _aligned(kernels[op.kind].scratch_bytes(op))
            plan = Plan({source: _MARK, output: begin}, {op: scratch}, size, {}, 0)
            graph = Graph((op,), (source,), (output,))
            made = emit.emit(graph, plan, kernels, name=f"m{i}", header_name=f"m{i}.h")
            text = made.source.replace(f"memory + {_MARK}", f"memory + m{i}_place")
            include = f'#include "m{i}.h"\n'
            text = text.replace(include, f"{include}int32_t m{i}_place;\n")
            sources = emit.Sources(made.header, text)
            programs[f"m{i}"] = Compiled(graph, plan, sources)
            self._offsets.append((begin, size))
        library = compiled_program.build(programs, folder, flags=flags)
        self._library = ctypes.CDLL(str(library))

    def run(self, number: int, data: np.ndarray, distance: int) -> np.ndarray:
        """Runs an operator once.

        Args:
          number: of the operator.
          data: contents of its input.
          distance: bytes from the output's begin to the input's.

        Returns:
          Its output.
        """
        op, (begin, size) = self._ops[number], self._offsets[number]
        memory = np.full(size + _ALIGNMENT, 0x5A, np.uint8)
        memory = memory[-memory.ctypes.data % _ALIGNMENT :][:size]
        place = begin + distance
        memory[place : place + data.nbytes] = np.ascontiguousarray(data).view(np.uint8).ravel()
        ctypes.c_int32.in_dll(self._library, f"m{number}_place").value = place
        state = ctypes.c_void_p(memory.ctypes.data)
        getattr(self._library, f"m{number}_invoke")(ctypes.byref(state))
        output = memory[begin : begin + op.output.byte_size].copy()
        return output.view(op.output.dtype).reshape(op.output.shape)

    def wrong(self, number: int, inputs: Sequence[np.ndarray], step: int = 1) -> set[int]:
        """Finds the distances at which an operator is not what it is apart from its input.

        Args:
          number: of the operator.
          inputs: contents of its input, of each run.
          step: only distances that are a multiple of so many bytes, and of an element.

        Returns:
          The distances in bytes at which they have something in common.
        """
        op = self._ops[number]
        step = int(np.lcm(step, np.dtype(op.output.dtype).itemsize))
        lowest = -(op.input(0).byte_size // step) * step
        found = set()
        for data in inputs:
            expected = self.run(number, data, op.output.byte_size)
            for distance in range(lowest, op.output.byte_size, step):
                if self.run(number, data, distance).tobytes() != expected.tobytes():
                    found.add(distance)
        return found


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
