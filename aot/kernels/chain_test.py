# SPDX-License-Identifier: Apache-2.0
"""Chains of random layers, some rows at a time: specification and C agree, under sanitizers."""

import dataclasses
import pathlib

import numpy as np
import pytest

from aot import compiler, emit, plan
from aot.compiler import Compiled
from aot.graph import Graph
from aot.kernels import chain, row_schedule
from aot.kernels.registry import KERNELS
from aot.passes import chains
from aot.targets import TARGETS
from aot.testing import parity, sanitized_program
from aot.testing.random_images import random_images

_MODELS = 8


def _chained(graph: Graph, random: np.random.Generator) -> Graph:
    """Puts all operators into chains that can be in one, whether that is of use or not."""
    graph, _ = chains.without_reshapes(graph)
    ops = []
    place = 0
    possible = chains.possible(graph)
    while place < len(graph.ops):
        ends = [end for first, end in possible if first == place]
        rows = int(random.integers(1, 4))
        end = ends[-1] if ends and random.integers(4) else ends[0] if ends else place + 1
        parts = graph.ops[place:end]
        if len(parts) > 1 and row_schedule.schedule(parts, rows) is not None:
            ops.append(chain.chain(parts, rows))
        else:
            ops += parts
        place = end
    return dataclasses.replace(graph, ops=tuple(ops))


def _compiled(seed: int, target: str, name: str) -> Compiled:
    """Compiles a random network, as far as possible in chains."""
    model = random_images(seed).model()
    graph = compiler.optimized(model, ["run_by_rows"], target)
    graph = _chained(graph, np.random.default_rng(seed))
    kernels = TARGETS[target]
    planned = plan.plan_memory(graph, kernels)
    header = f"{name}.h"
    sources = emit.emit(graph, planned, kernels, name=name, header_name=header, trace=True)
    return Compiled(graph, planned, sources, target)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("seed", range(16))
def test_chains_agree(seed: int, target: str, tmp_path: pathlib.Path):
    cases = {}
    parts = 0
    for i in range(_MODELS):
        name = f"model_{i}"
        compiled = _compiled(seed * _MODELS + i, target, name)
        random = np.random.default_rng(i)
        inputs = [parity.random_inputs(compiled.graph, random) for _ in range(2)]
        cases[name] = sanitized_program.Case(compiled, inputs)
        parts += sum(len(op.parts) for op in compiled.graph.ops)
    assert parts > _MODELS
    assert sanitized_program.check(cases, tmp_path) == []


def test_models_do_not_have_it():
    op = chain.chain(compiler.optimized(random_images(3).model()).ops[:1], 1)
    assert list(KERNELS[chain.KIND].problems(op)) == ["is made by the compiler alone"]
