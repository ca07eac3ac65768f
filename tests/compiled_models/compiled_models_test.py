# SPDX-License-Identifier: Apache-2.0
"""The corpus and real models: what the official wheel runs is compiled, and agrees.

With `--test_env=ALL_SEEDS=1` all of the corpus, else a twentieth of it.
"""

import collections
import functools
import os
import pathlib

from aot.testing import fuzz
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
# Known faults: TFLM's shift is not defined; a window of 70,000; a scale of 0.
_REFUSED = ("dead_relu_int16", "average_pool_2d_float32_very_wide", "lstm_unrolled_int16")
# TFLM pads it from memory that it never writes.
_UNDEFINED = ("space_to_batch_nd_float32",)
# Their loops do not end with every input.
_ENDLESS = ("looping", "while_counter", "while_float32")

_LEFT_OUT = (*_CUSTOM, *_REFUSED, *_UNDEFINED)


def _entries() -> dict[str, bytes]:
    corpus = judgement.read_archive(pathlib.Path(os.environ["CORPUS"]))
    # Every day a part of them: each is a small network, and many differ in little.
    chosen = corpus if os.environ.get("ALL_SEEDS") else corpus[::_EVERY_DAY]
    found = {entry.name: entry.content for entry in chosen}
    found |= {path.stem: path.read_bytes() for path in _MODELS}
    return {name: content for name, content in found.items() if name not in _ENDLESS}


def _parse(name: str, content: bytes) -> Model:
    return parse_model(content, name)


def test_what_the_wheel_runs_is_compiled_and_agrees():
    entries = _entries()
    names = list(entries)
    sources = [functools.partial(_parse, name, content) for name, content in entries.items()]
    counts: collections.Counter[str] = collections.Counter()
    failures = []
    for place, outcome in fuzz.check(sources, batch=10, seconds=120):
        counts[outcome.kind] += 1
        if outcome.is_failure and names[place] not in _LEFT_OUT:
            failures.append(f"{names[place]}: {outcome.kind}: {outcome.text}")
    print(dict(counts))
    assert not failures, "\n".join(failures)
    assert counts[fuzz.SAME] > 0.8 * len(entries), counts
