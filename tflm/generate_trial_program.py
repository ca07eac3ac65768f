# SPDX-License-Identifier: Apache-2.0
r"""Writes the main() of the program that tries arenas for a model. The rule tflm_arena runs it.

Exit code 2 and one line on stderr for bad flags, files that can't be read, or an output that can't
be written.
"""

from __future__ import annotations

import pathlib

from absl import flags

from codegen import c_array, cpp_header
from tflm import trial_program, verdict
from tools import command

_LABEL = flags.DEFINE_string("label", None, "The target's label, for the banner.", required=True)
_ARRAY = flags.DEFINE_string("array", None, "The array's name, snake_case.", required=True)
_ARRAY_INCLUDE = flags.DEFINE_string("array_include", None, "Its header.", required=True)
_ARRAY_NAMESPACE = flags.DEFINE_string("array_namespace", None, "Its namespace.", required=True)
_RESOLVER = flags.DEFINE_string("resolver", None, "The resolver's name.", required=True)
_RESOLVER_INCLUDE = flags.DEFINE_string("resolver_include", None, "Its header.", required=True)
_RESOLVER_NAMESPACE = flags.DEFINE_string(
    "resolver_namespace", None, "Its namespace.", required=True
)
_VERDICT = command.input_file(
    "verdict", None, "JSON of the judge: what TFLM did with the model.", required=True
)
_INPUTS = command.input_files(
    "input", [], "The raw bytes of an input, once for each (default: generated numbers)."
)
_LARGEST = flags.DEFINE_integer(
    "largest",
    0,
    "An arena in bytes that is certainly enough (default: half as much again as the verdict says,"
    " and 64 KB).",
    lower_bound=0,
    upper_bound=trial_program.MOST_LARGEST,
)
_OUTPUT = command.output_file("output", None, "The C++ source to write.", required=True)


def _read_input(path: pathlib.Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise command.CommandError(f"{path}: cannot be read: {error.strerror}") from error


def main() -> None:
    cpp_header.check_names(_ARRAY.value, _ARRAY_NAMESPACE.value)
    cpp_header.check_names(_RESOLVER.value, _RESOLVER_NAMESPACE.value)
    judged = verdict.read_json(_VERDICT.value)
    text = trial_program.render(
        label=_LABEL.value,
        array=f"{_ARRAY_NAMESPACE.value}::{c_array.constant_name(_ARRAY.value)}",
        array_include=_ARRAY_INCLUDE.value,
        resolver=cpp_header.camel_case(_RESOLVER.value),
        resolver_include=_RESOLVER_INCLUDE.value,
        resolver_namespace=_RESOLVER_NAMESPACE.value,
        inputs=[_read_input(path) for path in _INPUTS.value],
        integer_inputs=judged.integer_inputs,
        largest=trial_program.largest_arena(judged.arena_used_bytes, _LARGEST.value),
    )
    command.write_files({_OUTPUT.value: text})


if __name__ == "__main__":
    command.run(main, cpp_header.InvalidNameError, verdict.VerdictError)
