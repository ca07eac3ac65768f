# SPDX-License-Identifier: Apache-2.0
"""How much memory models take, compiled to C and in the official wheel of TFLM."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable, Iterator, Sequence

from aot import compiler, importer
from aot.testing import isolation
from aot.testing.isolation import Send
from reference.tflm_wheel import TflmWheel
from tflite.reader import parse_model
from tools import page

SECTION = "memory"
UPDATE_COMMAND = "./bazelw run //tests/compiled_models:update_memory"

_BATCH = 25


@dataclasses.dataclass(frozen=True)
class Memory:
    """Bytes that a model takes.

    Attributes:
      name: of the model.
      compiled: the compiled model's working memory.
      variables: what it keeps from one run to the next.
      tensors: the plan of TFLM's tensors.
      tflm: TFLM's arena, with all that is in it.
    """

    name: str
    compiled: int
    variables: int
    tensors: int
    tflm: int


def measure(models: Sequence[tuple[str, Callable[[], bytes]]]) -> Iterator[Memory]:
    """Measures models that both can run; the others are left out.

    Args:
      models: the name of each, and what reads its bytes.

    Yields:
      What each takes, in no order.
    """
    # The wheel may die of a model that it can't run.
    pool: isolation.Pool[list[tuple[str, Callable[[], bytes]]]] = isolation.Pool(
        _measure_batch, seconds=120
    )
    for start in range(0, len(models), _BATCH):
        pool.add(list(models[start : start + _BATCH]))
    for result in pool.results():
        measured = [message for message in result.messages if isinstance(message, Memory)]
        yield from measured
        if result.fault:
            begun = sum(1 for message in result.messages if isinstance(message, str))
            pool.add(result.task[begun:])


def _measure_batch(
    models: list[tuple[str, Callable[[], bytes]]], folder: pathlib.Path, send: Send
) -> None:
    for name, read in models:
        send(name)
        content = read()
        model = parse_model(content, name)
        try:
            plan = compiler.compile_model(model, name="model").plan
            wheel = TflmWheel(content, resource_variables=model.resource_variables)
        except (importer.CompileError, RuntimeError):
            continue
        tensors, tflm = wheel.arena_bytes()
        send(Memory(name, plan.size, plan.variables_size, tensors, tflm))


def render(figures: Sequence[Memory]) -> str:
    """Makes the table of docs/compiled_models.md.

    Args:
      figures: of the models.

    Returns:
      Markdown.
    """
    header = ("model", ">compiled", ">variables", ">together", ">TFLM", ">its tensors' part")
    rows = [
        (
            figure.name,
            f"{figure.compiled:,}",
            f"{figure.variables:,}",
            f"{figure.compiled + figure.variables:,}",
            f"{figure.tflm:,}",
            f"{figure.tensors:,}",
        )
        for figure in sorted(figures, key=lambda figure: figure.name)
    ]
    return page.table(header, rows)


def replace(text: str, figures: Sequence[Memory]) -> str:
    """Puts the table into the page.

    Args:
      text: the page's.
      figures: of the models.

    Returns:
      The new page.

    Raises:
      PageError: the page has no marks for it.
    """
    return page.replace_section(text, SECTION, UPDATE_COMMAND, render(figures))
