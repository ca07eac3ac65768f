# SPDX-License-Identifier: Apache-2.0
"""Draws a subgraph for a page: operators in layers from top to bottom, tensors as lines.

The layout is Sugiyama's: an operator lies below all that it reads; a line that passes layers has a
place in each; places of a layer are ordered by their neighbours' places, and moved as near to these
as they can, in that order (the least squares of a monotone sequence).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from inspector import text_report
from pages.markup import Html, element, escape, join
from tflite.model import Node, Subgraph

MOST_OPERATORS = 1_000
"""Larger subgraphs are not drawn: nobody finds anything in such a drawing."""

_WIDTH, _HEIGHT, _GAP, _LAYER = 196, 44, 20, 84
# So many layers fit on a printed page.
_STRIP = 9
_MARGIN = 10
_LANE = 8
_LETTERS = 27
_SWEEPS = 6


@dataclasses.dataclass
class _Place:
    """What takes room in a layer: a box, or a line that passes.

    Attributes:
      width: how much.
      above: places in the layer above that it is connected with.
      below: the same of the layer below.
      x: of its middle.
    """

    width: int
    above: list[int] = dataclasses.field(default_factory=list)
    below: list[int] = dataclasses.field(default_factory=list)
    x: float = 0.0


@dataclasses.dataclass
class _Box:
    """A box of the drawing.

    Attributes:
      title: its first line.
      text: its second line.
      tip: what is shown of it when the pointer is on it.
      link: to what on the page; "" for nothing.
      look: classes.
      layer: from the top.
    """

    title: str
    text: str
    tip: str
    link: str
    look: str
    layer: int = 0


def draw(
    subgraph: Subgraph,
    *,
    row_of: Callable[[Node], str],
    is_missing: Callable[[Node], bool],
) -> Html:
    """Draws a subgraph.

    Args:
      subgraph: of at most MOST_OPERATORS operators.
      row_of: gives the id of what on the page an operator's box leads to.
      is_missing: says which operators are marked.

    Returns:
      A <div> of one <svg> for some layers each, one below the other without a gap: so printers
      start a new page between two of them, and cut no box. They need STYLE.
    """
    boxes, edges = _boxes(subgraph, row_of, is_missing)
    places, lines = _places(boxes, edges)
    layers: list[list[int]] = [[] for _ in range(1 + max((b.layer for b in boxes), default=0))]
    for i, box in enumerate(boxes):
        layers[box.layer].append(i)
    for (a, _), chain in lines.items():
        for step, place in enumerate(chain):
            layers[boxes[a].layer + 1 + step].append(place)
    _order(layers, places)
    _move(layers, places)
    left = min((p.x - p.width / 2 for p in places), default=0) - _MARGIN
    width = round(max((p.x + p.width / 2 for p in places), default=0) - left + _MARGIN)
    # By the layers that it is in: the first and the last one.
    parts: list[tuple[int, int, Html]] = []
    for (a, b), chain in lines.items():
        points = [(places[a].x - left, _top(boxes[a].layer) + _HEIGHT)]
        for step, place in enumerate(chain):
            top = _top(boxes[a].layer + 1 + step)
            points += [(places[place].x - left, top), (places[place].x - left, top + _HEIGHT)]
        points.append((places[b].x - left, _top(boxes[b].layer)))
        parts.append((boxes[a].layer, boxes[b].layer, _path(points)))
    parts += [
        (box.layer, box.layer, _drawn(box, places[i].x - left - _WIDTH / 2, _top(box.layer)))
        for i, box in enumerate(boxes)
    ]
    strips = []
    for first in range(0, len(layers), _STRIP):
        last = min(first + _STRIP, len(layers)) - 1
        shown = (part for begin, end, part in parts if begin <= last and end >= first - 1)
        height = (last - first + 1) * _LAYER
        strips.append(
            element(
                "svg",
                *shown,
                width=width,
                height=height,
                viewBox=f"0 {first * _LAYER} {width} {height}",
            )
        )
    return element("div", *strips, class_="graph")


def _top(layer: int) -> int:
    """Where the boxes of a layer begin: in the middle of it."""
    return layer * _LAYER + (_LAYER - _HEIGHT) // 2


STYLE = """\
.graph { font-size: 12px; width: max-content; } .graph svg { display: block; }
.graph text { fill: var(--text); } .graph .more { fill: var(--muted); }
.graph rect { fill: var(--background); stroke: var(--muted); }
.graph .end rect { fill: color-mix(in srgb, var(--series-0) 14%, var(--background)); }
.graph .lacking rect { fill: color-mix(in srgb, var(--series-1) 18%, var(--background));
  stroke: var(--series-1); stroke-width: 2; }
