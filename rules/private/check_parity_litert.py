# SPDX-License-Identifier: Apache-2.0
"""A model's C++ class against LiteRT's reference kernels: the program of tflite_parity_test."""

from __future__ import annotations

from collections.abc import Mapping

from reference import litert, runtime
from rules.private import parity, samples


def run_litert(model: bytes, description: Mapping, inputs: samples.Tensors) -> samples.Tensors:
    """Runs samples through LiteRT.

    Args:
      model: a `.tflite` file's bytes.
      description: of the model.
      inputs: samples.

    Returns:
      LiteRT's outputs.

    Raises:
      samples.SampleError: LiteRT can't run the model.
    """
    shapes = [tensor["shape"] for tensor in description["outputs"]]
    try:
        return runtime.run_samples(litert.LiteRt(model), inputs, shapes)
    except (RuntimeError, ValueError) as error:
        raise samples.SampleError(
            f"{description['source']}: LiteRT can't run it: {error}"
        ) from error


if __name__ == "__main__":
    parity.run("LiteRT's reference kernels", run_litert)
