# SPDX-License-Identifier: Apache-2.0
"""Measures what quantization costs, layer by layer.

What each figure means is in docs/quantization.md.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np

from aot.graph import Graph, Op, Value
from quantization import execution, matching
from quantization.execution import Contents
from quantization.matching import Layer, Matching, ratio_db, real_values

CLASSES = "classes"
VALUES = "values"
METRICS = (CLASSES, VALUES)
"""What a network's first output is: scores of classes, or values."""

# So much of a layer's mean power has each of its channels at least: otherwise those that are nearly
# 0 would always be the worst ones.
_LEAST_SHARE = 0.01
_Z = 1.959964
_SCORES = ("ARG_MAX", "LOGISTIC", "LOG_SOFTMAX", "SOFTMAX")

LIMITS = ("MAXIMUM", "MINIMUM", "RELU", "RELU6", "RELU_0_TO_1", "RELU_N1_TO_1")
"""Operators that may drop what a value is beyond some limit, and with it the noise that it has
there: the converter gives the inputs of MAXIMUM and MINIMUM no more range than their output has."""

Progress = Callable[[int, int], None]
"""Is called with how many layers of how many are done, counted for each batch of samples."""


@dataclasses.dataclass(frozen=True)
class Variant:
    """How good the network is if some of its layers are quantized.

    Attributes:
      right: for how many samples its class is the label, or without labels that of the float model;
        None if the output is not scores of classes.
      output_db: power of the float model's first output over that of the difference from it.
      mended: samples that are right here, and wrong in the model that it is made of, by another
        kind of one layer.
      broken: the reverse.
    """

    right: int | None
    output_db: float
    mended: int = 0
    broken: int = 0


@dataclasses.dataclass(frozen=True)
class Channel:
    """A channel of a layer's output.

    Attributes:
      index: its number in the last dimension.
      db: power of its values over that of the layer's own error in it.
    """

    index: int
    db: float


@dataclasses.dataclass(frozen=True)
class LayerReport:
    """What was measured of a layer.

    Attributes:
      index: its operator's place in the quantized model.
      label: its operators.
      name: of its output.
      own_db: signal to noise of its output, of exact inputs: what this layer alone does.
      kept_db: what is left of it after operators of LIMITS, if nothing else reads the output; of
        several, the lowest. `own_db` without such operators.
      total_db: the same in the quantized model, after all layers before it.
      best_db: the same if only the output is rounded to its integers: no layer with this output can
        be better; None for floats.
      weights_db: signal to noise of its weights; None without weights.
      saturated: share of output values that are the lowest or the highest integer of the type; None
        for floats.
      clipped: share of those that are there because the float model's value is more than one step
        beyond the range.
      worst: its worst channel by `own_db`; None for a single number.
      channels: how many there are.
      in_float: the quantized model with this layer computed in float.
      alone: the float model with this layer quantized.
    """

    index: int
    label: str
    name: str
    own_db: float
    kept_db: float
    total_db: float
    best_db: float | None
    weights_db: float | None
    saturated: float | None
    clipped: float | None
    worst: Channel | None
    channels: int
    in_float: Variant
    alone: Variant

    @property
    def is_limited(self) -> bool:
        """Whether the noise of its output counts only behind operators of LIMITS."""
        return self.kept_db != self.own_db


