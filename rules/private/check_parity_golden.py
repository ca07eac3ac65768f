# SPDX-License-Identifier: Apache-2.0
"""A model's C++ class against golden vectors: the program of tflite_parity_test."""

from __future__ import annotations

from collections.abc import Mapping

from rules.private import parity, samples


def golden(model: bytes, description: Mapping, inputs: samples.Tensors) -> samples.Tensors:
    """Reads the golden vectors.

    Args:
      model: not looked at.
      description: of the model.
      inputs: samples.

    Returns:
      The outputs that are expected.

    Raises:
      samples.SampleError: they can't be read, or are not as many as the inputs.
    """
    del model
    paths = parity.EXPECTED.value
    outputs = samples.read_raw(paths, description["outputs"], big_endian=parity.BIG_ENDIAN.value)
    if len(outputs[0]) != len(inputs[0]):
        raise samples.SampleError(
            f"{paths[0]}: has {len(outputs[0])} samples, but the inputs have {len(inputs[0])}"
        )
    return outputs


if __name__ == "__main__":
    parity.run("golden vectors", golden)
