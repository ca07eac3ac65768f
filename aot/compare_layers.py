# SPDX-License-Identifier: Apache-2.0
r"""Names the first layer that a program on a chip computes in another way than the specification.

  ./bazelw run //aot:compare_layers -- --model=model.tflite --log=uart.txt
  cat /dev/ttyACM0 | ./bazelw run //aot:compare_layers -- --model=model.tflite --log=- --runs=4

The log is what the program's C, compiled with --trace, prints by print_line; other lines may be in
it. Its inputs are those of <name>_fill_inputs(&model, run), or those that --input gives.

Exit code 0 if all layers that can be compared agree, and stdout has how many these are; 1 if one
differs, which is named on stdout; 2 and one line on stderr for bad flags, a model that can't be
compiled, or a log that can't be compared.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import pathlib
import sys
from collections.abc import Iterator, Sequence
from typing import TextIO

import numpy as np
from absl import flags

from aot import compiler, layer_comparison, seeded_inputs
from aot.graph import Value
from tflite.model import Model, ModelError
from tflite.reader import read_model
from tools import command

_MODEL = command.input_file(
    "model", None, "The .tflite file that the program was compiled of.", required=True
)
_LOG = flags.DEFINE_string("log", None, "What the program printed; - for stdin.", required=True)
_INPUT = command.input_files(
    "input",
    None,
    "Inputs, if the program does not call fill_inputs: .npy, or the bytes as the program has them."
    " A model of several inputs takes a file for each in turn; further files are further runs, and"
    " a file may contain those of several runs.",
)
_SEED = flags.DEFINE_integer(
    "seed",
    0,
    "What the program calls fill_inputs with in run 0; one more in each run.",
    lower_bound=0,
)
_RUNS = flags.DEFINE_integer(
    "runs",
    None,
    "Compare so many runs, and read no further (default: the whole log).",
    lower_bound=1,
)


# No log has longer lines, and no model that fits a chip has more inputs.
_LONGEST_LINE = 1 << 20
_MOST_BYTES = 1 << 28


def _read_input(path: pathlib.Path, value: Value) -> np.ndarray:
    """Reads the contents of one input, for one run or several.

    Args:
      path: the file.
      value: the input.

    Returns:
      An array of shape (runs, *value.shape).
    """
    try:
        if path.suffix == ".npy":
            with open(path, "rb") as file:
                data = np.lib.format.read_array(file, allow_pickle=False)
        else:
            with open(path, "rb") as file:
                data = np.frombuffer(file.read(_MOST_BYTES + 1), np.uint8)
    except OSError as error:
        raise command.CommandError(f"{path}: cannot be read: {error.strerror}") from error
    except (EOFError, MemoryError, OverflowError, SyntaxError, TypeError, ValueError) as error:
        raise command.CommandError(f"{path}: is not a .npy file: write it by numpy.save") from error
    if path.suffix == ".npy":
        if data.dtype != value.dtype:
            raise command.CommandError(
                f"{path}: has {data.dtype}, and the input is {value.dtype}: convert it as the"
                " program does"
            )
        if data.shape not in (value.shape, data.shape[:1] + value.shape):
            raise command.CommandError(
                f"{path}: has the shape {list(data.shape)}, and the input"
                f" {list(value.shape)}: give it so, or with the runs as a first dimension"
            )
        return data if data.ndim > len(value.shape) else data[np.newaxis]
    if data.size > _MOST_BYTES:
        raise command.CommandError(
            f"{path}: has more than {_MOST_BYTES} bytes: give fewer runs, and --runs"
        )
    if not value.byte_size and not data.size:
        return np.zeros((1, *value.shape), value.dtype)
    if not data.size or not value.byte_size or data.size % value.byte_size:
        raise command.CommandError(
            f"{path}: has {data.size} bytes, and the input takes {value.byte_size}: give as"
            " many, or a multiple for several runs"
        )
    return data.view(value.dtype).reshape(-1, *value.shape)


def _inputs(model: Model) -> layer_comparison.Inputs:
    """Makes what gives the inputs of each run, of the flags."""
    values = compiler.specification(model).inputs
    paths = _INPUT.value
    if not paths:
        return lambda run: seeded_inputs.seeded_inputs(values, _SEED.value + run)
    if not values or len(paths) % len(values):
        raise command.CommandError(
            f"--input: {len(paths)} files, and {_MODEL.value} has {len(values)} inputs: give a file"
            " for each in turn"
        )
    runs: list[Sequence[np.ndarray]] = []
    for first in range(0, len(paths), len(values)):
        group = paths[first : first + len(values)]
        arrays = [_read_input(path, value) for path, value in zip(group, values, strict=True)]
        counts = {len(array) for array in arrays}
        if len(counts) > 1:
            raise command.CommandError(
                f"{group[0]}: has {len(arrays[0])} runs, and the files for the other inputs have"
                " another number: give as many for each"
            )
        runs += zip(*arrays, strict=True)

    def of_run(run: int) -> Sequence[np.ndarray]:
        if run >= len(runs):
            raise layer_comparison.LogError(
                f"has run {run}, and --input has {len(runs)} runs: give more, or --runs={len(runs)}"
            )
        return runs[run]

    return of_run


@contextlib.contextmanager
def _opened_log() -> Iterator[TextIO]:
    """Opens the log."""
    if _LOG.value == "-":
        if sys.stdin is None:
            raise command.CommandError("stdin: is closed: give the log by a pipe, or --log=FILE")
        # Line by line, as they come.
        yield io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace", newline="\n")
        return
    if not _LOG.value:
        raise command.CommandError("--log: needs a path, or - for stdin (--help lists the flags)")
    path = command.user_path(_LOG.value)
    with open(path, encoding="utf-8", errors="replace", newline="\n") as file:
        yield file


def _lines(log: TextIO) -> Iterator[str]:
    """Reads a log's lines, with their ends."""
    for number in itertools.count(1):
        line = log.readline(_LONGEST_LINE)
        if not line:
            return
        if len(line) == _LONGEST_LINE and not line.endswith("\n"):
            raise layer_comparison.LogError(
                f"line {number} has no end within {_LONGEST_LINE} characters: give what the program"
                " printed, as text"
            )
        yield line


def main() -> None:
    model = read_model(_MODEL.value)
    inputs = _inputs(model)
    name = "stdin" if _LOG.value == "-" else _LOG.value
    try:
        with _opened_log() as log:
            report = layer_comparison.compare(model, _lines(log), inputs, runs=_RUNS.value)
    except layer_comparison.LogError as error:
        raise command.CommandError(f"{name}: {error}") from error
    except OSError as error:
        raise command.CommandError(
            f"{name}: cannot be read: {error.strerror}: give the file that has what the program"
            " printed by --log"
        ) from error
    print(report)
    if report.difference is not None:
        sys.exit(1)


if __name__ == "__main__":
    command.run(main, ModelError)
