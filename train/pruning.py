"""Removal of the hidden units that the network misses least.

A wide layer trained and then thinned out finds better units than a narrow one trained from the
start. Which unit goes is decided by the loss without it, one unit at a time (the brute-force oracle
of Molchanov et al., "Pruning Convolutional Neural Networks for Resource Efficient Inference",
arXiv:1611.06440, 2.2), and the units that stay take over its part, by least squares (as in He,
Zhang and Sun, "Channel Pruning for Accelerating Very Deep Neural Networks", arXiv:1707.06168, 3.1).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

_RIDGE = 1e-3
"""Added to the mean squares in the least squares, which units that never fire make singular."""


@dataclasses.dataclass(frozen=True)
class Removal:
    """What is left of a layer.

    Attributes:
      kept: int64, shape (units,): the columns of the hidden layer that stay, ascending.
      kernel: float32, shape (units, 10): their outgoing weights.
      bias: float32, shape (10,).
    """

    kept: np.ndarray
    kernel: np.ndarray
    bias: np.ndarray


def remove_units(
    hidden: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray,
    units: int,
    loss: Callable[[np.ndarray], float],
) -> Removal:
    """Removes hidden units one by one, each time the one whose mean replaces it at the least loss.

    Args:
      hidden: float32, shape (N, H): the hidden activations on some images.
      kernel: float32, shape (H, 10): the weights from hidden units to logits.
      bias: float32, shape (10,): the biases of the logits.
      units: how many of the H stay.
      loss: from logits, float32 (N, 10), to the loss on these images.

    Returns:
      What stays; all of it if H is not above `units`.
    """
    kept = np.arange(hidden.shape[1])
    mean = hidden.mean(axis=0)
    centered = hidden - mean
    # With the means in the bias, the units' activations have none.
    bias = bias + mean @ kernel
    while len(kept) > units:
        logits = centered @ kernel + bias
        losses = [
            loss(logits - np.outer(centered[:, unit], kernel[unit])) for unit in range(len(kept))
        ]
        gone = int(np.argmin(losses))
        activation, weights = centered[:, gone], kernel[gone]
        kept, mean = np.delete(kept, gone), np.delete(mean, gone)
        centered, kernel = np.delete(centered, gone, axis=1), np.delete(kernel, gone, axis=0)
        squares = centered.T @ centered + _RIDGE * len(centered) * np.eye(len(kept))
        shares = np.linalg.solve(squares, centered.T @ activation)
        kernel = (kernel + np.outer(shares, weights)).astype(np.float32)
    return Removal(kept, kernel, (bias - mean @ kernel).astype(np.float32))
