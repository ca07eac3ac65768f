# SPDX-License-Identifier: Apache-2.0
"""Compiles a model: importer, passes, plan, emission, one after the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping

from aot import emit, graph, graph_svg, importer, plan
from aot.costs import prediction
from aot.kernels.kernel import Kernel
from aot.kernels.registry import KERNELS
from aot.passes.chains import SIZE, SPEED
from aot.passes.costs import unknown
from aot.passes.pipeline import PASSES, passes_for
from aot.targets import PORTABLE, TARGETS, WITH_MUCH_MEMORY
from tflite.model import Model

STAGES = ("import", *PASSES)
"""What there is before the plan and the C, in order."""


@dataclasses.dataclass(frozen=True)
class Compiled:
    """A compiled model.

    Attributes:
      graph: what was emitted.
      plan: where its values are.
      sources: its C.
      target: one of targets.TARGETS.
    """

    graph: graph.Graph
    plan: plan.Plan
    sources: emit.Sources
    target: str = PORTABLE

    @property
    def kernels(self) -> Mapping[str, Kernel]:
        """The kernels that it was emitted by."""
        return TARGETS[self.target]


def compile_model(
    model: Model,
    *,
    name: str,
    header_name: str = "",
    trace: bool = False,
    section: str = "",
    passes: bool = True,
    disabled: Collection[str] = (),
    target: str = PORTABLE,
    optimize: str = SPEED,
    profile: bool = False,
) -> Compiled:
    """Compiles a model.

    Args:
      model: the model.
      name: what everything is named after, snake_case.
      header_name: how the source includes the header; default: by its name.
      trace: call the user's function with each tensor, and print checksums.
      section: the section that weights are put in; "" for the usual one.
      passes: run the passes; without, each tensor of the model is made.
      disabled: passes that are left out all the same, by their names in PASSES.
      target: what it is compiled for, one of targets.TARGETS.
      optimize: what counts most, one of passes.chains.OPTIMIZE.
      profile: call the user's function after each layer.

    Returns:
      The compiled model.

    Raises:
      CompileError: the model can't be compiled.
    """
    final = optimized(model, disabled, target, optimize) if passes else specification(model)
    planned = plan.plan_memory(final, TARGETS[target])
    sources = emit.emit(
        final,
        planned,
        TARGETS[target],
        name=name,
        header_name=header_name or f"{name}.h",
        trace=trace,
        content=model.content,
        section=section,
        profile=profile,
    )
    return Compiled(final, planned, sources, target)


def specification(model: Model) -> graph.Graph:
    """Makes the graph in which each tensor of the model is made, by the operators that it has.

    Args:
      model: the model.

    Returns:
      The graph, before the passes.

    Raises:
      CompileError: the model can't be compiled.
    """
    return _after(model, "import")


def optimized(
    model: Model,
    disabled: Collection[str] = (),
    target: str = PORTABLE,
    optimize: str = SPEED,
) -> graph.Graph:
    """Makes the graph that is emitted.

    Args:
      model: the model.
      disabled: passes to leave out.
      target: see `compile_model`.
      optimize: see `compile_model`.

    Returns:
      The graph, after all other passes.

    Raises:
      CompileError: the model can't be compiled.
    """
    return _after(model, STAGES[-1], disabled, target, optimize)


def _after(
    model: Model,
    stage: str,
    disabled: Collection[str] = (),
    target: str = PORTABLE,
    optimize: str = SPEED,
) -> graph.Graph:
    """Makes the graph as it is after a stage, without the passes that are disabled."""
    made = importer.import_model(model, KERNELS)
    # Without chains: SIZE makes whole images, too.
    whole_images = optimize == SPEED and target in WITH_MUCH_MEMORY
    core = prediction.core_of(target)
    for name in STAGES[1 : STAGES.index(stage) + 1]:
        cost = unknown if core is None else prediction.Costs(target, core, made.ops).of
        if name not in disabled:
            chosen = passes_for(SIZE if whole_images else optimize, cost)
            made = chosen[name](made, TARGETS[target])
    return made


def show_stage(
    model: Model,
    stage: str,
    disabled: Collection[str] = (),
    target: str = PORTABLE,
    optimize: str = SPEED,
) -> str:
    """Prints the graph of a model as it is after a stage.

    Args:
      model: the model.
      stage: one of STAGES.
      disabled: passes that are left out.
      target: see `compile_model`.
      optimize: see `compile_model`.

    Returns:
      One line an operator.

    Raises:
      CompileError: the model can't be compiled.
    """
    return graph.as_text(_after(model, stage, disabled, target, optimize))


def draw_stage(
    model: Model,
    stage: str,
    name: str,
    disabled: Collection[str] = (),
    target: str = PORTABLE,
    optimize: str = SPEED,
) -> str:
    """Draws the graph of a model as it is after a stage.

    Args:
      model: the model.
      stage: one of STAGES.
      name: the model's name.
      disabled: passes that are left out.
      target: see `compile_model`.
      optimize: see `compile_model`.

    Returns:
      An SVG file's text.

    Raises:
      CompileError: the model can't be compiled.
    """
    drawn = _after(model, stage, disabled, target, optimize)
    return graph_svg.draw(drawn, f"{name} after {stage}")


def _costs(
    op: graph.Op, price: int | None, costs: prediction.Costs, kernel: Kernel
) -> Iterator[str]:
    """Says what an operator is predicted to cost, and what else would have cost."""
    if not price:
        return
    yield f"{price:,} instructions predicted on {costs.core}"
    others = {v.name: (v.op,) for v in kernel.variants(op) if v.op.options != op.options}
    for name, ops in {**others, **kernel.in_place_of(op)}.items():
        other = costs.of(*ops, without=(op,))
        if other is not None:
            yield f"{round(other):,} {name}"


def explain(compiled: Compiled) -> str:
    """Prints what became of each layer.

    Args:
      compiled: the model.

    Returns:
      Lines: each operator with where its outputs lie, the bounds of its sums, and which functions
      compute it; then the memory of all.
    """
    lines = []
    ops = compiled.graph.ops
    core = prediction.core_of(compiled.target)
    prices: dict[graph.Op, int | None] = {}
    if core is not None:
        prices = dict(zip(ops, prediction.predicted(compiled, core), strict=True))
        costs = prediction.Costs(compiled.target, core, ops)
    for op in graph.walk(ops):
        places = ", ".join(
            f"{value.byte_size} bytes at {compiled.plan.offsets[value]}"
            for value in op.outputs
            if value in compiled.plan.offsets
        )
        kernel = compiled.kernels.get(op.kind)
        said = [places or "in variables", *(kernel.explain(op) if kernel else ())]
        if kernel is not None and op in prices:
            said += _costs(op, prices[op], costs, kernel)
        scratch = compiled.plan.scratch.get(op)
        if kernel is not None and scratch is not None:
            said.append(f"{kernel.scratch_bytes(op)} bytes of scratch at {scratch}")
        lines.append(f"{op.label}: {'; '.join(said)}")
    lines.append(f"working memory: {compiled.plan.size} bytes")
    if compiled.plan.variables_size:
        lines.append(f"variables: {compiled.plan.variables_size} bytes")
    return "\n".join(lines) + "\n"
