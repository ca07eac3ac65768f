# SPDX-License-Identifier: Apache-2.0
"""Runs compiled models under sanitizers: as one program that prints checksums of all tensors.

Each model runs in memory of exactly the size that it asks for; and once more where each tensor has
a place of its own, with gaps that nothing may touch: so that reading beside a tensor is found, too.
Then once more where outputs share memory with inputs wherever they may, at the least distance.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import subprocess
import zlib
from collections.abc import Mapping, Sequence

import numpy as np

from aot import emit, interpreter
from aot.compiler import Compiled
from aot.graph import Op, Value
from aot.kernels.registry import INEXACT, INEXACT_SUMS, KERNELS
from aot.testing import compiled_program, tight_plan

FLAGS = (
    "-O0",
    "-g1",
    "-fsanitize=address,undefined,float-cast-overflow",
    "-fno-sanitize-recover=all",
)
_INEXACT = frozenset((*INEXACT, *INEXACT_SUMS))


@dataclasses.dataclass(frozen=True)
class Case:
    """A model, and what to run it on.

    Attributes:
      compiled: the model, with trace.
      inputs: of each run.
    """

    compiled: Compiled
    inputs: Sequence[Sequence[np.ndarray]]


def check(
    cases: Mapping[str, Case],
    folder: pathlib.Path,
    *,
    compiler: str = "",
    flags: Sequence[str] = FLAGS,
) -> list[str]:
    """Runs models under AddressSanitizer and UndefinedBehaviorSanitizer.

    Args:
      cases: by what they are named after.
      folder: where files may be written.
      compiler: of C; default: $CC, or gcc.
      flags: for it.

    Returns:
      What is wrong: the sanitizer's report, or tensors that are not as the specification has them.

    Raises:
      subprocess.CalledProcessError: the C does not compile.
    """
    programs: dict[str, Case] = {}
    gaps: dict[str, list[tuple[int, int]]] = {}
    for name, case in cases.items():
        programs[name], gaps[name] = case, []
        for kind in ("apart", "tight"):
            graph, kernels = case.compiled.graph, case.compiled.kernels
            places = tight_plan.spread(graph, kernels, tight=kind == "tight")
            if kind == "apart" or places.shared:
                other = _placed(case.compiled, f"{name}_{kind}", places)
                programs[f"{name}_{kind}"] = dataclasses.replace(case, compiled=other)
                gaps[f"{name}_{kind}"] = places.gaps
    sources = compiled_program.write_sources({n: c.compiled for n, c in programs.items()}, folder)
    main = folder / "main.c"
    main.write_text(_main(programs, gaps), encoding="utf-8")
    with open(folder / "inputs.bin", "wb") as file:
        for case in programs.values():
            for inputs in case.inputs:
                for values in inputs:
                    file.write(np.ascontiguousarray(values).tobytes())
    program = folder / "sanitized"
    command = [compiler or os.environ.get("CC", "gcc"), "-std=c11", *flags]
    command += [str(main), *map(str, sources), "-o", str(program), "-lm"]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        error.add_note(error.stderr[:4000])
        raise
    result = subprocess.run(
        [str(program), str(folder / "inputs.bin")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"},
    )
    lines = result.stdout.splitlines()
    if result.returncode:
        where = next((line for line in reversed(lines) if line.startswith("model ")), "")
        return [f"{where}: exit code {result.returncode}: {result.stderr[:3000]}"]
    return _compared(programs, lines)


def _placed(compiled: Compiled, name: str, places: tight_plan.Spread) -> Compiled:
    """Emits a model with other places of its values."""
    sources = emit.emit(
        compiled.graph,
        places.plan,
        compiled.kernels,
        name=name,
        header_name=f"{name}.h",
        trace=True,
    )
    return dataclasses.replace(compiled, plan=places.plan, sources=sources)


def _main(programs: Mapping[str, Case], gaps: Mapping[str, Sequence[tuple[int, int]]]) -> str:
    """Writes the program."""
    parts = [
        "#include <sanitizer/asan_interface.h>",
        "#include <stdio.h>",
        "#include <stdlib.h>",
        "#include <string.h>",
        *(f'#include "{name}.h"' for name in programs),
        _SUPPORT,
    ]
    parts += [_runner(name, case, gaps[name]) for name, case in programs.items()]
    calls = "".join(f"  run_{name}(file);\n" for name in programs)
    parts.append(
        "int main(int argc, char **argv) {\n"
        '  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;\n'
        "  if (file == NULL) return 2;\n"
        f"{calls}  return 0;\n}}\n"
    )
    return "\n".join(parts)


_SUPPORT = """
static void trace(void *context, int32_t tensor, const void *data, uint32_t size) {
  (void)context;
  const unsigned char *bytes = data;
  uint32_t crc = 0xFFFFFFFFu;
  for (uint32_t i = 0; i < size; ++i) {
    crc ^= bytes[i];
    for (int k = 0; k < 8; ++k) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0xEDB88320u : 0u);
  }
  printf("%d %08x\\n", (int)tensor, (unsigned)~crc);
}

