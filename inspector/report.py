"""What inspect tells about a model: once as JSON, once as text."""

from __future__ import annotations

import collections
import dataclasses
import math
from collections.abc import Iterable, Sequence

from tflite import costs, memory_plan, schema
from tflite.memory_plan import MemoryPlan, PlanError
from tflite.model import Model, Node, Option, Quantization, Subgraph, Tensor
from tflm import compatibility
from tflm.capabilities import Tflm
from tflm.verdict import Verdict

_LONGEST_NAME = 40
# How much of an option's value the text shows.
_MOST_OPTION = 60
_OMITTED_OPTIONS = ("weights_format", "keep_num_dims", "fused_activation_function")
# Options of height and width, shown as one.
_PAIRS = {
    "stride_h": ("stride", "stride_w"),
    "filter_height": ("filter", "filter_width"),
    "dilation_h_factor": ("dilation", "dilation_w_factor"),
}


@dataclasses.dataclass(frozen=True)
class Inspection:
    """A model with what was found out about it.

    Attributes:
      name: the file's name, without its folders.
      model: the model.
      tflm: the TFLM that it was held against.
      answer: what that did with it.
      refusals: why that can't run it.
      plan: the memory plan; None where there is none.
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
    """Finds out what is told about a model.

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
                if _registration(operator, tflm) and _registration(operator, tflm).scratch
            }
        )
        if scratch:
            notes.append(
                f"without the scratch buffers that kernels may ask for: {', '.join(scratch)}"
            )
        if "OfflineMemoryAllocation" in model.metadata:
            notes.append("the file brings a plan of its own, which today's TFLM takes instead")
    except PlanError as error:
        plan = None
        notes.append(f"there is none: {error}")
    reasons = tuple(compatibility.refusals(model, tflm, answer))
    return Inspection(name, model, tflm, answer, reasons, plan, tuple(notes))


def _registration(operator, tflm: Tflm):
    return tflm.registrations.get(f"custom:{operator.name}" if operator.custom else operator.name)


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


def _operators_json(inspection: Inspection) -> list[dict]:
    uses = collections.Counter(
        node.operator for subgraph in inspection.model.subgraphs for node in subgraph.nodes
    )
    operators = []
    for operator in inspection.model.operators:
        registration = _registration(operator, inspection.tflm)
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


def totals(model: Model) -> dict[str, int | None]:
    """Adds up what a model costs.

    Args:
      model: the model.

    Returns:
      Multiply-accumulates, each layer of each subgraph once, or None where one can't be told; the
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
        "multiply_accumulates": None if None in counted else sum(counted),
        "weight_bytes": sum(buffers.values()),
    }


def to_json(inspection: Inspection) -> dict:
    """Makes the report that --json prints.

    Args:
      inspection: what was found out.

    Returns:
      What JSON can hold.
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
        "operators": _operators_json(inspection),
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


def short(name: str) -> str:
    """Shortens a tensor's name in its middle: both of its ends tell most.

    Args:
      name: the name.

    Returns:
      The name in at most 40 characters.
    """
    if len(name) <= _LONGEST_NAME:
        return name
    end = (_LONGEST_NAME - 1) // 2
    return f"{name[: _LONGEST_NAME - 1 - end]}…{name[-end:]}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _or_unknown(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def _shape(tensor: Tensor) -> str:
    shape = tensor.shape
    # What may vary is told apart, where the file tells it at all.
    if tensor.shape_signature is not None and len(tensor.shape_signature) == len(shape):
        shape = tuple(
            "?" if s < 0 else d for d, s in zip(shape, tensor.shape_signature, strict=True)
        )
    return "x".join(map(str, shape)) or "scalar"


