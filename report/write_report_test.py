# SPDX-License-Identifier: Apache-2.0
"""What the programs say of bad input: one line, exit code 2, and no output."""

import json
import os
import pathlib
import subprocess

import pytest


def _run(variable, *arguments):
    program = pathlib.Path(os.environ[variable]).resolve()
    return subprocess.run([program, *arguments], capture_output=True, text=True)


def _manifest(folder, **changes):
    manifest = {
        "files": {"images": str(folder / "images"), "labels": str(folder / "labels")},
        "scores": {e: "s.npy" for e in ("keras", "float32", "int8", "tflm", "compiled")},
        "firmware": [],
        "missing": [],
    }
    (folder / "m.json").write_text(json.dumps(manifest | changes))
    return f"--manifest={folder / 'm.json'}"


@pytest.mark.parametrize(
    ("changes", "output", "message"),
    [
        ({}, None, "needs --page, --summary"),
        ({"scores": {}}, "--page", "m.json: needs scores of keras"),
        ({}, "--summary", "images: cannot be read: No such file"),
    ],
)
def test_the_report_s_bad_input_is_one_line(tmp_path, changes, output, message):
    arguments = [f"{output}={tmp_path / 'out'}"] if output else []
    run = _run("WRITE_REPORT", _manifest(tmp_path, **changes), *arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert len(run.stderr.splitlines()) == 1 and message in run.stderr
    assert not (tmp_path / "out").exists()


def test_scores_need_images_of_the_model_s_size(tmp_path):
    header = b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (1, 28, 28))
    (tmp_path / "images").write_bytes(header + bytes(784))
    description = {"inputs": [{"shape": [1, 100], "dtype": "int8"}]}
    (tmp_path / "d.json").write_text(json.dumps(description))
    run = _run(
        "WRITE_SCORES",
        "--program=/bin/false",
        f"--description={tmp_path / 'd.json'}",
        f"--images={tmp_path / 'images'}",
        f"--output={tmp_path / 'out.npy'}",
    )
    assert run.returncode == 2
    assert "images: has images of 784 pixels; the inputs take [100]" in run.stderr
    assert not (tmp_path / "out.npy").exists()
