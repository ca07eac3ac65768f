"""Describes a `.tflite` file as plain data: what the rules hand from one action to the next.

This is the one module that they know models by; what is read here, and how, is its own business.
"""

from __future__ import annotations

import hashlib
import math
import pathlib
import struct

import tflite

from micro import tflite_model

DTYPES = {
    tflite.TensorType.FLOAT32: "float32",
    tflite.TensorType.FLOAT16: "float16",
    tflite.TensorType.INT8: "int8",
    tflite.TensorType.UINT8: "uint8",
    tflite.TensorType.INT16: "int16",
    tflite.TensorType.INT32: "int32",
    tflite.TensorType.INT64: "int64",
    tflite.TensorType.BOOL: "bool",
}
"""Element types by their number in the schema; others are named by their number."""

_MAX_ITEMS = 10_000


def describe_file(path: str | pathlib.Path) -> dict:
    """Reads and describes a model.

    Args:
      path: a `.tflite` file.

    Returns:
      See `describe`.

    Raises:
      tflite_model.ModelError: the file can't be read, or is no sound model.
    """
    return describe(tflite_model.read_model(path))


def describe(model: tflite_model.Model) -> dict:
    """Describes a model.

    Args:
      model: as `tflite_model` reads it.

    Returns:
      What JSON can hold: `source` (the file's name), `size`, `sha256`, `subgraphs` (how many),
      `operators` (each once, with `builtin_code`, `name`, `version`, `custom`), and of the first
      subgraph `inputs` and `outputs`, each a list of tensors with `name`, `dtype`, `shape` and
      `quantization`: None, or `scale`, `zero_point` (lists, as long as there are channels) and
      `dimension`.

    Raises:
      tflite_model.ModelError: its inputs and outputs can't be read, or are not there.
    """
    path = model.path
    try:
        root = tflite.Model.GetRootAs(model.content, 0)
        if root.SubgraphsLength() < 1:
            raise tflite_model.ModelError(f"{path}: has no subgraph")
        graph = root.Subgraphs(0)
        inputs = _tensors(graph, graph.InputsLength(), graph.Inputs, "input", path)
        outputs = _tensors(graph, graph.OutputsLength(), graph.Outputs, "output", path)
        subgraphs = root.SubgraphsLength()
    except tflite_model.ModelError:
        raise
    except (
        struct.error,
        IndexError,
        ValueError,
        TypeError,
        OverflowError,
        AttributeError,
    ) as error:
        raise tflite_model.ModelError(f"{path}: is truncated or damaged: {error}") from error
    return {
        "source": pathlib.Path(path).name,
        "size": len(model.content),
        "sha256": hashlib.sha256(model.content).hexdigest(),
        "subgraphs": subgraphs,
        "operators": [
            {
                "builtin_code": operator.builtin_code,
                "name": operator.name,
                "version": operator.version,
                "custom": operator.custom,
            }
            for operator in model.operators
        ],
        "inputs": inputs,
        "outputs": outputs,
    }


def _tensors(graph, count: int, index_of, kind: str, path: str) -> list[dict]:
    if not 1 <= count <= _MAX_ITEMS:
        raise tflite_model.ModelError(f"{path}: has {count} {kind}s, which is no usable number")
    tensors = []
    for i in range(count):
        index = index_of(i)
        if not 0 <= index < graph.TensorsLength():
            raise tflite_model.ModelError(
                f"{path}: is damaged: {kind} {i} is tensor {index}, of {graph.TensorsLength()}"
            )
        tensors.append(_tensor(graph.Tensors(index), f"{path}: {kind} {i}"))
    return tensors


def _tensor(tensor: tflite.Tensor, what: str) -> dict:
    rank = tensor.ShapeLength()
    if rank > _MAX_ITEMS:
        raise tflite_model.ModelError(f"{what} is damaged: claims to have {rank} dimensions")
    shape = [int(tensor.Shape(i)) for i in range(rank)]
    if any(dimension < 1 for dimension in shape):
        raise tflite_model.ModelError(
            f"{what} has the shape {shape}: TFLM needs fixed, positive dimensions"
        )
    name = (tensor.Name() or b"").decode("utf-8", errors="replace")
    return {
        "name": "".join(c if c.isprintable() else "?" for c in name),
        "dtype": DTYPES.get(tensor.Type(), f"type {tensor.Type()}"),
        "shape": shape,
        "quantization": _quantization(tensor, what),
    }


def _quantization(tensor: tflite.Tensor, what: str) -> dict | None:
    quantization = tensor.Quantization()
    # Converters give float tensors a scale of 0 too.
    if tensor.Type() == tflite.TensorType.FLOAT32 or quantization is None:
        return None
    count = quantization.ScaleLength()
    if count == 0:
        return None
    if count > _MAX_ITEMS or quantization.ZeroPointLength() != count:
        raise tflite_model.ModelError(f"{what} has not as many zero points as scales")
    scale = [float(quantization.Scale(i)) for i in range(count)]
    zero_point = [int(quantization.ZeroPoint(i)) for i in range(count)]
    if all(s == 0 for s in scale):
        return None
    if not all(math.isfinite(s) and s > 0 for s in scale):
        raise tflite_model.ModelError(f"{what} has a scale that is no positive number")
    return {
        "scale": scale,
        "zero_point": zero_point,
        "dimension": quantization.QuantizedDimension(),
    }
