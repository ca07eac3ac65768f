# SPDX-License-Identifier: Apache-2.0
"""A model's C++ class against TFLM's official wheel: the program of tflite_parity_test."""

from __future__ import annotations

from collections.abc import Mapping

from reference import runtime, tflm_wheel
from rules.private import parity, samples


def run_wheel(model: bytes, description: Mapping, inputs: samples.Tensors) -> samples.Tensors:
    """Runs samples through the wheel.

    Args:
      model: a `.tflite` file's bytes.
      description: of the model.
      inputs: samples.

    Returns:
      The wheel's outputs.

    Raises:
      samples.SampleError: the wheel can't run the model.
    """
    tensors = description["outputs"]
    try:
        wheel = tflm_wheel.TflmWheel(
            model, outputs=len(tensors), resource_variables=description["resource_variables"]
        )
        return runtime.run_samples(wheel, inputs, [tensor["shape"] for tensor in tensors])
    except (RuntimeError, ValueError) as error:
        raise samples.SampleError(
            f"{description['source']}: the tflite-micro wheel can't run it: {error}; it has no"
            ' kernels for uint8, for example: try reference = "litert", in a tflm_cc_library'
            ' test_reference = "litert"'
        ) from error


if __name__ == "__main__":
    parity.run("the tflite-micro wheel", run_wheel, version=tflm_wheel.VERSION)
