# SPDX-License-Identifier: Apache-2.0

import os
import pathlib

import pytest

from micro.pictures import picture_files


def _make(folder: pathlib.Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")


def test_a_folder_is_sorted_and_has_those_below_it(tmp_path):
    _make(tmp_path, "b.png", "a.JPG", "c/d.jpeg", "a/z.png", "notes.txt", ".hidden.png", ".x/y.png")
    found = picture_files.find_pictures([tmp_path])
    names = [str(path.relative_to(tmp_path)) for path in found]
    assert names == ["a/z.png", "a.JPG", "b.png", "c/d.jpeg"]


def test_files_are_taken_as_they_are_and_in_their_order(tmp_path):
    _make(tmp_path, "x.bin", "folder/1.png", "folder/0.png")
    paths = [tmp_path / "none", tmp_path / "folder", tmp_path / "x.bin", tmp_path / "x.bin"]
    found = picture_files.find_pictures(paths)
    assert found == [
        tmp_path / "none",
        tmp_path / "folder/0.png",
        tmp_path / "folder/1.png",
        tmp_path / "x.bin",
        tmp_path / "x.bin",
    ]


def test_a_circle_of_links_ends(tmp_path):
    _make(tmp_path, "a/1.png")
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    assert picture_files.find_pictures([tmp_path]) == [tmp_path / "a/1.png"]


def test_what_has_no_end_is_left_out(tmp_path):
    _make(tmp_path, "a.png")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "device.png").symlink_to("/dev/zero")
    (tmp_path / "link.png").symlink_to("a.png")
    (tmp_path / "nowhere.png").symlink_to("none")
    names = [path.name for path in picture_files.find_pictures([tmp_path])]
    assert names == ["a.png", "link.png", "nowhere.png"]


def test_a_folder_without_pictures(tmp_path, monkeypatch):
    _make(tmp_path, "empty/notes.txt")
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(tmp_path))
    with pytest.raises(picture_files.FolderError) as error:
        picture_files.find_pictures([tmp_path / "empty"])
    assert str(error.value) == (
        "empty: has no pictures in it: name a folder with .png, .jpg, .jpeg files"
    )


def test_paths_are_shown_as_the_user_wrote_them(monkeypatch):
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", "/home/me")
    assert picture_files.shown(pathlib.Path("/home/me/a/b.png")) == "a/b.png"
    assert picture_files.shown(pathlib.Path("/else/b.png")) == "/else/b.png"
    monkeypatch.delenv("BUILD_WORKING_DIRECTORY")
    assert picture_files.shown(pathlib.Path("a/b.png")) == "a/b.png"
