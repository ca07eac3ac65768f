# SPDX-License-Identifier: Apache-2.0
"""Operations that give the same bytes on every CPU.

The same instructions give the same bytes everywhere; what differs between CPUs is which ones run.

- A product of matrices is computed in blocks that fit the CPU's caches, and a sum that is cut at
  another place rounds otherwise. Here no sum is longer than `LONGEST_SUM`, which fits all of them.
- `reciprocal`, `rsqrt`, `sigmoid` and `softmax` use approximate instructions, which makers of CPUs
  build differently. Division and square root are exact. So are additions and multiplications.
- Which instructions a kernel may use is a matter of the environment: see `instructions`.

`//train:cpu_test` compares what several CPUs give.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from train.architecture import IMAGE_SIZE

LONGEST_SUM = 256
"""Terms of a sum in a product of matrices, at most: so much fits the smallest caches."""


def product(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Multiplies two matrices.

    Args:
      a: float32, shape (N, K), N <= LONGEST_SUM if the gradient is wanted.
      b: float32, shape (K, M).

    Returns:
      float32, shape (N, M).
    """
    length = a.shape[1]
    pieces = -(-length // LONGEST_SUM)
    sizes = [length // pieces + (piece < length % pieces) for piece in range(pieces)]
    return tf.add_n(
        [x @ y for x, y in zip(tf.split(a, sizes, axis=1), tf.split(b, sizes), strict=True)]
    )


def _places() -> np.ndarray:
    """Where each weight of a 3 x 3 filter is in the matrix of `convolve_and_pool`.

    Returns:
      float32, shape (16, 4, 9): 1 at (pixel of the patch, output, weight) if that output takes that
      pixel with that weight.
    """
    places = np.zeros((2, 2, 2, 2, 2, 2, 3, 3), np.float32)
    for out_row, out_column, row, column in np.ndindex(2, 2, 3, 3):
        block_row, in_row = divmod(out_row + row, 2)
        block_column, in_column = divmod(out_column + column, 2)
        pixel = (block_row, block_column, in_row, in_column)
        places[(*pixel, out_row, out_column, row, column)] = 1
    return places.reshape(16, 4, 9)


_PLACES = _places()


def convolve_and_pool(images: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Convolves images with 3 x 3 filters, without padding, and takes the largest of each 2 x 2.

    A product of 4 x 4 pixels, every other row and column, with a matrix gives the four outputs that
    are pooled. Products as small as 9 by 8 would depend on the CPU, and take longer.

    Args:
      images: float32, shape (N, 28, 28).
      kernel: float32, shape (3, 3, 1, M).

    Returns:
      float32, shape (N, 13, 13, M).
    """
    filters = kernel.shape[-1]
    size = IMAGE_SIZE // 2 - 1
    blocks = tf.nn.space_to_depth(images[..., None], 2)
    patches = tf.concat(
        [
            blocks[:, row : row + size, column : column + size]
            for row in (0, 1)
            for column in (0, 1)
        ],
        axis=-1,
    )
    # Each entry is one weight and zeros: a sum without rounding.
    matrix = tf.matmul(tf.constant(_PLACES), tf.reshape(kernel, (1, 9, filters)))
    # One image at a time, for the gradient's sums: 169 terms each.
    products = tf.matmul(
        tf.reshape(patches, (-1, size * size, 16)), tf.reshape(matrix, (16, 4 * filters))
    )
    return tf.reduce_max(tf.reshape(products, (-1, size, size, 4, filters)), axis=3)


class AdamW:
    """The optimizer of Loshchilov and Hutter, arXiv:1711.05101, by square root and division."""

    _DECAY = (0.9, 0.999)
    _EPSILON = 1e-7

    def __init__(self, variables: Sequence[tf.Variable], weight_decay: float) -> None:
        """Starts with no gradient seen.

        Args:
          variables: what to train.
          weight_decay: the share of a variable that goes in a step, times the learning rate.
        """
        self._variables = variables
        self._weight_decay = weight_decay
        self._means = [tf.Variable(tf.zeros_like(variable)) for variable in variables]
        self._squares = [tf.Variable(tf.zeros_like(variable)) for variable in variables]
        # The powers of both decays.
        self._powers = [tf.Variable(1.0) for _ in self._DECAY]

    def step(self, gradients: Sequence[tf.Tensor], rate: tf.Tensor) -> None:
        """Changes the variables.

        Args:
          gradients: one for each variable.
          rate: the learning rate, float32.
        """
        first, second = self._DECAY
        for power, decay in zip(self._powers, self._DECAY, strict=True):
            power.assign(power * decay)
        size = rate * tf.sqrt(1.0 - self._powers[1]) / (1.0 - self._powers[0])
        for variable, mean, square, gradient in zip(
            self._variables, self._means, self._squares, gradients, strict=True
        ):
            mean.assign_add((1.0 - first) * (gradient - mean))
            square.assign_add((1.0 - second) * (gradient * gradient - square))
            change = size * mean / (tf.sqrt(square) + self._EPSILON)
            variable.assign_sub(change + rate * self._weight_decay * variable)
