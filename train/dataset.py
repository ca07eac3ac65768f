# SPDX-License-Identifier: Apache-2.0
"""Reader of idx files, the format of the MNIST digits.

The format: http://yann.lecun.com/exdb/mnist/ ("the idx file format"): big-endian; two zero bytes, a
type code (0x08: unsigned byte), the number of dimensions, the size of each as int32, the data.
"""

from __future__ import annotations

import dataclasses
import pathlib
import struct

import numpy as np

IMAGE_SHAPE = (28, 28)
_IMAGES_MAGIC = 0x00000803
_LABELS_MAGIC = 0x00000801
_GZIP_MAGIC = b"\x1f\x8b"


class DatasetError(ValueError):
    """A data set that can't be used. The message is one line that names the file."""


@dataclasses.dataclass(frozen=True)
class Dataset:
    """Labelled images.

    Attributes:
      images: uint8, shape (N, 28, 28), 0 is black.
      labels: uint8, shape (N,), each 0 to 9.
    """

    images: np.ndarray
    labels: np.ndarray


def _read_idx(path: str | pathlib.Path, magic: int, what: str) -> np.ndarray:
    dimensions = magic & 0xFF
    header_bytes = 4 + 4 * dimensions
    try:
        data = pathlib.Path(path).read_bytes()
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error
    if data[:2] == _GZIP_MAGIC:
        raise DatasetError(f"{path}: is gzipped: unpack it first (gunzip < FILE > NEW_FILE)")
    if len(data) < header_bytes:
        raise DatasetError(
            f"{path}: is not an idx file: {len(data)} bytes, its header alone takes {header_bytes}"
        )
    found, *shape = struct.unpack_from(f">{1 + dimensions}I", data)
    if found != magic:
        raise DatasetError(
            f"{path}: is not an idx file of {what}: magic number 0x{found:08x},"
            f" expected 0x{magic:08x}"
        )
    expected = int(np.prod(shape, dtype=object))
    actual = len(data) - header_bytes
    if actual != expected:
        wrong = "is truncated" if actual < expected else "has bytes after its end"
        sizes = " x ".join(map(str, shape))
        raise DatasetError(
            f"{path}: {wrong}: {actual} bytes of data, expected {sizes} = {expected}"
        )
    return np.frombuffer(data, dtype=np.uint8, offset=header_bytes).reshape(shape)


def read_images(path: str | pathlib.Path) -> np.ndarray:
    """Reads an idx file of images.

    Args:
      path: an idx3 file of unsigned bytes, not gzipped.

    Returns:
      uint8, shape (N, 28, 28), N >= 1. Read-only.

    Raises:
      DatasetError: the file cannot be read, or is not such a file.
    """
    images = _read_idx(path, _IMAGES_MAGIC, "images")
    if images.shape[1:] != IMAGE_SHAPE:
        raise DatasetError(
            f"{path}: has images of {images.shape[1]} x {images.shape[2]} pixels, expected 28 x 28"
        )
    if not len(images):
        raise DatasetError(f"{path}: has no images")
    return images


def read_labels(path: str | pathlib.Path) -> np.ndarray:
    """Reads an idx file of labels.

    Args:
      path: an idx1 file of unsigned bytes, not gzipped.

    Returns:
      uint8, shape (N,), N >= 1, each 0 to 9. Read-only.

    Raises:
      DatasetError: the file cannot be read, or is not such a file.
    """
    labels = _read_idx(path, _LABELS_MAGIC, "labels")
    if not len(labels):
        raise DatasetError(f"{path}: has no labels")
    if labels.max() > 9:
        index = int(np.argmax(labels > 9))
        raise DatasetError(f"{path}: label {index} is {labels[index]}, expected 0 to 9")
    return labels


def read_dataset(images_path: str | pathlib.Path, labels_path: str | pathlib.Path) -> Dataset:
    """Reads images and their labels.

    Args:
      images_path: an idx3 file, see `read_images`.
      labels_path: an idx1 file, see `read_labels`.

    Returns:
      As many labels as images.

    Raises:
      DatasetError: a file is not as it should be, or the two do not belong together.
    """
    images = read_images(images_path)
    labels = read_labels(labels_path)
    if len(images) != len(labels):
        raise DatasetError(
            f"{labels_path}: has {len(labels)} labels, but {images_path} has {len(images)} images"
        )
    return Dataset(images, labels)


def to_float(images: np.ndarray) -> np.ndarray:
    """Scales pixels to what the network takes.

    Args:
      images: uint8, shape (N, 28, 28).

    Returns:
      float32, shape (N, 28, 28, 1), in [0, 1].
    """
    return (images.astype(np.float32) / np.float32(255.0))[..., np.newaxis]
