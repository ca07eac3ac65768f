# SPDX-License-Identifier: Apache-2.0
"""The command: what it prints, where, and its exit codes."""

import json
import os
import pathlib
import pty
import re
import subprocess

import numpy as np
import pytest
from PIL import Image

from train import dataset

_COMMAND = [
    str(pathlib.Path(os.environ["PREDICT"]).absolute()),
    f"--engine={pathlib.Path(os.environ['ENGINE']).absolute()}",
]


@pytest.fixture(name="folder")
def _folder(tmp_path: pathlib.Path) -> pathlib.Path:
    """The first test images, a 7, a 2, a 1 and a 0, black on white and five times as large."""
    images = dataset.read_images(os.environ["TEST_IMAGES"])
    for image, name in zip(
        images[:4], ("seven.png", "two.jpg", "b/one.png", "b/nought.png"), strict=True
    ):
        path = tmp_path / "all" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(255 - image).resize((140, 140), Image.Resampling.BICUBIC).save(path)
    Image.new("RGB", (64, 48), "white").save(tmp_path / "blank.png")
    (tmp_path / "text.png").write_text("hello")
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "nothing").mkdir()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "green")]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    Image.new("1", (10_000, 10_000)).save(tmp_path / "huge.png")
    return tmp_path


def _run(folder: pathlib.Path, *arguments: str, **environment: str):
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "BUILD_WORKING_DIRECTORY")}
    return subprocess.run(
        [*_COMMAND, *arguments],
        capture_output=True,
        check=False,
        cwd=folder,
        env=kept | environment,
        text=True,
    )


def test_one_picture_shows_what_the_model_sees_and_ten_bars(folder):
    result = _run(folder, "all/seven.png")
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.split("\n")
    art, bars, rest = lines[:28], lines[29:39], lines[39:]
    assert result.stdout.isascii()
    assert "@@" in "".join(art)
    assert all(re.fullmatch(r"[ .:\-=+*#%@]{0,56}", line) for line in art)
    assert [line[0] for line in bars] == list("0123456789")
    assert re.fullmatch(r"7  9\d\.\d % #{36,40}", bars[7])
    assert rest == ["", "Predicted class = 7", ""]


def test_json_is_that_of_the_program(folder):
    result = _run(folder, "--json", "all/two.jpg", "all/seven.png")
    assert (result.returncode, result.stderr) == (0, "")
    objects = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(one["image"], one["predicted_class"]) for one in objects] == [
        ("all/two.jpg", 2),
        ("all/seven.png", 7),
    ]
    for one in objects:
        assert one["predicted_class"] == int(np.argmax(one["scores"]))
        np.testing.assert_allclose(one["probabilities"], (np.array(one["scores"]) + 128) / 256)


