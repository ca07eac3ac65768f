# SPDX-License-Identifier: Apache-2.0
"""Describes a `.tflite` file as plain data: what the rules hand from one action to the next.

This is the one module that they know models by; `tflite.reader` does the reading.
"""

from __future__ import annotations

import hashlib
import pathlib
import zlib
from collections.abc import Sequence

from tflite.model import Model, ModelError, Tensor
from tflite.reader import read_model


def describe_file(path: str | pathlib.Path) -> dict:
    """Reads and describes a model.

    Args:
      path: a `.tflite` file.

    Returns:
      See `describe`.

    Raises:
      ModelError: the file can't be read, or is not a sound model.
    """
    return describe(read_model(path))


def describe(model: Model) -> dict:
    """Describes a model.

    Args:
      model: as `tflite.reader` reads it.

    Returns:
      A JSON object: `source` (the file's name), `size`, `sha256`, `crc32`, `subgraphs` (how
      many), `resource_variables` (how many), `stateful` (whether an inference may depend on those
      before it), `operators` (each once, with `builtin_code`, `name`, `version`, `custom`), and of
      the first subgraph `tensors` (all, in the file's order), `inputs` and `outputs`. A tensor has
      `name`, `dtype`, `shape`, `constant` and `quantization`: None, or `scale`, `zero_point`
      (lists, as long as there are channels) and `dimension`.

    Raises:
      ModelError: it has no inputs or outputs, or some that no program can use.
    """
    return {
        "source": pathlib.Path(model.path).name,
        "size": len(model.content),
        "sha256": hashlib.sha256(model.content).hexdigest(),
        "crc32": zlib.crc32(model.content),
        "subgraphs": len(model.subgraphs),
        "resource_variables": model.resource_variables,
        "stateful": model.is_stateful,
        "operators": [
            {
                "builtin_code": operator.builtin_code,
                "name": operator.name,
                "version": operator.version,
                "custom": operator.custom,
            }
            for operator in model.operators
        ],
        "tensors": [_tensor(tensor) for tensor in model.main.tensors],
        "inputs": _ports(model, model.main.inputs, "input"),
        "outputs": _ports(model, model.main.outputs, "output"),
    }


def _ports(model: Model, indices: Sequence[int], kind: str) -> list[dict]:
    if not indices:
        raise ModelError(f"{model.path}: has no {kind}s: convert it with one at least")
    return [
        _port(model.main.tensors[index], model.path, f"{kind} {i}")
        for i, index in enumerate(indices)
    ]


def _port(tensor: Tensor, path: str, what: str) -> dict:
    described = _tensor(tensor)
    if 0 in described["shape"]:
        raise ModelError(
            f"{path}: {what} has the shape {described['shape']}: TFLM needs fixed, positive"
            " dimensions"
        )
    for scale in described["quantization"]["scale"] if described["quantization"] else ():
        if scale <= 0:
            raise ModelError(
                f"{path}: is damaged: {what} has the scale {scale:g},"
                " which is not a positive number"
            )
    return described


def _tensor(tensor: Tensor) -> dict:
    return {
        "name": tensor.name,
        "dtype": tensor.dtype,
        "shape": list(tensor.shape),
        "constant": tensor.is_constant,
        "quantization": _quantization(tensor),
    }


def _quantization(tensor: Tensor) -> dict | None:
    quantization = tensor.quantization
    # Converters give tensors without quantization a scale of 0 too.
    if tensor.dtype == "float32" or quantization is None or not any(quantization.scales):
        return None
    return {
        "scale": list(quantization.scales),
        "zero_point": list(quantization.zero_points),
        "dimension": quantization.axis,
    }
