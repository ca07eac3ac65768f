# SPDX-License-Identifier: Apache-2.0
"""What the inspector shows of a model, as an HTML page."""

from __future__ import annotations

import dataclasses
import functools

from aot import compiler
from aot.importer import CONTROL, CompileError
from aot.kernels.registry import KERNELS
from inspector import graph_svg, plan_svg, text_report
from inspector.inspection import Inspection, totals, used_operators
from pages import markup, page
from pages.markup import Html, element
from tflite import costs
from tflite.model import Model, Node, Operator, Subgraph
from tflm import compatibility
from tflm.capabilities import Tflm

MOST_ROWS = 2_000
"""Of a table: `--json` has all."""

# How many reasons of the compiler are shown: a damaged model may have very many.
_MOST_REASONS = 50
_LONGEST_NAME = 300


@dataclasses.dataclass(frozen=True)
class Engines:
    """What the engines lack for a model.

    Attributes:
      linked: by operator, why the linked TFLM can't run it; None if it can.
      todays: the same of today's TFLM, by its sources.
      compiled: the same of the compiler.
      reasons: why the compiler refuses the model; none if it compiles it.
    """

    linked: dict[Operator, str | None]
    todays: dict[Operator, str | None]
    compiled: dict[Operator, str | None]
    reasons: tuple[str, ...]


def ask_engines(inspection: Inspection, todays: Tflm) -> Engines:
    """Finds out what each engine lacks.

    Args:
      inspection: of the model.
      todays: today's TFLM.

    Returns:
      What they lack.
    """
    model = inspection.model
    reasons = _refusals(model)

    def lacks(tflm: Tflm) -> dict[Operator, str | None]:
        return {o: compatibility.missing(o, tflm.registrations) for o in model.operators}

    return Engines(
        lacks(inspection.tflm),
        lacks(todays),
        {operator: _compiler_lacks(operator, reasons) for operator in model.operators},
        tuple(reasons),
    )


def _refusals(model: Model) -> list[str]:
    try:
        compiler.specification(model)
    except CompileError as error:
        return [line.removeprefix(f"{model.path}: ") for line in error.lines]
    return []


def _compiler_lacks(operator: Operator, reasons: list[str]) -> str | None:
    if operator.custom:
        return "a custom operator"
    if operator.name not in KERNELS and operator.name not in CONTROL:
        return "no kernel"
    if any(f"({operator.name}) " in reason for reason in reasons):
        return "refused as it is used here"
    return None


def to_html(inspection: Inspection, engines: Engines) -> str:
    """Makes the page.

    Args:
      inspection: what was found out.
      engines: what they lack.

    Returns:
      A whole file, the same for the same model and engines.
    """
    model = inspection.model
    sections = [
        ("engines", "Which engines run it", _engines(inspection, engines)),
        ("graph", "Graph", _graphs(model, engines)),
        ("layers", "Layers and what they cost", _layers(model)),
        ("memory", "Memory plan of the activations", _plan(inspection)),
        ("tensors", "Tensors", _tensors(model)),
    ]
    links = [element("li", element("a", title, href=f"#{key}")) for key, title, _ in sections]
    return page.document(
        inspection.name,
        _overview(inspection, engines),
        element("nav", element("ul", *links), aria_label="Sections"),
        *(page.section(key, title, content) for key, title, content in sections),
        style=graph_svg.STYLE,
    )


