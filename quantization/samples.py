# SPDX-License-Identifier: Apache-2.0
"""Reads a data set, and makes samples of a model's inputs of it."""

from __future__ import annotations

import fractions
import io
import lzma
import math
import pathlib
import re
import tokenize
import zipfile
import zlib
from collections.abc import Sequence
from typing import IO

import numpy as np

from aot.graph import Value
from quantization.matching import real_values
from tflite.quantization import quantize

_NPY = b"\x93NUM"
# What an archive ends with, before its comment.
_ZIP_END = b"PK\x05\x06"
_ZIP_END_BYTES = 22
_IDX_DTYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
# Of the power of all numbers.
_MOST_LOST = 0.5
# Python would compute all digits of a power of ten.
_LONG_EXPONENT = re.compile(r"[eE][+-]?[0-9_]{4,}")
_LARGEST = int(np.finfo(np.float32).max)
_HOW = "give a .npz, a .npy or an unpacked idx file"


class SampleError(ValueError):
    """A data set that can't be used. The message is one line that names the file."""


def read_arrays(path: pathlib.Path) -> dict[str, np.ndarray]:
    """Reads a data set.

    Args:
      path: a .npz file, of an array for each input; or a .npy or idx file of one.

    Returns:
      Arrays by their names, in the file's order; "" for one without a name.

    Raises:
      SampleError: it can't be read, or is damaged or truncated.
    """
    try:
        with open(path, "rb") as file:
            start = file.read(4)
            if start[:2] == b"\x1f\x8b":
                raise SampleError(f"{path}: is gzipped: unpack it first")
            file.seek(0)
            if start[:2] == b"PK":
                return _npz(path, file)
            if start == _NPY:
                return {"": _npy(path, file)}
            return {"": _idx(path, file.read())}
    except OSError as error:
        raise SampleError(f"{path}: cannot be read: {error.strerror or error}: {_HOW}") from error
    except SampleError:
        raise
    # All that numpy and zipfile raise for damaged files.
    except (
        EOFError,
        KeyError,
        MemoryError,
        OverflowError,
        RuntimeError,
        SyntaxError,
        TypeError,
        ValueError,
        lzma.LZMAError,
        tokenize.TokenError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise SampleError(
            f"{path}: is truncated or damaged, or has Python objects: write it again by numpy.savez"
            " or numpy.save"
        ) from error


def _npz(path: pathlib.Path, file: IO[bytes]) -> dict[str, np.ndarray]:
    """Reads an archive. Not by numpy.load, which passes over what it does not expect."""
    with zipfile.ZipFile(file) as archive:
        found: dict[str, np.ndarray] = {}
        members = archive.infolist()
        for member in members:
            name = member.filename.removesuffix(".npy")
            if name in found:
                raise SampleError(
                    f"{path}: has two arrays {name!r}, of which one would not be read: write it by"
                    " numpy.savez"
                )
            with archive.open(member) as content:
                start = content.read(len(_NPY))
                if start != _NPY:
                    raise SampleError(
                        f"{path}: has {name!r}, which is not an array: write it by numpy.savez"
                    )
                content.seek(0)
                found[name] = _npy(path, content, name)
        # Of two archives in one file only the last is found.
        file.seek(-len(archive.comment) - _ZIP_END_BYTES, io.SEEK_END)
        is_whole = file.read(len(_ZIP_END)) == _ZIP_END
        if not is_whole or min((member.header_offset for member in members), default=0):
            raise SampleError(
                f"{path}: has bytes before or after its archive, as of two files in one: write it"
                " by numpy.savez"
            )
        return found


def _npy(path: pathlib.Path, file: IO[bytes], name: str = "") -> np.ndarray:
    """Reads a file, or a member of an archive, that is an array and nothing else."""
    array = np.lib.format.read_array(file, allow_pickle=False)
    # At the end of an archive's member its checksum is compared, too.
    if file.read(1):
        where = f" of the array {name!r}" if name else ""
        raise SampleError(
            f"{path}: has bytes after the end{where}: write one array by numpy.save, or several by"
            " numpy.savez"
        )
    return array


def _idx(path: pathlib.Path, data: bytes) -> np.ndarray:
    dtype = _IDX_DTYPES.get(data[2]) if len(data) > 4 and data[:2] == b"\0\0" else None
    if dtype is None:
        raise SampleError(f"{path}: is neither a .npz nor a .npy nor an idx file: {_HOW}")
    rank = data[3]
    start = 4 + 4 * rank
    shape = np.frombuffer(data[4:start], ">u4").tolist() if len(data) >= start else [0]
    expected = math.prod(shape) * np.dtype(dtype).itemsize
    actual = len(data) - start
    if actual != expected or not rank:
        wrong = "is truncated" if actual < expected else "has bytes after its end"
        raise SampleError(
            f"{path}: {wrong}: {max(actual, 0)} bytes of data, where its header says {expected}:"
            " fetch it again"
        )
    return np.frombuffer(data, dtype, offset=start).reshape(shape)


def factor(text: str, flag: str) -> fractions.Fraction:
    """Reads a number or a fraction, e.g. "1/255".

    Args:
      text: what the user gave.
      flag: for the message.

    Returns:
      The number.

    Raises:
      SampleError: it is none.
    """
    try:
        found = fractions.Fraction("" if _LONG_EXPONENT.search(text) else text)
    except (ValueError, ZeroDivisionError) as error:
        raise SampleError(f"--{flag}: {text!r} is not a number: give e.g. 1/255 or 0.5") from error
    if max(abs(found.numerator), found.denominator) > _LARGEST:
        raise SampleError(f"--{flag}: {text!r} does not fit into float32: give e.g. 1/255 or 0.5")
    return found


def for_inputs(
    path: pathlib.Path,
    arrays: dict[str, np.ndarray],
    floating: Sequence[Value],
    quantized: Sequence[Value],
    *,
    scale: str = "1",
    offset: str = "0",
) -> list[np.ndarray]:
    """Makes samples of the float model's inputs.

    Args:
      path: of the data set, for messages.
      arrays: what it contains.
      floating: the float model's inputs.
      quantized: the quantized model's, in the same order.
      scale: what numbers are multiplied by, e.g. "1/255".
      offset: what is added then.

    Returns:
      An array for each input, of its type; the first dimension counts samples.

    Raises:
      SampleError: the arrays don't fit the inputs.
    """
    names = [value.name for value in floating]
    if len(arrays) != len(floating):
        raise SampleError(
            f"{path}: has {len(arrays)} arrays, and the model {len(floating)} inputs"
            f" ({', '.join(map(repr, names))}): give one for each"
        )
    by_name = set(arrays) == set(names)
    given = [arrays[name] for name in names] if by_name else list(arrays.values())
    found = [
        _for_input(path, array, value, other, scale, offset)
        for array, value, other in zip(given, floating, quantized, strict=True)
    ]
    counts = [len(array) for array in found]
    if len(set(counts)) > 1:
        raise SampleError(
            f"{path}: has arrays of {', '.join(map(str, counts))} samples: give as many for each"
        )
    if not counts[0]:
        raise SampleError(f"{path}: has no samples: give at least one")
    return found


def _for_input(
    path: pathlib.Path,
    array: np.ndarray,
    value: Value,
    other: Value,
    scale: str,
    offset: str,
) -> np.ndarray:
    if array.ndim == 0 or math.prod(array.shape[1:]) != value.size:
        shape = "x".join(map(str, array.shape[1:])) or "1"
        raise SampleError(
            f"{path}: has samples of {shape} numbers, and the input {value.name!r} takes"
            f" {'x'.join(map(str, value.shape))}: give an array of the shape"
            f" [samples, {', '.join(map(str, value.shape))}]"
        )
    if array.dtype.kind not in "iufb":
        raise SampleError(f"{path}: has {array.dtype}: give floats or integers")
    shaped = array.reshape(len(array), *value.shape)
    if value.dtype != "float32":
        if array.dtype.kind == "f" or not np.can_cast(array.dtype, value.dtype, "safe"):
            raise SampleError(
                f"{path}: has {array.dtype}, and the input {value.name!r} is {value.dtype}: give"
                f" {value.dtype}"
            )
        return shaped.astype(value.dtype)
    factor_, term = factor(scale, "scale"), factor(offset, "offset")
    # What overflows is refused below.
    with np.errstate(over="ignore", invalid="ignore"):
        numbers = shaped.astype(np.float32) * np.float32(factor_.numerator)
        numbers = numbers / np.float32(factor_.denominator) + np.float32(float(term))
    if not np.isfinite(numbers).all():
        raise SampleError(f"{path}: has numbers that are not finite: leave such samples out")
    _check_range(path, numbers, other)
    return numbers


def _check_range(path: pathlib.Path, numbers: np.ndarray, value: Value) -> None:
    """Refuses numbers that are nearly lost in the quantized input: their scale is another one."""
    if value.quantization is None or np.dtype(value.dtype).kind not in "iu":
        return
    made = quantize(numbers, np.dtype(value.dtype), value.scale, value.zero_point)
    lost = real_values(value, made).astype(np.float64) - numbers
    power = float(np.square(numbers.astype(np.float64)).sum())
    if float(np.square(lost).sum()) > _MOST_LOST * power:
        limits = np.iinfo(value.dtype)
        low, high = ((n - value.zero_point) * value.scale for n in (limits.min, limits.max))
        raise SampleError(
            f"{path}: has numbers from {numbers.min():g} to {numbers.max():g}, and the quantized"
            f" model's input {value.name!r} represents {low:g} to {high:g} in steps of"
            f" {value.scale:g}:"
            " give --scale and --offset, e.g. --scale=1/255 for images of bytes"
        )


def read_labels(path: pathlib.Path, count: int) -> np.ndarray:
    """Reads the right class of each sample.

    Args:
      path: a .npz (of one array), .npy or idx file of whole numbers.
      count: how many samples there are.

    Returns:
      int64, one a sample.

    Raises:
      SampleError: it can't be read, or does not fit.
    """
    arrays = read_arrays(path)
    if len(arrays) != 1:
        raise SampleError(f"{path}: has {len(arrays)} arrays: give one of labels")
    (labels,) = arrays.values()
    if labels.dtype.kind not in "iu":
        raise SampleError(f"{path}: has {labels.dtype}: give whole numbers, the classes")
    if labels.size != count:
        raise SampleError(
            f"{path}: has {labels.size} labels for {count} samples: give one for each"
        )
    return labels.ravel().astype(np.int64)
