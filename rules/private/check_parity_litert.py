"""A model's C++ class against LiteRT's reference kernels: the program of tflite_parity_test."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from ai_edge_litert import interpreter as litert

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
    outputs: list[list[np.ndarray]] = [[] for _ in description["outputs"]]
    try:
        interpreter = litert.Interpreter(
            model_content=model,
            num_threads=1,
            experimental_op_resolver_type=litert.OpResolverType.BUILTIN_REF,
        )
        interpreter.allocate_tensors()
        for i in range(len(inputs[0])):
            for detail, values in zip(interpreter.get_input_details(), inputs, strict=True):
                interpreter.set_tensor(detail["index"], values[i])
            interpreter.invoke()
            for k, detail in enumerate(interpreter.get_output_details()):
                outputs[k].append(np.array(interpreter.get_tensor(detail["index"])))
    except (RuntimeError, ValueError) as error:
        raise samples.SampleError(
            f"{description['source']}: LiteRT can't run it: {error}"
        ) from error
    return [np.stack(values) for values in outputs]


if __name__ == "__main__":
    parity.run("LiteRT's reference kernels", run_litert)
