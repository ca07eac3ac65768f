# SPDX-License-Identifier: Apache-2.0
"""Tests of tools/command.py."""

import os
import pathlib
import signal
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


def test_takes_names_as_long_as_they_can_be_and_odd_ones_in_text(tmp_path: pathlib.Path):
    longest = "n" * os.pathconf(tmp_path, "PC_NAME_MAX")
    odd = os.fsdecode(b"\xff.tflite")  # Not UTF-8.
    command.write_files({tmp_path / longest: f"from {odd}"})
    assert (tmp_path / longest).read_bytes() == b"from \\udcff.tflite"


def test_follows_a_link(tmp_path: pathlib.Path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder/file")
    command.write_files({tmp_path / "link": "new"})
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "folder" / "file").read_text() == "new"
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["file"]


def test_leaves_devices_and_pipes_in_their_places(tmp_path: pathlib.Path):
    os.mkfifo(tmp_path / "pipe")
    reader = subprocess.Popen(["cat", tmp_path / "pipe"], stdout=subprocess.PIPE)
    command.write_files({tmp_path / "pipe": "through", "/dev/null": "away"})
    assert reader.communicate()[0] == b"through"
    assert (tmp_path / "pipe").is_fifo()
    assert pathlib.Path("/dev/null").is_char_device()
    with pytest.raises(command.CommandError, match="cannot write /dev/full: No space left"):
        command.write_files({tmp_path / "file": "x", "/dev/full": "x"})
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.parametrize(
    "output", ["in", "folder/../in", "link", "hard", "folder/link", "folder_link/../in"]
)
def test_refuses_to_write_what_is_read(tmp_path: pathlib.Path, monkeypatch, output: str):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder_link").symlink_to("folder")
    (tmp_path / "in").write_text("precious")
    (tmp_path / "hard").hardlink_to(tmp_path / "in")
    (tmp_path / "link").symlink_to("in")
    (tmp_path / "folder" / "link").symlink_to(tmp_path / "link")
    monkeypatch.setattr(command, "_ALSO_READ", [])
    command.also_reads("a file in a list", [tmp_path / "other", tmp_path / "in"])
    with pytest.raises(
        command.CommandError, match="it is the same file as a file in a list, which"
    ):
        command.write_files({tmp_path / "new": "1", f"{tmp_path}/{output}": "2"})
    assert (tmp_path / "in").read_text() == "precious"
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("other", ["new", "folder/../new", "link_to_new", "folder_link/../new"])
def test_refuses_two_outputs_in_one_file(tmp_path: pathlib.Path, other: str):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder_link").symlink_to("folder")
    (tmp_path / "link_to_new").symlink_to("new")
    with pytest.raises(command.CommandError, match="cannot write .*: it is the same file as "):
        command.write_files({f"{tmp_path}/new": "1", f"{tmp_path}/./{other}": "2"})
    assert not (tmp_path / "new").exists()


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
import os, pathlib
from absl import flags
from tools import command
NAME = flags.DEFINE_string("name", None, "A name.", required=True)
IN = command.input_files("in", None, "What is read.")
OUT = command.output_file("out", None, "What is written.")
MORE = command.output_file("more", None, "What is written too.")
FOLDER = command.output_folder("folder", None, "Where something is written.")
def main():
    if NAME.value == "bad":
        raise command.CommandError("bad.txt: is\\nbad")
    if NAME.value == "value":
        raise ValueError("other: is bad")
    if NAME.value == "says":
        return print(chr(0x2026), chr(0xDCFF), "x" * 100_000)
    print("main")
    if NAME.value == "list":
        command.also_reads("a file in list.txt", [pathlib.Path("listed")])
    outputs = [path for path in (OUT.value, MORE.value) if path]
    if FOLDER.value:
        outputs.append(FOLDER.value / "a")
    command.write_files({path: b"x" * 5000 for path in outputs or ["out.bin"]})
