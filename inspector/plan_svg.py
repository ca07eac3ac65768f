# SPDX-License-Identifier: Apache-2.0
"""Draws a memory plan: steps to the right, bytes upwards, each tensor a box."""

from __future__ import annotations

import dataclasses
import xml.sax.saxutils

from tflite.memory_plan import MemoryPlan, PlannedTensor

_LEFT, _TOP, _RIGHT, _BOTTOM = 90, 60, 30, 165
_HEIGHT = 400
_WIDTH = 960
_COLUMN_RANGE = (2, 90)
# Neighbours can be distinguished, with black text on them, by colour-blind eyes too.
_COLOURS = ("#8dd3c7", "#ffffb3", "#bebada", "#fb8072", "#80b1d3", "#fdb462", "#b3de69", "#fccde5")
_LABEL_WIDTH = 6.6


@dataclasses.dataclass(frozen=True)
class Colours:
    """Colours of all but the tensors' boxes, as SVG takes them."""

    background: str = "white"
    text: str = "black"
    muted: str = "#555555"
    grid: str = "#dddddd"


OF_THE_PAGE = Colours("none", "var(--text)", "var(--muted)", "var(--grid)")
"""Those of an HTML page: its variables."""


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _text(x: float, y: float, text: str, extra: str = "") -> str:
    return f'<text x="{_number(x)}" y="{_number(y)}"{extra}>{xml.sax.saxutils.escape(text)}</text>'


def _ticks(peak: int) -> list[int]:
    """Picks four to nine round numbers of bytes."""
    step = 16
    while peak / step > 9:
        step *= 2
    return [*range(0, peak + 1, step)]


def draw(plan: MemoryPlan, name: str, colours: Colours = Colours()) -> str:
    """Draws a plan.

    Args:
      plan: the plan.
      name: the model's name.
      colours: by default for a file of its own, on white.

    Returns:
      An SVG file's text.
    """
    columns = len(plan.steps)
    least, most = _COLUMN_RANGE
    column = min(max(_WIDTH / columns, least), most)
    width = _LEFT + columns * column + _RIGHT
    height = _TOP + _HEIGHT + _BOTTOM
    scale = _HEIGHT / max(plan.peak, 1)

    def x(step: int) -> float:
        return _LEFT + max(step, 0) * column

    def y(offset: int) -> float:
        return _TOP + _HEIGHT - offset * scale

    # Wide enough for the title, however few steps there are.
    title = f"{name}: memory plan of the activations, {plan.peak:,} bytes"
    width = max(width, _LEFT + len(title) * 9 + _RIGHT)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_number(width)}" height="{height}"'
        f' viewBox="0 0 {_number(width)} {height}" font-family="sans-serif" font-size="12"'
        + ("" if colours.text == "black" else f' fill="{colours.text}"')
        + ">",
        f"<title>{xml.sax.saxutils.escape(title)}</title>",
        f'<rect width="100%" height="100%" fill="{colours.background}"/>',
        _text(_LEFT, 26, title, ' font-size="16"'),
        _text(
            _LEFT, 46, f"at most {max(plan.live):,} bytes live at once", f' fill="{colours.muted}"'
        ),
    ]
    bottom = y(0)
    right = x(columns)
    for tick in _ticks(plan.peak):
        lines.append(
            f'<line x1="{_LEFT}" y1="{_number(y(tick))}" x2="{_number(right)}"'
            f' y2="{_number(y(tick))}" stroke="{colours.grid}"/>'
        )
        lines.append(_text(_LEFT - 8, y(tick) + 4, f"{tick:,}", ' text-anchor="end"'))
    lines.append(
        _text(22, _TOP + _HEIGHT / 2, "bytes", f' transform="rotate(-90 22 {_TOP + _HEIGHT // 2})"')
    )
    every = max(1, round(14 / column))
    for i, step in enumerate(plan.steps):
        if i % every:
            continue
        label = "start" if step.node is None else f"{step.node} {step.name}"
        if step.subgraph:
            label = f"{step.subgraph}: {label}"
        middle = x(i) + column / 2 + 4
        lines.append(
            _text(
                middle,
                bottom + 12,
                label if len(label) <= 20 else label[:19] + "…",
                f' text-anchor="end" font-size="11"'
                f' transform="rotate(-60 {_number(middle)} {_number(bottom + 12)})"',
            )
        )
    lines.append(_text(_LEFT, height - 10, "operators in the order of execution"))
    for i, tensor in enumerate(plan.tensors):
        lines += _box(tensor, _COLOURS[i % len(_COLOURS)], x, y, column, scale, colours)
    lines.append(
        f'<line x1="{_LEFT}" y1="{_number(y(plan.peak))}" x2="{_number(right)}"'
        f' y2="{_number(y(plan.peak))}" stroke="#cc0000" stroke-dasharray="6 4"/>'
    )
    lines.append(
        f'<path d="M{_LEFT} {_TOP}V{_number(bottom)}H{_number(right)}" fill="none"'
        f' stroke="{colours.text}"/>'
    )
    lines.append("</svg>")
    return "\n".join(lines) + "\n"


def _box(
    tensor: PlannedTensor, colour: str, x, y, column: float, scale: float, colours: Colours
) -> list[str]:
    width = x(tensor.last + 1) - x(tensor.first) if tensor.last >= 0 else 0
    height = tensor.size * scale
    left, top = x(tensor.first), y(tensor.offset + tensor.size)
    owner = f"tensor {tensor.tensor}" + (f" of {tensor.subgraph}" if tensor.subgraph else "")
    tip = (
        f"{owner} {tensor.name}: {tensor.bytes:,} bytes at {tensor.offset:,},"
        f" steps {tensor.first} to {tensor.last}"
    )
    lines = [
        f'<g><title>{xml.sax.saxutils.escape(tip)}</title><rect x="{_number(left)}"'
        f' y="{_number(top)}" width="{_number(width)}" height="{_number(height)}"'
        f' fill="{colour}" stroke="#333333" stroke-width="0.5"/></g>'
    ]
    # The boxes are light in any page.
    dark = "" if colours.text == "black" else ' fill="black"'
    look = f' font-size="11" pointer-events="none"{dark}'
    room = int(width / _LABEL_WIDTH) - 1
    label = f"{owner} {tensor.name}".rstrip()
    if len(label) > room:
        # A few letters of the name say nothing.
        label = f"{label[: room - 1]}…" if room > len(owner) + 5 else owner
    if len(label) * _LABEL_WIDTH < width and height >= 13:
        lines.append(
            _text(
                left + 4,
                top + height / 2 + 4 if height < 30 else top + 14,
                label,
                look,
            )
        )
        size = f"{tensor.bytes:,} B"
        if height >= 30 and len(size) * _LABEL_WIDTH < width:
            lines.append(_text(left + 4, top + 28, size, look))
    return lines
