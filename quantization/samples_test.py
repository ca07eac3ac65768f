# SPDX-License-Identifier: Apache-2.0
"""Tests of samples.py."""

import dataclasses
import io
import struct
import zipfile

import numpy as np
import pytest

from aot.graph import Value
from quantization import samples
from quantization.samples import SampleError
from tflite.model import Quantization

IMAGE = Value("image", (1, 2, 2, 1), "float32")
QUANTIZED = dataclasses.replace(IMAGE, dtype="int8", quantization=Quantization((1 / 255,), (-128,)))
BYTES = np.arange(12, dtype=np.uint8).reshape(3, 2, 2) * 23


def idx(array, kind=8):
    header = bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npz(**arrays):
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def write(folder, content):
    path = folder / "samples"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("make", [idx, npy, lambda array: npz(x=array)])
def test_reads_all_kinds_of_files(tmp_path, make):
    path = write(tmp_path, make(BYTES))
    (array,) = samples.read_arrays(path).values()
    assert np.array_equal(array, BYTES)
    (made,) = samples.for_inputs(path, {"": array}, [IMAGE], [QUANTIZED], scale="1/255", offset="0")
    assert made.dtype == np.float32 and made.shape == (3, 1, 2, 2, 1)
    assert np.array_equal(made.ravel(), BYTES.ravel().astype(np.float32) / np.float32(255))


def test_arrays_come_by_name_or_in_order(tmp_path):
    one, two = np.zeros((2, 2, 2), np.float32), np.ones((2, 2, 2), np.float32)
    other = dataclasses.replace(IMAGE, name="other")
    inputs, quantized = [IMAGE, other], [QUANTIZED, QUANTIZED]
    for names, first in ((("other", "image"), 1.0), (("a", "b"), 0.0)):
        arrays = dict(zip(names, (one, two), strict=True))
        made = samples.for_inputs(tmp_path, arrays, inputs, quantized)
        assert made[0].max() == first


def test_integers_are_taken_as_they_are(tmp_path):
    value = Value("index", (1,), "int32")
    (made,) = samples.for_inputs(tmp_path, {"": np.array([[3], [4]], np.int16)}, [value], [value])
    assert made.dtype == np.int32 and made.tolist() == [[3], [4]]
    with pytest.raises(SampleError, match="has float64, and the input 'index' is int32: give"):
        samples.for_inputs(tmp_path, {"": np.array([[3.0]])}, [value], [value])


def stored(*members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def encrypted():
    """An archive that says so of its member, at both places."""
    content = bytearray(stored(("x.npy", npy(BYTES))))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def packed(method):
    """Packs an array in a way, and damages what is packed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("x.npy", npy(BYTES))
    content = bytearray(file.getvalue())
    # Behind the member's name, and the properties of LZMA.
    content[60:70] = b"\xff" * 10
    return bytes(content)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_refuses_two_arrays_of_a_name(tmp_path):
    path = write(tmp_path, stored(("x.npy", npy(BYTES)), ("x.npy", npy(BYTES[:1]))))
    with pytest.raises(SampleError, match="has two arrays 'x', of which one would not be read"):
        samples.read_arrays(path)


def test_reads_archives_of_other_programs(tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = b"a comment"
        # Without the ending, and as a program writes it that can't go back in its output.
        with archive.open("x", "w", force_zip64=True) as member:
            member.write(npy(BYTES))
    (array,) = samples.read_arrays(write(tmp_path, file.getvalue())).values()
    assert np.array_equal(array, BYTES)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is neither a .npz nor a .npy nor an idx file: give"),
        (b"hello world", "is neither a .npz nor a .npy nor an idx file: give"),
        (b"\x1f\x8b\x08\x00", "is gzipped: unpack it first"),
        (idx(BYTES)[:-1], "is truncated: 11 bytes of data, where its header says 12"),
        (idx(BYTES)[:9], "is truncated"),
        (idx(BYTES) + b"x", "has bytes after its end"),
        (npy(BYTES)[:-1], "is truncated or damaged"),
        (b"\x93NUMPY\x01\x00\x10\x00" + b"(" * 16, "is truncated or damaged"),
        (npy(np.array([{}], object)), "is truncated or damaged, or has Python objects"),
        (npz(x=BYTES)[:-30], "is truncated or damaged"),
        (npz(x=BYTES).replace(b"x.npy", b"y.npy", 1), "is truncated or damaged"),
        (stored(("x.npy", b"nonsense")), "has 'x', which is not an array: write it by numpy.savez"),
        (encrypted(), "is truncated or damaged"),
        (packed(zipfile.ZIP_DEFLATED), "is truncated or damaged"),
        (packed(zipfile.ZIP_BZIP2), "cannot be read: Invalid data stream: give"),
        (packed(zipfile.ZIP_LZMA), "is truncated or damaged"),
        (npy(BYTES) + b"x", "has bytes after the end: write one array"),
        (npy(BYTES) + npy(BYTES), "has bytes after the end: write one array"),
        (stored(("x.npy", npy(BYTES) + b"x")), "has bytes after the end of the array 'x': write"),
        (stored(("x", npy(BYTES)), ("x.npy", npy(BYTES))), "has two arrays 'x', of which one"),
        (npz(x=BYTES) + npz(x=BYTES), "has bytes before or after its archive"),
        (npz(x=BYTES) + b"x", "has bytes before or after its archive"),
    ],
)
def test_refuses_what_is_not_a_data_set(tmp_path, content, message):
    path = write(tmp_path, content)
    with pytest.raises(SampleError, match=message) as caught:
        arrays = samples.read_arrays(path)
        samples.for_inputs(path, arrays, [IMAGE], [QUANTIZED])
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "has 0 arrays, and the model 1 inputs"),
        ({"a": BYTES, "b": BYTES}, "has 2 arrays, and the model 1 inputs .'image'."),
        ({"": BYTES[:0]}, "has no samples: give at least one"),
        ({"": np.zeros((3, 5))}, r"samples of 5 numbers, and the input 'image' takes 1x2x2x1"),
        ({"": np.float32(1)}, "samples of"),
        ({"": np.array([["a"] * 4])}, "has <U1: give floats or integers"),
        ({"": np.full((1, 2, 2), np.nan)}, "numbers that are not finite"),
        ({"": np.full((1, 2, 2), 1e300)}, "numbers that are not finite"),
        (
            {"": BYTES},
            "numbers from 0 to 253, and the quantized model's input 'image' represents 0 to 1",
        ),
    ],
)
def test_refuses_what_does_not_fit(tmp_path, arrays, message):
    with pytest.raises(SampleError, match=message):
        samples.for_inputs(tmp_path, arrays, [IMAGE], [QUANTIZED])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros(2, np.uint8), "has 2 labels for 3 samples: give one for each"),
        (np.zeros(3), "has float64: give whole numbers"),
    ],
)
def test_refuses_labels_that_do_not_fit(tmp_path, labels, message):
    with pytest.raises(SampleError, match=message):
        samples.read_labels(write(tmp_path, npy(labels)), 3)


def test_refuses_scales_that_are_no_numbers():
    for text in ("", "x", "1/0", "nan", "1e9999999999"):
        with pytest.raises(SampleError, match="is not a number: give e.g. 1/255"):
            samples.factor(text, "scale")
    for text in ("1e400", "-1e400", "1e-400"):
        with pytest.raises(SampleError, match="does not fit into float32"):
            samples.factor(text, "scale")