command.run(main, ValueError, argument="in")
"""


def _run(folder: pathlib.Path, *arguments: str, shell: str = 'exec "$@"', **environment: str):
    (folder / "program.py").write_text(_PROGRAM)
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment}
    return subprocess.run(
        ["bash", "-c", shell, "bash", sys.executable, "program.py", *arguments],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "program: --name: missing (--help lists the flags)\n"),
        (("--nome=x",), "program: Unknown command line flag 'nome'."),
        (("--name=x", "y", "z"), "program: unexpected argument 'z' (--help lists the flags)"),
        (("--name=x", "--in=y", "z"), "program: unexpected argument 'z' (--help lists the flags)"),
        (("--name=x", "--out="), "program: flag --out=: needs a path"),
        (("--name=x", ""), "program: flag --in=: needs a path"),
        (("--name=x", "--out"), "program: Missing value for flag --out"),
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


@pytest.mark.parametrize(
    ("inputs", "output"),
    [
        (("--in=in", "--in=second"), "in"),
        (("--in", "second", "--in=link"), "./in"),
        (("--in=hard",), "folder/../link"),
    ],
)
def test_an_output_that_is_an_input_is_refused(tmp_path, inputs, output):
    (tmp_path / "folder").mkdir()
    (tmp_path / "in").write_text("precious")
    (tmp_path / "second").write_text("")
    (tmp_path / "hard").hardlink_to(tmp_path / "in")
    (tmp_path / "link").symlink_to("in")
    result = _run(tmp_path, "--name=x", *inputs, f"--more={output}", "--out", "new")
    assert result.returncode == 2
    # Before the command starts.
    assert result.stdout == ""
    assert result.stderr == (
        f"program: cannot write {pathlib.Path(output)} (--more): "
        "it is the same file as --in, which is read: name another one\n"
    )
    assert (tmp_path / "in").read_text() == "precious"
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "arguments",
    [("in", "--out", "in"), ("--out", "in", "in"), ("in", "--out=in", "--name=y")],
)
def test_an_argument_that_is_an_output_too_is_taken_for_both(tmp_path, arguments):
    (tmp_path / "in").write_text("precious")
    result = _run(tmp_path, "--name=x", *arguments)
    assert (result.returncode, result.stderr) == (
        2,
        "program: cannot write in (--out): it is the same file as --in, which is read: "
        "name another one\n",
    )
    assert (tmp_path / "in").read_text() == "precious"


def test_any_number_of_arguments_for_a_flag_of_several_values(tmp_path):
    program = """
