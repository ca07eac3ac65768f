# SPDX-License-Identifier: Apache-2.0
"""Unit tests of check.py, on small stand-ins for the local copies."""

from __future__ import annotations

import pathlib
import subprocess

import pytest

from third_party.tflite_micro import assemble
from tools.upstream import check

_OVERLAY = pathlib.Path("third_party/tflite_micro")
_PINS = check.read_pins(_OVERLAY / "upstream.json")
_TEMPLATE = (_OVERLAY / "upstream.BUILD.bazel").read_text()

_FILES = {
    "tflm": {
        "BUILD": "broken",
        "tensorflow/lite/micro/micro_interpreter.h": "",
        "tensorflow/lite/schema/schema_generated.h": "// by the FlatBuffers compiler\n",
        "third_party/kissfft/kissfft.patch": (
            "--- a/kiss_fft.h\n+++ b/kiss_fft.h\n@@ -1,1 +1,1 @@\n-before\n+after\n"
        ),
    },
    "flatbuffers": {"include/flatbuffers/flatbuffers.h": ""},
    "gemmlowp": {"public/gemmlowp.h": "", "BUILD": "broken"},
    "kissfft": {"kiss_fft.h": "before\n"},
    "ruy": {"ruy/ruy.h": ""},
}


@pytest.fixture(name="copies")
def _copies(tmp_path: pathlib.Path) -> pathlib.Path:
    for folder, files in _FILES.items():
        for name, text in files.items():
            path = tmp_path / "copies" / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return tmp_path / "copies"


