# SPDX-License-Identifier: Apache-2.0
"""Makes networks for images: convolutions one after the other, as what runs by rows."""

from __future__ import annotations

import dataclasses
import math

from aot.testing import edge_layers, one_operator
from aot.testing.one_operator import PADDING
from tflite.model import Model
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs


def image_network(
    *convolutions: tuple[int, int, int],
    size: int = 32,
    channels: int = 4,
    skip: bool = False,
    dense: int = 0,
    flat_zero_point: int | None = None,
    outputs: tuple[int, ...] = (),
) -> Model:
    """Makes a network.

    Args:
      *convolutions: of each (filter, stride, output channels); 0 channels: depthwise.
      size: of the image, which is square.
      channels: of it.
      skip: whether the image and what the last one makes are added.
      dense: how many outputs a dense layer has of all of that; 0 for none.
      flat_zero_point: of what the dense layer reads; default: that of what is reshaped to it.
      outputs: which convolutions make outputs of the model besides the last operator.

    Returns:
      The model.
    """
    shape = (1, size, size, channels)
    tensors: list[TensorSpec] = []
    nodes: list[NodeSpec] = []
    made = []
    place = -1
    for window, stride, out_c in convolutions:
        kind = "CONV_2D" if out_c else "DEPTHWISE_CONV_2D"
        side = -(-shape[1] // stride)
        output = (1, side, side, out_c or shape[3])
        weights = (out_c, window, window, shape[3]) if out_c else (1, window, window, shape[3])
        options = {
            "Padding": PADDING.SAME,
            "StrideH": stride,
            "StrideW": stride,
            "DilationHFactor": 1,
            "DilationWFactor": 1,
        }
        if not out_c:
            options["DepthMultiplier"] = 1
        layer = edge_layers.layer(kind, shape, weights, output, **options)
        source, *constants = layer.inputs
        if place < 0:
            tensors.append(source)
            place = 0
        start = len(tensors)
        tensors += [*constants, layer.outputs[0]]
        inputs = [place, start, start + 1]
        nodes.append(
            NodeSpec(
                kind,
                inputs,
                [start + 2],
                options=layer.options,
                options_type=one_operator.options_type(kind),
            )
        )
        place, shape = start + 2, output
        made.append(place)
    if skip:
        tensors.append(dataclasses.replace(tensors[place]))
        nodes.append(NodeSpec("ADD", [0, place], [place + 1], options_type="AddOptions"))
        place += 1
    if dense:
        count = math.prod(shape)
        layer = edge_layers.layer("FULLY_CONNECTED", (1, count), (dense, count), (1, dense))
        _, *constants = layer.inputs
        start = len(tensors)
        flat = dataclasses.replace(tensors[place], shape=(1, count))
        if flat_zero_point is not None:
            flat = dataclasses.replace(flat, zero_points=(flat_zero_point,))
        tensors += [one_operator.constant(1, count), flat, *constants, *layer.outputs]
        nodes.append(NodeSpec("RESHAPE", [place, start], [start + 1]))
        inputs, place = [start + 1, start + 2, start + 3], start + 4
        kind = one_operator.options_type("FULLY_CONNECTED")
        nodes.append(NodeSpec("FULLY_CONNECTED", inputs, [place], options_type=kind))
    shown = [place, *(made[i] for i in outputs)]
    return parse_model(build_graphs(GraphSpec(tensors, nodes, [0], shown)), "images.tflite")