from absl import flags
from tools import command
IN = command.input_files("in", [], "What is read.")
OUT = command.output_file("out", None, "What is written.")
command.run(lambda: print(*(path.name for path in IN.value)), arguments="in")
"""
    (tmp_path / "many.py").write_text(program)

    def run(*arguments: str):
        return subprocess.run(
            [sys.executable, "many.py", *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=False,
        )

    assert run().stdout == "\n"
    assert run("a", "b", "--out=x", "c").stdout == "a b c\n"
    assert run("--in=a", "--in=b").stdout == "a b\n"
    assert run("--in=a", "b").stdout == "a b\n"
    assert run("--", "-a").stdout == "-a\n"
    (tmp_path / "a").write_text("precious")
    refused = run("b", "a", "--out=a")
    assert refused.returncode == 2
    assert "it is the same file as --in, which is read" in refused.stderr
    empty = run("a", "")
    assert (empty.returncode, empty.stderr.count("\n")) == (2, 1)


def test_two_outputs_in_one_file_are_refused(tmp_path):
    result = _run(tmp_path, "--name=x", "--out=new", f"--more={tmp_path}/new")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        f"program: cannot write {tmp_path}/new (--more): it is the same file as new (--out): "
        "name another one\n"
    )


def test_inputs_in_an_output_folder_or_in_a_list_are_kept(tmp_path):
    (tmp_path / "a").write_text("precious")
    result = _run(tmp_path, "--name=x", "a", "--folder=.")
    assert (result.returncode, result.stderr) == (
        2,
        "program: cannot write a: it is the same file as --in, which is read: name another one\n",
    )
    (tmp_path / "listed").write_text("precious")
    result = _run(tmp_path, "--name=list", "--out=listed")
    assert (result.returncode, result.stderr) == (
        2,
        "program: cannot write listed: it is the same file as a file in list.txt, which is read: "
        "name another one\n",
    )
    assert {path.read_text() for path in (tmp_path / "a", tmp_path / "listed")} == {"precious"}


def test_other_files_are_not_refused(tmp_path):
    (tmp_path / "in").write_text("")
    result = _run(tmp_path, "--name=x", "--in=in", "--in=in", "--out=/dev/null", "--more=/dev/null")
    assert (result.returncode, result.stderr) == (0, "")
    result = _run(tmp_path, "--name=x", "in", "--out=out", "--more=folder/out", "--folder=more")
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "more" / "a").stat().st_size == 5000


def test_outputs_lie_in_the_users_folder_whatever_is_where_the_program_runs(tmp_path):
    (tmp_path / "out").write_text("")
    (tmp_path / "user").mkdir()
    result = _run(tmp_path, "--name=x", "--out=out", BUILD_WORKING_DIRECTORY=str(tmp_path / "user"))
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "user" / "out").stat().st_size == 5000
    assert (tmp_path / "out").read_text() == ""


def test_a_file_that_does_not_fit_leaves_nothing_behind(tmp_path):
    # A limit on the size of files stands for a full disk: the write fails in the same place.
    result = _run(tmp_path, "--name=x", shell='ulimit -f 2; exec "$@"')
    assert result.returncode == 2
    assert result.stderr == "program: cannot write out.bin: File too large\n"
    assert [p.name for p in tmp_path.iterdir()] == ["program.py"]


def test_success_exits_with_0(tmp_path):
    assert _run(tmp_path, "--name=x").returncode == 0
    assert (tmp_path / "out.bin").stat().st_size == 5000


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("utf-8", b"\xe2\x80\xa6 \\udcff"), ("ascii", b"\\u2026 \\udcff")],
)
def test_text_that_stdout_cannot_say_is_escaped(tmp_path, encoding, text):
    result = _run(tmp_path, "--name=says", shell='"$@" >out.txt', PYTHONIOENCODING=encoding)
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "out.txt").read_bytes() == text + b" " + b"x" * 100_000 + b"\n"


@pytest.mark.parametrize("arguments", [("--name=says",), ("--help",)])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_stdout_that_nobody_reads_ends_the_program_quietly(tmp_path, arguments, unbuffered):
    result = _run(
        tmp_path,
        *arguments,
        shell='{ "$@"; echo $? >status; } | true',
        PYTHONUNBUFFERED=unbuffered,
    )
    assert (result.stdout, result.stderr) == ("", "")
    assert int((tmp_path / "status").read_text()) == 128 + signal.SIGPIPE


@pytest.mark.parametrize(
    ("redirected", "reason"),
    [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")],
)
@pytest.mark.parametrize("arguments", [("--name=says",), ("--name=x",), ("--help",)])
def test_stdout_that_cannot_be_written_is_told(tmp_path, arguments, redirected, reason):
    result = _run(tmp_path, *arguments, shell=f'exec "$@" {redirected}')
    assert result.returncode == 2
    assert result.stderr == f"program: cannot write to stdout: {reason}\n"
    # And no output is where stdout would have been.
    if "--name=x" in arguments:
        assert (tmp_path / "out.bin").read_bytes() == b"x" * 5000


def test_without_stderr_messages_are_not_on_stdout(tmp_path):
    result = _run(tmp_path, "--name=bad", shell='exec "$@" 2>&-')
    assert (result.returncode, result.stdout) == (2, "")


def test_help_lists_the_flags_of_each_kind(tmp_path):
    result = _run(tmp_path, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    for flag in ("--name", "--in", "--out", "--folder"):
        assert f"\n  {flag}: " in result.stdout


def test_names_for_people_have_no_commands_for_terminals():
    assert command.printable("digit\u00e4 1\u202fPM.png") == "digit\u00e4 1\u202fPM.png"
    assert command.printable("a\x1b[31m\n\u202eb\udcff") == "a\\x1b[31m\\n\\u202eb\\udcff"
