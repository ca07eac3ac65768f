# SPDX-License-Identifier: Apache-2.0
"""What the inspector shows of a model, as JSON."""

from __future__ import annotations

import dataclasses
import math

from inspector.inspection import Inspection, totals, used_operators
from tflite import costs, memory_plan
from tflite.model import Node, Option, Quantization, Subgraph, Tensor
from tflm import compatibility


def _scale(scale: float) -> float:
    # It is a float32: nine digits are all of it.
    return float(f"{scale:.9g}")


def _quantization_json(quantization: Quantization | None) -> dict | None:
    if quantization is None:
        return None
    if quantization.per_channel:
        return {
            "axis": quantization.axis,
            "scales": [_scale(scale) for scale in quantization.scales],
            "zero_points": list(quantization.zero_points),
        }
    return {
        "scale": _scale(quantization.scales[0]),
        "zero_point": quantization.zero_points[0],
    }


def _tensor_json(tensor: Tensor) -> dict:
    return {
        "index": tensor.index,
        "name": tensor.name,
        "dtype": tensor.dtype,
        "shape": list(tensor.shape),
        "shape_signature": None if tensor.shape_signature is None else list(tensor.shape_signature),
        "bytes": tensor.byte_size,
        "constant_bytes": tensor.buffer_size,
        "variable": tensor.is_variable,
        "sparse": tensor.is_sparse,
        "quantization": _quantization_json(tensor.quantization),
    }


def _layer_json(node: Node, subgraph: Subgraph) -> dict:
    return {
        "index": node.index,
        "operator": node.operator.name,
        "custom": node.operator.custom,
        "version": node.operator.version,
        "inputs": list(node.inputs),
        "outputs": list(node.outputs),
        "options": {name: _option_json(value) for name, value in node.options.items()},
        "multiply_accumulates": costs.multiply_accumulates(node, subgraph),
        "weight_bytes": costs.weight_bytes(node, subgraph),
    }


def _plan_json(inspection: Inspection) -> dict:
    plan = inspection.plan
    notes = list(inspection.plan_notes)
    if plan is None:
        return {"peak_bytes": None, "notes": notes}
    return {
        "peak_bytes": plan.peak,
        "least_bytes": max(plan.live),
        "alignment": memory_plan.ALIGNMENT,
        "variable_bytes": plan.variables,
        "notes": notes,
        "steps": [
            {
                "subgraph": step.subgraph,
                "operator_index": step.node,
                "name": step.name,
                "live_bytes": live,
            }
            for step, live in zip(plan.steps, plan.live, strict=True)
        ],
        "tensors": [
            {
                "subgraph": tensor.subgraph,
                "index": tensor.tensor,
                "name": tensor.name,
                "bytes": tensor.bytes,
                "offset": tensor.offset,
                "first_step": tensor.first,
                "last_step": tensor.last,
            }
            for tensor in plan.tensors
        ],
    }


def to_json(inspection: Inspection) -> dict:
    """Makes the report that --json prints.

    Args:
      inspection: what was found out.

    Returns:
      What JSON can represent.
    """
    model = inspection.model
    return {
        "model": inspection.name,
        "bytes": len(model.content),
        "description": model.description,
        "metadata_bytes": dict(model.metadata),
        "runs_on_the_linked_tflm": not inspection.refusals,
        "refusals": list(inspection.refusals),
        "arena_used_bytes": inspection.answer.arena_used_bytes or None,
        "warnings": compatibility.departures(model, inspection.tflm),
        "totals": totals(model),
        "operators": used_operators(inspection),
        "signatures": [dataclasses.asdict(signature) for signature in model.signatures],
        "subgraphs": [
            {
                "index": subgraph.index,
                "name": subgraph.name,
                "inputs": list(subgraph.inputs),
                "outputs": list(subgraph.outputs),
                "layers": [_layer_json(node, subgraph) for node in subgraph.nodes],
                "tensors": [_tensor_json(tensor) for tensor in subgraph.tensors],
            }
            for subgraph in model.subgraphs
        ],
        "memory_plan": _plan_json(inspection),
    }


def _option_json(value: Option) -> Option | list:
    """JSON has no infinite numbers, and no NaN."""
    if isinstance(value, tuple):
        return [_option_json(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
