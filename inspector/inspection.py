# SPDX-License-Identifier: Apache-2.0
"""What the inspector finds out about a model."""

from __future__ import annotations

import collections
import dataclasses

from tflite import costs, memory_plan
from tflite.memory_plan import MemoryPlan, PlanError
from tflite.model import Model, Operator
from tflm import compatibility
from tflm.capabilities import Registration, Tflm
from tflm.verdict import Verdict


@dataclasses.dataclass(frozen=True)
class Inspection:
    """A model with what was found out about it.

    Attributes:
      name: the file's name, without its folders.
      model: the model.
      tflm: the TFLM that it was held against.
      answer: what that did with it.
      refusals: why that can't run it.
      plan: the memory plan; None if there is none.
      plan_notes: what the plan leaves out, or why there is none.
    """

    name: str
    model: Model
    tflm: Tflm
    answer: Verdict
    refusals: tuple[str, ...]
    plan: MemoryPlan | None
    plan_notes: tuple[str, ...]


def inspect_model(model: Model, tflm: Tflm, answer: Verdict, name: str) -> Inspection:
    """Finds out what is reported about a model.

    Args:
      model: the model.
      tflm: the linked TFLM.
      answer: what it did with the model.
      name: what to call it.

    Returns:
      What was found.
    """
    notes = []
    try:
        plan = memory_plan.plan_memory(model, tflm.planner_ties)
        scratch = sorted(
            {
                operator.name
                for operator in model.operators
                if (registration := registration_of(operator, tflm)) and registration.scratch
            }
        )
        if scratch:
            notes.append(
                f"without the scratch buffers that kernels may ask for: {', '.join(scratch)}"
            )
        if "OfflineMemoryAllocation" in model.metadata:
            notes.append("the file has a plan of its own, which today's TFLM takes instead")
    except PlanError as error:
        plan = None
        notes.append(f"there is none: {error}")
    reasons = tuple(compatibility.refusals(model, tflm, answer))
    return Inspection(name, model, tflm, answer, reasons, plan, tuple(notes))


def registration_of(operator: Operator, tflm: Tflm) -> Registration | None:
    """Finds what a TFLM registers for an operator.

    Args:
      operator: of the model.
      tflm: the TFLM.

    Returns:
      Its registration; None if it has none.
    """
    return tflm.registrations.get(f"custom:{operator.name}" if operator.custom else operator.name)


def totals(model: Model) -> dict[str, int | None]:
    """Adds up what a model costs.

    Args:
      model: the model.

    Returns:
      Multiply-accumulates, each layer of each subgraph once, or None if one is not known; the
      bytes of weights, what is shared once.
    """
    counted = [
        costs.multiply_accumulates(node, subgraph)
        for subgraph in model.subgraphs
        for node in subgraph.nodes
    ]
    buffers = {
        tensor.buffer_index: tensor.buffer_size
        for subgraph in model.subgraphs
        for node in subgraph.nodes
        for tensor in costs.weights(node, subgraph)
    }
    return {
        "multiply_accumulates": (
            None if None in counted else sum(count for count in counted if count is not None)
        ),
        "weight_bytes": sum(buffers.values()),
    }


def used_operators(inspection: Inspection) -> list[dict]:
    """Lists the operators of a model.

    Args:
      inspection: of the model.

    Returns:
      Of each `name`, `custom`, `version`, `uses` (how often), and of the linked TFLM the resolver's
      `method` and what is `missing`; None for neither.
    """
    uses = collections.Counter(
        node.operator for subgraph in inspection.model.subgraphs for node in subgraph.nodes
    )
    operators = []
    for operator in inspection.model.operators:
        registration = registration_of(operator, inspection.tflm)
        operators.append(
            {
                "name": operator.name,
                "custom": operator.custom,
                "version": operator.version,
                "uses": uses[operator],
                "method": registration.method if registration else None,
                "missing": compatibility.missing(operator, inspection.tflm.registrations),
            }
        )
    return operators
