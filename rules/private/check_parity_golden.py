"""A model's C++ class against golden vectors: the program of tflm_parity_test."""

from __future__ import annotations

from collections.abc import Mapping

from rules.private import parity, samples


def golden(model: bytes, description: Mapping, inputs: samples.Tensors) -> samples.Tensors:
    """Reads the golden vectors.

    Args:
      model: not looked at.
      description: of the model.
      inputs: not looked at.

    Returns:
      The outputs that are expected.
    """
    del model, inputs
    return samples.read_raw(
        parity.EXPECTED.value, description["outputs"], big_endian=parity.BIG_ENDIAN.value
    )


if __name__ == "__main__":
    parity.run("golden vectors", golden)
