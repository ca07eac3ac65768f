# SPDX-License-Identifier: Apache-2.0
"""Which files a command line of files and folders names."""

from __future__ import annotations

import os
import pathlib
import stat
from collections.abc import Iterable

SUFFIXES = (".png", ".jpg", ".jpeg")
"""Of the files of a folder. A file that is named itself may have any name."""


class FolderError(ValueError):
    """A folder without pictures. The message is one line that names it and a fix."""


def shown(path: pathlib.Path) -> str:
    """A path as the user of `bazel run` writes it: relative to where they stand, if below it."""
    base = os.environ.get("BUILD_WORKING_DIRECTORY")
    return str(path.relative_to(base)) if base and path.is_relative_to(base) else str(path)


def find_pictures(paths: Iterable[pathlib.Path]) -> list[pathlib.Path]:
    """Finds the pictures of files and folders.

    Args:
      paths: files, which are taken as they are, and folders, of which all PNG and JPEG files are
        taken, those in folders below, too. What begins with a dot is left out, and what is neither
        a file nor a link to one, e.g. a pipe, which may have no end. Links to folders are not
        followed.

    Returns:
      The files, in the order of the paths; those of a folder sorted by their paths.

    Raises:
      FolderError: a folder can't be read, or has no such files.
    """
    found: list[pathlib.Path] = []
    for path in paths:
        found += _pictures_below(path) if path.is_dir() else [path]
    return found


def _may_be_a_picture(path: pathlib.Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True  # What reads it says what is wrong.


def _pictures_below(folder: pathlib.Path) -> list[pathlib.Path]:
    found = []

    def fail(error: OSError) -> None:
        raise FolderError(
            f"{shown(pathlib.Path(error.filename))}: cannot be read: {error.strerror}: check the"
            " folder's permissions"
        )

    for below, folders, names in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            pathlib.Path(below) / name
            for name in names
            if not name.startswith(".") and name.lower().endswith(SUFFIXES)
        ]
    found = [path for path in found if _may_be_a_picture(path)]
    if not found:
        raise FolderError(
            f"{shown(folder)}: has no pictures in it: name a folder with"
            f" {', '.join(SUFFIXES)} files"
        )
    return sorted(found)
