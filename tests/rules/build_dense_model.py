# SPDX-License-Identifier: Apache-2.0
"""Writes a .tflite file of two dense layers without bias, as converters leave it out: input -1.

Quantized, the first may have a scale for each channel: TensorFlow's default since 2.17.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from absl import flags

from tflite.testing import model_builder
from tools import command

_OUTPUT = command.output_file("output", None, "The model to write.", required=True)
_QUANTIZED = flags.DEFINE_bool("quantized", False, "int8 in place of float32.")
_PER_CHANNEL = flags.DEFINE_bool("per_channel", False, "A scale for each channel, if quantized.")


def build(*, quantized: bool, per_channel: bool) -> bytes:
    """Builds the model.

    Args:
      quantized: whether it is int8 throughout.
      per_channel: whether the first layer's weights then have a scale for each of its channels.

    Returns:
      The file's bytes.
    """
    random = np.random.default_rng(1)
    dtype = "int8" if quantized else "float32"

    def tensor(shape: list[int], name: str, scale: float = 0.1) -> model_builder.TensorSpec:
        scales, zero_points = ([scale], [0]) if quantized else ([], [])
        return model_builder.TensorSpec(shape, dtype, name, scales=scales, zero_points=zero_points)

    def weights(
        shape: list[int], name: str, scales: Sequence[float] = ()
    ) -> model_builder.TensorSpec:
        values = random.integers(-127, 128, shape)
        data = values.astype(np.int8) if quantized else (values / 127).astype(np.float32)
        spec = tensor(shape, name, 0.01)
        scales = scales or spec.scales
        return model_builder.TensorSpec(
            shape, dtype, name, data.tobytes(), scales, [0] * len(scales), axis=0
        )

    def dense(*inputs: int, output: int) -> model_builder.NodeSpec:
        return model_builder.NodeSpec(
            "FULLY_CONNECTED",
            [*inputs, -1],
            [output],
            version=4 if quantized else 1,
            options_type="FullyConnectedOptions",
        )

    channel_scales = [0.002 * 1.9**i for i in range(6)] if quantized and per_channel else []
    return model_builder.build_graphs(
        model_builder.GraphSpec(
            tensors=[
                tensor([1, 8], "input"),
                weights([6, 8], "first_weights", channel_scales),
                tensor([1, 6], "hidden"),
                weights([3, 6], "second_weights"),
                tensor([1, 3], "output"),
            ],
            nodes=[dense(0, 1, output=2), dense(2, 3, output=4)],
            inputs=[0],
            outputs=[4],
        )
    )


def main() -> None:
    content = build(quantized=_QUANTIZED.value, per_channel=_PER_CHANNEL.value)
    command.write_files({_OUTPUT.value: content})


if __name__ == "__main__":
    command.run(main)