.graph .kind { font-weight: 600; }
.graph a:focus rect, .graph a:hover rect { stroke: var(--series-0); stroke-width: 2; }
.graph .line { fill: none; stroke: var(--muted); stroke-width: 1.5; }
.graph .head { fill: var(--muted); }
@media print { .graph { width: auto; }
  .graph svg { break-inside: avoid; height: auto; max-width: 100%; } }
"""
"""The drawings' CSS."""


def _boxes(
    subgraph: Subgraph, row_of: Callable[[Node], str], is_missing: Callable[[Node], bool]
) -> tuple[list[_Box], list[tuple[int, int]]]:
    """Lists boxes, those of inputs first, and which is above which."""
    boxes: list[_Box] = []
    edges: dict[tuple[int, int], None] = {}
    makers: dict[int, int] = {}
    for kind, indices in (("input", subgraph.inputs), ("variable", _variables(subgraph))):
        for i in dict.fromkeys(indices):
            makers[i] = len(boxes)
            boxes.append(_end(subgraph, kind, i))
    first = len(boxes)
    for node in subgraph.nodes:
        here = len(boxes)
        read = [makers[i] for i in node.inputs if i in makers]
        edges.update(dict.fromkeys((maker, here) for maker in read if maker != here))
        outputs = subgraph.outputs_of(node)
        tip = "\n".join(
            [
                f"{node.index} {node.operator.name}",
                *(t.name or f"tensor {t.index}" for t in outputs),
            ]
        )
        text = " ".join(f"{text_report.shape_text(t)} {t.dtype}" for t in outputs[:1])
        look = "lacking" if is_missing(node) else ""
        boxes.append(
            _Box(f"{node.index} {node.operator.name}", text, tip, f"#{row_of(node)}", look)
        )
        boxes[-1].layer = 1 + max((boxes[m].layer for m in read), default=0 if first else -1)
        makers.update((i, here) for i in node.outputs if not subgraph.tensors[i].is_variable)
    for i in dict.fromkeys(subgraph.outputs):
        box = _end(subgraph, "output", i)
        if i in makers:
            edges[makers[i], len(boxes)] = None
            box.layer = boxes[makers[i]].layer + 1
        boxes.append(box)
    # What reads nothing lies just above what reads it.
    for i, box in enumerate(boxes):
        users = [boxes[b].layer for a, b in edges if a == i]
        if users and not any(b == i for _, b in edges):
            box.layer = min(users) - 1
    return boxes, list(edges)


def _variables(subgraph: Subgraph) -> list[int]:
    return [t.index for t in subgraph.tensors if t.is_variable and t.index not in subgraph.inputs]


def _end(subgraph: Subgraph, kind: str, index: int) -> _Box:
    tensor = subgraph.tensors[index]
    text = f"{text_report.shape_text(tensor)} {tensor.dtype}"
    return _Box(f"{kind} {index}", text, f"{kind} {index}\n{tensor.name}", "", "end")


