# SPDX-License-Identifier: Apache-2.0
"""That no compiled model takes more memory than TFLM takes for it, and that the docs say how much.

With `--test_env=ALL_SEEDS=1` for all of the corpus, else for a part of it.
"""

import functools
import json
import os
import pathlib

import pytest

from tests.compiled_models import memory
from tests.corpus import judgement

_FILES = [
    path for path in map(pathlib.Path, os.environ["MODELS"].split()) if path.suffix == ".tflite"
]
# Of so many models of the corpus one is measured without ALL_SEEDS.
_EVERY_DAY = 10


def _returned(content: bytes) -> bytes:
    return content


def test_never_more_than_tflm():
    corpus = judgement.read_archive(pathlib.Path(os.environ["CORPUS"]))
    chosen = corpus if os.environ.get("ALL_SEEDS") else corpus[::_EVERY_DAY]
    models = [(e.name, functools.partial(_returned, e.content)) for e in chosen]
    models += [(path.stem, path.read_bytes) for path in _FILES]
    figures = list(memory.measure(models))
    assert len(figures) > 0.7 * len(models)
    more = [f for f in figures if f.compiled + f.variables > f.tflm]
    assert not more, memory.render(more)


def test_the_page_is_current():
    listed = json.loads(pathlib.Path(os.environ["REAL_MODELS"]).read_text())
    files = [path for path in _FILES if path.stem in listed]
    if missing := set(listed) - {path.stem for path in files}:
        pytest.skip(f"the page has models that are not at hand: {', '.join(sorted(missing))}")
    figures = memory.measure([(path.stem, path.read_bytes) for path in files])
    text = pathlib.Path(os.environ["PAGE"]).read_text()
    assert memory.replace(text, list(figures)) == text, f"write it: {memory.UPDATE_COMMAND}"
