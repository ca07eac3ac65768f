# SPDX-License-Identifier: Apache-2.0
"""What quantization costs, as JSON."""

from __future__ import annotations

import math

from quantization.analysis import Channel, LayerReport, Report, Variant, interval


def _number(value: float | None) -> float | str | None:
    """JSON has no infinite numbers: "inf" stands for no noise at all."""
    if value is None:
        return None
    return round(value, 4) if math.isfinite(value) else str(value)


def _variant(variant: Variant, samples: int) -> dict:
    return {
        "right": variant.right,
        "share": None if variant.right is None else round(variant.right / samples, 6),
        "output_snr_db": _number(variant.output_db),
        "mended": variant.mended,
        "broken": variant.broken,
    }


def _channel(channel: Channel | None) -> dict | None:
    return None if channel is None else {"index": channel.index, "snr_db": _number(channel.db)}


def _layer(layer: LayerReport, samples: int) -> dict:
    return {
        "index": layer.index,
        "operator": layer.label,
        "output": layer.name,
        "snr_db": _number(layer.total_db),
        "own_snr_db": _number(layer.own_db),
        "kept_snr_db": _number(layer.kept_db),
        "best_snr_db": _number(layer.best_db),
        "weights_snr_db": _number(layer.weights_db),
        "saturated_share": _number(layer.saturated),
        "clipped_share": _number(layer.clipped),
        "channels": layer.channels,
        "worst_channel": _channel(layer.worst),
        "in_float": _variant(layer.in_float, samples),
        "alone": _variant(layer.alone, samples),
    }


def to_json(report: Report) -> dict:
    """Makes the report that --json prints.

    Args:
      report: what was measured.

    Returns:
      What JSON can represent.
    """
    right, samples = report.quantized.right, report.samples
    low_high = None if right is None else [round(x, 6) for x in interval(right, samples)]
    best = report.best_gain
    return {
        "float_model": report.float_name,
        "int8_model": report.int8_name,
        "quantized_to": report.kind,
        "samples": samples,
        "samples_in_the_file": report.available,
        "metric": report.metric,
        "labelled": report.labelled,
        "float": _variant(report.floating, samples),
        "int8": _variant(report.quantized, samples),
        "int8_share_interval_95": low_high,
        "worst_layer": report.worst.index,
        "best_layer_in_float": None if best is None else best.index,
        "layers": [_layer(layer, samples) for layer in report.layers],
        "unmatched": list(report.unmatched),
        "unmatched_float": list(report.unmatched_float),
        "passed": list(report.passed),
        "remarks": list(report.remarks),
    }
