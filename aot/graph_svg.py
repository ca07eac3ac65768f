# SPDX-License-Identifier: Apache-2.0
"""Draws a graph: operators one below the other in the order of execution, values as lines.

An order is known, so that nothing has to be laid out but lines that pass operators by: each such
value has a lane on the right, the first one that is free.
"""

from __future__ import annotations

import dataclasses
import xml.sax.saxutils
from collections.abc import Iterable, Iterator

from aot.graph import Graph, Op, Value

_MARGIN, _TITLE_HEIGHT = 16, 44
_LINE, _PADDING, _GAP = 15, 6, 20
_INDENT = 24
_LANE = 12
_LETTER = 6.8
_MOST_LETTERS = 100
# Where the line to the next operator leaves a box.
_STEM = 40
_BLOCKS = {"IF": ("then", "else"), "WHILE": ("first", "condition", "body")}
# Of lines, by turns: each can be told from its neighbours on white and on black.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b08600", "#7a6fd0")
_STYLE = """\
<style>
.page { fill: #ffffff; } .box { fill: #f2f4f7; stroke: #5b6470; } .end { fill: #dfeaf7; }
text { fill: #1b1f24; } .more { fill: #59636e; } .kind { font-weight: bold; }
@media (prefers-color-scheme: dark) {
.page { fill: #14171b; } .box { fill: #22272e; stroke: #9aa4b0; } .end { fill: #1f3147; }
text { fill: #e8ecf0; } .more { fill: #a7b1bc; }
}
</style>"""


@dataclasses.dataclass
class _Box:
    """An operator, an input or an output.

    Attributes:
      kind: what it is.
      lines: what is written below.
      depth: in how many blocks it is.
      is_end: whether it is an input, a variable or an output.
      tip: what is shown of it when the pointer is on it.
      top: where it is.
    """

    kind: str
    lines: list[str]
    depth: int = 0
    is_end: bool = False
    tip: str = ""
    top: int = 0

    @property
    def height(self) -> int:
        return (1 + len(self.lines)) * _LINE + 2 * _PADDING

    def at(self, share: float) -> int:
        """A height on its right side: share is from 0 at the top to 1 at the bottom."""
        return self.top + round(self.height * share)


@dataclasses.dataclass(eq=False)
class _Line:
    """A value on its way from a box to others, by their numbers."""

    source: int
    users: list[int] = dataclasses.field(default_factory=list)


def draw(graph: Graph, title: str) -> str:
    """Draws a graph.

    Args:
      graph: the graph.
      title: what is written above it.

    Returns:
      An SVG file's text. It needs no other file, and is the same whenever it is drawn.
    """
    boxes, lines = _boxes(graph)
    width = max((_letters(box) * _LETTER + box.depth * _INDENT for box in boxes), default=0)
    right = _MARGIN + round(max(width, len(title) * 8)) + 2 * _PADDING
    top = _TITLE_HEIGHT
    for box in boxes:
        box.top = top
        top += box.height + _GAP
    passing = [line for line in lines if any(user > line.source + 1 for user in line.users)]
    lanes = _lanes(passing)
    total = right + (max(lanes, default=-1) + 2) * _LANE + _MARGIN
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{top}"'
        f' viewBox="0 0 {total} {top}" font-family="sans-serif" font-size="12">',
        f"<title>{_escaped(title)}</title>",
        _STYLE,
        '<rect class="page" width="100%" height="100%"/>',
        f'<text x="{_MARGIN}" y="28" font-size="16">{_escaped(title)}</text>',
    ]
    parts += (part for line in lines for part in _straight(line, boxes))
    for line, lane in zip(passing, lanes, strict=True):
        parts += _around(line, lane, boxes, right)
    parts += (part for box in boxes for part in _drawn(box, right))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _boxes(graph: Graph) -> tuple[list[_Box], list[_Line]]:
    """Lists boxes from top to bottom, and what goes from one to others."""
    boxes: list[_Box] = []
    lines: list[_Line] = []
    # What wrote each value last: of outputs of IF one in each block.
    writers: dict[Value, list[_Line]] = {}

    def add(box: _Box, read: Iterable[Value | None], made: Iterable[Value] = ()) -> None:
        for line in (line for v in dict.fromkeys(read) if v for line in writers.get(v, ())):
            line.users.append(len(boxes))
        for value in made:
            lines.append(_Line(len(boxes)))
            writers[value] = [lines[-1]]
        boxes.append(box)

    def add_all(ops: Iterable[Op], depth: int) -> None:
        for op in ops:
            if not op.blocks:
                add(_box(op, depth), op.inputs, op.outputs)
                continue
            # Only the condition is read here: the operators in its blocks read and write the rest.
            names = _BLOCKS[op.kind]
            add(_box(op, depth), [op.condition] if op.kind == "IF" else [])
            before, after = dict(writers), dict[Value, list[_Line]]()
            for name, block in zip(names, op.blocks, strict=True):
                if op.kind == "IF":
                    writers.clear()
                    writers.update(before)
                add(_Box(name, [], depth + 1), [op.condition] if name == "body" else [])
                add_all(block, depth + 2)
                for value, found in writers.items():
                    known = after.get(value, []) if op.kind == "IF" else []
                    after[value] = known + [line for line in found if line not in known]
            writers.update(after)

    for kind, values in (("input", graph.inputs), ("variable", graph.variables)):
        for value in values:
            add(_Box(kind, list(_described(value)), is_end=True), [], [value])
    add_all(graph.ops, 0)
    for value in graph.outputs:
        add(_Box("output", list(_described(value)), is_end=True), [value])
    return boxes, lines


