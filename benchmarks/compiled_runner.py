# SPDX-License-Identifier: Apache-2.0
"""Times models compiled to C, each as a shared library that times itself."""

from __future__ import annotations

import ctypes
import os
import pathlib
import subprocess
from collections.abc import Mapping, Sequence

import numpy as np

from aot import compiler
from aot.targets import PORTABLE, X86_64
from tflite.model import Model
from tools import command

# As tflite_aot_library compiles it.
_FLAGS = ("-std=gnu11", "-O2", "-ffp-contract=off", "-shared", "-fPIC")

_TIMES = """\
#include <time.h>

#include "model.h"

static struct model_state state;
static _Alignas(64) unsigned char memory[MODEL_MEMORY_SIZE];
void *first_input(void);
const void *first_output(void);
double seconds_of(int runs);
int level(void);

void *first_input(void) {
  model_init(&state, memory);
  return model_input_0(&state);
}

const void *first_output(void) { return model_output_0(&state); }

double seconds_of(int runs) {
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (int i = 0; i < runs; ++i) model_invoke(&state);
  clock_gettime(CLOCK_MONOTONIC, &end);
  return (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
}
"""
# x86_level() is in the emitted C of that target.
_LEVEL = "int level(void);\nint level(void) { return (int)x86_level(); }\n"

VARIANTS: Mapping[str, tuple[str, int]] = {
    "c": (PORTABLE, 0),
    "x86_c": (X86_64, 0),
    "avx2": (X86_64, 1),
    "vnni": (X86_64, 2),
}
"""What the C is for, and the highest level of instructions: see aot/runtime/x86.h."""


class CompiledModel:
    """A compiled model. Its input stays as it is if the C does not use its memory for other things:
    then it is zeros or what a layer left, which makes no difference to the time.
    """

    def __init__(self, model: Model, variant: str, folder: pathlib.Path) -> None:
        """Compiles a model of one input and one output of int8.

        Args:
          model: the model.
          variant: one of VARIANTS.
          folder: where files may be written.

        Raises:
          command.CommandError: the C does not compile.
        """
        target, level = VARIANTS[variant]
        made = compiler.compile_model(model, name="model", target=target)
        folder.mkdir()
        (folder / "model.h").write_text(made.sources.header, encoding="utf-8")
        source = made.sources.source
        self._asks = "x86_level(void)" in source
        source += _LEVEL if self._asks else ""
        (folder / "model.c").write_text(source, encoding="utf-8")
        (folder / "times.c").write_text(_TIMES, encoding="utf-8")
        library = folder / "model.so"
        call = [c_compiler(), *_FLAGS, f"-DAOT_X86_LEVEL={level}", "-I", str(folder)]
        call += [str(folder / "model.c"), str(folder / "times.c"), "-o", str(library), "-lm"]
        result = subprocess.run(call, capture_output=True, text=True, check=False)
        if result.returncode:
            raise command.CommandError(f"the C does not compile: {result.stderr[:500]}")
        self._library = ctypes.CDLL(str(library))
        self._library.first_input.restype = ctypes.c_void_p
        self._library.first_output.restype = ctypes.c_void_p
        self._library.seconds_of.restype = ctypes.c_double
        self._size = made.graph.outputs[0].byte_size
        self._wanted = level

    @property
    def is_used(self) -> bool:
        """Whether the CPU has the level, so that these instructions are what is timed."""
        return not self._asks or int(self._library.level()) == self._wanted

    def run(self, values: np.ndarray) -> np.ndarray:
        """Runs the model once.

        Args:
          values: the input, int8.

        Returns:
          The output, int8, in one dimension.
        """
        content = values.tobytes()
        ctypes.memmove(self._library.first_input(), content, len(content))
        self._library.seconds_of(1)
        return np.frombuffer(ctypes.string_at(self._library.first_output(), self._size), np.int8)

    def seconds(self, count: int) -> float:
        """Runs so many inferences: a `rounds.Batch`."""
        return float(self._library.seconds_of(count))


def c_compiler() -> str:
    """Names the C compiler: $CC, or gcc."""
    return os.environ.get("CC", "gcc")


def machine() -> Sequence[str]:
    """Describes what is measured on: lines with the CPU and the compiler."""
    cpu = "unknown CPU"
    info = pathlib.Path("/proc/cpuinfo")
    if info.exists():
        fields = (line.partition(":") for line in info.read_text(encoding="utf-8").splitlines())
        named = {key.strip(): value.strip() for key, _, value in fields}
        family = " ".join(named.get(key, "?") for key in ("cpu family", "model", "stepping"))
        cpu = f"{named.get('model name', cpu)} (family, model, stepping: {family})"
    result = subprocess.run(
        [c_compiler(), "--version"], capture_output=True, text=True, check=False
    )
    version = (result.stdout.splitlines() or ["unknown"])[0]
    return f"CPU: {cpu}", f"C compiler: {version}, flags {' '.join(_FLAGS[1:3])}"