def _quantization(quantization: Quantization | None) -> str:
    if quantization is None:
        return ""
    if not quantization.per_channel:
        scale, zero_point = quantization.scales[0], quantization.zero_points[0]
        if not zero_point:
            return f"{scale:.6g} * q"
        return f"{scale:.6g} * (q {'+' if zero_point < 0 else '-'} {abs(zero_point)})"
    points = set(quantization.zero_points)
    zero = f"zero point {points.pop()}" if len(points) == 1 else "several zero points"
    return (
        f"{len(quantization.scales)} channels on axis {quantization.axis},"
        f" {min(quantization.scales):.6g} to {max(quantization.scales):.6g}, {zero}"
    )


def _kind(tensor: Tensor, subgraph: Subgraph) -> str:
    if tensor.is_constant:
        return "constant"
    if tensor.is_variable:
        return "variable"
    kinds = [
        kind
        for kind, indices in (("input", subgraph.inputs), ("output", subgraph.outputs))
        if tensor.index in indices
    ]
    return "+".join(kinds)


def _options(node: Node) -> str:
    """Shows options that say something: padding, steps, and what is not the default."""
    options = node.options
    fields = schema.TABLES.get(node.options_type, {})
    widths = {width for height, (_, width) in _PAIRS.items() if height in options}
    parts = []
    for name, value in options.items():
        if name in _OMITTED_OPTIONS or name in widths:
            continue
        if name in _PAIRS:
            label, width = _PAIRS[name]
            if label != "dilation" or (value, options[width]) != (1, 1):
                parts.append(f"{label} {value}x{options[width]}")
        elif name == "padding":
            parts.append(str(value))
        elif value == fields[name][2] or value in ((), ""):
            continue
        elif isinstance(value, bool):
            parts.append(name if value else f"{name} false")
        else:
            parts.append(f"{name} {_option_text(value)}")
    if options.get("fused_activation_function", "NONE") != "NONE":
        parts.append(str(options["fused_activation_function"]))
    return ", ".join(parts)


