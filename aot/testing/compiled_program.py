# SPDX-License-Identifier: Apache-2.0
"""Runs a compiled model on this machine: its C as a shared library."""

from __future__ import annotations

import ctypes
import os
import pathlib
import subprocess
from collections.abc import Mapping, Sequence

import numpy as np

from aot.compiler import Compiled
from aot.graph import Value

# What the emitted C must be clean under.
WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-pedantic", "-Werror")
_TRACE = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_int32, ctypes.POINTER(ctypes.c_uint8), ctypes.c_uint32
)
_PRINT = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p)


def build(
    programs: Mapping[str, Compiled],
    folder: pathlib.Path,
    *,
    compiler: str = "",
    flags: Sequence[str] = ("-O1",),
) -> pathlib.Path:
    """Compiles the C of models into one shared library.

    Args:
      programs: the models, by what they are named after.
      folder: where files may be written.
      compiler: of C; default: $CC, or gcc.
      flags: for it.

    Returns:
      The library.

    Raises:
      subprocess.CalledProcessError: the C does not compile; its stderr has the messages.
    """
    sources = write_sources(programs, folder)
    library = folder / f"{next(iter(programs))}.so"
    command = [compiler or os.environ.get("CC", "gcc"), "-std=c11", *WARNINGS, *flags]
    command += ["-shared", "-fPIC", *map(str, sources), "-o", str(library), "-lm"]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        error.add_note(error.stderr[:4000])
        raise
    return library


def write_sources(programs: Mapping[str, Compiled], folder: pathlib.Path) -> list[pathlib.Path]:
    """Writes the C of models.

    Args:
      programs: the models, by what they are named after.
      folder: where to.

    Returns:
      The sources, without the headers.
    """
    paths = []
    for name, compiled in programs.items():
        (folder / f"{name}.h").write_text(compiled.sources.header, encoding="utf-8")
        paths.append(folder / f"{name}.c")
        paths[-1].write_text(compiled.sources.source, encoding="utf-8")
    return paths


class CompiledProgram:
    """A compiled model, with its own memory."""

    def __init__(
        self,
        compiled: Compiled,
        name: str,
        folder: pathlib.Path,
        *,
        compiler: str = "",
        flags: Sequence[str] = ("-O1",),
        library: pathlib.Path | None = None,
    ) -> None:
        """Compiles the C.

        Args:
          compiled: the model, with trace.
          name: what it is named after.
          folder: where files may be written.
          compiler: of C; default: $CC, or gcc.
          flags: for it.
          library: what `build` has made of it already.

        Raises:
          subprocess.CalledProcessError: the C does not compile; its stderr has the messages.
        """
        if library is None:
            library = build({name: compiled}, folder, compiler=compiler, flags=flags)
        self._graph = compiled.graph
        self._plan = compiled.plan
        self._name = name
        self._library = ctypes.CDLL(str(library))
        size = max(compiled.plan.size, 1)
        # What is beside the memory must stay as it is.
        self._memory = np.full(size + 2 * _GUARD, _FILL, np.uint8)
        start = self._memory.ctypes.data
        self._shift = -start % 16 + _GUARD - 16
        self._size = size
        words = -(-compiled.plan.variables_size // 8)

        fields: list[tuple] = [("memory", ctypes.c_void_p)]
        if words:
            fields.append(("variables", ctypes.c_uint64 * words))
        fields += [("trace", _TRACE), ("trace_context", ctypes.c_void_p)]
        fields += [("print_line", _PRINT), ("print_context", ctypes.c_void_p)]
        fields += [("trace_runs", ctypes.c_uint32)]

        class State(ctypes.Structure):
            _fields_ = fields

        self._traced: dict[int, bytes] = {}
        self._state = State()
        self._function = _TRACE(self._on_trace)
        self._call("init", ctypes.c_void_p(start + self._shift))
        self._state.trace = self._function

    def _on_trace(self, context: object, tensor: int, data: object, size: int) -> None:
        del context
        self._traced[tensor] = ctypes.string_at(data, size)  # type: ignore[arg-type]

    def _call(self, what: str, *more: object) -> None:
        getattr(self._library, f"{self._name}_{what}")(ctypes.byref(self._state), *more)

    def reset(self) -> None:
        """Puts variables back to their first contents."""
        self._call("reset")

    def variable(self, value: Value) -> np.ndarray:
        """Reads a variable."""
        start = self._plan.variables[value]
        content = bytes(self._state.variables)[start : start + value.byte_size]
        return np.frombuffer(content, value.dtype).reshape(value.shape)

    def run(self, inputs: Sequence[np.ndarray]) -> dict[int, np.ndarray]:
        """Runs the model once.

        Args:
          inputs: contents of its inputs.

        Returns:
          The contents of each tensor that was made, by its number.

        Raises:
          AssertionError: it wrote outside of its memory.
        """
        self._traced.clear()
        for i, values in enumerate(inputs):
            function = getattr(self._library, f"{self._name}_input_{i}")
            function.restype = ctypes.c_void_p
            data = np.ascontiguousarray(values).tobytes()
            ctypes.memmove(function(ctypes.byref(self._state)), data, len(data))
        self._call("invoke")
        inside = slice(self._shift, self._shift + self._size)
        outside = np.delete(self._memory, inside)
        assert (outside == _FILL).all(), "the model wrote outside of its memory"
        made = {v.tensor: v for op in self._graph.ops for v in op.outputs}
        return {
            tensor: np.frombuffer(data, made[tensor].dtype).reshape(made[tensor].shape)
            for tensor, data in self._traced.items()
        }

    def outputs(self) -> list[np.ndarray]:
        """Reads the model's outputs after a run."""
        found = []
        for i, value in enumerate(self._graph.outputs):
            function = getattr(self._library, f"{self._name}_output_{i}")
            function.restype = ctypes.c_void_p
            data = ctypes.string_at(function(ctypes.byref(self._state)), value.byte_size)
            found.append(np.frombuffer(data, value.dtype).reshape(value.shape))
        return found


_GUARD = 64
_FILL = 0xA5