@dataclasses.dataclass(frozen=True)
class Report:
    """What was measured of two models.

    Attributes:
      float_name: the float model.
      int8_name: the quantized model.
      kind: what it is quantized to, e.g. "int8".
      samples: how many there were.
      available: how many there are in the file.
      labelled: whether the right classes were given.
      metric: one of METRICS.
      floating: the float model.
      quantized: the quantized model.
      layers: all that belong together, in the quantized model's order.
      unmatched: operators of the quantized model that have no partner.
      unmatched_float: operators of the float model that have none.
      passed: operators of the quantized model that only pass values on.
      remarks: what else the reader must know.
    """

    float_name: str
    int8_name: str
    kind: str
    samples: int
    available: int
    labelled: bool
    metric: str
    floating: Variant
    quantized: Variant
    layers: tuple[LayerReport, ...]
    unmatched: tuple[str, ...]
    unmatched_float: tuple[str, ...]
    passed: tuple[str, ...]
    remarks: tuple[str, ...] = ()

    @property
    def worst(self) -> LayerReport:
        """The layer that adds most noise by itself."""
        return min(self.layers, key=lambda layer: layer.kept_db)

    @property
    def best_gain(self) -> LayerReport | None:
        """The layer that is best computed in float; None if it makes no difference."""
        if self.metric == VALUES:
            best = max(self.layers, key=lambda layer: layer.in_float.output_db)
            return best if best.in_float.output_db > self.quantized.output_db else None
        best = max(self.layers, key=lambda layer: (layer.in_float.right or 0, -layer.kept_db))
        return best if (best.in_float.right or 0) > (self.quantized.right or 0) else None


def interval(right: int, count: int) -> tuple[float, float]:
    """Says how sure a share is: Wilson's interval of 95 %.

    Args:
      right: how many of the samples.
      count: how many samples.

    Returns:
      The lowest and the highest share of all possible samples that fit, from 0 to 1.
    """
    share = right / count
    spread = 1 + _Z**2 / count
    middle = share + _Z**2 / (2 * count)
    half = _Z * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    return max(0.0, (middle - half) / spread), min(1.0, (middle + half) / spread)


def metric_of(floating: Graph) -> str:
    """Guesses what a network's first output is: scores, if that is what its operator makes."""
    output = floating.outputs[0]
    producers = floating.producers()
    while (op := producers.get(output)) is not None and op.kind in matching.PASSED:
        output = op.input(0)
    return CLASSES if op is not None and op.kind in _SCORES else VALUES


def chosen_classes(value: Value, data: np.ndarray) -> np.ndarray:
    """Finds the class that an output stands for.

    Args:
      value: the output.
      data: of many samples.

    Returns:
      int64, one a sample: the highest score, or of one score alone whether it is 0.5 or more; an
      output of whole numbers without quantization is the class itself.
    """
    flat = data.reshape(len(data), -1)
    if flat.shape[1] > 1:
        return flat.argmax(axis=1)
    if flat.dtype.kind in "iub" and value.quantization is None:
        return flat[:, 0].astype(np.int64)
    return (real_values(value, flat)[:, 0] >= 0.5).astype(np.int64)


class _Readers:
    """Finds where the noise of a value of the float model counts."""

    def __init__(self, graph: Graph) -> None:
        users = graph.users()
        self._kept: dict[Value, tuple[Value, ...]] = {}
        # From the last one on: then those of a value's users are known, however long a chain is.
        for made in reversed(graph.ops):
            for value in made.outputs:
                readers = users.get(value, [])
                if value not in graph.outputs and readers:
                    self._kept[value] = self._of(value, readers)

    def _of(self, value: Value, users: Sequence[Op]) -> tuple[Value, ...]:
        if all(op.kind in LIMITS for op in users):
            # Several ways may lead to one value.
            return tuple(dict.fromkeys(one for op in users for one in self.kept_in(op.output)))
        if len(users) == 1 and users[0].kind in matching.PASSED:
            # The same numbers.
            found = self.kept_in(users[0].output)
            return (value,) if found == (users[0].output,) else found
        return (value,)

    def kept_in(self, value: Value) -> tuple[Value, ...]:
        """Gives what operators of LIMITS make of a value, if nothing else reads it; else itself."""
        return self._kept.get(value, (value,))


