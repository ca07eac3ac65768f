# SPDX-License-Identifier: Apache-2.0
"""Writes a convolutional network of a given size with random weights.

./bazelw run //benchmarks:write_scale_model -- --channels=16 --size=16 --depth=3 --output=net.tflite
"""

from __future__ import annotations

from absl import flags

from benchmarks import scale_model
from tools import command

_CHANNELS = flags.DEFINE_integer("channels", 16, "Of each convolution.", 1, 1024)
_SIZE = flags.DEFINE_integer("size", 16, "Pixels of the image, along each axis.", 1, 1024)
_DEPTH = flags.DEFINE_integer("depth", 3, "How many convolutions there are.", 1, 1024)
_OUTPUT = command.output_file("output", None, "The .tflite file to write.", required=True)


def main() -> None:
    shape = scale_model.Shape(_CHANNELS.value, _SIZE.value, _DEPTH.value)
    command.write_files({_OUTPUT.value: scale_model.build(shape)})


if __name__ == "__main__":
    command.run(main)