def _overview(inspection: Inspection, engines: Engines) -> Html:
    model = inspection.model
    total = totals(model)
    figures = [
        ("bytes", f"{len(model.content):,}"),
        ("layers", f"{sum(len(s.nodes) for s in model.subgraphs):,}"),
        ("multiply-accumulates", text_report.or_unknown(total["multiply_accumulates"])),
        ("bytes of weights", f"{total['weight_bytes']:,}"),
        (
            "bytes of activations, as TFLM plans them",
            "?" if inspection.plan is None else f"{inspection.plan.peak:,}",
        ),
        ("linked TFLM", "refuses it" if inspection.refusals else "runs it"),
        ("operators that today's TFLM lacks", _lacks(engines.todays)),
        ("compiler to C", "refuses it" if engines.reasons else "compiles it"),
    ]
    signatures = [
        f"signature {s.key!r}: "
        + ", ".join(f"{name}={i}" for name, i in s.inputs.items())
        + " → "
        + ", ".join(f"{name}={i}" for name, i in s.outputs.items())
        for s in model.signatures
    ]
    about = [model.description, *signatures]
    about += [f"metadata {name!r}: {size:,} bytes" for name, size in model.metadata.items()]
    return markup.join(
        [markup.glance(figures), markup.bullets(_cut(text) for text in about if text)]
    )


def _lacks(lacking: dict[Operator, str | None]) -> str:
    return f"{sum(reason is not None for reason in lacking.values()):,}"


def _engines(inspection: Inspection, engines: Engines) -> Html:
    rows: list[list[markup.Child]] = []
    marked = []
    for place, (used, operator) in enumerate(
        zip(used_operators(inspection), inspection.model.operators, strict=True)
    ):
        answers = [found[operator] for found in (engines.linked, engines.todays, engines.compiled)]
        if any(answers):
            marked.append(place)
        name = operator.name + (" (custom)" if operator.custom else "")
        cells = [element("strong", answer) if answer else "yes" for answer in answers]
        rows.append([name, operator.version, f"{used['uses']:,}", *cells])
    parts = [
        markup.table(
            "Operators, and which engines have them",
            ["operator", "version", "uses", "linked TFLM", "today's TFLM", "compiler"],
            rows[:MOST_ROWS],
            long=[3, 4, 5],
            marked=[place for place in marked if place < MOST_ROWS],
        )
    ]
    name = f" ({inspection.tflm.name})" if inspection.tflm.name else ""
    linked = f"The linked TFLM{name}"
    if inspection.refusals:
        parts += [markup.paragraph(f"{linked} can't run it:"), _list(inspection.refusals)]
    else:
        parts.append(
            markup.paragraph(
                f"{linked} runs it, with {inspection.answer.arena_used_bytes:,} bytes of arena on"
                " the machine that tried it."
            )
        )
    parts.append(
        markup.paragraph("Today's TFLM was not tried: its sources say what it has kernels for.")
    )
    if engines.reasons:
        parts += [markup.paragraph("The compiler to C refuses it:"), _list(engines.reasons)]
    if warnings := compatibility.departures(inspection.model, inspection.tflm):
        parts += [
            markup.paragraph("Every TFLM computes something else than TensorFlow Lite here:"),
            _list(warnings),
        ]
    return markup.join(parts)


def _list(reasons: tuple[str, ...] | list[str]) -> Html:
    shown = [_cut(reason) for reason in reasons[:_MOST_REASONS]]
    if len(reasons) > len(shown):
        shown.append(f"and {len(reasons) - len(shown):,} more")
    return markup.bullets(shown)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"


def _heading(model: Model, subgraph: Subgraph) -> Html:
    if len(model.subgraphs) == 1:
        return Html("")
    name = f" {subgraph.name!r}" if subgraph.name else ""
    return element("h3", _cut(f"Subgraph {subgraph.index}{name}"))


def _graphs(model: Model, engines: Engines) -> Html:
    parts: list[Html] = []
    left = graph_svg.MOST_OPERATORS
    lacking = {
        operator
        for found in (engines.linked, engines.todays, engines.compiled)
        for operator, reason in found.items()
        if reason is not None
    }
    for subgraph in model.subgraphs:
        parts.append(_heading(model, subgraph))
        if len(subgraph.nodes) > left:
            parts.append(
                markup.paragraph(
                    f"Not drawn: {len(subgraph.nodes):,} operators here, and the page draws"
                    f" {graph_svg.MOST_OPERATORS:,} at most. The next section lists them."
                )
            )
            continue
        left -= len(subgraph.nodes)
        svg = graph_svg.draw(
            subgraph,
            row_of=functools.partial(_row, subgraph.index),
            is_missing=lambda node: node.operator in lacking,
        )
        parts.append(markup.scrolling(svg, label=f"Graph of subgraph {subgraph.index}"))
    if lacking:
        parts.append(markup.paragraph("Marked: operators that an engine lacks."))
    return markup.join(parts)


