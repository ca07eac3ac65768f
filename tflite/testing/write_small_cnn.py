# SPDX-License-Identifier: Apache-2.0
"""Writes the small network of small_cnn.py: a float32 and an int8 `.tflite` file."""

from __future__ import annotations

from tflite.testing import small_cnn
from tools import command

_FLOAT32 = command.output_file("float32", None, "The float32 model to write.", required=True)
_INT8 = command.output_file("int8", None, "The int8 model to write.", required=True)


def main() -> None:
    weights = small_cnn.draw_weights()
    command.write_files(
        {
            _FLOAT32.value: small_cnn.build_float32(weights),
            _INT8.value: small_cnn.build_int8(weights),
        }
    )


if __name__ == "__main__":
    command.run(main)