class _Noise:
    """Adds up what an output should be and how far it is off, by channels."""

    def __init__(self, value: Value) -> None:
        self._channels = value.shape[-1] if value.shape else 1
        self.signal = np.zeros(self._channels)
        self.noise = np.zeros(self._channels)

    def add(self, wanted: np.ndarray, found: np.ndarray) -> None:
        shape = (-1, self._channels)
        exact = wanted.reshape(shape).astype(np.float64)
        self.signal += np.square(exact).sum(axis=0)
        self.noise += np.square(found.reshape(shape).astype(np.float64) - exact).sum(axis=0)

    @property
    def db(self) -> float:
        return ratio_db(float(self.signal.sum()), float(self.noise.sum()))

    def worst(self) -> Channel | None:
        if self._channels < 2:
            return None
        least = _LEAST_SHARE * float(self.signal.mean())
        found = [
            ratio_db(max(float(s), least), float(n))
            for s, n in zip(self.signal, self.noise, strict=True)
        ]
        index = min(range(len(found)), key=found.__getitem__)
        return Channel(index, found[index])


class _Score:
    """Counts how good a variant is."""

    def __init__(self, value: Value, metric: str) -> None:
        self._value = value
        self._metric = metric
        self._noise = _Noise(value)
        self._right = 0
        self._mended = 0
        self._broken = 0

    def add(
        self, output: np.ndarray, wanted: np.ndarray, classes: np.ndarray, before: np.ndarray
    ) -> np.ndarray:
        """Adds samples.

        Args:
          output: the variant's, in floats.
          wanted: the float model's.
          classes: the right ones.
          before: which samples the model has right that it is compared with.

        Returns:
          Which samples are right.
        """
        self._noise.add(wanted, output)
        right = chosen_classes(self._value, output) == classes
        self._right += int(right.sum())
        self._mended += int((right & ~before).sum())
        self._broken += int((before & ~right).sum())
        return right

    def variant(self) -> Variant:
        right = self._right if self._metric == CLASSES else None
        changed = (self._mended, self._broken) if self._metric == CLASSES else (0, 0)
        return Variant(right, self._noise.db, *changed)


class _LayerMeter:
    """Adds up what is measured of a layer."""

    def __init__(self, layer: Layer, output: Value, metric: str, kept: Sequence[Value]) -> None:
        self.layer = layer
        self.in_float = _Score(output, metric)
        self.alone = _Score(output, metric)
        value, other = layer.outputs[0]
        self._own, self._total, self._best = _Noise(other), _Noise(other), _Noise(other)
        self._kept = {one: _Noise(one) for one in kept if one is not other}
        # What has a scale, and may saturate.
        self._is_integer = value.quantization is not None and np.dtype(value.dtype).kind in "iu"
        self._values = 0
        self._saturated = 0
        self._clipped = 0

    def add(self, floating: Contents, quantized: Contents, own: Contents, alone: Contents) -> None:
        """Adds samples.

        Args:
          floating: contents of the float model.
          quantized: contents of the quantized model.
          own: the layer's outputs of exact inputs.
          alone: contents of the float model with these outputs.
        """
        value, other = self.layer.outputs[0]
        wanted = execution.contents(other, floating)
        found = execution.contents(value, quantized)
        real = execution.as_float(value, found, other)
        self._own.add(wanted, execution.as_float(value, own[value], other))
        self._total.add(wanted, real)
        for one, noise in self._kept.items():
            noise.add(execution.contents(one, floating), execution.contents(one, alone))
        if not self._is_integer:
            return
        rounded = execution.as_quantized(other, wanted, value)
        self._best.add(wanted, execution.as_float(value, rounded, other))
        limits = np.iinfo(value.dtype)
        beyond = (wanted - real.astype(np.float64)).reshape(found.shape)
        lowest, highest = found == limits.min, found == limits.max
        self._values += found.size
        self._saturated += int((lowest | highest).sum())
        # Towards the inside it is another error: e.g. 0.1 that became the 0 of a RELU.
        self._clipped += int((lowest & (beyond < -value.scale)).sum())
        self._clipped += int((highest & (beyond > value.scale)).sum())

    def report(self) -> LayerReport:
        op = self.layer.quantized[0]
        other = self.layer.outputs[0][1]
        shares = [n / max(self._values, 1) for n in (self._saturated, self._clipped)]
        return LayerReport(
            op.index if op.index is not None else 0,
            self.layer.label,
            self.layer.outputs[0][0].name,
            self._own.db,
            min((noise.db for noise in self._kept.values()), default=self._own.db),
            self._total.db,
            self._best.db if self._is_integer else None,
            matching.weights_db(self.layer),
            shares[0] if self._is_integer else None,
            shares[1] if self._is_integer else None,
            self._own.worst(),
            other.shape[-1] if other.shape else 1,
            self.in_float.variant(),
            self.alone.variant(),
        )


