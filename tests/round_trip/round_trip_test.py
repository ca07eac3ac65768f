# SPDX-License-Identifier: Apache-2.0
"""Every model at hand: all that the schema's own code reads equals what our reader reads."""

import os
import pathlib
import zipfile

import pytest

from tflite.testing import round_trip

MODELS = [pathlib.Path(path) for path in os.environ["MODELS"].split() if path.endswith(".tflite")]
CORPUS = pathlib.Path(os.environ["CORPUS"])


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.name)
def test_a_model(path):
    round_trip.check(path.read_bytes(), path.name)


def test_the_corpus():
    with zipfile.ZipFile(CORPUS) as corpus:
        names = [name for name in corpus.namelist() if name.endswith(".tflite")]
        assert len(names) > 300
        for name in names:
            round_trip.check(corpus.read(name), name)
