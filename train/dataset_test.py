# SPDX-License-Identifier: Apache-2.0
"""Tests of train/dataset.py."""

import gzip
import pathlib
import struct

import numpy as np
import pytest

from train import dataset


def _images(count: int = 2, rows: int = 28, columns: int = 28, magic: int = 0x803) -> bytes:
    pixels = bytes(i % 256 for i in range(count * rows * columns))
    return struct.pack(">4I", magic, count, rows, columns) + pixels


def _labels(labels: bytes = b"\x07\x02", magic: int = 0x801) -> bytes:
    return struct.pack(">2I", magic, len(labels)) + labels


def _write(tmp_path: pathlib.Path, data: bytes) -> pathlib.Path:
    path = tmp_path / "digits"
    path.write_bytes(data)
    return path


def test_reads_images_row_by_row(tmp_path):
    images = dataset.read_images(_write(tmp_path, _images()))
    assert images.dtype == np.uint8
    assert images.shape == (2, 28, 28)
    assert images[0, 0, :3].tolist() == [0, 1, 2]
    assert images[0, 1, 0] == 28
    assert images[1, 0, 0] == 784 % 256


def test_reads_labels(tmp_path):
    assert dataset.read_labels(_write(tmp_path, _labels())).tolist() == [7, 2]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is not an idx file: 0 bytes"),
        (_images()[:10], "is not an idx file: 10 bytes"),
        (_images()[:-1], "is truncated: 1567 bytes of data, expected 2 x 28 x 28 = 1568"),
        (_images() + b"\0", "has bytes after its end: 1569 bytes of data"),
        (_labels() + bytes(16), "is not an idx file of images: magic number 0x00000801"),
        (_images(magic=0x3080000), "is not an idx file of images: magic number 0x03080000"),
        (gzip.compress(_images()), "is gzipped: unpack it first"),
        (_images(rows=27), "has images of 27 x 28 pixels, expected 28 x 28"),
        (_images(count=0), "has no images"),
        (struct.pack(">4I", 0x803, *[2**32 - 1] * 3), "is truncated: 0 bytes of data"),
    ],
)
def test_refuses_bad_images_and_names_the_file(tmp_path, data, message):
    path = _write(tmp_path, data)
    with pytest.raises(dataset.DatasetError) as error:
        dataset.read_images(path)
    assert str(error.value).startswith(f"{path}: {message}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (_labels()[:-1], "is truncated"),
        (_labels(b"\x01\x0a"), "label 1 is 10, expected 0 to 9"),
        (_labels(b""), "has no labels"),
        (_images(), "is not an idx file of labels"),
    ],
)
def test_refuses_bad_labels(tmp_path, data, message):
    with pytest.raises(dataset.DatasetError, match=message):
        dataset.read_labels(_write(tmp_path, data))


def test_refuses_what_cannot_be_read(tmp_path):
    with pytest.raises(dataset.DatasetError, match="missing: cannot be read: No such file"):
        dataset.read_images(tmp_path / "missing")
    with pytest.raises(dataset.DatasetError, match="cannot be read: Is a directory"):
        dataset.read_images(tmp_path)


def test_refuses_images_and_labels_of_different_number(tmp_path):
    (tmp_path / "images").write_bytes(_images(3))
    (tmp_path / "labels").write_bytes(_labels())
    with pytest.raises(dataset.DatasetError, match="has 2 labels, but .*images has 3 images"):
        dataset.read_dataset(tmp_path / "images", tmp_path / "labels")


def test_to_float_scales_to_0_1():
    images = np.array([[[0, 255], [51, 1]]], dtype=np.uint8)
    values = dataset.to_float(images)
    assert values.dtype == np.float32
    assert values.shape == (1, 2, 2, 1)
    np.testing.assert_array_equal(
        values[0, :, :, 0], np.array([[0, 1], [51 / 255, 1 / 255]], dtype=np.float32)
    )
