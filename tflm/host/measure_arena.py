# SPDX-License-Identifier: Apache-2.0
r"""Finds the smallest arena that a model works with, and what uses it.

It has a program of the rule tflm_arena run the model through to its correct output with one arena
after another, in steps of 16 bytes, and prints the smallest one that works; or writes it as a C++
header and as JSON. For a target of this repository or of yours:

  bazel run //micro:measure_arena

Exit code: 0; 2 for bad usage or files that can't be read or written; 1 if the measurement fails.
"""

from __future__ import annotations

import json
import pathlib
import sys

from absl import flags

from codegen import cpp_header
from tflm import arena_header
from tflm.host import arena_measurement
from tflm.trial_program import ARENA_STEP
from tools import command

_PROGRAM = command.input_file(
    "program", None, "The program that tries arenas for the model.", required=True
)
_EMULATOR = command.input_file("emulator", None, "The emulator that runs it, if it needs one.")
_EMULATOR_ARGS = flags.DEFINE_multi_string(
    "emulator_arg", [], "The emulator's arguments, before -kernel and the program."
)
_ARGUMENT_FLAG = flags.DEFINE_string(
    "argument_flag", "", "The emulator's flag by which the program gets an argument."
)
_ARGUMENT_PREFIX = flags.DEFINE_string(
    "argument_prefix", "", "What stands before the argument in that flag's value."
)
_LABEL = flags.DEFINE_string("label", "", "The target's label, for messages and the banner.")
_JSON = command.output_file("json", None, "The report to write, instead of printing it.")
_HEADER = command.output_file("header", None, "The C++ header with the size to write.")
_HEADER_PATH = flags.DEFINE_string(
    "header_path", None, "The header's path in #include directives (default: its file name)."
)
_SYMBOL = flags.DEFINE_string("symbol", "model", "What the size is named after, snake_case.")
_NAMESPACE = flags.DEFINE_string("namespace", "model", "The C++ namespace of the size.")
_CHECK = command.input_file(
    "check", None, "Instead: whether this report's size works, and 16 bytes less fail."
)


def _reported_size(path: pathlib.Path) -> int:
    try:
        size = json.loads(path.read_bytes())["arena_size"]
    except OSError as error:
        raise command.CommandError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError):
        size = 0
    if not isinstance(size, int) or size <= 0 or size % ARENA_STEP:
        raise command.CommandError(f"{path}: has no usable arena_size: give a report of tflm_arena")
    return size


def main() -> None:
    cpp_header.check_names(_SYMBOL.value, _NAMESPACE.value)
    size = _reported_size(_CHECK.value) if _CHECK.value else 0
    try:
        program = [str(_PROGRAM.value.absolute())]
        if _EMULATOR.value:
            emulator = str(_EMULATOR.value.absolute())
            program = [emulator, *_EMULATOR_ARGS.value, "-kernel", *program, _ARGUMENT_FLAG.value]
        trials = arena_measurement.Trials(program, _ARGUMENT_PREFIX.value, str(_PROGRAM.value))
        if size:
            arena_measurement.check(trials, size, print)
            return
        report = arena_measurement.measure(trials)
    except arena_measurement.MeasurementError as error:
        print(f"measure_arena: {_LABEL.value or _PROGRAM.value}: {error}", file=sys.stderr)
        sys.exit(1)
    files: dict[str | pathlib.Path, bytes | str] = {}
    if _JSON.value:
        files[_JSON.value] = command.json_text(report)
    if _HEADER.value:
        files[_HEADER.value] = arena_header.render(
            report,
            label=_LABEL.value or str(_PROGRAM.value),
            symbol=_SYMBOL.value,
            namespace=_NAMESPACE.value,
            header_path=_HEADER_PATH.value or _HEADER.value.name,
        )
    command.write_files(files)
    # In a build, which wants only the files, it says nothing.
    if not files:
        print(arena_measurement.table(report), end="")


if __name__ == "__main__":
    command.run(main, cpp_header.InvalidNameError)
