# SPDX-License-Identifier: Apache-2.0
"""Writes a model of many small layers beside each other: few channels, odd sizes, borders.

bazel run //tests/compiled_models:write_edge_model -- --output=edge.tflite
"""

from aot.testing import edge_layers
from tools import command

_OUTPUT = command.output_file("output", None, "The .tflite file to write.")


def main() -> None:
    layers = [*edge_layers.LAYERS.values(), *edge_layers.VECTORS.values()]
    command.write_files({_OUTPUT.value: edge_layers.together(layers)})


if __name__ == "__main__":
    command.run(main)
