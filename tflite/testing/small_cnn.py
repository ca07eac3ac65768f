# SPDX-License-Identifier: Apache-2.0
"""A small convolutional network with random weights, in float32, float16 and int8.

It needs neither training nor TensorFlow. CONV_2D, MAX_POOL_2D, RESHAPE, FULLY_CONNECTED and
SOFTMAX, as in networks that classify images. All models have the same weights; the int8 one is
quantized as TensorFlow's converter does it (full integer, convolutions per channel), after images
that are drawn at random.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs

SIDE = 12
"""Pixels of the square input, along each axis."""

CLASSES = 5
"""How many scores there are."""

_FILTERS = 4
_SIZE = 3
_POOLED = (SIDE - _SIZE + 1) // 2
_FEATURES = _POOLED * _POOLED * _FILTERS


@dataclasses.dataclass(frozen=True)
class Weights:
    """The network's weights, float32.

    Attributes:
      kernel: shape (4, 3, 3, 1).
      kernel_bias: shape (4,).
      dense: shape (5, 100).
      dense_bias: shape (5,).
    """

    kernel: np.ndarray
    kernel_bias: np.ndarray
    dense: np.ndarray
    dense_bias: np.ndarray


def draw_weights(seed: int = 1) -> Weights:
    """Draws weights.

    Args:
      seed: of the random numbers.

    Returns:
      Weights of a size that gives each class a chance.
    """
    rng = np.random.default_rng(seed)

    def uniform(limit: float, *shape: int) -> np.ndarray:
        return rng.uniform(-limit, limit, shape).astype(np.float32)

    return Weights(
        kernel=uniform(0.6, _FILTERS, _SIZE, _SIZE, 1),
        kernel_bias=uniform(0.1, _FILTERS),
        dense=uniform(0.3, CLASSES, _FEATURES),
        dense_bias=uniform(0.1, CLASSES),
    )


def draw_images(seed: int, count: int) -> np.ndarray:
    """Draws images: blots, which a network distinguishes better than noise.

    Args:
      seed: of the random numbers.
      count: how many.

    Returns:
      float32 from 0 to 1, shape (count, 12, 12, 1).
    """
    rng = np.random.default_rng(seed)
    blots = np.kron(rng.integers(0, 2, (count, 3, 3)), np.ones((1, 4, 4)))
    return (blots * rng.uniform(0, 1, blots.shape)).astype(np.float32)[..., np.newaxis]


def activations(weights: Weights, images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Computes the network in float32.

    Args:
      weights: of the network.
      images: float32 from 0 to 1, shape (N, 12, 12, 1).

    Returns:
      The pooled features (N, 5, 5, 4), the logits (N, 5) and the scores (N, 5).
    """
    # In float64, so that the last bits, which differ between CPUs, don't reach the scales.
    weights = Weights(**{name: value.astype(np.float64) for name, value in vars(weights).items()})
    # One axis after the other: numpy's annotations have no more at once.
    rows = np.lib.stride_tricks.sliding_window_view(images[..., 0], _SIZE, axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(rows, _SIZE, axis=2)
    convolved = np.einsum("nyxij,fij->nyxf", windows, weights.kernel[..., 0]) + weights.kernel_bias
    blocks = np.maximum(convolved, 0).reshape(len(images), _POOLED, 2, _POOLED, 2, _FILTERS)
    pooled = blocks.max(axis=(2, 4))
    logits = pooled.reshape(len(images), -1) @ weights.dense.T + weights.dense_bias
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return pooled, logits, powers / powers.sum(axis=1, keepdims=True)


_NODES = [
    NodeSpec("CONV_2D", (0, 1, 2), (3,), 1, {"StrideW": 1, "StrideH": 1, "Padding": 1,
             "FusedActivationFunction": 1}, "Conv2DOptions"),
    NodeSpec("MAX_POOL_2D", (3,), (4,), 1, {"StrideW": 2, "StrideH": 2, "FilterWidth": 2,
             "FilterHeight": 2, "Padding": 1}, "Pool2DOptions"),
    NodeSpec("RESHAPE", (4, 5), (6,), 1, {}, "ReshapeOptions"),
    NodeSpec("FULLY_CONNECTED", (6, 7, 8), (9,), 1, {}, "FullyConnectedOptions"),
    NodeSpec("SOFTMAX", (9,), (10,), 1, {"Beta": 1.0}, "SoftmaxOptions"),
]  # fmt: skip
_SHAPES = {
    "image": (1, SIDE, SIDE, 1),
    "kernel": (_FILTERS, _SIZE, _SIZE, 1),
    "kernel_bias": (_FILTERS,),
    "convolved": (1, SIDE - _SIZE + 1, SIDE - _SIZE + 1, _FILTERS),
    "pooled": (1, _POOLED, _POOLED, _FILTERS),
    "shape": (2,),
    "features": (1, _FEATURES),
    "dense": (CLASSES, _FEATURES),
    "dense_bias": (CLASSES,),
    "logits": (1, CLASSES),
    "scores": (1, CLASSES),
}
_SHAPE = np.array([-1, _FEATURES], np.int32).tobytes()


def build_float32(weights: Weights) -> bytes:
    """Builds the float32 model.

    Args:
      weights: of the network.

    Returns:
      The file's bytes. Its input is `image`, pixels from 0 to 1.
    """
    constants = {name: value.tobytes() for name, value in vars(weights).items()}
    tensors = [
        TensorSpec(shape, "int32" if name == "shape" else "float32", name,
                   _SHAPE if name == "shape" else constants.get(name, b""))
        for name, shape in _SHAPES.items()
    ]  # fmt: skip
    return build_graphs(GraphSpec(tensors, _NODES, outputs=(10,)))


def build_float16(weights: Weights) -> bytes:
    """Builds the model whose weights are stored as float16, as TensorFlow's converter does it.

    Args:
      weights: of the network.

    Returns:
      The file's bytes. DEQUANTIZE makes float32 of each weight.
    """
    names = list(_SHAPES)
    tensors = [
        TensorSpec(shape, "int32" if name == "shape" else "float32", name,
                   _SHAPE if name == "shape" else b"")
        for name, shape in _SHAPES.items()
    ]  # fmt: skip
    nodes = []
    for name, value in vars(weights).items():
        nodes.append(NodeSpec("DEQUANTIZE", (len(tensors),), (names.index(name),)))
        half = value.astype(np.float16).tobytes()
        tensors.append(TensorSpec(value.shape, "float16", f"{name}_half", half))
    return build_graphs(GraphSpec(tensors, [*nodes, *_NODES], outputs=(10,)))


def build_int8(weights: Weights) -> bytes:
    """Builds the int8 model.

    Args:
      weights: of the network.

    Returns:
      The file's bytes. Its input is `image`, with the scale 1/255 and the zero point -128.
    """
    pooled, logits, _ = activations(weights, draw_images(2, 200))
    scales = {
        "image": (1 / 255, -128),
        "pooled": (float(pooled.max()) / 255, -128),
        "logits": _range(float(logits.min()), float(logits.max())),
        "scores": (1 / 256, -128),
    }
    scales["convolved"] = scales["features"] = scales["pooled"]
    kernel_scales = np.abs(weights.kernel).max(axis=(1, 2, 3)) / 127
    dense_scale = float(np.abs(weights.dense).max()) / 127
    bias_scales = kernel_scales * scales["image"][0]
    dense_bias_scale = dense_scale * scales["features"][0]
    constants = {
        "kernel": (np.rint(weights.kernel / kernel_scales[:, None, None, None]), "int8"),
        "kernel_bias": (np.rint(weights.kernel_bias / bias_scales), "int32"),
        "dense": (np.rint(weights.dense / dense_scale), "int8"),
        "dense_bias": (np.rint(weights.dense_bias / dense_bias_scale), "int32"),
    }
    constant_scales = {
        "kernel": kernel_scales.tolist(),
        "kernel_bias": bias_scales.tolist(),
        "dense": [dense_scale],
        "dense_bias": [dense_bias_scale],
    }

    def tensor(name: str, shape: tuple[int, ...]) -> TensorSpec:
        if name == "shape":
            return TensorSpec(shape, "int32", name, _SHAPE)
        if name in constants:
            values, dtype = constants[name]
            of = constant_scales[name]
            return TensorSpec(shape, dtype, name, values.astype(dtype).tobytes(), of, [0] * len(of))
        scale, zero_point = scales[name]
        return TensorSpec(shape, "int8", name, b"", [scale], [zero_point])

    tensors = [tensor(name, shape) for name, shape in _SHAPES.items()]
    versions = {"CONV_2D": 3, "MAX_POOL_2D": 2, "FULLY_CONNECTED": 4, "SOFTMAX": 2}
    nodes = [dataclasses.replace(node, version=versions.get(node.operator, 1)) for node in _NODES]
    return build_graphs(GraphSpec(tensors, nodes, outputs=(10,)))


def _range(least: float, most: float) -> tuple[float, int]:
    """Scale and zero point of int8 for values from `least`, below 0, to `most`, above it."""
    scale = float(np.float32((most - least) / 255))
    return scale, int(np.rint(-128 - least / scale))
