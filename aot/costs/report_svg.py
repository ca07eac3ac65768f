# SPDX-License-Identifier: Apache-2.0
"""Draws what a model costs: a row a layer, with bars for instructions, memory and flash."""

from __future__ import annotations

import dataclasses
import xml.sax.saxutils
from collections.abc import Iterator, Sequence

from aot.costs import report

_MARGIN, _TITLE, _HEAD, _ROW = 16, 48, 22, 22
_NAME_WIDTH, _BAR_WIDTH, _GAP = 330, 230, 24
_MOST_LETTERS = 46
_STYLE = """\
<style>
.page { fill: #ffffff; } .other { fill: #f2f4f7; }
.predicted { fill: #0072b2; } .measured { fill: #b08600; }
.ram { fill: #009e73; } .peak { fill: #d55e00; } .flash { fill: #7a6fd0; }
text { fill: #1b1f24; } .more { fill: #59636e; } .head { font-weight: bold; }
@media (prefers-color-scheme: dark) {
.page { fill: #14171b; } .other { fill: #22272e; }
.predicted { fill: #56a8e0; } .measured { fill: #d8b040; }
.ram { fill: #35c79a; } .peak { fill: #ff8a4d; } .flash { fill: #a79ff0; }
text { fill: #e8ecf0; } .more { fill: #a7b1bc; }
}
</style>"""


@dataclasses.dataclass(frozen=True)
class _Column:
    """Bars of one kind.

    Attributes:
      title: above them.
      bars: of each layer: numbers, each with how it looks; None for one that is not known.
      total: below them.
    """

    title: str
    bars: Sequence[Sequence[tuple[int | None, str]]]
    total: str

    @property
    def most(self) -> int:
        return max((n for row in self.bars for n, _ in row if n is not None), default=0)


def _columns(made: report.Report) -> list[_Column]:
    measured = made.measured is not None
    total = "not known" if made.predicted is None else f"{made.predicted:,}"
    bars = [
        [(layer.predicted, "predicted"), *([(layer.measured, "measured")] if measured else [])]
        for layer in made.layers
    ]
    if measured:
        total += f" predicted, {made.measured:,} measured"
    return [
        _Column(
            "predicted and measured instructions" if measured else "predicted instructions",
            bars,
            total,
        ),
        _Column(
            "RAM in use, bytes",
            [[(layer.ram, "peak" if layer.ram == made.peak else "ram")] for layer in made.layers],
            f"{made.working_memory:,} working memory",
        ),
        _Column(
            "flash, bytes", [[(layer.flash, "flash")] for layer in made.layers], f"{made.flash:,}"
        ),
    ]


def draw(made: report.Report) -> str:
    """Draws a report.

    Args:
      made: the report.

    Returns:
      An SVG file's text. It needs no other file, and is the same whenever it is drawn.
    """
    columns = _columns(made)
    width = 2 * _MARGIN + _NAME_WIDTH + len(columns) * (_BAR_WIDTH + _GAP)
    height = _TITLE + _HEAD + (len(made.layers) + 1) * _ROW + 2 * _MARGIN
    title = f"{made.model} on {made.core}, compiled for {made.target}"
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f"<title>{_escaped(title)}</title>",
        _STYLE,
        '<rect class="page" width="100%" height="100%"/>',
        f'<text x="{_MARGIN}" y="30" font-size="16">{_escaped(title)}</text>',
        *_heads(columns),
    ]
    for i, layer in enumerate(made.layers):
        parts += _row(i, layer, columns, width)
    y = _TITLE + _HEAD + len(made.layers) * _ROW + 15
    parts.append(f'<text class="head" x="{_MARGIN}" y="{y}">total: {made.macs:,} MACs</text>')
    parts += (
        f'<text class="head" x="{_left(k)}" y="{y}">{_escaped(column.total)}</text>'
        for k, column in enumerate(columns)
    )
    note = f"Instructions of an emulated core, of C compiled by {made.compiler}"
    parts.append(f'<text class="more" x="{_MARGIN}" y="{y + _ROW}">{_escaped(note)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _heads(columns: Sequence[_Column]) -> Iterator[str]:
    for k, column in enumerate(columns):
        yield f'<text class="head" x="{_left(k)}" y="{_TITLE + 12}">{_escaped(column.title)}</text>'


def _left(column: int) -> int:
    return _MARGIN + _NAME_WIDTH + column * (_BAR_WIDTH + _GAP)


def _row(i: int, layer: report.Layer, columns: Sequence[_Column], width: int) -> Iterator[str]:
    top = _TITLE + _HEAD + i * _ROW
    functions = ", ".join(layer.functions) or "no code"
    tip = f"{layer.name}\n{functions}\n{layer.macs:,} MACs"
    yield f"<g><title>{_escaped(tip)}</title>"
    if i % 2:
        yield f'<rect class="other" x="0" y="{top}" width="{width}" height="{_ROW}"/>'
    text = f"{i} {layer.operators} {report.shape_text(layer.shape)}"
    yield f'<text x="{_MARGIN}" y="{top + 15}">{_escaped(_cut(text))}</text>'
    for k, column in enumerate(columns):
        yield from _bars(column, column.bars[i], _left(k), top)
    yield "</g>"


def _bars(
    column: _Column, bars: Sequence[tuple[int | None, str]], left: int, top: int
) -> Iterator[str]:
    # Room for the longest bar's number.
    room = _BAR_WIDTH - 75
    thickness = 12 // len(bars)
    end = 0
    for k, (number, look) in enumerate(bars):
        length = round(room * (number or 0) / max(column.most, 1))
        end = max(end, length)
        if length:
            y = top + 5 + k * thickness
            yield f'<rect class="{look}" x="{left}" y="{y}" width="{length}" height="{thickness}"/>'
    number = bars[0][0]
    text = "no prediction" if number is None else f"{number:,}"
    yield f'<text class="more" x="{left + end + 4}" y="{top + 15}">{text}</text>'


def _escaped(text: str) -> str:
    return xml.sax.saxutils.escape(text)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"
