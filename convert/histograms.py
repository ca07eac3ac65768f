# SPDX-License-Identifier: Apache-2.0
r"""Counts how weights and activations are spread over the grids of the int8 model, as JSON.

  histograms --float32_model=m.tflite --int8_model=q.tflite --images=t10k-images-idx3-ubyte \
    --output=histograms.json

For each operator: the values of the float32 model at the nearest step of the int8 model's grid, and
the steps that the int8 model takes itself. Exit code 2 and one line on stderr for bad flags, bad
input, or an output that can't be written.
"""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from typing import TYPE_CHECKING

import numpy as np
from absl import flags

from convert import grids, inputs
from convert.inputs import ConversionError
from tflite import reader
from tflite.model import Model, ModelError, Node, Quantization, Tensor
from tools import command
from train import dataset

if TYPE_CHECKING:
    import tensorflow as tf

_FLOAT32 = command.input_file("float32_model", None, "The float32 .tflite file.", required=True)
_INT8 = command.input_file("int8_model", None, "The int8 .tflite file of it.", required=True)
_IMAGES = command.input_file("images", None, "idx file of images.", required=True)
_COUNT = flags.DEFINE_integer("count", 1_000, "How many images, from the first.", lower_bound=1)
_OUTPUT = command.output_file("output", None, "The JSON file to write.", required=True)

_BATCH = 100


def check_same_layers(float32: Model, int8: Model) -> None:
    """Refuses models of which one was not made of the other.

    Args:
      float32: the float32 model.
      int8: the int8 one.

    Raises:
      ConversionError: they have other operators, or other shapes.
    """

    def layers(model: Model) -> list[tuple[str, list[tuple[int, ...]]]]:
        return [
            (node.operator.name, [tensor.shape for tensor in model.main.outputs_of(node)])
            for node in model.main.nodes
        ]

    if layers(float32) != layers(int8):
        raise ConversionError(
            f"{_INT8.value}: has other layers than {_FLOAT32.value}: give two models of one network"
        )


def _quantization(tensor: Tensor) -> Quantization:
    if tensor.dtype != "int8" or tensor.quantization is None:
        raise ConversionError(f"{_INT8.value}: tensor {tensor.name} is {tensor.dtype}, not int8")
    return tensor.quantization


def _weights(model: Model, node: Node) -> Tensor | None:
    """The weights of an operator: its constant of more than one dimension."""
    found = [
        tensor
        for tensor in model.main.inputs_of(node)
        if tensor is not None
        and tensor.is_constant
        and len(tensor.shape) > 1
        and tensor.dtype in ("float32", "int8")
    ]
    return found[0] if found else None


def weight_counts(float32: Model, int8: Model, index: int) -> dict[str, object] | None:
    """Counts the weights of an operator.

    Args:
      float32: the float32 model.
      int8: the int8 one, with the same layers.
      index: of the operator.

    Returns:
      `shape`, `scales`, and the counts `float32` and `int8`; None without weights.

    Raises:
      ConversionError: the weights of both models don't fit.
    """
    real_tensor = _weights(float32, float32.main.nodes[index])
    tensor = _weights(int8, int8.main.nodes[index])
    if real_tensor is None or tensor is None:
        return None
    if real_tensor.shape != tensor.shape:
        raise ConversionError(f"{_INT8.value}: the weights of layer {index} have another shape")
    grid = _quantization(tensor)
    real = np.frombuffer(float32.contents(real_tensor), np.float32).reshape(tensor.shape)
    steps = np.frombuffer(int8.contents(tensor), np.int8)
    scales = grids.channel_scales(grid.scales, grid.axis, len(tensor.shape))
    return {
        "shape": list(tensor.shape),
        "scales": [float(f"{scale:.9g}") for scale in grid.scales],
        "float32": grids.count_reals(real, scales, 0)[0],
        "int8": grids.count_steps(steps),
    }


def activation_counts(
    interpreters: tuple[tf.lite.Interpreter, tf.lite.Interpreter],
    int8: Model,
    images: np.ndarray,
) -> list[dict[str, object]]:
    """Counts what the operators of both models output.

    Args:
      interpreters: of the float32 and the int8 model, opened with `keep_all`.
      int8: the int8 model.
      images: uint8, shape (N, 28, 28).

    Returns:
      For each operator `scale`, `zero_point`, the counts `float32` and `int8`, and how many values
      of the float32 model are `below` and `above` the grid.
    """
    from convert import evaluation

    grid = [_quantization(int8.main.outputs_of(node)[0]) for node in int8.main.nodes]
    found: list[dict[str, object] | None] = [None] * len(grid)
    for start in range(0, len(images), _BATCH):
        outputs = []
        for interpreter in interpreters:
            evaluation.tflite_scores(interpreter, images[start : start + _BATCH])
            outputs.append(evaluation.layer_outputs(interpreter))
        for i, (real, steps) in enumerate(zip(*outputs, strict=True)):
            counts, below, above = grids.count_reals(
                np.array(real["values"], np.float32), grid[i].scales[0], grid[i].zero_points[0]
            )
            one = {
                "float32": counts,
                "int8": grids.count_steps(np.array(steps["values"], np.int8)),
                "below": below,
                "above": above,
            }
            found[i] = grids.added(found[i], one)
    return [
        {"scale": float(f"{g.scales[0]:.9g}"), "zero_point": g.zero_points[0], **(counts or {})}
        for g, counts in zip(grid, found, strict=True)
    ]


def main() -> None:
    images = dataset.read_images(command.user_path(_IMAGES.value))[: _COUNT.value]
    float32, int8 = reader.read_model(_FLOAT32.value), reader.read_model(_INT8.value)
    check_same_layers(float32, int8)
    # Only now: it imports TensorFlow, which takes seconds.
    from convert import evaluation

    opened = (
        evaluation.open_interpreter(_FLOAT32.value, keep_all=True),
        evaluation.open_interpreter(_INT8.value, keep_all=True),
    )
    activations = activation_counts(opened, int8, images)
    report = {
        "images": len(images),
        "lowest_step": grids.LOW,
        "layers": [
            {
                "operator": node.operator.name,
                "activations": activations[i],
                "weights": weight_counts(float32, int8, i),
            }
            for i, node in enumerate(int8.main.nodes)
        ],
    }
    command.write_files({command.user_path(_OUTPUT.value): command.json_text(report)})


if __name__ == "__main__":
    command.run(main, inputs.ConversionError, ModelError, dataset.DatasetError)