def measure(
    floating: Graph,
    quantized: Graph,
    matched: Matching,
    samples: Sequence[np.ndarray],
    *,
    labels: np.ndarray | None = None,
    metric: str,
    names: tuple[str, str] = ("float", "int8"),
    kind: str = "int8",
    available: int = 0,
    remarks: Sequence[str] = (),
    progress: Progress | None = None,
) -> Report:
    """Measures what quantization costs.

    Args:
      floating: the float model.
      quantized: the quantized model.
      matched: how they correspond.
      samples: of each input of the float model, as it takes them: the first dimension counts
        samples.
      labels: the right class of each sample, or None to take the float model's.
      metric: one of METRICS.
      names: of the float model and of the quantized one.
      kind: what the latter is quantized to, for the reader.
      available: how many samples there are, if not all are given.
      remarks: what else the reader must know.
      progress: is called as work goes on.

    Returns:
      What was measured.
    """
    output = matched.outputs.index(0)
    mine, other = quantized.outputs[output], floating.outputs[0]
    readers = _Readers(floating)
    meters = [
        _LayerMeter(layer, other, metric, readers.kept_in(layer.outputs[0][1]))
        for layer in matched.layers
    ]
    scores = _Score(other, metric), _Score(other, metric)
    count = len(samples[0])
    size = execution.batch_size(floating, quantized)
    batches = range(0, count, size)
    for number, start in enumerate(batches):
        given = [data[start : start + size] for data in samples]
        first = execution.initial(floating, given)
        exact = dict(first)
        execution.run(floating, exact)
        first_quantized = execution.initial(
            quantized,
            [
                execution.as_quantized(floating.inputs[i], given[i], value)
                for value, i in zip(quantized.inputs, matched.inputs, strict=True)
            ],
        )
        complete = dict(first_quantized)
        execution.run(quantized, complete)
        wanted = execution.contents(other, exact)
        classes = (
            chosen_classes(other, wanted) if labels is None else labels[start : start + size]
        ).astype(np.int64)
        right = chosen_classes(other, wanted) == classes
        ours = execution.as_float(mine, execution.contents(mine, complete), other)
        before = chosen_classes(other, ours) == classes
        scores[0].add(wanted, wanted, classes, right)
        scores[1].add(ours, wanted, classes, before)
        for place, meter in enumerate(meters):
            layer = meter.layer
            in_float = execution.layer_in_float(layer, complete, first)
            known = execution.rerun(quantized, first_quantized, complete, layer.quantized, in_float)
            made = execution.as_float(mine, execution.contents(mine, known), other)
            meter.in_float.add(made, wanted, classes, before)
            own = execution.layer_alone(layer, exact, first_quantized)
            changed = {b: execution.as_float(a, own[a], b) for a, b in layer.outputs}
            known = execution.rerun(floating, first, exact, layer.floating, changed)
            meter.alone.add(execution.contents(other, known), wanted, classes, right)
            meter.add(exact, complete, own, known)
            if progress is not None:
                progress(number * len(meters) + place + 1, len(batches) * len(meters))
    return Report(
        *names,
        kind,
        count,
        available or count,
        labels is not None,
        metric,
        scores[0].variant(),
        scores[1].variant(),
        tuple(meter.report() for meter in meters),
        tuple(op.label for op in matched.unmatched),
        tuple(op.label for op in matched.unmatched_float),
        tuple(op.label for op in matched.passed),
        tuple(remarks),
    )