def _box(op: Op, depth: int) -> _Box:
    lines = [line for value in op.outputs for line in _described(value)]
    if op.parts:
        lines.append("runs " + ", ".join(part.kind for part in op.parts))
    constants = ", ".join(_type(v) for v in op.inputs if v is not None and v.is_constant)
    if constants:
        lines.append(f"constants {constants}")
    options = ", ".join(f"{name}={value}" for name, value in sorted(op.options.items()))
    return _Box(op.kind, lines, depth, tip=f"{op.label} {options}".strip())


def _described(value: Value) -> Iterator[str]:
    yield value.name or f"tensor {value.tensor}"
    text = _type(value)
    if value.quantization is not None:
        scales = value.scales
        if value.quantization.per_channel:
            text += f", {len(scales)} scales from {min(scales):.6g} to {max(scales):.6g}"
        else:
            text += f", scale {value.scale:.6g}, zero point {value.zero_point}"
    yield text


def _type(value: Value) -> str:
    return f"{value.dtype}[{'x'.join(map(str, value.shape)) or 'scalar'}]"


def _lanes(lines: Iterable[_Line]) -> list[int]:
    """Finds the first lane that is free for each line; they are in the order of their sources."""
    ends: list[int] = []
    found = []
    for line in lines:
        lane = next((i for i, end in enumerate(ends) if end <= line.source), len(ends))
        ends[lane : lane + 1] = [max(line.users)]
        found.append(lane)
    return found


def _letters(box: _Box) -> int:
    return min(max(map(len, (box.kind, *box.lines))), _MOST_LETTERS) + 2


def _escaped(text: str) -> str:
    return xml.sax.saxutils.escape(text)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"


def _path(points: str, colour: str, head: str = "") -> str:
    """Writes a line, and its arrow's head."""
    line = f'<path d="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
    return line + (f'<path d="{head}" fill="{colour}"/>' if head else "")


def _straight(line: _Line, boxes: list[_Box]) -> Iterator[str]:
    """Draws the way to the next box."""
    if line.source + 1 in line.users:
        source, user = boxes[line.source], boxes[line.source + 1]
        x = _MARGIN + max(source.depth, user.depth) * _INDENT + _STEM
        y = user.top
        yield _path(f"M{x} {source.at(1)}V{y - 2}", _COLOURS[0], f"M{x} {y}l-4 -8h8Z")


def _around(line: _Line, lane: int, boxes: list[_Box], right: int) -> Iterator[str]:
    """Draws the ways to boxes that are farther down."""
    colour = _COLOURS[lane % len(_COLOURS)]
    x = right + (lane + 1) * _LANE
    users = [user for user in line.users if user > line.source + 1]
    start, end = boxes[line.source].at(0.75), boxes[max(users)].at(0.25)
    yield _path(f"M{right} {start}H{x}V{end}", colour)
    for user in users:
        y = boxes[user].at(0.25)
        yield _path(f"M{x} {y}H{right + 2}", colour, f"M{right} {y}l8 -4v8Z")


def _drawn(box: _Box, right: int) -> Iterator[str]:
    left = _MARGIN + box.depth * _INDENT
    tip = "\n".join([box.tip or box.kind, *box.lines])
    look = "box end" if box.is_end else "box"
    yield (
        f'<g><title>{_escaped(tip)}</title><rect class="{look}" x="{left}" y="{box.top}"'
        f' width="{right - left}" height="{box.height}" rx="4"/>'
    )
    for i, text in enumerate([box.kind, *box.lines]):
        look = "kind" if i == 0 else "more"
        y = box.top + _PADDING + (i + 1) * _LINE - 4
        yield f'<text class="{look}" x="{left + 8}" y="{y}">{_escaped(_cut(text))}</text>'
    yield "</g>"