static void read_input(FILE *file, void *to, size_t size) {
  if (fread(to, 1, size, file) != size) exit(3);
}
"""


def _runner(name: str, case: Case, gaps: Sequence[tuple[int, int]]) -> str:
    """Writes the function that runs a model."""
    graph = case.compiled.graph
    size = f"{name.upper()}_MEMORY_SIZE"
    poison = "".join(f"  ASAN_POISON_MEMORY_REGION(memory + {at}, {n});\n" for at, n in gaps)
    reads = "".join(
        f"    read_input(file, {name}_input_{i}(&model), {value.byte_size});\n"
        for i, value in enumerate(graph.inputs)
    )
    # As if each were a tensor with a number below 0.
    outputs = "".join(
        f"    trace(NULL, {-1 - i}, {name}_output_{i}(&model), {value.byte_size});\n"
        for i, value in enumerate(graph.outputs)
    )
    return (
        f"static void run_{name}(FILE *file) {{\n"
        f'  printf("model {name}\\n");\n'
        "  fflush(stdout);\n"
        f"  unsigned char *memory = malloc({size});\n"
        f"  memset(memory, 0xA5, {size});\n"
        f"  struct {name}_state model;\n"
        f"  {name}_init(&model, memory);\n"
        "  model.trace = trace;\n"
        f"{poison}"
        f"  for (int run = 0; run < {len(case.inputs)}; ++run) {{\n"
        f"{reads}"
        f"    {name}_invoke(&model);\n"
        f"{outputs}"
        "  }\n"
        f"  ASAN_UNPOISON_MEMORY_REGION(memory, {size});\n"
        "  free(memory);\n"
        "}\n"
    )


def _compared(programs: Mapping[str, Case], lines: Sequence[str]) -> list[str]:
    """Compares checksums with those of the specification."""
    left = iter(lines)
    wrong = []
    for name, case in programs.items():
        assert next(left) == f"model {name}"
        graph = case.compiled.graph
        specification = interpreter.Interpreter(graph, KERNELS)
        producers = graph.producers()
        for run, inputs in enumerate(case.inputs):
            expected = specification.run(inputs)
            rows: list[tuple[int, Value, Op | None]] = [
                (v.tensor, v, op) for op in graph.ops for v in op.outputs if v.tensor is not None
            ]
            rows += [(-1 - i, v, producers.get(v)) for i, v in enumerate(graph.outputs)]
            for tensor, value, op in rows:
                number, _, checksum = next(left).partition(" ")
                assert int(number) == tensor
                inexact = op is not None and op.kind in _INEXACT and value.dtype == "float32"
                numbers = expected[value] if value.data is None else value.data
                # What is not a number has several forms.
                inexact |= value.dtype == "float32" and bool(np.isnan(numbers).any())
                data = np.ascontiguousarray(numbers).tobytes()
                if not inexact and int(checksum, 16) != zlib.crc32(data):
                    label = op.label if op is not None else "an input"
                    wrong.append(f"{name}, run {run}: {label}, tensor {tensor} differs")
    return wrong
