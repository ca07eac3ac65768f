# SPDX-License-Identifier: Apache-2.0
"""What the inspector shows of a model, as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from inspector.inspection import Inspection, totals, used_operators
from tflite import costs, schema
from tflite.model import Node, Option, Quantization, Subgraph, Tensor
from tflm import compatibility

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


def short(name: str) -> str:
    """Shortens a tensor's name in its middle: both of its ends say most.

    Args:
      name: the name.

    Returns:
      The name in at most 40 characters.
    """
    if len(name) <= _LONGEST_NAME:
        return name
    end = (_LONGEST_NAME - 1) // 2
    return f"{name[: _LONGEST_NAME - 1 - end]}…{name[-end:]}"


def count_text(number: int, noun: str) -> str:
    """Writes how many there are, e.g. "3 layers"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def or_unknown(number: int | None) -> str:
    """Writes a number, or "?"."""
    return "?" if number is None else f"{number:,}"


def shape_text(tensor: Tensor) -> str:
    """Writes a tensor's shape, e.g. "1x28x28x1"; "?" for what may vary."""
    shape: tuple[int | str, ...] = tensor.shape
    # What may vary is marked, if the file says it at all.
    if tensor.shape_signature is not None and len(tensor.shape_signature) == len(shape):
        shape = tuple(
            "?" if s < 0 else d for d, s in zip(shape, tensor.shape_signature, strict=True)
        )
    return "x".join(map(str, shape)) or "scalar"


def quantization_text(quantization: Quantization | None) -> str:
    """Writes what integers stand for, e.g. "0.5 * (q + 128)"; "" without quantization."""
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


def kind_text(tensor: Tensor, subgraph: Subgraph) -> str:
    """Says what a tensor is: constant, variable, input, output; "" for what operators make."""
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


def options_text(node: Node) -> str:
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


def indices_text(indices: Sequence[int]) -> str:
    """Writes numbers of tensors, "-" for those that are left out."""
    return ",".join("-" if i < 0 else str(i) for i in indices)


def _subgraph_text(subgraph: Subgraph) -> list[str]:
    name = f" {subgraph.name!r}" if subgraph.name else ""
    lines = [
        "",
        f"Subgraph {subgraph.index}{name}: input tensors {indices_text(subgraph.inputs) or 'none'},"
        f" output tensors {indices_text(subgraph.outputs) or 'none'}",
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
                f"{indices_text(node.inputs)} -> {indices_text(node.outputs)}",
                " ".join(f"{shape_text(t)} {t.dtype}" for t in outputs[:2])
                + (" …" if len(outputs) > 2 else ""),
                or_unknown(costs.multiply_accumulates(node, subgraph)),
                f"{costs.weight_bytes(node, subgraph):,}",
                options_text(node),
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
            shape_text(tensor),
            or_unknown(tensor.byte_size),
            kind_text(tensor, subgraph) + (", sparse" if tensor.is_sparse else ""),
            quantization_text(tensor.quantization),
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
        f"{count_text(len(model.subgraphs), 'subgraph')},"
        f" {count_text(sum(len(s.nodes) for s in model.subgraphs), 'layer')},"
        f" {count_text(sum(len(s.tensors) for s in model.subgraphs), 'tensor')},"
        f" {or_unknown(total['multiply_accumulates'])} multiply-accumulates,"
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
        for operator in used_operators(inspection)
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
