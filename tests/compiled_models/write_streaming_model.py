# SPDX-License-Identifier: Apache-2.0
"""Writes a model with state: a convolution over the present input and the three before it."""

from __future__ import annotations

import numpy as np

from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs
from tools import command

_OUTPUT = command.output_file("output", None, "The model to write.", required=True)

_WIDTH = 16
_STEPS = 4
_FILTERS = 6
_CLASSES = 4


def build() -> bytes:
    """Builds the model: int8, weights from a seed."""
    random = np.random.default_rng(15)

    def tensor(name: str, *shape: int, scale: float = 0.05, zero_point: int = 0) -> TensorSpec:
        return TensorSpec(shape, "int8", name=name, scales=(scale,), zero_points=(zero_point,))

    def weights(name: str, *shape: int) -> TensorSpec:
        data = random.integers(-127, 128, shape).astype(np.int8).tobytes()
        return TensorSpec(shape, "int8", name=name, data=data, scales=(0.01,), zero_points=(0,))

    def bias(name: str, size: int) -> TensorSpec:
        data = random.integers(-900, 900, size).astype(np.int32).tobytes()
        return TensorSpec(
            (size,), "int32", name=name, data=data, scales=(0.0005,), zero_points=(0,)
        )

    def numbers(*values: int) -> TensorSpec:
        return TensorSpec((len(values),), "int32", data=np.array(values, np.int32).tobytes())

    tensors = [
        tensor("frame", 1, 1, _WIDTH, 1),
        TensorSpec((), "resource", name="handle"),
        tensor("before", 1, _STEPS - 1, _WIDTH, 1),
        tensor("window", 1, _STEPS, _WIDTH, 1),
        tensor("kept", 1, _STEPS - 1, _WIDTH, 1),
        numbers(0, 1, 0, 0),
        numbers(1, _STEPS - 1, _WIDTH, 1),
        weights("filters", _FILTERS, _STEPS, 3, 1),
        bias("filters_bias", _FILTERS),
        tensor("convolved", 1, 1, _WIDTH - 2, _FILTERS),
        weights("dense", _CLASSES, (_WIDTH - 2) * _FILTERS),
        bias("dense_bias", _CLASSES),
        tensor("logits", 1, _CLASSES, scale=0.2),
        tensor("scores", 1, _CLASSES, scale=1 / 256, zero_point=-128),
    ]
    nodes = [
        NodeSpec(
            "VAR_HANDLE", [], [1], options={"SharedName": "frames"}, options_type="VarHandleOptions"
        ),
        NodeSpec("READ_VARIABLE", [1], [2], options={}, options_type="ReadVariableOptions"),
        NodeSpec(
            "CONCATENATION", [2, 0], [3], options={"Axis": 1}, options_type="ConcatenationOptions"
        ),
        NodeSpec("SLICE", [3, 5, 6], [4], options={}, options_type="SliceOptions"),
        NodeSpec("ASSIGN_VARIABLE", [1, 4], [], options={}, options_type="AssignVariableOptions"),
        NodeSpec(
            "CONV_2D",
            [3, 7, 8],
            [9],
            # VALID, RELU.
            options={
                "Padding": 1,
                "StrideH": 1,
                "StrideW": 1,
                "DilationHFactor": 1,
                "DilationWFactor": 1,
                "FusedActivationFunction": 1,
            },
            options_type="Conv2DOptions",
        ),
        NodeSpec(
            "FULLY_CONNECTED", [9, 10, 11], [12], options={}, options_type="FullyConnectedOptions"
        ),
        NodeSpec("SOFTMAX", [12], [13], options={"Beta": 1.0}, options_type="SoftmaxOptions"),
    ]
    return build_graphs(GraphSpec(tensors, nodes, [0], [13]))


def main() -> None:
    command.write_files({_OUTPUT.value: build()})


if __name__ == "__main__":
    command.run(main)
