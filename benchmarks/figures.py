# SPDX-License-Identifier: Apache-2.0
"""What firmware_report measured of models on emulated cores, by model, core and engine."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import final

from tools import command

ENGINES = {
    "reference": "TFLM",
    "cmsis_nn": "TFLM + CMSIS-NN",
    "compiled": "compiled C",
}
"""What a report's kernels are called, in the order of columns."""

MODELS = {
    "mnist": "MNIST",
    "ic": "IC (ResNet-8)",
    "kws": "KWS (DS-CNN)",
    "vww": "VWW (MobileNet)",
    "ad": "AD (autoencoder)",
}
"""The five models that tables are about, in the order of rows, and what they are called."""

CORES = {
    "cortex_m3": "M3",
    "cortex_m4f": "M4F",
    "cortex_m7": "M7",
    "cortex_m33": "M33",
    "cortex_m55": "M55",
    "rv32imac": "rv32imac",
}
"""What cores are called."""

_FILES = {
    "mnist_model_quantized": "mnist",
    **{f"mlperf_tiny_{task}_int8": task for task in ("ic", "kws", "vww", "ad")},
}


@final
@dataclasses.dataclass(frozen=True)
class Figure:
    """What one model costs on one core.

    Attributes:
      model: a key of MODELS; of another model, its file's name.
      core: a key of CORES.
      engine: a key of ENGINES.
      variant: how it was compiled, if not as usual: what the report's name has after the engine.
      instructions: of an inference.
      flash: bytes of the program.
      constants: bytes of it that are the model's: weights and tables, or TFLM's flatbuffer.
      arena: bytes of working memory with the inputs, and of variables.
      ram: bytes of all memory: the arena, other variables, the peak of the stack.
    """

    model: str
    core: str
    engine: str
    variant: str
    instructions: int
    flash: int
    constants: int
    arena: int
    ram: int

    @property
    def code(self) -> int:
        """Bytes of flash without the model's constants."""
        return self.flash - self.constants


def from_report(report: Mapping) -> Figure:
    """Takes the figures out of a report.

    Args:
      report: the JSON of firmware_report.

    Returns:
      The figures.

    Raises:
      KeyError: it is something else.
    """
    stem = report["model"].removesuffix(".tflite")
    end = f"_{report['environment']}_{report['kernels']}"
    _, _, variant = report["label"].rpartition(":")[2].partition(end)
    return Figure(
        model=_FILES.get(stem, stem),
        core=report["core"],
        engine=report["kernels"],
        variant=variant.removeprefix("_"),
        instructions=report["instructions"]["inference"],
        flash=report["flash"]["bytes"],
        constants=report["flash"]["by_owner"]["model"],
        arena=report["ram"]["arena"],
        ram=report["ram"]["bytes"],
    )


def read(paths: Iterable[pathlib.Path]) -> list[Figure]:
    """Reads reports.

    Args:
      paths: of files; those that are not JSON are left out, since a report's target has its text,
        too.

    Returns:
      The figures of each.

    Raises:
      CommandError: a file can't be read, or is not a report.
    """
    found = []
    for path in paths:
        if path.suffix != ".json":
            continue
        try:
            found.append(from_report(json.loads(path.read_text())))
        except (OSError, ValueError, KeyError) as error:
            raise command.CommandError(f"{path}: not a firmware_report: {error!r}") from error
    return found


class Figures:
    """Figures, to look up."""

    def __init__(self, figures: Iterable[Figure]):
        self.all: Sequence[Figure] = tuple(figures)
        self._found = {(f.model, f.core, f.engine, f.variant): f for f in self.all}

    def get(
        self, model: str, core: str, engine: str = "compiled", variant: str = ""
    ) -> Figure | None:
        """Finds one.

        Args:
          model: a key of MODELS.
          core: a key of CORES.
          engine: a key of ENGINES.
          variant: as in Figure.

        Returns:
          The figure; None if it was not measured.
        """
        return self._found.get((model, core, engine, variant))

    def variants(self, model: str, core: str) -> list[Figure]:
        """Lists how a model was compiled for a core, the usual way first."""
        return sorted(
            (f for f in self.all if (f.model, f.core, f.engine) == (model, core, "compiled")),
            key=lambda f: f.variant,
        )


def ratio(figure: float | None, base: float | None) -> float | None:
    """Divides; None if one of the two was not measured, or the base is 0."""
    return figure / base if figure is not None and base else None
