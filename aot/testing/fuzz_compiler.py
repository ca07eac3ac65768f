# SPDX-License-Identifier: Apache-2.0
r"""Compiles random models, and compares all of their tensors with TFLM's official wheel.

  ./bazelw run -c opt //aot/testing:fuzz_compiler -- --count=10000 --jobs=8 --failures=/tmp/found
  ./bazelw run -c opt //aot/testing:fuzz_compiler -- --model=/tmp/found/failure_17.tflite

Each model runs in the wheel, in the specification (aot/interpreter.py) and as C, with passes and
without. A model that fails is made smaller, and written to the folder. Prints how many models there
were, of which outcome, and each failure. Exit code 0; 1 if there is a failure; 2 and one line on
stderr for bad flags or what can't be read or written.
"""

from __future__ import annotations

import collections
import functools
import re
import sys
import time
from collections.abc import Sequence

from absl import flags

from aot.testing import fuzz, shrinking
from aot.testing.random_graphs import RandomModel
from aot.testing.random_operators import random_model
from tflite.model import Model, ModelError
from tflite.reader import read_model
from tools import command

_COUNT = flags.DEFINE_integer("count", 1000, "How many models.", lower_bound=1)
_SEED = flags.DEFINE_integer("seed", 0, "Of the first one; the others have the next ones.")
_JOBS = flags.DEFINE_integer("jobs", 1, "How many processes.", lower_bound=1)
_BATCH = flags.DEFINE_integer("batch", 25, "How many models each compiles at once.", lower_bound=1)
_FAILURES = command.output_folder("failures", None, "A folder for models that fail, made smaller.")
_ATTEMPTS = flags.DEFINE_integer("attempts", 600, "How many smaller models are tried.")
_MODEL = command.input_file("model", None, "Check this .tflite file instead.")

# How many examples of each reason to refuse a model are printed.
_REASONS = 12


def _model(seed: int) -> Model:
    return random_model(seed).model()


def _shrunk(seed: int, outcome: fuzz.Outcome) -> RandomModel:
    """Makes the model of a seed smaller, so that it still fails in the same way."""

    def fail(models: Sequence[RandomModel]) -> list[bool]:
        found = dict(fuzz.check([m.model for m in models], batch=len(models)))
        return [found[i].kind == outcome.kind for i in range(len(models))]

    return shrinking.shrink(random_model(seed), random_model, fail, attempts=_ATTEMPTS.value)


def _reason(text: str) -> str:
    """What refusals for the same reason have in common."""
    text = text.splitlines()[0] if text else ""
    text = text.partition(": ")[2] if text.startswith("random.tflite: ") else text
    return re.sub(r"-?\d+(\.\d+)?(e[+-]?\d+)?", "#", text)[:100]


def _check_file() -> bool:
    """Checks one file; says whether it fails."""
    model = read_model(_MODEL.value)
    (_, outcome), *_ = fuzz.check([lambda: model])
    print(f"{_MODEL.value}: {outcome.kind}{': ' if outcome.text else ''}{outcome.text}")
    return outcome.is_failure


def _fuzz() -> bool:
    """Checks random models; says whether one fails."""
    start = time.monotonic()
    counts: collections.Counter[str] = collections.Counter()
    reasons: collections.Counter[tuple[str, str]] = collections.Counter()
    seeds = range(_SEED.value, _SEED.value + _COUNT.value)
    sources = [functools.partial(_model, seed) for seed in seeds]
    for i, outcome in fuzz.check(sources, jobs=_JOBS.value, batch=_BATCH.value):
        counts[outcome.kind] += 1
        reasons[outcome.kind, _reason(outcome.text)] += 1
        if outcome.is_failure:
            print(f"model {seeds[i]}: {outcome.kind}: {outcome.text}", flush=True)
            if _FAILURES.value:
                path = _FAILURES.value / f"failure_{seeds[i]}.tflite"
                command.write_files({path: _shrunk(seeds[i], outcome).content})
                print(f"  see {path}", flush=True)
        if counts.total() % 100 == 0:
            seconds = time.monotonic() - start
            print(f"{counts.total()} models in {seconds:.0f} s", flush=True)
    print(f"{counts.total()} models in {time.monotonic() - start:.0f} s")
    for kind, count in counts.most_common():
        print(f"{count:7} {kind}")
    print("why not:")
    for (kind, reason), count in reasons.most_common(_REASONS):
        if reason:
            print(f"{count:7} {kind}: {reason}")
    return any(counts[kind] for kind in fuzz.FAILURES)


def main() -> None:
    if _check_file() if _MODEL.value else _fuzz():
        sys.exit(1)


if __name__ == "__main__":
    command.run(main, ModelError)
