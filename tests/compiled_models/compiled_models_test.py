# SPDX-License-Identifier: Apache-2.0
"""The corpus and real models: what the official wheel runs is compiled, and agrees."""

import collections
import functools
import os
import pathlib

from aot.testing import fuzz
from tests.corpus import judgement
from tflite.model import Model
from tflite.reader import parse_model

_SHARD = int(os.environ.get("TEST_SHARD_INDEX", "0"))
_SHARDS = int(os.environ.get("TEST_TOTAL_SHARDS", "1"))
if "TEST_SHARD_STATUS_FILE" in os.environ:
    pathlib.Path(os.environ["TEST_SHARD_STATUS_FILE"]).touch()

_MODELS = [
    path for path in map(pathlib.Path, os.environ["MODELS"].split()) if path.suffix == ".tflite"
]
# Custom operators, which the compiler does not know.
_CUSTOM = ("tflm_audio_preprocessor_int8",)


def _entries() -> dict[str, bytes]:
    corpus = judgement.read_archive(pathlib.Path(os.environ["CORPUS"]))
    found = {entry.name: entry.content for entry in corpus}
    found |= {path.stem: path.read_bytes() for path in _MODELS}
    return dict(list(found.items())[_SHARD::_SHARDS])


def _parse(name: str, content: bytes) -> Model:
    return parse_model(content, name)


def test_what_the_wheel_runs_is_compiled_and_agrees():
    entries = _entries()
    names = list(entries)
    sources = [functools.partial(_parse, name, content) for name, content in entries.items()]
    counts: collections.Counter[str] = collections.Counter()
    failures = []
    for place, outcome in fuzz.check(sources, batch=10, seconds=300):
        counts[outcome.kind] += 1
        if outcome.is_failure and names[place] not in _CUSTOM:
            failures.append(f"{names[place]}: {outcome.kind}: {outcome.text}")
    print(dict(counts))
    assert not failures, "\n".join(failures)
    assert counts[fuzz.SAME] > 0.8 * len(entries), counts
