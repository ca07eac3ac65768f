# SPDX-License-Identifier: Apache-2.0
"""What each layer of a model costs: multiply-accumulates and weights."""

from __future__ import annotations

import math

from tflite.model import Node, Subgraph, Tensor

# Operators that multiply tensors with weights or with each other, and add up. Others, such as an
# average pool or a softmax, have none by convention.
COUNTED = (
    "BATCH_MATMUL",
    "CONV_2D",
    "CONV_3D",
    "DEPTHWISE_CONV_2D",
    "FULLY_CONNECTED",
    "SVDF",
    "TRANSPOSE_CONV",
    "UNIDIRECTIONAL_SEQUENCE_LSTM",
)


def multiply_accumulates(node: Node, subgraph: Subgraph) -> int | None:
    """Counts a layer's multiply-accumulates in one inference.

    Args:
      node: the layer.
      subgraph: where it is.

    Returns:
      The number, 0 for operators that are not made of them; None if it is not known: custom
      operators, and shapes that are not those the operator is defined for.
    """
    name = node.operator.name
    if node.operator.custom:
        return None
    if name not in COUNTED:
        return 0
    inputs = subgraph.inputs_of(node)
    output = subgraph.tensors[node.outputs[0]] if node.outputs else None
    try:
        return _count(name, inputs, output, node)
    except (IndexError, ValueError):
        return None


def _count(name: str, inputs: list[Tensor | None], output: Tensor | None, node: Node) -> int:
    if name in ("CONV_2D", "CONV_3D"):
        # Weights: output channels first, or last in three dimensions.
        shape = _given(inputs[1]).shape
        _check(len(shape) == (4 if name == "CONV_2D" else 5))
        made = _given(output).element_count
        return made * math.prod(shape[1:] if name == "CONV_2D" else shape[:-1])
    if name == "DEPTHWISE_CONV_2D":
        _, height, width, _ = _given(inputs[1]).shape
        return _given(output).element_count * height * width
    if name == "FULLY_CONNECTED":
        _, depth = _given(inputs[1]).shape
        return _given(output).element_count * depth
    if name == "TRANSPOSE_CONV":
        channels, height, width, _ = _given(inputs[1]).shape
        return _given(inputs[2]).element_count * channels * height * width
    if name == "BATCH_MATMUL":
        left = _given(inputs[0]).shape
        made = _given(output).element_count
        return made * (left[-2] if node.options.get("adj_x") else left[-1])
    if name == "SVDF":
        batch, _ = _given(inputs[0]).shape
        return batch * (_given(inputs[1]).element_count + _given(inputs[2]).element_count)
    # UNIDIRECTIONAL_SEQUENCE_LSTM: each weight matrix once a step; 16 is the projection.
    shape = _given(inputs[0]).shape
    _check(len(shape) == 3)
    matrices = [inputs[i] for i in (*range(1, 9), 16)]
    counts = [matrix.element_count for matrix in matrices if matrix is not None]
    return math.prod(shape[:2]) * sum(counts)


def _given(tensor: Tensor | None) -> Tensor:
    if tensor is None:
        raise ValueError
    return tensor


def _check(condition: bool) -> None:
    if not condition:
        raise ValueError


def weights(node: Node, subgraph: Subgraph) -> list[Tensor]:
    """Lists the constants that a layer reads.

    Args:
      node: the layer.
      subgraph: where it is.

    Returns:
      Its constant inputs, each buffer once.
    """
    constants: dict[int, Tensor] = {}
    for i in node.inputs:
        if i >= 0 and subgraph.tensors[i].is_constant:
            constants.setdefault(subgraph.tensors[i].buffer_index, subgraph.tensors[i])
    return list(constants.values())


def weight_bytes(node: Node, subgraph: Subgraph) -> int:
    """Adds up the constants that a layer reads.

    Args:
      node: the layer.
      subgraph: where it is.

    Returns:
      Their bytes in the file. What several layers share counts for each of them.
    """
    return sum(tensor.buffer_size for tensor in weights(node, subgraph))
