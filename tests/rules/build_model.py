# SPDX-License-Identifier: Apache-2.0
"""Writes a small .tflite file of two inputs and two outputs: the halves of their sum.

It stands in for a converter, in tests of the rules.
"""

from __future__ import annotations

import numpy as np
from absl import flags

from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs
from tools import command

_OUTPUT = command.output_file("output", None, "The model to write.", required=True)
_WIDTH = flags.DEFINE_integer("width", 4, "Of the inputs: even.")


def build(width: int) -> bytes:
    """Builds the model.

    Args:
      width: how many floats each input has.

    Returns:
      The file's bytes.

    Raises:
      command.CommandError: the width is not a positive even number.
    """
    if width < 2 or width % 2:
        raise command.CommandError(f"width {width}: must be a positive even number")
    half = width // 2
    return build_graphs(
        GraphSpec(
            tensors=[
                TensorSpec([1, width], "float32", "left"),
                TensorSpec([1, width], "float32", "right"),
                TensorSpec([1, width], "float32", "sum"),
                TensorSpec([1], "int32", "axis", np.array([1], np.int32).tobytes()),
                TensorSpec([1, half], "float32", "first"),
                TensorSpec([1, half], "float32", "second"),
            ],
            nodes=[
                NodeSpec("ADD", [0, 1], [2], options_type="AddOptions"),
                NodeSpec(
                    "SPLIT", [3, 2], [4, 5], options={"NumSplits": 2}, options_type="SplitOptions"
                ),
            ],
            inputs=[0, 1],
            outputs=[4, 5],
        )
    )


def main() -> None:
    command.write_files({_OUTPUT.value: build(_WIDTH.value)})


if __name__ == "__main__":
    command.run(main)
