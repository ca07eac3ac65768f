# SPDX-License-Identifier: Apache-2.0
"""The corpus and real models: what the official wheel runs is compiled, and agrees.

With `--test_env=ALL_SEEDS=1` all of the corpus and many runs, else a twentieth of it and fewer.
"""

import collections
import functools
import os
import pathlib

import pytest

from aot import compiler
from aot.importer import CompileError
from aot.passes import chains
from aot.targets import TARGETS
from aot.testing import fuzz, parity
from tests.corpus import judgement
from tflite.model import Model
from tflite.reader import parse_model

_MODELS = [
    path for path in map(pathlib.Path, os.environ["MODELS"].split()) if path.suffix == ".tflite"
]
# Of so many models of the corpus one is compared without ALL_SEEDS.
_EVERY_DAY = 20
# Custom operators, which the compiler does not know.
_CUSTOM = ("tflm_audio_preprocessor_int8",)
# TFLM pads it from memory that it never writes.
_UNDEFINED = ("space_to_batch_nd_float32",)
# What was refused once, and loops: compared every day.
_ALWAYS = (
    "average_pool_2d_float32_very_wide",
    "dead_relu_int16",
    "lstm_unrolled_int16",
    "while_counter",
    "while_float32",
)

_LEFT_OUT = (*_CUSTOM, *_UNDEFINED)
# Inferences of each model that is not of the corpus.
_RUNS = 200 if os.environ.get("ALL_SEEDS") else 50


def _entries() -> list[judgement.Entry]:
    corpus = judgement.read_archive(pathlib.Path(os.environ["CORPUS"]))
    # Every day a part of them: each is a small network, and many differ in little.
    chosen = [
        entry
        for i, entry in enumerate(corpus)
        if os.environ.get("ALL_SEEDS") or i % _EVERY_DAY == 0 or entry.name in _ALWAYS
    ]
    return [*chosen, *(judgement.Entry(path.stem, path.read_bytes()) for path in _MODELS)]


def _parse(entry: judgement.Entry) -> Model:
    return parse_model(entry.content, entry.name)


def _ranges(entry: judgement.Entry) -> parity.Ranges | None:
    """Gives the ranges of inputs of a model with loops, which do not end with every input."""
    model = _parse(entry)
    kinds = {node.operator.name for graph in model.subgraphs for node in graph.nodes}
    if "WHILE" not in kinds:
        return None
    return entry.ranges or [(-1.0, 1.0)] * len(model.main.inputs)


def test_what_the_wheel_runs_is_compiled_and_agrees():
    entries = _entries()
    names = [entry.name for entry in entries]
    sources = [functools.partial(_parse, entry) for entry in entries]
    ranges = [_ranges(entry) for entry in entries]
    assert any(ranges)
    counts: collections.Counter[str] = collections.Counter()
    failures = []
    for place, outcome in fuzz.check(sources, ranges=ranges, batch=10, seconds=120):
        counts[outcome.kind] += 1
        if outcome.is_failure and names[place] not in _LEFT_OUT:
            failures.append(f"{names[place]}: {outcome.kind}: {outcome.text}")
    print(dict(counts))
    assert not failures, "\n".join(failures)
    assert counts[fuzz.SAME] > 0.8 * len(entries), counts


def _runs_by_rows(model: Model, target: str) -> bool:
    """Whether it has chains if it is compiled for the least memory."""
    try:
        graph = compiler.optimized(model, target=target, optimize=chains.RAM)
    except CompileError:
        return False
    return any(op.parts for op in graph.ops)


@pytest.mark.parametrize("optimize", (chains.SPEED, chains.RAM))
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("path", _MODELS, ids=lambda path: path.stem)
def test_models_agree_in_many_runs(
    path: pathlib.Path, target: str, optimize: str, tmp_path: pathlib.Path
):
    entry = judgement.Entry(path.stem, path.read_bytes())
    model = _parse(entry)
    if optimize == chains.RAM and not _runs_by_rows(model, target):
        pytest.skip("it is the same as for speed")
    try:
        difference = fuzz.first_difference(
            model,
            tmp_path,
            runs=_RUNS,
            ranges=_ranges(entry),
            target=target,
            optimize=optimize,
        )
    except (CompileError, RuntimeError) as error:
        # What the wheel runs is compiled: that is the other test.
        pytest.skip(str(error).splitlines()[0])
    assert not difference
