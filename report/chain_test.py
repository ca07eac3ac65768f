# SPDX-License-Identifier: Apache-2.0
"""Tests of what is read, and what is said of files that are something else."""

import json

import numpy as np
import pytest

from report import chain
from report.chain import ChainError


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", r"a.json: is not JSON"),
        ("[]", r"a.json: is not a JSON object"),
        ('{"loss": 1}', r"a.json: has no 'recipe': is it another file\?"),
    ],
)
def test_other_files_are_named(tmp_path, content, message):
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(ChainError, match=message) as raised:
        chain.read_json(tmp_path / "a.json", "loss", "recipe")
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ChainError, match="no.json: cannot be read: No such file"):
        chain.read_json(tmp_path / "no.json")


def test_manifests_need_every_engine(tmp_path):
    manifest = {"files": {}, "scores": {"keras": "k.npy"}, "firmware": [], "missing": []}
    (tmp_path / "m.json").write_text(json.dumps(manifest))
    with pytest.raises(ChainError, match="m.json: needs scores of keras, float32, int8, tflm"):
        chain.read(tmp_path / "m.json")


def test_scores_become_shares(tmp_path):
    steps = np.array([[-128, 127] + [-64] * 8], np.int8)
    assert chain.as_shares(steps, tmp_path)[0, :3].tolist() == [0, 255 / 256, 0.25]
    shares = np.full((2, 10), 0.1, np.float32)
    assert chain.as_shares(shares, tmp_path) is shares


@pytest.mark.parametrize("scores", [np.zeros((2, 9), np.int8), np.zeros((2, 10), np.float64)])
def test_other_scores_are_refused(tmp_path, scores):
    with pytest.raises(ChainError, match=r"s.npy: has .*: needs int8 or float32, 10 scores"):
        chain.as_shares(scores, tmp_path / "s.npy")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"nothing", "s.npy: is not a .npy file"),
        (b"", "s.npy: is not a .npy file"),
    ],
)
def test_damaged_scores_are_named(tmp_path, content, message):
    (tmp_path / "s.npy").write_bytes(content)
    with pytest.raises(ChainError, match=message):
        chain._scores(tmp_path / "s.npy", 1)


def test_each_image_needs_scores(tmp_path):
    np.save(tmp_path / "s.npy", np.zeros((3, 10), np.int8))
    with pytest.raises(ChainError, match="s.npy: has the scores of 3 images; there are 4"):
        chain._scores(tmp_path / "s.npy", 4)
