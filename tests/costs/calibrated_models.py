# SPDX-License-Identifier: Apache-2.0
"""The calibration's models, compiled; the program that runs them; and what was counted of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from aot import compiler, emit, plan
from aot.compiler import Compiled
from aot.costs import fitting, model_calls
from aot.graph import Graph, Op, Value, rewrite
from aot.kernels import chain, row_schedule
from aot.kernels.kernel import Kernel
from aot.passes import chains
from aot.passes.chains import RAM
from aot.targets import TARGETS
from tests.costs import calibration
from tflite.model import Model

_MAIN = """\
// Runs models; calls TicksNow() before each, after each layer, and after it. Generated.

#include <stddef.h>
#include <stdint.h>

{includes}#include "firmware/runtime/ticks.h"

static _Alignas(16) unsigned char memory[{size}];
static uint32_t number = 1;

static void OnLayer(void *context, int32_t layer, const char *kind) {{
  (void)context;
  (void)layer;
  (void)kind;
  TicksNow();
}}

static uint32_t Next(void) {{
  number = number * 1664525u + 1013904223u;
  return number >> 16;
}}

static void FillFloats(float *to, uint32_t count) {{
  for (uint32_t i = 0; i < count; ++i) to[i] = (float)((int32_t)Next() - 32768) / 16384.0f;
}}

static void FillBytes(void *to, uint32_t count) {{
  for (uint32_t i = 0; i < count; ++i) ((unsigned char *)to)[i] = (unsigned char)Next();
}}

{functions}
int main(void) {{
{calls}  return 0;
}}
"""

# How many rows the chains of a model make at a time, by turns.
_ROWS = (1, 2, 3)

_RUN = """\
static void Run_{name}(void) {{
  static struct {name}_state model;
  {name}_init(&model, memory);
  model.profile = OnLayer;
{fills}  TicksNow();
  {name}_invoke(&model);
  TicksNow();
}}

"""


_DIFFERING = "_differing"


def compiled(name: str) -> dict[str, Compiled]:
    """Compiles a set of models that one program can have.

    Args:
      name: what for, one of targets.TARGETS; then "_differing" for only the layers that a target
        other than the portable one has kernels of its own for; "_" and one of calibration.SORTS.

    Returns:
      Each by its name.
    """
    layers, _, sort = name.rpartition("_")
    target = layers.removesuffix(_DIFFERING)
    made = calibration.models(sort, differing=layers.endswith(_DIFFERING))
    return {model: _compiled(spec, model, target) for model, spec in made.items()}


def _compiled(model: Model, name: str, target: str) -> Compiled:
    # Nothing is chosen by what is fitted here.
    graph = compiler.optimized(model, ["choose_variants", "run_by_rows"], optimize=RAM)
    number = int(name.rpartition("_")[2])
    graph = _chained(_varied(graph, TARGETS[target], number))
    planned = _plan(graph, TARGETS[target])
    sources = emit.emit(
        graph, planned, TARGETS[target], name=name, header_name=f"{name}.h", profile=True
    )
    return Compiled(graph, planned, sources, target)


def _varied(graph: Graph, kernels: Mapping[str, Kernel], count: int) -> Graph:
    """Has operators that several functions can compute computed by these in turn, from one on."""
    ops: list[Op] = []
    for op in graph.ops:
        variants = () if op.blocks else kernels[op.kind].variants(op)
        if variants:
            ops.append(variants[count % len(variants)].op)
            count += 1
        else:
            ops.append(op)
    return rewrite(graph, ops)


def _chained(graph: Graph) -> Graph:
    """Puts operators into chains that were made for it: some rows at a time."""
    ops: list[Op] = []
    place = count = 0
    possible = chains.possible(graph)
    while place < len(graph.ops):
        end = next((e for first, e in possible if first == place and e == first + 2), place + 1)
        parts = graph.ops[place:end]
        made = chain.chain(parts, _ROWS[count % len(_ROWS)])
        if len(parts) > 1 and parts[1].kind in ("CONV_2D", "FULLY_CONNECTED"):
            assert row_schedule.schedule(parts, made.option(chain.ROWS)) is not None
            ops.append(made)
            count += 1
        else:
            ops += parts[:1]
            end = place + 1
        place = end
    return dataclasses.replace(graph, ops=tuple(ops))


def _plan(graph: Graph, kernels: Mapping[str, Kernel]) -> plan.Plan:
    """Places each value by itself: the planner takes long for many layers beside each other."""
    offsets: dict[Value, int] = {}
    scratch: dict[Op, int] = {}
    variables: dict[Value, int] = {}
    sizes = [0, 0]

    def place(size: int, which: int = 0) -> int:
        start = sizes[which]
        sizes[which] += -(-size // 8) * 8
        return start

    for value in graph.values():
        if value.is_variable:
            variables[value] = place(value.byte_size, 1)
        elif not value.is_constant:
            offsets[value] = place(value.byte_size)
    for op in graph.ops:
        size = kernels[op.kind].scratch_bytes(op)
        if size:
            scratch[op] = place(size)
    return plan.Plan(offsets, scratch, sizes[0], variables, sizes[1])


def program(models: Mapping[str, Compiled]) -> str:
    """Writes the program's main().

    Args:
      models: the models by their names.

    Returns:
      C source text.
    """
    runs = []
    for name, model in models.items():
        fills = ""
        for i, value in enumerate(model.graph.inputs):
            floats = value.dtype == "float32"
            call = "FillFloats" if floats else "FillBytes"
            count = value.size if floats else value.byte_size
            fills += f"  {call}({name}_input_{i}(&model), {count});\n"
        runs.append(_RUN.format(name=name, fills=fills))
    return _MAIN.format(
        includes="".join(f'#include "{name}.h"\n' for name in models),
        size=max(model.plan.size for model in models.values()),
        functions="".join(runs),
        calls="".join(f"  Run_{name}();\n" for name in models),
    )


def layers(models: Mapping[str, Compiled], counts: Sequence[int]) -> Iterator[fitting.Layer]:
    """Says of each layer what it calls, and how many instructions it took.

    Args:
      models: the models by their names.
      counts: instructions from each call of TicksNow() to the next one.

    Yields:
      The layers that call something.

    Raises:
      ValueError: the counts are of another program.
    """
    if len(counts) != sum(len(model.graph.ops) + 2 for model in models.values()) - 1:
        raise ValueError(f"{len(counts)} counts are not of these models")
    place = 0
    for model in models.values():
        for features in model_calls.features_of(model):
            if features:
                yield fitting.Layer(features, counts[place])
            place += 1
        # What is left of this one, and what comes before the next one's first layer.
        place += 2
