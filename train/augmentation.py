"""Distorted copies of digits: rotation, zoom, shear, translation and an elastic displacement.

Besides, strokes grow thicker or thinner.

The elastic part follows Simard, Steinkraus and Platt, "Best Practices for Convolutional Neural
Networks Applied to Visual Document Analysis" (ICDAR 2003), on a coarse grid of nodes.
"""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf

from train.architecture import IMAGE_SIZE
from train.recipe import Recipe

_CHUNK = 10_000
"""Images worked on at a time, to bound the memory."""


@tf.function(reduce_retracing=True)
def _sample_bilinear(images: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    """Reads uint8 (N, 28, 28) at fractional float32 (N, 28, 28) positions; outside it is 0."""
    width = IMAGE_SIZE + 2
    flat = tf.reshape(tf.pad(images, [[0, 0], [1, 1], [1, 1]]), [-1])
    limit = IMAGE_SIZE + 1 - 1e-3
    rows = tf.clip_by_value(rows + 1.0, 0.0, limit)
    columns = tf.clip_by_value(columns + 1.0, 0.0, limit)
    top, left = tf.floor(rows), tf.floor(columns)
    down, right = rows - top, columns - left
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
    chunks = [images[start : start + _CHUNK] for start in range(0, len(images), _CHUNK)]
    return np.concatenate([_distort_chunk(chunk, recipe, rng) for chunk in chunks])


def _distort_chunk(images: np.ndarray, recipe: Recipe, rng: np.random.Generator) -> np.ndarray:
    count = len(images)
    center = (IMAGE_SIZE - 1) / 2
    offsets = np.arange(IMAGE_SIZE, dtype=np.float32) - center
    y, x = offsets[None, :, None], offsets[None, None, :]

    def uniform(limit: float) -> np.ndarray:
        return rng.uniform(-limit, limit, (count, 1, 1)).astype(np.float32)

    angle = uniform(math.radians(recipe.rotation_degrees))
    zoom_x, zoom_y = np.exp(uniform(recipe.log_zoom)), np.exp(uniform(recipe.log_zoom))
    shear = uniform(recipe.shear)
    shift_x, shift_y = uniform(recipe.shift_pixels), uniform(recipe.shift_pixels)

    # Each pixel's displacement: that of the nodes around it, weighted by bumps that sum to 1.
    nodes = np.linspace(-2, IMAGE_SIZE + 1, recipe.elastic_nodes)
    bumps = (np.arange(IMAGE_SIZE)[:, None] - nodes) / (0.6 * (nodes[1] - nodes[0]))
    weights = np.exp(-0.5 * bumps**2)
    weights = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    shape = (2, count, recipe.elastic_nodes, recipe.elastic_nodes)
    jitter = rng.normal(0.0, recipe.elastic_pixels, shape).astype(np.float32)
    bend_x, bend_y = weights @ jitter @ weights.T

    cosine, sine = np.cos(angle), np.sin(angle)
    columns = cosine * zoom_x * x - sine * zoom_y * y + shear * y + shift_x + bend_x
    rows = sine * zoom_x * x + cosine * zoom_y * y + shift_y + bend_y
    return _sample_bilinear(
        tf.constant(images), tf.constant(rows + center), tf.constant(columns + center)
    ).numpy()


@tf.function(reduce_retracing=True)
def _change_strokes(images: tf.Tensor, extent: tf.Tensor) -> tf.Tensor:
    """Mixes uint8 (N, 28, 28) with its dilation (extent above 0) or its erosion (below)."""
    pixels = tf.cast(images, tf.float32)[..., None]

    def dilate(x: tf.Tensor) -> tf.Tensor:
        # By a cross of five pixels.
        return tf.maximum(
            tf.nn.max_pool2d(x, (1, 3), 1, "SAME"), tf.nn.max_pool2d(x, (3, 1), 1, "SAME")
        )

    thicker = tf.maximum(extent, 0.0) * (dilate(pixels) - pixels)
    thinner = tf.maximum(-extent, 0.0) * (dilate(-pixels) + pixels)
    return tf.cast(pixels + thicker - thinner + 0.5, tf.uint8)[..., 0]


def change_strokes(images: np.ndarray, recipe: Recipe, rng: np.random.Generator) -> np.ndarray:
    """Makes the strokes of each image thicker or thinner.

    Args:
      images: uint8, shape (N, 28, 28).
      recipe: how far it goes.
      rng: where the randomness comes from.

    Returns:
      uint8, shape (N, 28, 28).
    """
    limit = recipe.stroke_extent
    extents = rng.uniform(-limit, limit, (len(images), 1, 1, 1)).astype(np.float32)
    chunks = [slice(start, start + _CHUNK) for start in range(0, len(images), _CHUNK)]
    return np.concatenate(
        [
            _change_strokes(tf.constant(images[chunk]), tf.constant(extents[chunk])).numpy()
            for chunk in chunks
        ]
    )
