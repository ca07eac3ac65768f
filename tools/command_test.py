"""Tests of tools/command.py."""

import os
import pathlib
import subprocess
import sys

import pytest

from tools import command


def test_writes_all_files_and_makes_folders(tmp_path: pathlib.Path):
    command.write_files({tmp_path / "a" / "x.txt": "ä\n", tmp_path / "y.bin": b"\x00\xff"})
    assert (tmp_path / "a" / "x.txt").read_bytes() == "ä\n".encode()
    assert (tmp_path / "y.bin").read_bytes() == b"\x00\xff"
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a", "x.txt", "y.bin"]


def test_writes_nothing_where_one_file_fails(tmp_path: pathlib.Path):
    (tmp_path / "kept.txt").write_text("old")
    (tmp_path / "folder").mkdir()
    with pytest.raises(command.CommandError, match="folder: it is a folder"):
        command.write_files({tmp_path / "kept.txt": "new", tmp_path / "folder": "text"})
    assert (tmp_path / "kept.txt").read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder", "kept.txt"]


def test_names_the_path_that_cannot_be_written(tmp_path: pathlib.Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(command.CommandError, match="cannot write .*file/x.txt: "):
        command.write_files({tmp_path / "file" / "x.txt": ""})


def test_scratch_folder_is_gone_afterwards(tmp_path: pathlib.Path):
    with command.scratch_folder(tmp_path / "new") as folder:
        (folder / "x").write_text("")
    assert list((tmp_path / "new").iterdir()) == []


def test_scratch_folder_reports_a_full_disk(tmp_path: pathlib.Path):
    with (
        pytest.raises(command.CommandError, match="cannot write .*: No space left on device"),
        command.scratch_folder(tmp_path),
    ):
        raise OSError(28, os.strerror(28))
    assert list(tmp_path.iterdir()) == []


def test_user_path_is_relative_to_where_the_user_stands(tmp_path, monkeypatch):
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(tmp_path))
    assert command.user_path("out") == tmp_path / "out"
    assert command.user_path("/abs/out") == pathlib.Path("/abs/out")
    monkeypatch.delenv("BUILD_WORKING_DIRECTORY")
    assert command.user_path("out") == pathlib.Path("out")


_PROGRAM = """
import sys
from absl import flags
from tools import command
NAME = flags.DEFINE_string("name", None, "A name.", required=True)
def main():
    if NAME.value == "bad":
        raise command.CommandError("bad.txt: is\\nbad")
    if NAME.value == "value":
        raise ValueError("other: is bad")
    command.write_files({"out.bin": b"x" * 5000})
command.run(main, ValueError)
"""


def _run(folder: pathlib.Path, *arguments: str, limit: str = "unlimited"):
    (folder / "program.py").write_text(_PROGRAM)
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path)))
    return subprocess.run(
        [
            "bash",
            "-c",
            f'ulimit -f {limit}; exec "$@"',
            "bash",
            sys.executable,
            "program.py",
            *list(arguments),
        ],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (),
            "program: flag --name=None: Flag --name must have a value other than None.",
        ),
        (("--nome=x",), "program: Unknown command line flag 'nome'."),
        (("--name=x", "y"), "program: unexpected argument 'y' (--help lists the flags)"),
        (("--name=bad",), "program: bad.txt: is bad"),
        (("--name=value",), "program: other: is bad"),
    ],
)
def test_bad_usage_and_input_exit_with_2_and_one_line(tmp_path, arguments, message):
    result = _run(tmp_path, *arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith(message)
    assert result.stderr.count("\n") == 1


def test_a_file_that_does_not_fit_leaves_nothing_behind(tmp_path):
    # A limit on the size of files stands for a full disk: the write fails in the same place.
    result = _run(tmp_path, "--name=x", limit="2")
    assert result.returncode == 2
    assert result.stderr == "program: cannot write out.bin: File too large\n"
    assert [p.name for p in tmp_path.iterdir()] == ["program.py"]


def test_success_exits_with_0(tmp_path):
    assert _run(tmp_path, "--name=x").returncode == 0
    assert (tmp_path / "out.bin").stat().st_size == 5000
