# SPDX-License-Identifier: Apache-2.0
"""Damaged models: the compiler refuses them, or makes sound C, in bounded time and memory."""

import pathlib
import resource
import time
import traceback

import numpy as np
import pytest

from aot import compiler
from aot.testing import damaged_models, isolation, parity, sanitized_program
from aot.testing.random_operators import random_model
from tflite.model import Model, ModelError
from tflite.reader import parse_model

_COUNT = 600
_TOGETHER = 100
_MEMORY = 2 << 30
_SECONDS = 5
_TABLES, _BYTES = "tables", "bytes"


def _damaged(kind: str, seed: int) -> Model | None:
    """Makes a damaged model; None if no file can say it."""
    random = np.random.default_rng(seed)
    model = random_model(seed)
    try:
        if kind == _BYTES:
            content = damaged_models.damaged_bytes(model.content, random)
        else:
            content = damaged_models.damaged_tables(model, random)
    except (OverflowError, ValueError):
        return None
    return parse_model(content, "damaged.tflite")


def _compile(task: tuple[str, int], folder: pathlib.Path, send: isolation.Send) -> None:
    """Compiles damaged models; sends of each its seed, what became of it, and the seconds."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    kind, first = task
    for seed in range(first, first + _TOGETHER):
        start = time.process_time()
        outcome = ""
        try:
            model = _damaged(kind, seed)
            if model is not None:
                compiler.compile_model(model, name="model", trace=True, passes=bool(seed % 2))
        except ModelError as error:
            outcome = "refused"
            if not all(line.startswith("damaged.tflite: ") for line in str(error).splitlines()):
                outcome = f"a strange message: {error}"
        except Exception:
            outcome = traceback.format_exc(limit=-4)
        send((seed, outcome, time.process_time() - start))


@pytest.mark.parametrize("kind", [_TABLES, _BYTES])
def test_they_are_refused_or_compiled(kind: str):
    pool = isolation.Pool(_compile, seconds=120)
    for first in range(0, _COUNT, _TOGETHER):
        pool.add((kind, first))
    messages = []
    for result in pool.results():
        assert not result.fault, (result.fault, result.task, result.messages[-1:])
        messages += result.messages
    assert len(messages) == _COUNT
    wrong = [f"seed {seed}: {what}" for seed, what, _ in messages if what not in ("", "refused")]
    assert not wrong, "\n".join(wrong)
    assert max(seconds for _, _, seconds in messages) < _SECONDS
    # Most damage is noticed, and not all of it.
    refused = sum(what == "refused" for _, what, _ in messages)
    assert 0.4 * _COUNT < refused < 0.95 * _COUNT


def test_what_is_compiled_is_clean_under_sanitizers(tmp_path: pathlib.Path):
    cases = {}
    for seed in range(_COUNT, _COUNT + 60):
        try:
            model = _damaged(_TABLES, seed)
            compiled = model and compiler.compile_model(model, name=f"model{seed}", trace=True)
        except ModelError:
            continue
        # Others would take long.
        if not compiled or any(value.size > 1 << 12 for value in compiled.graph.values()):
            continue
        random = np.random.default_rng(seed)
        inputs = [parity.random_inputs(compiled.graph, random)]
        cases[f"model{seed}"] = sanitized_program.Case(compiled, inputs)
        if len(cases) == 8:
            break
    assert len(cases) == 8
    assert sanitized_program.check(cases, tmp_path) == []
