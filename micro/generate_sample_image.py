# SPDX-License-Identifier: Apache-2.0
r"""Writes the first image with a given label, or the first images, as a C++ array of 28x28 pixels.

Exit code 2 and one line on stderr for bad flags, bad input, or outputs that can't be written.
"""

from __future__ import annotations

import numpy as np
from absl import flags

from codegen import array_command, cpp_header
from tools import command
from train import dataset

_IMAGES = command.input_file("images", None, "idx file of images.", required=True)
_LABELS = command.input_file("labels", None, "idx file of their labels.", required=True)
_LABEL = flags.DEFINE_integer("label", None, "Which digit.", 0, 9)
_FIRST = flags.DEFINE_integer("first", None, "Instead: how many images, from the first on.", 1)
flags.mark_flags_as_mutual_exclusive(["label", "first"], required=True)
flags.adopt_module_key_flags(array_command)


def main() -> None:
    array_command.check()
    digits = dataset.read_dataset(_IMAGES.value, _LABELS.value)
    if _FIRST.value:
        if _FIRST.value > len(digits.images):
            raise command.CommandError(
                f"{_IMAGES.value}: has {len(digits.images)} images, not {_FIRST.value}"
            )
        array_command.write(
            digits.images[: _FIRST.value].tobytes(),
            f"{_IMAGES.value.name}, the first {_FIRST.value} images",
        )
        return
    (found,) = np.nonzero(digits.labels == _LABEL.value)
    if not len(found):
        raise command.CommandError(f"{_LABELS.value}: has no label {_LABEL.value}")
    array_command.write(
        digits.images[found[0]].tobytes(),
        f"{_IMAGES.value.name}, image {found[0]} (label {_LABEL.value})",
    )


if __name__ == "__main__":
    command.run(main, dataset.DatasetError, cpp_header.InvalidNameError)
