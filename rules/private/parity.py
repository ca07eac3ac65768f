# SPDX-License-Identifier: Apache-2.0
"""Compares what a model's C++ class outputs with a reference: the program's shared part."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Callable, Mapping

import numpy as np
from absl import flags

from rules.private import samples
from tools import command, ulp

_PROGRAM = flags.DEFINE_string("program", None, "Runs the model's class.", required=True)
_MODEL = flags.DEFINE_string("model", None, "The .tflite file.", required=True)
_DESCRIPTION = flags.DEFINE_string("description", None, "Of the model.", required=True)
_INPUT = flags.DEFINE_multi_string("input", [], "Raw samples; a file for each input in turn.")
EXPECTED = flags.DEFINE_multi_string("expected", [], "Golden vectors; as --input.")
_GENERATED = flags.DEFINE_integer("generated", 0, "How many random samples, without --input.")
_INTEGER_INPUTS = flags.DEFINE_string(
    "integer_inputs", None, "JSON that says which number random samples have in wide integers."
)
_MAX_ULP = flags.DEFINE_integer("max_ulp", 0, "How far floats may be apart.")
_MAX_STEPS = flags.DEFINE_integer("max_steps", 0, "How far integers may be apart.")
_ENGINE_DATE = flags.DEFINE_string(
    "engine_date", None, "Header that says of which date the engine's kernels are."
)
BIG_ENDIAN = flags.DEFINE_bool("big_endian", False, "The byte order of the files.")

_NEGLIGIBLE = 2.0**-20

Reference = Callable[[bytes, Mapping, samples.Tensors], samples.Tensors]
"""From a model's bytes, its description and samples to outputs."""


class ParityError(Exception):
    """The outputs differ. The message is one line."""


def distances(ours: np.ndarray, theirs: np.ndarray, negligible: float = 0.0) -> np.ndarray:
    """How far two arrays are apart, element by element.

    Args:
      ours: what the class output.
      theirs: what the reference did.
      negligible: absolute differences of floats below this count as none.

    Returns:
      int64: steps for integers, units in the last place for floats.

    Raises:
      ParityError: shapes or dtypes differ.
    """
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        raise ParityError(f"{ours.dtype}{ours.shape} against {theirs.dtype}{theirs.shape}")
    if ours.dtype.kind == "f":
        close = np.abs(ours - theirs) < negligible
        return np.where(close, 0, ulp.distance(ours, theirs))
    return np.abs(ours.astype(np.int64) - theirs.astype(np.int64))


def compare(
    ours: samples.Tensors, theirs: samples.Tensors, *, max_steps: int = 0, max_ulp: int = 0
) -> str:
    """Compares outputs.

    Args:
      ours: what the class output.
      theirs: what the reference did.
      max_steps: how far integers may be apart.
      max_ulp: how far floats may be apart; if not 0, differences below 2^-20 count as none.

    Returns:
      What was compared, in one line.

    Raises:
      ParityError: outputs are farther apart, or not of one shape and dtype.
    """
    if len(ours) != len(theirs):
        raise ParityError(f"{len(ours)} outputs against {len(theirs)}")
    largest = 0
    for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        floats = a.dtype.kind == "f"
        allowed = max_ulp if floats else max_steps
        apart = distances(a, b, _NEGLIGIBLE if max_ulp else 0.0)
        largest = max(largest, int(apart.max()))
        far = np.argwhere(apart > allowed)
        if len(far):
            at = tuple(int(n) for n in far[0])
            count = len({int(n[0]) for n in far})
            raise ParityError(
                f"{count} of {len(a)} samples differ, the first is sample {at[0]}: element"
                f" {list(at[1:])} of output {i} has {a[at].item()} against {b[at].item()}, which is"
                f" {int(apart[at])} {'ULP' if floats else 'steps'} apart, {allowed} allowed"
            )
    elements = sum(a.size for a in ours)
    return f"{len(ours[0])} samples, {elements} elements: at most {largest} apart"


def skew(version: str, header: str) -> str:
    """Says that the wheel and the linked TFLM are of different dates.

    Args:
      version: of the wheel, e.g. `0.dev20261023182759`.
      header: the text of `mnist_micro/tflm_source.h`.

    Returns:
      A clause for a message that begins with "; ", or "" if the dates are the same or not known.
    """
    wheel = re.search(r"dev(\d{4})(\d\d)(\d\d)", version)
    linked = re.search(r'^#define TFLM_DATE "(.+)"$', header, re.MULTILINE)
    if not wheel or not linked or "-".join(wheel.groups()) == linked.group(1):
        return ""
    return (
        f"; the wheel is of {'-'.join(wheel.groups())}, the linked TFLM of {linked.group(1)}, so a"
        " kernel may have changed in between: link another TFLM (MNIST_MICRO_SOURCES), or allow"
        " what you found to be such a change by max_steps (max_ulp for floats)"
    )


def run(name: str, reference: Reference, *, version: str = "") -> None:
    """Runs a test: the main program of each reference.

    Args:
      name: of the reference, for messages.
      reference: runs the model.
      version: of the wheel, if the reference is a TFLM with a date.
    """

    def main() -> None:
        description = samples.read_description(_DESCRIPTION.value)
        if _INPUT.value:
            inputs = samples.read_raw(
                _INPUT.value, description["inputs"], big_endian=BIG_ENDIAN.value
            )
        else:
            path = _INTEGER_INPUTS.value
            inputs = samples.generate(
                _GENERATED.value,
                description["inputs"],
                integer=samples.read_integer_inputs(path) if path else 0,
            )
        ours = samples.run_class(_PROGRAM.value, inputs, description, floats=False)
        model = pathlib.Path(_MODEL.value).read_bytes()
        theirs = reference(model, description, inputs)
        source = description["source"]
        try:
            found = compare(ours, theirs, max_steps=_MAX_STEPS.value, max_ulp=_MAX_ULP.value)
        except ParityError as error:
            dates = ""
            if version and _ENGINE_DATE.value:
                dates = skew(version, pathlib.Path(_ENGINE_DATE.value).read_text())
            raise command.CommandError(
                f"{source}: the class against {name}: {error}{dates}"
            ) from error
        print(f"{source}: the class against {name}: {found}")

    command.run(main, samples.SampleError)
