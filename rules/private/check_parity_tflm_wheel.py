"""A model's C++ class against TFLM's official wheel: the program of tflm_parity_test."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

# The wheel's public module imports TensorFlow; this is the interpreter that it wraps.
from tflite_micro.python.tflite_micro import _runtime

from rules.private import parity, samples

_ARENA_SIZE = 16 * 1024 * 1024


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
    outputs: list[list[np.ndarray]] = [[] for _ in description["outputs"]]
    try:
        interpreter = _runtime.InterpreterWrapper(
            model,
            [],  # No custom operators,
            _ARENA_SIZE,
            0,  # no variables,
            _runtime.PythonInterpreterConfig.kAllocationRecording,
            0,  # no memory for decompression.
        )
        for i in range(len(inputs[0])):
            for k, values in enumerate(inputs):
                interpreter.SetInputTensor(values[i], k)
            interpreter.Invoke()
            for k, tensor in enumerate(description["outputs"]):
                outputs[k].append(np.array(interpreter.GetOutputTensor(k)).reshape(tensor["shape"]))
    except (RuntimeError, ValueError) as error:
        raise samples.SampleError(
            f"{description['source']}: the tflite-micro wheel can't run it: {error}; it has no"
            ' kernels for uint8, say: try reference = "litert"'
        ) from error
    return [np.stack(values) for values in outputs]


if __name__ == "__main__":
    parity.run("the tflite-micro wheel", run_wheel)
