"""How often a model's C++ class is right: the program of tflite_accuracy_test."""

from __future__ import annotations

import fractions

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
      samples.SampleError: scale or offset is no number.
    """
    try:
        factor, term = fractions.Fraction(scale), fractions.Fraction(offset)
    except (ValueError, ZeroDivisionError) as error:
        raise samples.SampleError(f"scale {scale!r} or offset {offset!r} is no number") from error
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


def main() -> None:
    description = samples.read_description(_DESCRIPTION.value)
    if len(description["inputs"]) != 1:
        raise samples.SampleError(f"the model has {len(description['inputs'])} inputs, not one")
    inputs = samples.read_array(_INPUTS.value)
    labels = samples.read_array(_LABELS.value)
    size = int(np.prod(description["inputs"][0]["shape"]))
    if inputs.size != len(labels) * size:
        raise samples.SampleError(
            f"{_INPUTS.value}: has {inputs.size} numbers, but {len(labels)} labels ask for {size}"
            " each"
        )
    numbers = scaled(inputs, _SCALE.value, _OFFSET.value).reshape(len(labels), size)
    outputs = samples.run_class(_PROGRAM.value, [numbers], description, floats=True)
    right = correct(outputs[0], labels)
    accuracy = 100 * right / len(labels)
    found = f"{right} of {len(labels)} are right, {accuracy:.3f} %"
    if accuracy < _MIN_ACCURACY.value:
        raise command.CommandError(f"{found}: at least {_MIN_ACCURACY.value} % are asked for")
    print(found)


if __name__ == "__main__":
    command.run(main, samples.SampleError)