def test_what_the_model_sees_is_an_image_for_the_program(folder):
    shown = _run(folder, "--json", "all/two.jpg", "--pgm=out/two.pgm")
    assert (shown.returncode, shown.stderr) == (0, "")
    program = subprocess.run(
        [_COMMAND[1].partition("=")[2], "--json", "out/two.pgm"],
        capture_output=True,
        check=True,
        cwd=folder,
        text=True,
    )
    assert json.loads(program.stdout)["scores"] == json.loads(shown.stdout)["scores"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["all", "--pgm=a.pgm"],
            r"--pgm=.*a\.pgm takes one picture, and there are 4: name one of .*",
        ),
        (
            ["all/b/../two.jpg", "--pgm=all/two.jpg"],
            "cannot write .*two.jpg .*: it is the same file .*",
        ),
        (["all/two.jpg", "--pgm=nothing"], "cannot write .*nothing: it is a folder"),
        (["blank.png", "--pgm=a.pgm"], "blank.png: is blank: .*"),
    ],
)
def test_no_image_is_written_of(folder, arguments, message):
    before = (folder / "all/two.jpg").read_bytes()
    result = _run(folder, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert re.fullmatch(f"predict: {message}\n", result.stderr)
    assert not (folder / "a.pgm").exists()
    assert (folder / "all/two.jpg").read_bytes() == before


def test_names_are_no_commands_for_the_terminal(folder):
    odd = "\x1b[31m\nred.png"
    (folder / "odd").mkdir()
    for name in (odd, "plain.png"):
        (folder / "odd" / name).write_bytes((folder / "all/seven.png").read_bytes())
    lines = _run(folder, "odd").stdout.splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("odd/\\x1b[31m\\nred.png  ")
    # For programs it is what it is.
    as_json = json.loads(_run(folder, "--json", f"odd/{odd}").stdout)
    assert as_json["image"] == f"odd/{odd}"
    (folder / "odd" / odd).write_bytes(b"text")
    result = _run(folder, f"odd/{odd}")
    assert result.returncode == 2
    assert result.stderr.startswith("predict: odd/\\x1b[31m red.png: is not a picture")


def test_a_folder_gives_a_sorted_table(folder):
    result = _run(folder, "all")
    assert (result.returncode, result.stderr) == (0, "")
    rows = [line.split()[:2] for line in result.stdout.splitlines()]
    assert rows == [
        ["picture", "digit"],
        ["all/b/nought.png", "0"],
        ["all/b/one.png", "1"],
        ["all/seven.png", "7"],
        ["all/two.jpg", "2"],
    ]
    assert _run(folder, "all/seven.png", "all/two.jpg").stdout.count("\n") == 3


def test_paths_are_those_of_the_user_of_bazel_run(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("runfiles")
    result = _run(elsewhere, "--json", "seven.png", BUILD_WORKING_DIRECTORY=str(folder / "all"))
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["image"] == "seven.png"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("blank.png", "is blank: nothing on it differs from its background: take a picture .*"),
        ("text.png", "is not a picture in PNG, JPEG, .*: give it a picture as PNG or JPEG"),
        ("empty.jpg", "is empty: save or download it again as PNG or JPEG"),
        ("moving.gif", "is animated: save one frame of it as PNG"),
        ("huge.png", "has 10000 x 10000 pixels, more than 80 million: crop it .*"),
        ("none.png", "cannot be read: No such file or directory: check its name .*"),
        ("nothing", "has no pictures in it: name a folder with .png, .jpg, .jpeg files"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(folder, name, message):
    for flags in ([], ["--json"]):
        result = _run(folder, *flags, name)
        assert result.returncode == 2
        assert result.stdout == ""
        assert re.fullmatch(f"predict: {re.escape(name)}: {message}\n", result.stderr)


def test_bad_pictures_among_good_ones_have_a_line_each(folder):
    result = _run(folder, "blank.png", "all/seven.png", "text.png")
    assert result.returncode == 2
    assert [line.split()[:2] for line in result.stdout.splitlines()][1:] == [["all/seven.png", "7"]]
    assert [line.split(":")[1] for line in result.stderr.splitlines()] == [
        " blank.png",
        " text.png",
    ]


def test_usage(folder):
    result = _run(folder)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == ("predict: no picture: name a PNG or JPEG file, or a folder of them\n")
    assert _run(folder, "--jsn", "all").returncode == 2
    shown = _run(folder, "--help")
    assert shown.returncode == 0
    for flag in ("--[no]json", "--[no]color", "--picture"):
        assert flag in shown.stdout


def test_two_digits_give_a_warning(folder):
    seven, two = (Image.open(folder / "all" / name) for name in ("seven.png", "two.jpg"))
    both = Image.new("L", (300, 160), 255)
    both.paste(seven, (5, 10))
    both.paste(two, (155, 10))
    both.save(folder / "both.png")
    result = _run(folder, "both.png")
    assert result.returncode == 0
    assert re.fullmatch(
        "predict: warning: both.png: has 2 shapes of about one size, .*: crop it to one digit\n",
        result.stderr,
    )


def _on_a_terminal(folder: pathlib.Path, *arguments: str, **environment: str) -> str:
    main, terminal = pty.openpty()
    kept = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    with subprocess.Popen(
        [*_COMMAND, *arguments],
        cwd=folder,
        env=kept | {"TERM": "xterm-256color"} | environment,
        stdout=terminal,
    ) as process:
        os.close(terminal)
        text = b""
        # Linux has EIO for a terminal whose other end is closed.
        try:
            while part := os.read(main, 65536):
                text += part
        except OSError:
            pass
        os.close(main)
    assert process.returncode == 0
    return text.decode()


def test_colours_on_a_terminal_unless_unwanted(folder):
    picture = "all/seven.png"
    assert "\x1b[38;5;255;48;5;" in _on_a_terminal(folder, picture)
    assert "\x1b" not in _on_a_terminal(folder, "--nocolor", picture)
    assert "\x1b" not in _on_a_terminal(folder, picture, NO_COLOR="1")
    assert "\x1b" not in _on_a_terminal(folder, picture, TERM="dumb")
    assert "\x1b" in _run(folder, "--color", picture, NO_COLOR="1").stdout