def _places(
    boxes: Sequence[_Box], edges: Sequence[tuple[int, int]]
) -> tuple[list[_Place], dict[tuple[int, int], list[int]]]:
    """Gives each box a place, and each line one in the layers that it passes."""
    places = [_Place(_WIDTH) for _ in boxes]
    lines: dict[tuple[int, int], list[int]] = {}
    # Lines of one value share their way as far as they go.
    passing: dict[int, list[int]] = {}
    for a, b in sorted(edges, key=lambda edge: boxes[edge[1]].layer):
        way = passing.setdefault(a, [])
        needed = boxes[b].layer - boxes[a].layer - 1
        while len(way) < needed:
            _connect(places, way[-1] if way else a, len(places))
            way.append(len(places) - 1)
        lines[a, b] = way[:needed]
        above, below = way[needed - 1] if needed else a, b
        places[above].below.append(below)
        places[below].above.append(above)
    return places, lines


def _connect(places: list[_Place], above: int, below: int) -> None:
    places.append(_Place(_LANE, [above]))
    places[above].below.append(below)


def _order(layers: list[list[int]], places: Sequence[_Place]) -> None:
    """Orders the places of each layer by the middle of their neighbours."""
    rank = {place: i for layer in layers for i, place in enumerate(layer)}

    def middle(place: int, neighbours: Sequence[int]) -> float:
        return sum(rank[n] for n in neighbours) / len(neighbours) if neighbours else rank[place]

    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            wanted = {p: middle(p, places[p].above if down else places[p].below) for p in layer}
            layer.sort(key=wanted.__getitem__)
            rank.update((place, i) for i, place in enumerate(layer))


def _move(layers: Sequence[Sequence[int]], places: Sequence[_Place]) -> None:
    """Moves the places of each layer near to their neighbours, without changing their order."""
    for layer in layers:
        _spread(layer, places, {})
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            wanted = {}
            for place in layer:
                one = places[place]
                found = (one.above or one.below) if down else (one.below or one.above)
                if found:
                    wanted[place] = sum(places[n].x for n in found) / len(found)
            _spread(layer, places, wanted)


def _spread(layer: Sequence[int], places: Sequence[_Place], wanted: Mapping[int, float]) -> None:
    """Moves places to where they are wanted, as far as they don't meet."""
    offsets, offset = [], 0.0
    for i, place in enumerate(layer):
        if i:
            offset += (places[layer[i - 1]].width + places[place].width) / 2 + _GAP
        offsets.append(offset)
    # Groups of neighbours that touch: their mean place, and how many they are.
    groups: list[tuple[float, int]] = []
    for place, moved in zip(layer, offsets, strict=True):
        groups.append((wanted.get(place, places[place].x) - moved, 1))
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            (a, n), (b, m) = groups[-2:]
            groups[-2:] = [((a * n + b * m) / (n + m), n + m)]
    starts = [start for start, count in groups for _ in range(count)]
    for place, start, moved in zip(layer, starts, offsets, strict=True):
        places[place].x = start + moved


def _path(points: Sequence[tuple[float, float]]) -> Html:
    (x, y), *rest = points
    text = f"M{x:.0f} {y:.0f}"
    for i, (to_x, to_y) in enumerate(rest):
        if round(to_x) == round(x):
            text += f"V{to_y:.0f}"
        else:
            half = (y + to_y) / 2
            text += f"C{x:.0f} {half:.0f} {to_x:.0f} {half:.0f} {to_x:.0f} {to_y:.0f}"
        x, y = rest[i]
    return join(
        [
            element("path", class_="line", d=text),
            element("path", class_="head", d=f"M{x:.0f} {y:.0f}l-4 -7h8Z"),
        ]
    )


def _drawn(box: _Box, x: float, y: float) -> Html:
    content = join(
        [
            element("title", box.tip),
            element("rect", x=f"{x:.0f}", y=f"{y:.0f}", width=_WIDTH, height=_HEIGHT, rx=5),
            _line(x, y + 18, box.title, "kind"),
            _line(x, y + 35, box.text, "more"),
        ]
    )
    group = element("g", content, class_=box.look or None)
    return element("a", group, href=box.link) if box.link else group


def _line(x: float, y: float, text: str, look: str) -> Html:
    cut = text if len(text) <= _LETTERS else text[: _LETTERS - 1] + "…"
    return element("text", escape(cut), class_=look, x=f"{x + 8:.0f}", y=f"{y:.0f}")
