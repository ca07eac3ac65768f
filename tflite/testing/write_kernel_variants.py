# SPDX-License-Identifier: Apache-2.0
"""Writes the models of kernel_variants.py as `.tflite` files."""

from __future__ import annotations

from tflite.testing import kernel_variants
from tools import command

_CONV = command.output_file("conv", None, "The model of CONV_2D to write.", required=True)
_DEPTHWISE = command.output_file(
    "depthwise", None, "The model of DEPTHWISE_CONV_2D to write.", required=True
)
_DENSE = command.output_file("dense", None, "The model of FULLY_CONNECTED to write.", required=True)
_POOL = command.output_file("pool", None, "The model of pooling to write.", required=True)


def main() -> None:
    command.write_files(
        {
            _CONV.value: kernel_variants.build_convolutions(depthwise=False),
            _DEPTHWISE.value: kernel_variants.build_convolutions(depthwise=True),
            _DENSE.value: kernel_variants.build_dense(),
            _POOL.value: kernel_variants.build_pools(),
        }
    )


if __name__ == "__main__":
    command.run(main)
