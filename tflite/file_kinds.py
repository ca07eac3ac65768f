# SPDX-License-Identifier: Apache-2.0
"""Recognizes files that are given in place of a `.tflite` file, and says what to do with each."""

from __future__ import annotations

import io
import pathlib
import zipfile

_CONVERT = "tf.lite.TFLiteConverter.from_keras_model"

_SAVED_MODEL = (
    "is a SavedModel, not a .tflite file: convert it with"
    " tf.lite.TFLiteConverter.from_saved_model first"
)
MAGIC = (
    (b"\x1f\x8b", "is compressed by gzip: unpack it first (gunzip < FILE > NEW_FILE)"),
    (b"BZh", "is compressed by bzip2: unpack it first (bunzip2 < FILE > NEW_FILE)"),
    (b"\xfd7zXZ\0", "is compressed by xz: unpack it first (unxz < FILE > NEW_FILE)"),
    (
        b"\x89HDF\r\n\x1a\n",
        "is an HDF5 file, as Keras writes (.h5), not a .tflite file: load it in Keras and convert"
        f" the model with {_CONVERT} first",
    ),
    (
        b"version https://git-lfs",
        "is a pointer of Git LFS, not the file itself: fetch the file with git lfs pull first",
    ),
    # Protocol buffers start with the number and type of a field: a SavedModel's is its version, 1,
    # and the next one a graph.
    (b"\x08\x01\x12", _SAVED_MODEL),
)
"""First bytes of files, what such a file is and what to do."""

_KERAS = (
    "is a .keras file, not a .tflite file: load it in Keras and convert the model with"
    f" {_CONVERT} first"
)
_GRAPH = (
    "is a TensorFlow graph (.pb), not a .tflite file: convert the model that it was made from with"
    f" {_CONVERT} first"
)
_ONNX = (
    "is an ONNX file, not a .tflite file: convert the model that it was made from to .tflite first"
)
_TORCH = (
    "is a PyTorch file, not a .tflite file: convert the model that it was made from to .tflite"
    " first"
)
_WEB_PAGE = "is a web page, not a .tflite file: download the file that the page links to"
_SOURCE = "is C source, not a .tflite file: take the .tflite file that it was made from"
ZIP = b"PK\x03\x04"
ZIP_ARCHIVE = "is a zip archive: unpack it with unzip first"

BY_SUFFIX = {
    ".keras": _KERAS,
    ".onnx": _ONNX,
    ".pb": _GRAPH,
    ".pbtxt": _GRAPH,
    ".pt": _TORCH,
    ".pth": _TORCH,
}
"""What a file of such a name is, if its bytes don't say it, and what to do."""

# A zip archive of more is not looked through.
_MAX_NAMES = 1000


def describe_other_file(content: bytes, path: str) -> str | None:
    """Says what a file is that is not a `.tflite` file.

    Args:
      content: the file's bytes, or its first bytes and its last ones.
      path: the file's name; its suffix decides if the bytes don't.

    Returns:
      What it is and what to do, as a part of a line; None if it is nothing known.
    """
    for magic, text in MAGIC:
        if content.startswith(magic):
            return text
    if content.startswith(ZIP):
        return _zip(content)
    if content[257:262] == b"ustar":
        return "is a tar archive: unpack it with tar -xf first"
    start = content[:1000].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        return _WEB_PAGE
    if start.startswith((b"#include", b"#ifndef", b"//", b"/*", b"unsigned char", b"const ")):
        return _SOURCE
    suffix = pathlib.PurePath(path).suffix.lower()
    if content[:1] == b"\x08" and content[2:3] in (b"\x12", b"\x3a"):
        return _ONNX
    return BY_SUFFIX.get(suffix)


def describe_folder(path: pathlib.Path) -> str | None:
    """Says what a folder is that was given in place of a file.

    Args:
      path: the folder.

    Returns:
      What it is and what to do, as a part of a line; None if it is nothing known.
    """
    if (path / "saved_model.pb").is_file() or (path / "saved_model.pbtxt").is_file():
        return _SAVED_MODEL
    return None


def _zip(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()[:_MAX_NAMES]
    # A damaged archive raises errors of many types; what it is, is known without its names.
    except Exception:
        names = []
    if "config.json" in names and any(name.endswith(".weights.h5") for name in names):
        return _KERAS
    if any(name.endswith("data.pkl") for name in names):
        return _TORCH
    models = [name for name in names if name.endswith((".tflite", ".lite"))]
    if models and models[0].isprintable():
        return f"is a zip archive: unpack {models[0]} from it with unzip first"
    return ZIP_ARCHIVE
