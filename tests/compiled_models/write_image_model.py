# SPDX-License-Identifier: Apache-2.0
"""Writes a model of layers that run by rows, one after the other.

bazel run //tests/compiled_models:write_image_model -- --network=residual --output=image.tflite
"""

from absl import flags

from aot.testing.image_networks import image_network
from tools import command

# Sides that neither strides nor steps divide.
_NETWORKS = {
    "residual": lambda: image_network((3, 1, 4), (3, 1, 4), size=19, skip=True, dense=8),
    "separable": lambda: image_network((3, 2, 8), (3, 1, 0), (1, 1, 48), (3, 2, 0), size=37),
}
_NETWORK = flags.DEFINE_enum("network", "residual", list(_NETWORKS), "Which one.")
_OUTPUT = command.output_file("output", None, "The .tflite file to write.")


def main() -> None:
    command.write_files({_OUTPUT.value: _NETWORKS[_NETWORK.value]().content})


if __name__ == "__main__":
    command.run(main)
