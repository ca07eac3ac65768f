# SPDX-License-Identifier: Apache-2.0
"""All passes, in the order in which they run."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping

from aot.graph import Graph
from aot.kernels.kernel import Kernel
from aot.passes.chains import SIZE, SPEED, run_by_rows
from aot.passes.constant_channels import remove_constant_channels
from aot.passes.constant_folding import fold_constants
from aot.passes.costs import Cost, unknown
from aot.passes.folded_padding import fold_padding
from aot.passes.fused_activations import fuse_activations
from aot.passes.merged_tables import merge_tables
from aot.passes.pooled_convolutions import fuse_pooling
from aot.passes.variables_in_place import use_variables_in_place
from aot.passes.variants import choose_variants

Pass = Callable[[Graph, Mapping[str, Kernel]], Graph]

PASSES: dict[str, Pass] = {
    "fold_constants": fold_constants,
    "fuse_activations": fuse_activations,
    "fold_padding": fold_padding,
    "remove_constant_channels": remove_constant_channels,
    "fuse_pooling": fuse_pooling,
    "merge_tables": merge_tables,
    "use_variables_in_place": use_variables_in_place,
    "choose_variants": choose_variants,
    "run_by_rows": run_by_rows,
}


def passes_for(optimize: str, cost: Cost = unknown) -> dict[str, Pass]:
    """Gives the passes for what a model is compiled for.

    Args:
      optimize: one of chains.OPTIMIZE.
      cost: predicts instructions on the target.

    Returns:
      The passes by their names, in order.
    """
    found: dict[str, Pass] = {
        **PASSES,
        "choose_variants": functools.partial(choose_variants, cost=cost),
        "run_by_rows": functools.partial(run_by_rows, optimize=optimize, cost=cost),
    }
    if optimize == SPEED:
        # As one operator they take less memory, and less flash: otherwise that counts.
        found["fuse_pooling"] = functools.partial(fuse_pooling, cost=cost)
    if optimize == SIZE:
        found["choose_variants"] = functools.partial(choose_variants, cost=cost, worth=math.inf)
    return found