def _option_json(value: Option) -> Option | list:
    """JSON has no infinite numbers, and no NaN."""
    if isinstance(value, tuple):
        return [_option_json(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _option_text(value: Option) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    text = str(list(value[:_MOST_OPTION])) if isinstance(value, tuple) else str(value)
    return text if len(text) <= _MOST_OPTION else text[: _MOST_OPTION - 1] + "…"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], indent: str) -> list[str]:
    """Lays out columns: those whose header starts with '>' to the right."""
    titles = [title.lstrip(">") for title in header]
    lines = [titles, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    return [
        (
            indent
            + "  ".join(
                cell.rjust(width) if title.startswith(">") else cell.ljust(width)
                for cell, width, title in zip(line, widths, header, strict=True)
            )
        ).rstrip()
        for line in lines
    ]


def _indices(indices: Sequence[int]) -> str:
    return ",".join("-" if i < 0 else str(i) for i in indices)


def _subgraph_text(subgraph: Subgraph) -> list[str]:
    name = f" {subgraph.name!r}" if subgraph.name else ""
    lines = [
        "",
        f"Subgraph {subgraph.index}{name}: input tensors {_indices(subgraph.inputs) or 'none'},"
        f" output tensors {_indices(subgraph.outputs) or 'none'}",
        "",
    ]
    layers = []
    for node in subgraph.nodes:
        outputs = [subgraph.tensors[i] for i in node.outputs]
        layers.append(
            (
                str(node.index),
                node.operator.name,
                str(node.operator.version),
                f"{_indices(node.inputs)} -> {_indices(node.outputs)}",
                " ".join(f"{_shape(t)} {t.dtype}" for t in outputs[:2])
                + (" …" if len(outputs) > 2 else ""),
                _or_unknown(costs.multiply_accumulates(node, subgraph)),
                f"{costs.weight_bytes(node, subgraph):,}",
                _options(node),
            )
        )
    lines += _table(
        (">#", "layer", ">version", "tensors", "output", ">mul-acc", ">weight bytes", "options"),
        layers,
        "  ",
    )
    lines.append("")
    tensors = [
        (
            str(tensor.index),
            short(tensor.name),
            tensor.dtype,
            _shape(tensor),
            _or_unknown(tensor.byte_size),
            _kind(tensor, subgraph) + (", sparse" if tensor.is_sparse else ""),
            _quantization(tensor.quantization),
        )
        for tensor in subgraph.tensors
    ]
    lines += _table(
        (">#", "tensor", "type", "shape", ">bytes", "kind", "real value"), tensors, "  "
    )
    return lines


def _plan_text(inspection: Inspection) -> list[str]:
    plan = inspection.plan
    notes = [f"  ({note})" for note in inspection.plan_notes]
    if plan is None:
        return ["", "Memory plan of the activations:", *notes]
    peak_step = plan.live.index(max(plan.live))
    step = plan.steps[peak_step]
    where = step.name if step.node is None else f"{step.node} {step.name}"
    lines = [
        "",
        f"Memory plan of the activations: {plan.peak:,} bytes; {max(plan.live):,} live at once"
        f" in step {peak_step} ({where})",
        *notes,
    ]
    if plan.variables:
        lines.append(f"  (variables take {plan.variables:,} bytes more, which persist)")
    several = len(inspection.model.subgraphs) > 1
    rows = [
        (
            f"{tensor.offset:,}",
            f"{tensor.offset + tensor.size:,}",
            str(tensor.first),
            str(tensor.last),
            f"{tensor.subgraph}:{tensor.tensor}" if several else str(tensor.tensor),
            short(tensor.name),
        )
        for tensor in sorted(plan.tensors, key=lambda t: (t.first, t.offset))
    ]
    lines.append("")
    lines += _table((">from", ">to", ">first step", ">last", ">#", "tensor"), rows, "  ")
    lines.append("  (step 0 is the start, with the inputs written; then each operator is one)")
    return lines


def to_text(inspection: Inspection) -> str:
    """Makes the report that is printed.

    Args:
      inspection: what was found out.

    Returns:
      Lines, each with a newline.
    """
    model = inspection.model
    total = totals(model)
    lines = [
        f"{inspection.name}: {len(model.content):,} bytes"
        + (f", {model.description}" if model.description else ""),
        f"{_count(len(model.subgraphs), 'subgraph')},"
        f" {_count(sum(len(s.nodes) for s in model.subgraphs), 'layer')},"
        f" {_count(sum(len(s.tensors) for s in model.subgraphs), 'tensor')},"
        f" {_or_unknown(total['multiply_accumulates'])} multiply-accumulates,"
        f" {total['weight_bytes']:,} bytes of weights",
    ]
    for signature in model.signatures:
        inputs = ", ".join(f"{name}={i}" for name, i in signature.inputs.items())
        outputs = ", ".join(f"{name}={i}" for name, i in signature.outputs.items())
        lines.append(f"signature {signature.key!r}: {inputs} -> {outputs}")
    lines += ["", "Operators, and how the linked TFLM registers them:"]
    rows = [
        (
            operator["name"] + (" (custom)" if operator["custom"] else ""),
            str(operator["version"]),
            str(operator["uses"]),
            "MISSING" if operator["missing"] else operator["method"],
        )
        for operator in _operators_json(inspection)
    ]
    lines += _table(("operator", ">version", ">uses", "TFLM"), rows, "  ")
    if inspection.refusals:
        name = f" ({inspection.tflm.name})" if inspection.tflm.name else ""
        lines += ["", f"The linked TFLM{name} can't run it:"]
        lines += [f"  {reason}" for reason in inspection.refusals]
    else:
        lines += [
            "",
            f"The linked TFLM runs it, with {inspection.answer.arena_used_bytes:,} bytes of arena"
            " on this machine.",
        ]
    if warnings := compatibility.departures(model, inspection.tflm):
        lines += ["", "Every TFLM computes something else than TensorFlow Lite here:"]
        lines += [f"  {warning}" for warning in warnings]
    for subgraph in model.subgraphs:
        lines += _subgraph_text(subgraph)
    lines += _plan_text(inspection)
    return "\n".join(lines) + "\n"
