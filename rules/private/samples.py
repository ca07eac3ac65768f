# SPDX-License-Identifier: Apache-2.0
"""Samples for the tests of models, read or generated, and the program that runs them."""

from __future__ import annotations

import json
import pathlib
import subprocess
import tempfile
from collections.abc import Mapping, Sequence

import numpy as np

Tensors = list[np.ndarray]
"""One array for each input or output of a model; the first dimension counts samples."""

_IDX_DTYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


class SampleError(ValueError):
    """Samples that can't be used. The message is one line that names the file."""


def read_description(path: str | pathlib.Path) -> dict:
    """Reads the description of a model.

    Args:
      path: a JSON file that //tflite:describe_model wrote.

    Returns:
      What it contains.
    """
    return json.loads(pathlib.Path(path).read_text())


def read_integer_inputs(path: str | pathlib.Path) -> int:
    """Reads which number random samples have in inputs of 32- and 64-bit integers.

    Args:
      path: a JSON file with `integer_inputs`, e.g. one that //tflm/host:judge wrote.

    Returns:
      The number.

    Raises:
      SampleError: it can't be read, or has no such number.
    """
    try:
        value = json.loads(pathlib.Path(path).read_bytes())["integer_inputs"]
    except OSError as error:
        raise SampleError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise SampleError(f"{path}: is not JSON with integer_inputs") from error
    if not isinstance(value, int):
        raise SampleError(f"{path}: integer_inputs is not a whole number")
    return value


def read_raw(paths: Sequence[str], tensors: Sequence[Mapping], *, big_endian: bool) -> Tensors:
    """Reads raw samples.

    Args:
      paths: a file for each tensor in turn; further files are further samples.
      tensors: the model's inputs or outputs, as its description has them.
      big_endian: the byte order of the files.

    Returns:
      Samples in the machine's byte order.

    Raises:
      SampleError: a file is missing or not a multiple of its tensor's size, or the tensors have
        different numbers of samples.
    """
    if not paths or len(paths) % len(tensors):
        raise SampleError(f"{len(paths)} files for {len(tensors)} tensors: one each is needed")
    parts: list[list[np.ndarray]] = [[] for _ in tensors]
    for i, path in enumerate(paths):
        tensor = tensors[i % len(tensors)]
        dtype = np.dtype(tensor["dtype"])
        try:
            data = pathlib.Path(path).read_bytes()
        except OSError as error:
            raise SampleError(f"{path}: cannot be read: {error.strerror}") from error
        size = dtype.itemsize * int(np.prod(tensor["shape"]))
        if not data or len(data) % size:
            raise SampleError(f"{path}: has {len(data)} bytes, which is not a multiple of {size}")
        values = np.frombuffer(data, dtype.newbyteorder(">" if big_endian else "<"))
        parts[i % len(tensors)].append(values.astype(dtype).reshape(-1, *tensor["shape"]))
    samples = [np.concatenate(part) for part in parts]
    counts = [len(sample) for sample in samples]
    if len(set(counts)) > 1:
        raise SampleError(f"the tensors have {', '.join(map(str, counts))} samples")
    return samples


def generate(count: int, tensors: Sequence[Mapping], *, integer: int = 0) -> Tensors:
    """Makes random samples, always the same ones.

    Args:
      count: how many.
      tensors: the model's inputs, as its description has them.
      integer: what integers of 32 and 64 bits are. They are indices, sizes or divisors.

    Returns:
      Floats from -1 to 1, bools, 8 and 16 bit integers of their whole range, and `integer` for
      larger ones.
    """
    random = np.random.default_rng(1)
    samples = []
    for tensor in tensors:
        shape, dtype = (count, *tensor["shape"]), np.dtype(tensor["dtype"])
        values: np.ndarray
        if dtype.kind == "f":
            values = random.uniform(-1, 1, shape)
        elif dtype.kind == "b":
            values = random.integers(0, 2, shape)
        elif dtype.itemsize > 2:
            values = np.full(shape, integer)
        else:
            limits = np.iinfo(dtype)
            values = random.integers(limits.min, limits.max, shape, endpoint=True)
        samples.append(values.astype(dtype))
    return samples


def read_array(path: str) -> np.ndarray:
    """Reads a data set.

    Args:
      path: a `.npy` file, or an idx file.

    Returns:
      Its array.

    Raises:
      SampleError: it is neither, or damaged.
    """
    try:
        if path.endswith(".npy"):
            return np.load(path, allow_pickle=False)
        data = pathlib.Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise SampleError(f"{path}: cannot be read: {error}") from error
    dtype = _IDX_DTYPES.get(data[2]) if len(data) > 4 and data[:2] == b"\0\0" else None
    if dtype is None:
        raise SampleError(f"{path}: is neither a .npy nor an idx file")
    rank = data[3]
    start = 4 + 4 * rank
    shape = [int(n) for n in np.frombuffer(data[4:start], ">u4")]
    values = np.frombuffer(data[start:], dtype)
    if len(shape) != rank or values.size != int(np.prod(shape)):
        raise SampleError(f"{path}: is a damaged idx file")
    return values.reshape(shape)


def run_class(program: str, inputs: Tensors, description: Mapping, *, floats: bool) -> Tensors:
    """Runs samples through a model's C++ class, one after the other in one instance.

    A class that keeps state runs them again after Reset(), which must give the same.

    Args:
      program: linked by the rule of the test.
      inputs: samples.
      description: of the model.
      floats: whether the class is to quantize float32 inputs and to dequantize its outputs.

    Returns:
      Its outputs.

    Raises:
      SampleError: the program failed.
    """
    outputs = description["outputs"]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        arguments = ["--float"] if floats else []
        if description["stateful"]:
            arguments.append("--check_reset")
        for i, values in enumerate(inputs):
            (folder / f"input{i}").write_bytes(values.tobytes())
            arguments.append(f"--input={folder / f'input{i}'}")
        arguments += [f"--output={folder / f'output{i}'}" for i in range(len(outputs))]
        run = subprocess.run(
            [pathlib.Path(program).resolve(), *arguments], capture_output=True, text=True
        )
        if run.returncode:
            raise SampleError(f"the model's class: {run.stderr.strip()}")
        found = []
        for i, tensor in enumerate(outputs):
            dequantized = floats and (tensor["quantization"] or tensor["dtype"] == "float32")
            dtype = np.dtype("float32" if dequantized else tensor["dtype"])
            values = np.fromfile(folder / f"output{i}", dtype)
            found.append(values.reshape(-1, *tensor["shape"]))
        return found
