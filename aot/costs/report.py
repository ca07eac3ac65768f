# SPDX-License-Identifier: Apache-2.0
"""What a compiled model costs, layer by layer: as data, as text and as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from aot import graph
from aot.c_text import Constant, Struct
from aot.compiler import Compiled
from aot.costs import calls, macs, prediction
from aot.graph import Value


class ReportError(ValueError):
    """A measured report does not fit the model. The message is one line."""


@dataclasses.dataclass(frozen=True)
class Layer:
    """What an operator costs.

    Attributes:
      name: of its first output.
      operators: its kind; those of both if a pass made one of two.
      functions: what it calls; none if it only names memory in another way.
      shape: of its first output.
      macs: multiply-accumulates.
      predicted: instructions; None if they are not known.
      measured: instructions; None if they were not measured.
      ram: bytes that hold something while it runs.
      flash: bytes of weights and tables that no layer before it has.
    """

    name: str
    operators: str
    functions: tuple[str, ...]
    shape: tuple[int, ...]
    macs: int
    predicted: int | None
    measured: int | None
    ram: int
    flash: int


@dataclasses.dataclass(frozen=True)
class Buffer:
    """A piece of the working memory and when it holds something.

    Attributes:
      name: of the value; "" for an operator's scratch memory.
      bytes: its size.
      offset: where it begins.
      first: the number of the layer that writes it; 0 for inputs.
      last: that of the last layer that needs it; outputs are needed after the last layer, too.
    """

    name: str
    bytes: int
    offset: int
    first: int
    last: int


@dataclasses.dataclass(frozen=True)
class Report:
    """What a model costs.

    Attributes:
      model: its name.
      target: what it is compiled for.
      core: what instructions are predicted for.
      compiler: the C compiler of the prediction.
      working_memory: bytes.
      variables: bytes that it keeps from one run to the next.
      layers: in the order in which they run.
      buffers: of the working memory; those of values that share memory lie on each other.
      measured: instructions of a whole inference; None if it was not measured.
    """

    model: str
    target: str
    core: str
    compiler: str
    working_memory: int
    variables: int
    layers: tuple[Layer, ...]
    buffers: tuple[Buffer, ...]
    measured: int | None = None

    @property
    def macs(self) -> int:
        """Multiply-accumulates of all layers."""
        return sum(layer.macs for layer in self.layers)

    @property
    def predicted(self) -> int | None:
        """Instructions of all layers; None if those of one are not known."""
        found = [layer.predicted for layer in self.layers]
        return None if None in found else sum(n for n in found if n is not None)

    @property
    def flash(self) -> int:
        """Bytes of weights and tables."""
        return sum(layer.flash for layer in self.layers)

    @property
    def peak(self) -> int:
        """The most bytes that any layer has in use."""
        return max((layer.ram for layer in self.layers), default=0)


def make(compiled: Compiled, *, name: str, core: str, measured: Mapping | None = None) -> Report:
    """Finds out what a model costs.

    Args:
      compiled: the model.
      name: its name.
      core: one of prediction.cores().
      measured: what a firmware_report's JSON says of it; None without.

    Returns:
      The report.

    Raises:
      ReportError: what was measured is another model, or on another core.
    """
    ops = compiled.graph.ops
    counted = _counted(measured, compiled, core)
    places = compiled.plan.offsets

    def same_place(a: Value, b: Value) -> bool:
        return a in places and b in places and places[a] == places[b]

    predicted = prediction.predicted(compiled, core)
    buffers = _buffers(compiled)
    live = [_bytes_in_use(buffers, i) for i in range(len(ops))]
    known: set[tuple[str, bytes]] = set()
    layers = []
    for i, op in enumerate(ops):
        functions: list[str] = []
        constants: list[Constant | Struct] = []
        for one in graph.walk((op,)):
            if one.blocks:
                continue
            made, found = calls.calls_of(one, compiled.kernels, same_place)
            functions += [call.function for call in made]
            constants += found
        layers.append(
            Layer(
                name=op.output.name if op.outputs else "",
                operators=op.kind,
                functions=tuple(dict.fromkeys(functions)),
                shape=op.output.shape if op.outputs else (),
                macs=macs.multiply_accumulates(op),
                predicted=predicted[i],
                measured=counted[i] if counted else None,
                ram=live[i],
                flash=sum(_new_bytes(constant, known) for constant in constants),
            )
        )
    return Report(
        name,
        compiled.target,
        core,
        prediction.compiler(),
        compiled.plan.size,
        compiled.plan.variables_size,
        tuple(layers),
        tuple(buffers),
        None if measured is None else int(measured["instructions"]["inference"]),
    )


def _new_bytes(constant: Constant | Struct, known: set[tuple[str, bytes]]) -> int:
    """Finds how many bytes a constant takes; 0 if there is one of the same contents already."""
    if isinstance(constant, Struct):
        key = (constant.type, repr(sorted(constant.fields.items())).encode())
        size = 4 * sum(
            len(field) if isinstance(field, Sequence) else 1 for field in constant.fields.values()
        )
    else:
        key = (str(constant.data.dtype), constant.data.tobytes())
        size = constant.data.nbytes
    if key in known:
        return 0
    known.add(key)
    return size


def _buffers(compiled: Compiled) -> list[Buffer]:
    """Lists what lies in the working memory, by the layers that need it."""
    ops, plan = compiled.graph.ops, compiled.plan
    first: dict[Value, int] = dict.fromkeys(compiled.graph.inputs, 0)
    last: dict[Value, int] = dict.fromkeys(compiled.graph.inputs, 0)
    for i, op in enumerate(ops):
        for one in graph.walk((op,)):
            for value in (*one.inputs, *one.outputs, one.condition):
                if value is not None:
                    first.setdefault(value, i)
                    last[value] = i
    last.update(dict.fromkeys(compiled.graph.outputs, len(ops)))
    buffers = [
        Buffer(value.name, value.byte_size, plan.offsets[value], first.get(value, 0), last[value])
        for value in last
        if value in plan.offsets
    ]
    for i, op in enumerate(ops):
        buffers += [
            Buffer("", compiled.kernels[one.kind].scratch_bytes(one), plan.scratch[one], i, i)
            for one in graph.walk((op,))
            if one in plan.scratch
        ]
    return buffers


def _bytes_in_use(buffers: Sequence[Buffer], layer: int) -> int:
    """Counts the bytes of working memory that hold something while a layer runs."""
    total = end = 0
    for low, high in sorted(
        (b.offset, b.offset + b.bytes) for b in buffers if b.first <= layer <= b.last
    ):
        total += max(high - max(low, end), 0)
        end = max(end, high)
    return total


def _counted(measured: Mapping | None, compiled: Compiled, core: str) -> list[int] | None:
    """Takes the instructions of each layer from a firmware_report."""
    if measured is None:
        return None
    try:
        kernels, measured_core = measured["kernels"], measured["core"]
        found = [(o["name"], int(o["instructions"])) for o in measured["operators"]]
        int(measured["instructions"]["inference"])
    except (KeyError, TypeError, ValueError) as error:
        raise ReportError("--measured is not the JSON of a firmware_report") from error
    if kernels != "compiled":
        raise ReportError(
            f"--measured is of TFLM with kernels {kernels!r}, not of a compiled model"
        )
    if measured_core != core:
        raise ReportError(f"--measured is of {measured_core}, not of {core}")
    kinds = [op.kind for op in compiled.graph.ops]
    if [name for name, _ in found] != kinds:
        raise ReportError(
            f"--measured has the layers {', '.join(name for name, _ in found) or '(none)'};"
            f" the model has {', '.join(kinds)}"
        )
    return [number for _, number in found]


# --- text -----------------------------------------------------------------------------------------


def deviation(layer: Layer) -> float | None:
    """By which share the prediction is too high; None if one of the two is missing."""
    if layer.predicted is None or not layer.measured:
        return None
    return layer.predicted / layer.measured - 1


def shape_text(shape: Sequence[int]) -> str:
    """Writes a shape, e.g. "1x8x8x16"."""
    return "x".join(map(str, shape)) or "scalar"


def to_text(report: Report) -> str:
    """Makes the report to read.

    Args:
      report: the report.

    Returns:
      Lines, each with a newline.
    """
    total = report.predicted
    known = sum(layer.predicted or 0 for layer in report.layers)
    has_measured = report.measured is not None
    head = ["layer", "functions", "output", "MACs", "predicted", "share"]
    head += ["measured", "differs"] if has_measured else []
    head += ["RAM", "flash"]
    rows = []
    for i, layer in enumerate(report.layers):
        share = "" if layer.predicted is None or not known else f"{layer.predicted / known:.1%}"
        row = [
            f"{i} {layer.operators}",
            ", ".join(layer.functions) or "-",
            shape_text(layer.shape),
            f"{layer.macs:,}",
            "no prediction" if layer.predicted is None else f"{layer.predicted:,}",
            share,
        ]
        if has_measured:
            off = deviation(layer)
            row.append("" if layer.measured is None else f"{layer.measured:,}")
            row.append("" if off is None else f"{off:+.1%}")
        peak = " *" if layer.ram == report.peak else "  "
        rows.append([*row, f"{layer.ram:,}{peak}", f"{layer.flash:,}"])
    row = ["total", "", "", f"{report.macs:,}"]
    row += ["not known" if total is None else f"{total:,}", ""]
    if has_measured:
        assert report.measured is not None
        row.append(f"{report.measured:,}")
        row.append("" if total is None else f"{total / report.measured - 1:+.1%}")
    rows.append([*row, f"{report.working_memory:,}  ", f"{report.flash:,}"])
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    left = 3
    lines = [f"{report.model} on {report.core}, compiled for {report.target}", ""]
    for number, cells in enumerate((head, *rows)):
        if number == len(rows):
            lines.append("-" * (sum(widths) + 2 * len(widths) - 2))
        lines.append(
            "  ".join(
                cell.ljust(width) if i < left else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
            ).rstrip()
        )
    lines += [
        "",
        f"Predicted are instructions of an emulated core, of C compiled by {report.compiler}.",
        "RAM: bytes of working memory in use while the layer runs (* the most); flash: its weights"
        " and tables.",
    ]
    if report.variables:
        lines.append(f"Variables take {report.variables:,} bytes more.")
    if total is None:
        lines.append(
            "No prediction: a loop or branch that depends on data, or a function that was not"
            " measured."
        )
    return "\n".join(lines) + "\n"


def to_json(report: Report) -> dict:
    """Makes the report for programs.

    Args:
      report: the report.

    Returns:
      JSON.
    """
    return {
        "model": report.model,
        "target": report.target,
        "core": report.core,
        "compiler": report.compiler,
        "macs": report.macs,
        "predicted_instructions": report.predicted,
        "measured_instructions": report.measured,
        "working_memory": report.working_memory,
        "peak": report.peak,
        "variables": report.variables,
        "flash": report.flash,
        "layers": [
            {
                "layer": i,
                "name": layer.name,
                "operator": layer.operators,
                "functions": list(layer.functions),
                "shape": list(layer.shape),
                "macs": layer.macs,
                "predicted_instructions": layer.predicted,
                "measured_instructions": layer.measured,
                "ram": layer.ram,
                "flash": layer.flash,
            }
            for i, layer in enumerate(report.layers)
        ],
        "buffers": [dataclasses.asdict(buffer) for buffer in report.buffers],
    }
