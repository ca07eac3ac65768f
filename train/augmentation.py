# SPDX-License-Identifier: Apache-2.0
"""Distorted copies of digits: each image is rotated, zoomed, sheared, moved and bent a little.

The bending follows Simard, Steinkraus and Platt, "Best Practices for Convolutional Neural Networks
Applied to Visual Document Analysis" (ICDAR 2003), on a coarse grid of nodes.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from train.architecture import IMAGE_SIZE
from train.recipe import Recipe

_NODES = 4
"""Nodes of the grid along each axis."""

_CHUNK = 2_000
"""Images worked on at a time, to bound the memory."""


@tf.function(reduce_retracing=True)
def _warp(images: tf.Tensor, matrices: tf.Tensor, shifts: tf.Tensor, nodes: tf.Tensor) -> tf.Tensor:
    """Reads each image at other places than its own, bilinearly; outside it is 0.

    Args:
      images: uint8, shape (N, 28, 28).
      matrices: float32, shape (N, 2, 2): from (row, column) to where to read, from the center.
      shifts: float32, shape (N, 2), in pixels.
      nodes: float32, shape (N, 4, 4, 2), in pixels: shifts of a grid over the image.

    Returns:
      uint8, shape (N, 28, 28).
    """
    center = (IMAGE_SIZE - 1) / 2
    offsets = tf.range(IMAGE_SIZE, dtype=tf.float32) - center
    bends = tf.image.resize(nodes, (IMAGE_SIZE, IMAGE_SIZE), "bicubic")
    places = []
    for axis in range(2):
        matrix = matrices[:, axis, :, None, None]
        place = matrix[:, 0] * offsets[:, None] + matrix[:, 1] * offsets
        place += shifts[:, axis, None, None] + bends[..., axis] + center
        # In an image with a border of zeros.
        places.append(tf.clip_by_value(place + 1.0, 0.0, IMAGE_SIZE + 1 - 1e-3))
    top, left = (tf.floor(place) for place in places)
    down, right = places[0] - top, places[1] - left

    width = IMAGE_SIZE + 2
    flat = tf.reshape(tf.pad(images, [[0, 0], [1, 1], [1, 1]]), [-1])
    first = tf.range(tf.shape(images)[0])[:, None, None] * width * width
    index = first + tf.cast(top, tf.int32) * width + tf.cast(left, tf.int32)

    def pixel(offset: int) -> tf.Tensor:
        return tf.cast(tf.gather(flat, index + offset), tf.float32)

    upper = pixel(0) * (1.0 - right) + pixel(1) * right
    lower = pixel(width) * (1.0 - right) + pixel(width + 1) * right
    return tf.cast(upper * (1.0 - down) + lower * down + 0.5, tf.uint8)


def distort(images: np.ndarray, recipe: Recipe, rng: np.random.Generator) -> np.ndarray:
    """Makes one randomly distorted copy of each image.

    Args:
      images: uint8, shape (N, 28, 28).
      recipe: how far the distortions go.
      rng: where the randomness comes from.

    Returns:
      uint8, shape (N, 28, 28).
    """

    def uniform(limit: float, *shape: int) -> np.ndarray:
        # Not `rng.uniform`: this way each operation is exact or rounds once, in float32.
        return (rng.random(shape, np.float32) * 2 - 1) * np.float32(limit)

    copies = []
    for start in range(0, len(images), _CHUNK):
        chunk = images[start : start + _CHUNK]
        matrices = np.eye(2, dtype=np.float32) + uniform(recipe.warp, len(chunk), 2, 2)
        shifts = uniform(recipe.shift_pixels, len(chunk), 2)
        nodes = uniform(recipe.bend_pixels, len(chunk), _NODES, _NODES, 2)
        copies.append(_warp(*map(tf.constant, (chunk, matrices, shifts, nodes))).numpy())
    return np.concatenate(copies)
