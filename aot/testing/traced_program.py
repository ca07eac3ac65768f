# SPDX-License-Identifier: Apache-2.0
"""Runs a traced model on this machine: a program that prints checksums, as one on a chip does."""

from __future__ import annotations

import os
import pathlib
import subprocess
from collections.abc import Callable, Sequence

import numpy as np

from aot import compiler
from aot.testing.compiled_program import WARNINGS
from tflite.model import Model

_MAIN = """
#include <stdio.h>
#include <stdlib.h>

#include "{name}.h"

static void print_line(void *context, const char *line) {{
  fputs(line, (FILE *)context);
}}

static struct {name}_state model;
static _Alignas({upper}_MEMORY_ALIGNMENT) unsigned char memory[{upper}_MEMORY_SIZE];

int main(int argc, char **argv) {{
  FILE *const file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  puts("begins");
  {name}_init(&model, memory);
  model.print_line = print_line;
  model.print_context = stdout;
  for (uint32_t run = 0; run < {runs}; ++run) {{
    if (file == NULL) {name}_fill_inputs(&model, run);
{reads}    {name}_invoke(&model);
    if (run == {reset}) {name}_reset(&model);
  }}
  puts("ends");
  return 0;
}}
"""


def log(
    model: Model,
    folder: pathlib.Path,
    *,
    runs: int = 3,
    reset: int = -1,
    inputs: Sequence[Sequence[np.ndarray]] = (),
    edit: Callable[[str], str] = lambda source: source,
    passes: bool = True,
    disabled: Sequence[str] = (),
    flags: Sequence[str] = ("-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
) -> str:
    """Compiles a model with trace, runs it, and gives what it prints.

    Args:
      model: the model.
      folder: where files may be written.
      runs: how many inferences, if there are no inputs.
      reset: after which run it is reset.
      inputs: of each run; none for those that the program makes of the run's number.
      edit: changes the C source.
      passes: run the compiler's passes.
      disabled: those that are left out.
      flags: for the C compiler.

    Returns:
      The trace, and lines before and after it.

    Raises:
      subprocess.CalledProcessError: the C does not compile, or the program fails.
    """
    name = "traced"
    compiled = compiler.compile_model(
        model, name=name, trace=True, passes=passes, disabled=disabled
    )
    (folder / f"{name}.h").write_text(compiled.sources.header, encoding="utf-8")
    (folder / f"{name}.c").write_text(edit(compiled.sources.source), encoding="utf-8")
    reads = "".join(
        f"    if (file != NULL && fread({name}_input_{i}(&model), 1, {value.byte_size}, file) !="
        f" {value.byte_size}) return 3;\n"
        for i, value in enumerate(compiled.graph.inputs)
    )
    (folder / "main.c").write_text(
        _MAIN.format(
            name=name,
            upper=name.upper(),
            reads=reads,
            reset=f"{reset}u" if reset >= 0 else "UINT32_MAX",
            runs=len(inputs) or runs,
        ),
        encoding="utf-8",
    )
    command = [os.environ.get("CC", "gcc"), "-std=c11", *WARNINGS, *flags]
    command += [str(folder / "main.c"), str(folder / f"{name}.c"), "-o", str(folder / name), "-lm"]
    arguments = []
    if inputs:
        arguments = [str(folder / "inputs.bin")]
        data = b"".join(np.ascontiguousarray(a).tobytes() for run in inputs for a in run)
        (folder / "inputs.bin").write_bytes(data)
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
        return subprocess.run(
            [str(folder / name), *arguments],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"},
        ).stdout
    except subprocess.CalledProcessError as error:
        error.add_note(error.stderr[:4000])
        raise
