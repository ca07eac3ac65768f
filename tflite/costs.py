"""What each layer of a model costs: multiply-accumulates and weights."""

from __future__ import annotations

import math

from tflite.model import Node, Subgraph, Tensor

# Operators that multiply tensors with weights or with each other, and add up. Others, an average
# pool or a softmax say, have none, as is the custom.
_COUNTED = (
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
      The number, 0 for operators that are not made of them; None where it can't be told: custom
      operators, and shapes that are not those the operator is defined for.
    """
    name = node.operator.name
    if node.operator.custom:
        return None
    if name not in _COUNTED:
        return 0
    inputs = subgraph.inputs_of(node)
    output = subgraph.tensors[node.outputs[0]] if node.outputs else None
    try:
        return _count(name, inputs, output, node)
    except (IndexError, AttributeError, ValueError):
        return None


def _count(name: str, inputs: list[Tensor | None], output: Tensor | None, node: Node) -> int:
    if name in ("CONV_2D", "CONV_3D"):
        # Weights: output channels first, or last in three dimensions.
        shape = inputs[1].shape
        _check(len(shape) == (4 if name == "CONV_2D" else 5))
        return output.element_count * math.prod(shape[1:] if name == "CONV_2D" else shape[:-1])
    if name == "DEPTHWISE_CONV_2D":
        _, height, width, _ = inputs[1].shape
        return output.element_count * height * width
    if name == "FULLY_CONNECTED":
        _, depth = inputs[1].shape
        return output.element_count * depth
    if name == "TRANSPOSE_CONV":
        channels, height, width, _ = inputs[1].shape
        return inputs[2].element_count * channels * height * width
    if name == "BATCH_MATMUL":
        left = inputs[0].shape
        return output.element_count * (left[-2] if node.options.get("adj_x") else left[-1])
    if name == "SVDF":
        batch, _ = inputs[0].shape
        return batch * (inputs[1].element_count + inputs[2].element_count)
    # UNIDIRECTIONAL_SEQUENCE_LSTM: each weight matrix once a step; 16 is the projection.
    _check(len(inputs[0].shape) == 3)
    steps = math.prod(inputs[0].shape[:2])
    matrices = [inputs[i] for i in (*range(1, 9), 16) if inputs[i] is not None]
    return steps * sum(matrix.element_count for matrix in matrices)


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
    constants = {}
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
