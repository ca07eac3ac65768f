# SPDX-License-Identifier: Apache-2.0
"""What compiled models are to reach, what was measured, and what is reached: the README's table."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from benchmarks.figures import CORES, MODELS, Figure, Figures, ratio
from tools import page

SECTION = "goals"
UPDATE_COMMAND = "./bazelw run //benchmarks:update_goals"

MORE_INSTRUCTIONS = 1.1
"""How many times the usual instructions a way to compile may take that is only for less memory."""

_MLPERF_TINY = ("ic", "kws", "vww", "ad")
_M4F, _M55 = "cortex_m4f", "cortex_m55"


@dataclasses.dataclass(frozen=True)
class Times:
    """Microseconds of an inference on a PC, as //benchmarks:inference writes them.

    Attributes:
      cpu: which CPU.
      compiler: which compiler compiled the C.
      rows: by model and engine.
    """

    cpu: str
    compiler: str
    rows: Mapping[tuple[str, str], float]

    def of(self, model: str, engine: str) -> float | None:
        """Finds the least time of a model by the engines whose names begin so."""
        return min(
            (
                time
                for (row_model, row_engine), time in self.rows.items()
                if row_model == model and row_engine.startswith(engine)
            ),
            default=None,
        )


def times_from_json(value: Mapping) -> Times:
    """Takes the times out of a file of //benchmarks:inference.

    Args:
      value: {"cpu": …, "compiler": …, "rows": [{"model", "engine", "microseconds"}]}. Models are
        called as in figures.MODELS, or as their files; engines by names that begin with "litert",
        "tflm" or "compiled".

    Returns:
      The times.

    Raises:
      KeyError: it is something else.
    """
    short = {f"mlperf_tiny_{task}_int8": task for task in _MLPERF_TINY}
    return Times(
        value["cpu"],
        value["compiler"],
        {
            (short.get(row["model"], row["model"]), row["engine"]): float(row["microseconds"])
            for row in value["rows"]
        },
    )


@dataclasses.dataclass(frozen=True)
class Goal:
    """One line of the table.

    Attributes:
      key: names it in the list of limits.
      what: what is measured.
      base: TFLM's figure or another one that the goal was set against, as text; "" for none.
      goal: as text.
      measured: as text; "" if something is missing.
      met: whether it is reached; None if something is missing.
    """

    key: str
    what: str
    base: str
    goal: str
    measured: str
    met: bool | None


@dataclasses.dataclass(frozen=True)
class Weights:
    """Bytes of the weights of convolutions and dense layers, without biases and tables.

    Attributes:
      file: in the `.tflite` file.
      compiled: those of them that compiled C has.
    """

    file: int
    compiled: int


def goals(figures: Figures, times: Times | None, weights: Mapping[str, Weights]) -> list[Goal]:
    """Compares what was measured with the goals.

    Args:
      figures: of compiled C and of TFLM, on the M4F and the M55.
      times: on a PC; None if nobody measured them.
      weights: of MNIST and VWW, by model.

    Returns:
      The lines of the table, in order.
    """
    mnist = "MNIST"
    found = [
        _instructions(figures, "mnist", _M4F, 150_000),
        _instructions(figures, "mnist", _M4F, 250_000, variant="portable"),
        _instructions(figures, "mnist", _M55, 60_000),
        _arena(figures, "mnist", 2_500),
        _most(
            "mnist_least_memory",
            f"{mnist}, memory, any way to compile",
            _least(figures.variants("mnist", _M4F), lambda f: f.arena),
            lambda f: f.arena,
            1_200,
        ),
        _code(figures, weights.get("mnist"), 5_000),
    ]
    for model, most in zip(_MLPERF_TINY, (15_000_000, 3_800_000, 6_500_000, 400_000), strict=True):
        found.append(_instructions(figures, model, _M4F, most, share=0.5))
    found += [_instructions(figures, model, _M55, None, share=0.7) for model in _MLPERF_TINY]
    for model, most in zip(_MLPERF_TINY, (24_000, 10_000, 34_000, 800), strict=True):
        found.append(_arena(figures, model, most))
    found.append(_weights(figures, weights.get("vww"), 30_000))
    return [*found, *_on_a_pc(times)]


# --- on a chip ------------------------------------------------------------------------------------


def _bytes(number: int) -> str:
    return f"{number:,} B"


def _instructions(
    figures: Figures,
    model: str,
    core: str,
    most: int | None,
    *,
    share: float | None = None,
    variant: str = "",
) -> Goal:
    """Instructions: at most so many, and at most a share of those of TFLM with CMSIS-NN."""
    figure = figures.get(model, core, variant=variant)
    base = figures.get(model, core, "cmsis_nn")
    to_base = ratio(figure and figure.instructions, base and base.instructions)
    conditions = [] if most is None else [f"≤ {most:,}"]
    conditions += [] if share is None else [f"≤ {share:g} of it"]
    met = None
    if figure and (share is None or to_base is not None):
        met = most is None or figure.instructions <= most
        met = met and (share is None or (to_base is not None and to_base <= share))
    text = ""
    if figure:
        text = f"{figure.instructions:,}" + (f", {to_base:.2f} of it" if to_base else "")
    where = f"{CORES[core]}, {variant} C" if variant else CORES[core]
    return Goal(
        "_".join(filter(None, (model, CORES[core].lower(), variant))),
        f"{MODELS[model]}, {where}, instructions",
        f"{base.instructions:,}" if base else "",
        " and ".join(conditions),
        text,
        met,
    )


def _least(found: Iterable[Figure], size: Callable[[Figure], int]) -> Figure | None:
    return min(found, key=size, default=None)


def _arena(figures: Figures, model: str, most: int) -> Goal:
    """Memory: the least of the ways to compile that take hardly more instructions."""
    usual = figures.get(model, _M4F)
    base = figures.get(model, _M4F, "cmsis_nn")
    quick = (
        figure
        for figure in figures.variants(model, _M4F)
        if usual and figure.instructions <= MORE_INSTRUCTIONS * usual.instructions
    )
    goal = _most(
        f"{model}_memory",
        f"{MODELS[model]}, memory with input and scratch",
        _least(quick, lambda f: f.arena) if usual else None,
        lambda f: f.arena,
        most,
        usual=usual,
    )
    return dataclasses.replace(goal, base=_bytes(base.arena) if base else "")


def _most(
    key: str,
    what: str,
    figure: Figure | None,
    size: Callable[[Figure], int],
    most: int,
    *,
    usual: Figure | None = None,
) -> Goal:
    """Bytes: at most so many."""
    text = ""
    if figure:
        text = _bytes(size(figure))
        if figure.variant:
            text += f" ({figure.variant.replace('_', ' ')}"
            if usual:
                more = figure.instructions / usual.instructions - 1
                text += f", {more:+.1%} instructions"
            text += ")"
    met = None if figure is None else size(figure) <= most
    return Goal(key, what, "", f"≤ {_bytes(most)}", text, met)


def _weights(figures: Figures, weights: Weights | None, most: int) -> Goal:
    """The weights that a program has of those in the file."""
    figure = figures.get("vww", _M4F)
    text = ""
    if weights and figure:
        text = f"{_bytes(weights.compiled)} ({_bytes(figure.constants)} with biases and all tables)"
    return Goal(
        "vww_weights",
        f"{MODELS['vww']}, weights in flash",
        _bytes(weights.file) if weights else "",
        f"≤ {_bytes(most)}",
        text,
        weights.compiled <= most if weights and figure else None,
    )


def _code(figures: Figures, weights: Weights | None, most: int) -> Goal:
    """The smallest program, without the weights as the model has them."""
    best = _least(figures.variants("mnist", _M4F), lambda f: f.flash) if weights else None
    base = figures.get("mnist", _M4F, "cmsis_nn")
    goal = _most(
        "mnist_code",
        "MNIST, program without weights, M4F",
        best,
        lambda f: f.flash - (weights.file if weights else 0),
        most,
    )
    return dataclasses.replace(goal, base=_bytes(base.code) if base else "")


# --- on a PC --------------------------------------------------------------------------------------


def _on_a_pc(times: Times | None) -> list[Goal]:
    """Ratios of times to LiteRT's and TFLM's in the same run."""

    def to(model: str, engine: str) -> float | None:
        if times is None:
            return None
        return ratio(times.of(model, "compiled"), times.of(model, engine))

    def microseconds(model: str, engine: str) -> str:
        time = times.of(model, engine) if times else None
        return "" if time is None else f"{time:,.2f} µs"

    lite, tflm = to("mnist", "litert"), to("mnist", "tflm")
    compiled = microseconds("mnist", "compiled")
    found = [
        Goal(
            "x86_mnist_litert",
            "MNIST, x86-64, a call, against LiteRT",
            microseconds("mnist", "litert"),
            "≤ 0.22 of it",
            f"{compiled}, {lite:.2f} of it" if lite else "",
            None if lite is None else lite <= 0.22,
        ),
        Goal(
            "x86_mnist_tflm",
            "MNIST, x86-64, a call, against TFLM",
            microseconds("mnist", "tflm"),
            "≥ 100 times as fast",
            f"{compiled}, {1 / tflm:,.0f} times as fast" if tflm else "",
            None if tflm is None else 1 / tflm >= 100,
        ),
    ]
    ratios = {model: to(model, "litert") for model in _MLPERF_TINY}
    known = [value for value in ratios.values() if value]
    text, met = "", None
    if len(known) == len(_MLPERF_TINY):
        mean = math.exp(math.fsum(map(math.log, known)) / len(known))
        each = ", ".join(f"{model.upper()} {value:.2f}" for model, value in ratios.items())
        text = f"mean {mean:.2f} of it: {each}"
        met = mean <= 0.8 and max(known) <= 1.2
    goal = "geometric mean ≤ 0.8 of it, none above 1.2"
    what = "MLPerf Tiny's four, x86-64, one thread, against LiteRT"
    return [*found, Goal("x86_mlperf_tiny", what, "", goal, text, met)]


# --- the page -------------------------------------------------------------------------------------


def render(found: Sequence[Goal], limits: Mapping[str, str], times: Times | None, tflm: str) -> str:
    """Makes what stands between the section's marks.

    Args:
      found: the lines.
      limits: for goals that are not met, by their keys: what forbids them, in Markdown.
      times: on a PC, if they were measured.
      tflm: which TFLM the figures are of.

    Returns:
      Markdown.

    Raises:
      PageError: a limit is of no goal, or of one that is met.
    """
    unmet = {goal.key for goal in found if not goal.met}
    if wrong := sorted(set(limits) - unmet):
        raise page.PageError(
            f"limits of goals that are met, or that there are not: {', '.join(wrong)}"
        )
    rows = []
    for goal in found:
        verdict = "not measured" if goal.met is None else "met" if goal.met else "**not met**"
        if goal.key in limits:
            verdict += f": {limits[goal.key]}"
        rows.append((goal.what, goal.base, goal.goal, goal.measured, verdict))
    header = ("", ">TFLM + CMSIS-NN, or LiteRT", ">goal", ">compiled C", "")
    where = f"Chips: TFLM {tflm}; gcc 12.2; emulated cores, instructions counted."
    if times:
        where += f" x86-64: {times.cpu}; {times.compiler}."
    met = sum(1 for goal in found if goal.met)
    return f"{met} of {len(found)} goals are met. {where}\n\n{page.table(header, rows)}"


def replace(text: str, section: str) -> str:
    """Puts the table into the page.

    Args:
      text: the page's.
      section: of `render`.

    Returns:
      The new page.

    Raises:
      PageError: the page has no marks for it.
    """
    return page.replace_section(text, SECTION, UPDATE_COMMAND, section)
