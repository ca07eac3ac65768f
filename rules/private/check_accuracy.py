# SPDX-License-Identifier: Apache-2.0
"""How often a model's C++ class is right: the program of tflite_accuracy_test."""

from __future__ import annotations

import fractions
import math

import numpy as np
from absl import flags

from rules.private import samples
from tools import command

_PROGRAM = flags.DEFINE_string("program", None, "Runs the model's class.", required=True)
_DESCRIPTION = flags.DEFINE_string("description", None, "Of the model.", required=True)
_INPUTS = flags.DEFINE_string("inputs", None, "The samples, .npy or idx.", required=True)
_LABELS = flags.DEFINE_string("labels", None, "The right classes, .npy or idx.", required=True)
_SCALE = flags.DEFINE_string("scale", "1", "Of the samples' numbers, e.g. 1/255.")
_OFFSET = flags.DEFINE_string("offset", "0", "Added after the scale.")
_MIN_ACCURACY = flags.DEFINE_float("min_accuracy", None, "In percent.", required=True)


def scaled(values: np.ndarray, scale: str, offset: str) -> np.ndarray:
    """Makes the numbers that a model was trained on from those of a file.

    Args:
      values: of the file.
      scale: a number or a fraction.
      offset: added after the scale.

    Returns:
      float32, the same shape: multiplied by the scale's numerator, then divided by its denominator,
      as images are by 255.

    Raises:
      samples.SampleError: scale or offset is not a number.
    """
    try:
        factor, term = fractions.Fraction(scale), fractions.Fraction(offset)
    except (ValueError, ZeroDivisionError) as error:
        message = f"scale {scale!r} or offset {offset!r} is not a number"
        raise samples.SampleError(message) from error
    numbers = values.astype(np.float32) * np.float32(factor.numerator)
    return numbers / np.float32(factor.denominator) + np.float32(float(term))


def correct(scores: np.ndarray, labels: np.ndarray) -> int:
    """Counts the samples whose highest score is that of the right class.

    Args:
      scores: the first dimension counts samples.
      labels: integers, one for each sample.

    Returns:
      How many; of equal scores the first one counts.
    """
    return int((scores.reshape(len(scores), -1).argmax(axis=1) == labels.ravel()).sum())


def check_labels(labels: np.ndarray, classes: int, path: str) -> None:
    """Refuses labels that are not the classes of a model.

    Args:
      labels: of a file.
      classes: how many scores the model has.
      path: the file, for messages.

    Raises:
      samples.SampleError: they are not one integer for each sample, or no class of the model.
    """
    if (
        labels.dtype.kind not in "iu"
        or labels.size == 0
        or labels.size != max(labels.shape, default=0)
    ):
        raise samples.SampleError(
            f"{path}: has {labels.dtype} of shape {list(labels.shape)}: needs one integer for each"
            " sample, its class"
        )
    for label in (labels.min(), labels.max()):
        if not 0 <= label < classes:
            raise samples.SampleError(
                f"{path}: has the class {label}, but the model has {classes} scores"
            )


def check_inputs(inputs: np.ndarray, count: int, size: int, path: str) -> None:
    """Refuses samples that are not samples of the model, or whose number is not that of the labels.

    Args:
      inputs: of a file.
      count: how many labels there are.
      size: how many numbers the model's input has.
      path: the file, for messages.

    Raises:
      samples.SampleError: they are not numbers, or too many or too few.
    """
    if inputs.dtype.kind not in "biuf":
        raise samples.SampleError(f"{path}: has {inputs.dtype}: needs numbers")
    if inputs.ndim == 0 or len(inputs) != count or inputs.size != count * size:
        raise samples.SampleError(
            f"{path}: has the shape {list(inputs.shape)}, but there are {count} labels, and the"
            f" model's input has {size} elements"
        )


def main() -> None:
    if not 0 < _MIN_ACCURACY.value <= 100:
        raise samples.SampleError(
            f"min_accuracy {_MIN_ACCURACY.value}: must be above 0 and at most 100"
        )
    description = samples.read_description(_DESCRIPTION.value)
    if len(description["inputs"]) != 1:
        raise samples.SampleError(f"the model has {len(description['inputs'])} inputs, not one")
    inputs = samples.read_array(_INPUTS.value)
    labels = samples.read_array(_LABELS.value)
    classes = math.prod(description["outputs"][0]["shape"])
    check_labels(labels, classes, _LABELS.value)
    size = math.prod(description["inputs"][0]["shape"])
    check_inputs(inputs, labels.size, size, _INPUTS.value)
    numbers = scaled(inputs, _SCALE.value, _OFFSET.value).reshape(labels.size, size)
    outputs = samples.run_class(_PROGRAM.value, [numbers], description, floats=True)
    right = correct(outputs[0], labels)
    accuracy = 100 * right / labels.size
    found = f"{right} of {labels.size} are right, {accuracy:.3f} %"
    if accuracy < _MIN_ACCURACY.value:
        raise command.CommandError(f"{found}: at least {_MIN_ACCURACY.value} % are asked for")
    print(found)


if __name__ == "__main__":
    command.run(main, samples.SampleError)
