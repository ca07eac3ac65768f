# SPDX-License-Identifier: Apache-2.0
"""Random models of all operators."""

from __future__ import annotations

from collections.abc import Sequence

from aot.importer import CONTROL
from aot.kernels.registry import KERNELS
from aot.testing import random_elementwise, random_movement, random_products, random_state
from aot.testing.random_graphs import Maker, RandomModel, make

MAKERS: dict[str, Maker] = {
    **random_elementwise.MAKERS,
    **random_movement.MAKERS,
    **random_products.MAKERS,
    **random_state.MAKERS,
}
"""How to add each operator to a model."""

OFTEN = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "ADD", "MUL", "RESHAPE", "QUANTIZE") * 3
"""What most models are made of."""


def random_model(source: int | Sequence[int]) -> RandomModel:
    """Makes a random model of all operators.

    Args:
      source: a seed, or choices of another model.

    Returns:
      The model.
    """
    known = {n: maker for n, maker in MAKERS.items() if n in {*KERNELS, *CONTROL}}
    return make(source, known, OFTEN, random_products.activation)
