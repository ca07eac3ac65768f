# SPDX-License-Identifier: Apache-2.0
"""All passes, in the order in which they run."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

from aot.graph import Graph
from aot.kernels.kernel import Kernel
from aot.passes.chains import run_by_rows
from aot.passes.constant_channels import remove_constant_channels
from aot.passes.constant_folding import fold_constants
from aot.passes.folded_padding import fold_padding
from aot.passes.fused_activations import fuse_activations
from aot.passes.merged_tables import merge_tables
from aot.passes.pooled_convolutions import fuse_pooling
from aot.passes.variables_in_place import use_variables_in_place

Pass = Callable[[Graph, Mapping[str, Kernel]], Graph]

PASSES: dict[str, Pass] = {
    "fold_constants": fold_constants,
    "fuse_activations": fuse_activations,
    "fold_padding": fold_padding,
    "remove_constant_channels": remove_constant_channels,
    "fuse_pooling": fuse_pooling,
    "merge_tables": merge_tables,
    "use_variables_in_place": use_variables_in_place,
    "run_by_rows": run_by_rows,
}


def passes_for(optimize: str) -> dict[str, Pass]:
    """Gives the passes for what a model is compiled for: one of chains.OPTIMIZE."""
    return {**PASSES, "run_by_rows": functools.partial(run_by_rows, optimize=optimize)}
