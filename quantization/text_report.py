# SPDX-License-Identifier: Apache-2.0
"""What quantization costs, as text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from quantization import decibels
from quantization.analysis import CLASSES, LayerReport, Report, Variant, interval

# Half of a power, in decibels.
_HALF_DB = 3.0103
# Errors of weights show in the output as they are in the weights, if both are independent of each
# other; where they are not, somewhat more.
_WEIGHTS_DB = 6.0
# Clipped values are far off, so a few count.
_MUCH_CLIPPED = 0.001
_UNSURE = 0.05


def percent(share: float | None, digits: int = 2) -> str:
    """Writes a share, e.g. "98.50 %"; "-" for what is not known."""
    return "-" if share is None else f"{100 * share:.{digits}f} %"


def goal(report: Report) -> str:
    """Names what is counted."""
    if report.metric != CLASSES:
        return "output SNR"
    return "accuracy" if report.labelled else "agreement with the float model"


def result(report: Report, variant: Variant) -> str:
    """Writes how good a variant is, e.g. "98.50 %", or "31.2 dB" for values."""
    if variant.right is None:
        return decibels.with_unit(variant.output_db)
    return percent(variant.right / report.samples)


def change(report: Report, variant: Variant) -> str:
    """Writes how a variant differs from the quantized model, e.g. "+4 -1" samples."""
    if variant.right is None:
        return ""
    return f"+{variant.mended} -{variant.broken}"


def confidence(report: Report) -> str:
    """Says how far figures can be trusted."""
    if report.quantized.right is None:
        return f"{report.samples:,} sample{'s' if report.samples > 1 else ''}"
    low, high = interval(report.quantized.right, report.samples)
    return (
        f"{report.samples:,} samples: with 95 % confidence the {report.kind} model's {goal(report)}"
        f" is from {percent(low)} to {percent(high)}"
    )


def channel(layer: LayerReport) -> str:
    """Names the worst channel, e.g. "3 of 8, 12.5 dB"."""
    if layer.worst is None:
        return "-"
    return f"{layer.worst.index} of {layer.channels}, {decibels.text(layer.worst.db)}"


def _is_mostly_dropped(layer: LayerReport) -> bool:
    """Whether operators that limit its output drop more than half of a layer's noise."""
    return layer.kept_db > layer.own_db + _HALF_DB


def cause(layer: LayerReport) -> str:
    """Says what most of a layer's own noise comes from; "" if there is none.

    Powers of noise add up, so what is more than half of it is most of it.
    """
    if math.inf in (layer.own_db, layer.kept_db):
        return ""
    if _is_mostly_dropped(layer):
        # What counts is not what most of it is.
        return ""
    if layer.best_db is not None and layer.best_db < layer.own_db + _HALF_DB:
        clipped = layer.clipped or 0
        if clipped >= _MUCH_CLIPPED:
            return f"its output, of which {percent(clipped)} of the values are clipped"
        return "the rounding of its output"
    if layer.weights_db is not None and layer.weights_db < layer.own_db + _WEIGHTS_DB:
        return f"its weights, whose SNR is {decibels.with_unit(layer.weights_db)}"
    return "the rounding of its inputs, and its arithmetic"


def chance(variant: Variant) -> float:
    """Says how likely it is that as many samples change, or more, if it is all the same.

    Args:
      variant: with samples that are mended, and others that are broken.

    Returns:
      The probability that a fair coin falls so unevenly (a sign test).
    """
    count = variant.mended + variant.broken
    most = max(variant.mended, variant.broken)
    tail = sum(math.comb(count, k) for k in range(most, count + 1))
    return min(1.0, 2 * tail / 2**count)


def verdict(report: Report) -> list[str]:
    """Says in sentences what the figures mean."""
    worst = report.worst
    ratio = f"SNR {decibels.with_unit(worst.kept_db)} by itself"
    if worst.is_limited:
        ratio += ", behind the operators that limit its output"
    elif worst.worst:
        ratio += f", worst channel {worst.worst.index} ({decibels.with_unit(worst.worst.db)})"
    lines = [f"The layer that adds most noise is {worst.index} {worst.label}: {ratio}."]
    if worst.kept_db == math.inf:
        lines = ["No layer adds noise."]
    if reason := cause(worst):
        lines.append(f"Most of that noise comes from {reason}.")
    for layer in report.layers:
        if _is_mostly_dropped(layer) and layer.own_db < worst.kept_db:
            lines.append(
                f"Most noise of {layer.index} {layer.label} is dropped by the operators that limit"
                f" its output: behind them the SNR is {decibels.with_unit(layer.kept_db)}."
            )
    best = report.best_gain
    if best is None:
        lines.append(f"No layer in float makes the {goal(report)} better.")
    else:
        unsure = report.metric == CLASSES and chance(best.in_float) > _UNSURE
        lines.append(
            f"With {best.index} {best.label} in float, the {goal(report)} is"
            f" {result(report, best.in_float)} instead of {result(report, report.quantized)}"
            + (", a difference that may be chance." if unsure else ".")
        )
    return lines


def notes(report: Report) -> list[str]:
    """Says what was left out."""
    lines = []
    for operators, text in (
        (report.unmatched, "Without a partner in the float model, not measured"),
        (report.unmatched_float, f"Without a partner in the {report.kind} model"),
        (report.passed, "Pass values on, not measured"),
    ):
        if operators:
            lines.append(f"{text}: {', '.join(operators)}.")
    return [*lines, *report.remarks]


def to_text(report: Report) -> str:
    """Makes the report that is printed.

    Args:
      report: what was measured.

    Returns:
      Lines, each with a newline.
    """
    columns: list[tuple[str, Callable[[LayerReport], str]]] = [
        (">#", lambda layer: str(layer.index)),
        ("layer", lambda layer: layer.label),
        (">SNR", lambda layer: decibels.text(layer.total_db)),
        (">own", lambda layer: decibels.text(layer.own_db)),
        (">best", lambda layer: decibels.text(layer.best_db)),
        (">weights", lambda layer: decibels.text(layer.weights_db)),
        (">clipped", lambda layer: percent(layer.clipped)),
        ("worst channel", channel),
        (">in float", lambda layer: result(report, layer.in_float)),
        (">samples", lambda layer: change(report, layer.in_float)),
        (">alone", lambda layer: result(report, layer.alone)),
    ]
    if report.metric != CLASSES:
        columns = [column for column in columns if column[0] != ">samples"]
    header = [title for title, _ in columns]
    rows = [[show(layer) for _, show in columns] for layer in report.layers]
    lines = [
        f"{report.int8_name} against {report.float_name}: {goal(report)}",
        f"  float {result(report, report.floating)},"
        f" {report.kind} {result(report, report.quantized)}",
        f"  {confidence(report)}",
        "",
        *_table(header, rows),
        "",
        *verdict(report),
        *notes(report),
    ]
    return "\n".join(lines) + "\n"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lays out columns: those whose header starts with '>' to the right."""
    titles = [title.lstrip(">") for title in header]
    lines = [titles, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    return [
        "  "
        + "  ".join(
            cell.rjust(width) if title.startswith(">") else cell.ljust(width)
            for cell, width, title in zip(line, widths, header, strict=True)
        ).rstrip()
        for line in lines
    ]