def _commit(folder: pathlib.Path) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for arguments in (
        ["init", "--quiet"],
        ["add", "."],
        [*identity, "commit", "--quiet", "--message=a", "--date=2026-01-02T12:00:00Z"],
    ):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    head = ["git", "rev-parse", "HEAD"]
    return subprocess.run(
        head, cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def _find(copies: pathlib.Path) -> list[check.Source]:
    tflm = check.find_source("tflm", str(copies / "tflm"), None, _PINS["tflm"])
    libraries = [name for name in _PINS if name != "tflm"]
    return [tflm] + [check.find_source(name, None, tflm.folder, _PINS[name]) for name in libraries]


def _contents(folder: pathlib.Path) -> dict[pathlib.Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_plain_folders_are_assembled_and_left_alone(
    copies: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    before = _contents(copies)
    sources = _find(copies)
    folder = tmp_path / "cache/tflite_micro"
    folder.parent.mkdir()
    for _ in range(2):  # The second time replaces the first.
        check.assemble_sources(sources, _PINS, _TEMPLATE, folder)
        (folder / "left over").touch()
    check.assemble_sources(sources, _PINS, _TEMPLATE, folder)
    assert _contents(copies) == before
    assert sorted(str(path.relative_to(folder)) for path in _contents(folder)) == [
        "BUILD.bazel",
        "REPO.bazel",
        "deps/flatbuffers/include/flatbuffers/flatbuffers.h",
        "deps/gemmlowp/public/gemmlowp.h",
        "deps/kissfft/kiss_fft.h",
        "deps/ruy/ruy/ruy.h",
        "tensorflow/lite/micro/micro_interpreter.h",
        "tensorflow/lite/schema/schema_generated.h",
        "third_party/kissfft/kissfft.patch",
    ]
    assert (folder / "deps/kissfft/kiss_fft.h").read_text() == "after\n"
    assert '_COMMIT = "a local copy"\n\n_DATE = "unknown"' in (folder / "BUILD.bazel").read_text()
    assert list(folder.parent.iterdir()) == [folder]
    assert "is not a git repository" in check.warnings_of(sources[0], _PINS["tflm"])[0]


def test_cmsis_nn_is_assembled_or_left_out(copies: pathlib.Path, tmp_path: pathlib.Path) -> None:
    header = copies / "cmsis_nn/Include/arm_nnfunctions.h"
    header.parent.mkdir(parents=True)
    header.touch()
    (copies / "cmsis_nn/WORKSPACE").touch()
    pin = check.read_pins(pathlib.Path("third_party/cmsis_nn/upstream.json"), "cmsis_nn")[
        "cmsis_nn"
    ]
    source = check.find_source("cmsis_nn", None, copies / "tflm", pin)
    folder = tmp_path / "cmsis_nn"
    check.assemble_cmsis_nn(source, "the template", folder)
    assert sorted(str(path.relative_to(folder)) for path in _contents(folder)) == [
        "BUILD.bazel",
        "Include/arm_nnfunctions.h",
        "REPO.bazel",
    ]
    assert (folder / "BUILD.bazel").read_text() == "the template"
    check.assemble_cmsis_nn(None, "the template", folder)
    assert sorted(path.name for path in _contents(folder)) == ["BUILD.bazel", "REPO.bazel"]
    assert "incompatible" in (folder / "BUILD.bazel").read_text()


def test_what_fails_leaves_nothing(copies: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (copies / "kissfft/kiss_fft.h").write_text("another version\n")
    with pytest.raises(assemble.AssemblyError, match="does not fit"):
        check.assemble_sources(_find(copies), _PINS, _TEMPLATE, tmp_path / "cache" / "assembled")
    assert not list((tmp_path / "cache").iterdir())


def test_clone_is_taken_with_its_changes_and_a_warning(
    copies: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    commit = _commit(copies / "tflm")
    (copies / "tflm/tensorflow/lite/micro/micro_interpreter.h").write_text("changed")
    (copies / "tflm/untracked").touch()
    source = check.find_source("tflm", str(copies / "tflm"), None, _PINS["tflm"])
    assert (source.commit, source.bare) == (commit, False)
    wrong, changed = check.warnings_of(source, _PINS["tflm"])
    assert f"is at {commit}, not at {_PINS['tflm'].commit}" in wrong
    assert "has changes" in changed
    folder = tmp_path / "copied"
    check.copy_source(source, folder)
    assert (folder / "tensorflow/lite/micro/micro_interpreter.h").read_text() == "changed"
    assert not (folder / "untracked").exists()
    assert not (folder / ".git").exists()
    assert f'_COMMIT = "{commit}"' in check.build_file(_TEMPLATE, source)
    assert f'_DATE = "{source.date}"' in check.build_file(_TEMPLATE, source)


def test_bare_repository_gives_the_pinned_commit(
    copies: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    commit = _commit(copies / "ruy")
    bare = tmp_path / "ruy.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", copies / "ruy", bare], check=True)
    pin = check.Pin("deps/ruy", "https://example.com/ruy.git", commit)
    source = check.find_source("ruy", str(bare), copies / "tflm", pin)
    assert check.warnings_of(source, pin) == []
    check.copy_source(source, tmp_path / "copied")
    assert (tmp_path / "copied/ruy/ruy.h").exists()
    with pytest.raises(check.UpstreamError, match=f"has not the commit {_PINS['ruy'].commit}"):
        check.find_source("ruy", str(bare), copies / "tflm", _PINS["ruy"])


def test_libraries_in_tflm_come_first(copies: pathlib.Path) -> None:
    inside = copies / "tflm/tensorflow/lite/micro/tools/make/downloads/ruy/ruy/ruy.h"
    inside.parent.mkdir(parents=True)
    inside.touch()
    (ruy,) = (source for source in _find(copies) if source.name == "ruy")
    assert ruy.folder == inside.parents[1]


def test_folder_within_a_repository_is_not_that_repository(copies: pathlib.Path) -> None:
    _commit(copies)
    assert [source.commit for source in _find(copies)] == [""] * len(_PINS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tflm={copies}/missing"], "--tflm={copies}/missing: is not a folder: git clone https"),
        (["--tflm={copies}/ruy"], "{copies}/ruy: is not tflm: it has no tensorflow/lite/micro/"),
        (["--tflm={copies}/tflm", "--ruy={copies}/gemmlowp"], "gemmlowp: is not ruy"),
        (["--tflm={copies}/tflm", "--ruy={copies}/nowhere"], "--ruy={copies}/nowhere: is not a fo"),
        (["--tflm={copies}/tflm"], "Bazel's sandbox has a /tmp of its own"),
    ],
)
def test_bad_folders_are_one_line(
    copies: pathlib.Path,
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MNIST_MICRO_CACHE", "/tmp/mnist_micro_cache")
    given = [argument.format(copies=copies) for argument in arguments]
    assert check.main(["--assemble_only", *given]) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if "warning" not in line]
    assert len(lines) == 1
    assert message.format(copies=copies) in lines[0]


def test_missing_library_says_where_from(copies: pathlib.Path) -> None:
    (copies / "kissfft/kiss_fft.h").unlink()
    with pytest.raises(check.UpstreamError, match="give --kissfft=DIR: git clone https://"):
        _find(copies)


def test_usage_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, code in ((["--help"], 0), ([], 2), (["--tflm=a", "--flatbufers=b"], 2)):
        with pytest.raises(SystemExit) as stopped:
            check.main(arguments)
        assert stopped.value.code == code
    assert "--kissfft" in capsys.readouterr().out


def test_bazel_gets_its_arguments() -> None:
    folder = pathlib.Path("/cache")
    both = check.commands(folder, ["--config=asan"])
    assert [place for _, place, _ in both] == [".", "e2e/consumer"]
    for _, _, command in both:
        assert command[0].endswith("/bazelw")
        assert command[-2:] == ["--config=asan", "//..."]
        assert command[2].endswith("~tflite_micro=/cache/tflite_micro")
        assert command[3].endswith("~cmsis_nn=/cache/cmsis_nn")
    ((_, place, command),) = check.commands(folder, ["-k", "//micro:a_test", "-//micro:b_test"])
    assert place == "."
    assert command[4:] == ["-k", "--", "//micro:a_test", "-//micro:b_test"]