def _row(subgraph: int, node: Node) -> str:
    return f"layer-{subgraph}-{node.index}"


def _layers(model: Model) -> Html:
    parts = []
    total = totals(model)["multiply_accumulates"]
    for subgraph in model.subgraphs:
        rows: list[list[markup.Child]] = []
        nodes = subgraph.nodes[:MOST_ROWS]
        for node in nodes:
            count = costs.multiply_accumulates(node, subgraph)
            outputs = subgraph.outputs_of(node)
            shapes = ", ".join(f"{text_report.shape_text(t)} {t.dtype}" for t in outputs[:2])
            rows.append(
                [
                    node.index,
                    node.operator.name,
                    f"{text_report.indices_text(node.inputs)} → "
                    f"{text_report.indices_text(node.outputs)}",
                    shapes + (", …" if len(outputs) > 2 else ""),
                    text_report.or_unknown(count),
                    f"{100 * count / total:.1f} %" if count is not None and total else "",
                    f"{costs.weight_bytes(node, subgraph):,}",
                    _cut(text_report.options_text(node)),
                ]
            )
        parts += [
            _heading(model, subgraph),
            markup.table(
                "Layers in the order of execution",
                ["#", "layer", "tensors", "output", "mul-acc", "of all", "weight bytes", "options"],
                rows,
                text=[1],
                long=[2, 3, 7],
                ids=[_row(subgraph.index, node) for node in nodes],
            ),
            _more(len(subgraph.nodes)),
        ]
    return markup.join(parts)


def _more(count: int) -> Html:
    if count <= MOST_ROWS:
        return Html("")
    return markup.paragraph(f"{count - MOST_ROWS:,} more are left out: --json lists all.")


def _plan(inspection: Inspection) -> Html:
    plan = inspection.plan
    notes = markup.bullets(_cut(note) for note in inspection.plan_notes)
    if plan is None or not plan.tensors:
        return notes or markup.paragraph("No tensor needs memory.")
    step = plan.steps[plan.live.index(max(plan.live))]
    where = step.name if step.node is None else f"{step.node} {step.name}"
    text = (
        f"{plan.peak:,} bytes; {max(plan.live):,} are live at once, in {where}. The longer a box,"
        " the longer its tensor is needed; the higher, the larger it is."
    )
    parts = [markup.paragraph(text), notes if inspection.plan_notes else None]
    if len(plan.tensors) > MOST_ROWS:
        parts.append(markup.paragraph(f"Not drawn: {len(plan.tensors):,} tensors."))
    else:
        svg = plan_svg.draw(plan, inspection.name, plan_svg.OF_THE_PAGE)
        parts.append(markup.drawing(svg, label="Memory plan"))
    return markup.join(parts)


def _tensors(model: Model) -> Html:
    parts = []
    for subgraph in model.subgraphs:
        rows: list[list[markup.Child]] = [
            [
                tensor.index,
                _cut(tensor.name),
                tensor.dtype,
                text_report.shape_text(tensor),
                text_report.or_unknown(tensor.byte_size),
                text_report.kind_text(tensor, subgraph) + (", sparse" if tensor.is_sparse else ""),
                text_report.quantization_text(tensor.quantization),
            ]
            for tensor in subgraph.tensors[:MOST_ROWS]
        ]
        parts += [
            _heading(model, subgraph),
            markup.table(
                "Tensors, and what their integers (q) stand for",
                ["#", "name", "type", "shape", "bytes", "kind", "real value"],
                rows,
                text=[2, 3, 5],
                long=[1, 6],
            ),
            _more(len(subgraph.tensors)),
        ]
    return markup.join(parts)
