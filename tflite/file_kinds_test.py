# SPDX-License-Identifier: Apache-2.0
"""Tests of micro/file_kinds.py; //tests/fixes tries what the messages say."""

import io
import random
import zipfile

import pytest

from tflite import file_kinds
from tflite.model import ModelError
from tflite.reader import parse_model, read_model


def archive(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        for name in names:
            written.writestr(name, "x")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (
            b"\x1f\x8b\x08" + bytes(20),
            "m.tflite",
            "is compressed by gzip: unpack it first (gunzip < FILE > NEW_FILE)",
        ),
        (
            b"BZh91AY&SY",
            "m.tflite",
            "is compressed by bzip2: unpack it first (bunzip2 < FILE > NEW_FILE)",
        ),
        (
            b"\xfd7zXZ\0\0\4",
            "m.tflite",
            "is compressed by xz: unpack it first (unxz < FILE > NEW_FILE)",
        ),
        (b"\x89HDF\r\n\x1a\n\0", "m", "is an HDF5 file, as Keras writes"),
        (archive("config.json", "model.weights.h5"), "m", "is a .keras file, not a .tflite file"),
        (archive("a/data.pkl", "a/version"), "m", "is a PyTorch file, not a .tflite file"),
        (archive("a/m.tflite"), "m", "is a zip archive: unpack a/m.tflite from it"),
        (archive("a\n.tflite"), "m", "is a zip archive: unpack it with unzip"),
        (archive("m.tflite")[:-30], "m", "is a zip archive: unpack it with unzip"),
        (bytes(257) + b"ustar\x0000", "m", "is a tar archive: unpack it with tar -xf"),
        (b"\n<!DOCTYPE html><html>", "m.tflite", "is a web page, not a .tflite file"),
        (b"#include <x.h>\nunsigned char m[]", "m.cc", "is C source, not a .tflite file"),
        (b"version https://git-lfs", "m.tflite", "is a pointer of Git LFS, not the file itself"),
        (b"\x08\x01\x12\x80\x10" + bytes(9), "saved_model.pb", "is a SavedModel"),
        (b"\x08\x08\x12\x07pytorch", "m", "is an ONNX file"),
        (b"\x0a\x20\x0a\x05input", "graph.pb", "is a TensorFlow graph"),
        (b"\x80\x02\x8a\x0al\xfc", "m.pt", "is a PyTorch file"),
        (b"anything else", "m.tflite", "is not a TensorFlow Lite model: no identifier 'TFL3'"),
    ],
)
def test_names_what_is_given_in_place_of_a_model(content, name, message):
    with pytest.raises(ModelError) as error:
        parse_model(content, name)
    assert str(error.value).startswith(f"{name}: {message}")
    assert "\n" not in str(error.value)


def test_names_folders(tmp_path):
    with pytest.raises(ModelError, match="is a folder, not a .tflite file"):
        read_model(tmp_path)
    (tmp_path / "saved_model.pb").write_bytes(b"x")
    with pytest.raises(ModelError, match="is a SavedModel, not a .tflite file"):
        read_model(tmp_path)


def test_damaged_archives_are_archives():
    content = archive("config.json", "model.weights.h5")
    for seed in range(300):
        damaged = bytearray(content)
        place = random.Random(seed).randrange(4, len(content))
        damaged[place] ^= 1 << seed % 8
        told = file_kinds.describe_other_file(bytes(damaged), "m")
        assert told.startswith(("is a zip archive", "is a .keras file"))
