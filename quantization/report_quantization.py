# SPDX-License-Identifier: Apache-2.0
r"""Shows what the quantization of a network costs, layer by layer.

  ./bazelw run //quantization:report -- --float_model=float.tflite --int8_model=int8.tflite \
    --samples=samples.npz --labels=labels.npy --html=page.html

It prints the signal-to-noise ratio of each layer, what is clipped, the worst channel, and how
accurate the network is with that layer in float, or with that layer alone quantized. Without
--labels it counts how often the class is that of the float model. Exit code 0; 2 and one line on
stderr for bad flags, models that are not of the same network, or samples that don't fit.
"""

from __future__ import annotations

import sys

import numpy as np
from absl import flags

from aot import compiler
from aot.graph import Graph
from quantization import (
    analysis,
    execution,
    html_report,
    json_report,
    kinds,
    matching,
    samples,
    text_report,
)
from quantization.progress import Progress
from tflite.model import Model, ModelError
from tflite.reader import read_model
from tools import command

_FLOAT = command.input_file("float_model", None, "The float .tflite model.", required=True)
_INT8 = command.input_file(
    "int8_model",
    None,
    "The quantized one of it: of int8, int16, uint8, or with weights of fewer bits, e.g. float16.",
    required=True,
)
_SAMPLES = command.input_file(
    "samples",
    None,
    "The data set: a .npz file of an array for each input, by their names or in their order; or a"
    " .npy or an idx file for one input. The first dimension counts samples. Numbers are what the"
    " float model takes, after --scale and --offset.",
    required=True,
)
_LABELS = command.input_file("labels", None, "The right classes: .npy, .npz or idx.")
_COUNT = flags.DEFINE_integer(
    "count", 200, "How many samples to take, from the first one on; 0 for all.", lower_bound=0
)
_SCALE = flags.DEFINE_string("scale", "1", "Of the samples' numbers, e.g. 1/255.")
_OFFSET = flags.DEFINE_string("offset", "0", "Added after the scale.")
_METRIC = flags.DEFINE_enum(
    "metric",
    "auto",
    ["auto", *analysis.METRICS],
    "What the first output is: scores of classes, or values, which are compared by their"
    " signal-to-noise ratio. auto: classes if there are labels, or if a softmax, logistic or argmax"
    " is last.",
)
_JSON = flags.DEFINE_bool("json", False, "Print the report as JSON.")
_QUIET = flags.DEFINE_bool("quiet", False, "Print nothing, only write files.")
_HTML = command.output_file("html", None, "Write the report as a page into this file.")
_TEXT_FILE = command.output_file("text_file", None, "Write the text into this file, too.")
_JSON_FILE = command.output_file("json_file", None, "Write the JSON into this file, too.")
_SECTION_FILE = command.output_file(
    "section_file", None, "Write the page's section alone into this file, for other pages."
)
_PROGRESS = flags.DEFINE_bool(
    "progress",
    None,
    "Show on stderr how far it is, if it takes more than two seconds (default: on a terminal).",
)


def main() -> None:
    floating_model, quantized_model = read_model(_FLOAT.value), read_model(_INT8.value)
    floating = compiler.specification(floating_model)
    quantized = compiler.specification(quantized_model)
    for path, graph in ((_FLOAT.value, floating), (_INT8.value, quantized)):
        try:
            execution.check(graph)
        except execution.UnsupportedError as error:
            raise command.CommandError(f"{path}: {error}") from error
    kind = _check_types(floating, quantized_model, quantized)
    try:
        matched = matching.match(quantized, floating)
    except matching.MatchError as error:
        raise command.CommandError(f"{_INT8.value} and {_FLOAT.value}: {error}") from error
    others = [quantized.inputs[matched.inputs.index(i)] for i in range(len(floating.inputs))]
    arrays = samples.read_arrays(_SAMPLES.value)
    given = samples.for_inputs(
        _SAMPLES.value,
        arrays,
        floating.inputs,
        others,
        scale=_SCALE.value,
        offset=_OFFSET.value,
    )
    available = len(given[0])
    labels = samples.read_labels(_LABELS.value, available) if _LABELS.value else None
    count = min(_COUNT.value or available, available)
    metric = _METRIC.value
    if metric == "auto":
        metric = analysis.CLASSES if _LABELS.value else analysis.metric_of(floating)
    elif metric == analysis.VALUES and _LABELS.value:
        raise command.CommandError("--labels: are of classes: leave out --metric=values")
    if labels is not None:
        _check_labels(labels, floating)
    shown = sys.stderr.isatty() if _PROGRESS.value is None else _PROGRESS.value
    told = Progress(sys.stderr) if shown else None
    report = analysis.measure(
        floating,
        quantized,
        matched,
        [array[:count] for array in given],
        labels=None if labels is None else labels[:count],
        metric=metric,
        names=(_FLOAT.value.name, _INT8.value.name),
        available=available,
        kind=kind,
        remarks=_remarks(floating_model),
        progress=told,
    )
    if told is not None:
        told.end()
    text = text_report.to_text(report)
    json_text = command.json_text(json_report.to_json(report))
    files = {
        _TEXT_FILE.value: lambda: text,
        _JSON_FILE.value: lambda: json_text,
        _SECTION_FILE.value: lambda: html_report.section(report),
        _HTML.value: lambda: html_report.page_of(report),
    }
    command.write_files({path: make() for path, make in files.items() if path is not None})
    if not _QUIET.value:
        sys.stdout.write(json_text if _JSON.value else text)


def _remarks(floating: Model) -> list[str]:
    """Says what is special about the float model."""
    kind, count = kinds.stored_kind(floating)
    if kind is None:
        return []
    how = kind if kind == "float16" else f"integers ({kind})"
    return [
        f"{count} weights of the float model are stored as {how}: errors are counted from these."
    ]


def _check_types(floating: Graph, model: Model, quantized: Graph) -> str:
    """Refuses models that were swapped, and finds what the quantized one is quantized to."""
    computed = kinds.computed_kind(floating)
    if computed is not None:
        raise command.CommandError(
            f"{_FLOAT.value}: computes with {computed}: give the float model as --float_model, and"
            " the quantized one as --int8_model"
        )
    kind = kinds.kind(model, quantized)
    if kind is None:
        raise command.CommandError(
            f"{_INT8.value}: has no quantized tensor, and no weights of float16: give the quantized"
            " model as --int8_model"
        )
    return kind


def _check_labels(labels: np.ndarray, floating: Graph) -> None:
    classes = floating.outputs[0].size if floating.outputs[0].size > 1 else None
    if labels.min() < 0 or (classes is not None and labels.max() >= classes):
        raise command.CommandError(
            f"{_LABELS.value}: has labels from {labels.min()} to {labels.max()}, and the model has"
            f" {classes or 'two'} classes: count them from 0"
        )


if __name__ == "__main__":
    command.run(main, ModelError, samples.SampleError)
