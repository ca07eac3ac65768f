"""Reads what the generators need from a `.tflite` file, without TensorFlow.

The file may be hostile: the flatbuffers library for Python checks no bounds of its own, so every
way in which reading can fail ends in ModelError, and the number of items that are read is bounded.
"""

from __future__ import annotations

import collections
import dataclasses
import pathlib
import struct

import tflite

SCHEMA_VERSION = 3
_IDENTIFIER = b"TFL3"
_MAX_ITEMS = 100_000
_BUILTIN_NAMES = {
    code: name
    for name, code in vars(tflite.BuiltinOperator).items()
    if isinstance(code, int) and not name.startswith("_")
}


class ModelError(ValueError):
    """A model that can't be used. The message is one line that names the file."""


@dataclasses.dataclass(frozen=True, order=True)
class Operator:
    """An operator as a model asks for it.

    Attributes:
      builtin_code: its number in the schema's BuiltinOperator.
      name: its name in the schema, e.g. "CONV_2D"; the custom code of a custom operator.
      version: the version the model needs.
      custom: whether it is a custom operator.
    """

    builtin_code: int
    name: str
    version: int
    custom: bool = False

    def __str__(self) -> str:
        """Names it for messages."""
        kind = "custom operator" if self.custom else "operator"
        return f"{kind} {self.name} version {self.version}"


@dataclasses.dataclass(frozen=True)
class Model:
    """A `.tflite` file.

    Attributes:
      path: where it was read from, for messages.
      content: the file's bytes.
      operators: the operators it uses, each once, by code, without those that are only declared.
    """

    path: str
    content: bytes
    operators: tuple[Operator, ...]


def read_model(path: str | pathlib.Path) -> Model:
    """Reads a model and the operators it uses, in all of its subgraphs.

    Args:
      path: a `.tflite` file.

    Returns:
      The model.

    Raises:
      ModelError: the file can't be read, or is no sound TensorFlow Lite model of schema version 3.
    """
    try:
        content = pathlib.Path(path).read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
    return parse_model(content, str(path))


def parse_model(content: bytes, path: str) -> Model:
    """Like `read_model`, from memory.

    Args:
      content: a `.tflite` file's bytes.
      path: what to call it in messages.

    Returns:
      The model.

    Raises:
      ModelError: it is no sound TensorFlow Lite model of schema version 3.
    """
    if not content:
        raise ModelError(f"{path}: is empty, not a TensorFlow Lite model")
    if len(content) < 8 or content[4:8] != _IDENTIFIER:
        raise ModelError(f"{path}: is no TensorFlow Lite model: no identifier 'TFL3' at byte 4")
    try:
        (root_offset,) = struct.unpack_from("<I", content)
        if not 8 <= root_offset <= len(content) - 4:
            raise ModelError(f"{path}: is truncated or damaged: its root is at byte {root_offset}")
        root = tflite.Model.GetRootAs(content, 0)
        version = root.Version()
        if version == SCHEMA_VERSION:
            operators = _operators(root, path)
            _read_buffers(root, len(content), path)
    except ModelError:
        raise
    except (struct.error, IndexError, ValueError, TypeError, OverflowError) as error:
        raise ModelError(f"{path}: is truncated or damaged: {error}") from error
    if version != SCHEMA_VERSION:
        raise ModelError(
            f"{path}: has schema version {version}, only version {SCHEMA_VERSION} is supported"
        )
    return Model(path, content, operators)


def _bounded(count: int, path: str, what: str) -> range:
    if not 0 <= count <= _MAX_ITEMS:
        raise ModelError(f"{path}: is damaged: claims to have {count} {what}")
    return range(count)


def _operators(root: tflite.Model, path: str) -> tuple[Operator, ...]:
    declared = []
    for i in _bounded(root.OperatorCodesLength(), path, "operator codes"):
        code = root.OperatorCodes(i)
        # Codes up to 127 are in both fields, and old files have only the first one.
        builtin_code = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        name = _BUILTIN_NAMES.get(builtin_code)
        if name is None:
            raise ModelError(f"{path}: has the unknown builtin operator code {builtin_code}")
        custom = builtin_code == tflite.BuiltinOperator.CUSTOM
        if custom:
            custom_code = code.CustomCode()
            if not custom_code:
                raise ModelError(f"{path}: operator code {i} is custom, but has no name")
            name = custom_code.decode("utf-8")
            # It goes into messages of one line and into comments of one line in C++.
            if not name.isprintable():
                raise ModelError(f"{path}: operator code {i} has the unprintable name {name!r}")
        declared.append(Operator(builtin_code, name, code.Version(), custom))

    used: collections.Counter[int] = collections.Counter()
    budget = _MAX_ITEMS
    subgraphs = _bounded(root.SubgraphsLength(), path, "subgraphs")
    for i in subgraphs:
        subgraph = root.Subgraphs(i)
        count = subgraph.OperatorsLength()
        budget -= count + 1
        if count < 0 or budget < 0:
            raise ModelError(f"{path}: is damaged: claims to have more than {_MAX_ITEMS} operators")
        for k in range(count):
            index = subgraph.Operators(k).OpcodeIndex()
            if index >= len(declared):
                raise ModelError(
                    f"{path}: is damaged: operator {k} of subgraph {i} has code index {index},"
                    f" of {len(declared)}"
                )
            used[index] += 1
    if not used:
        raise ModelError(f"{path}: has no operators")
    return tuple(sorted({declared[index] for index in used}))


def _read_buffers(root: tflite.Model, size: int, path: str) -> None:
    """Sees that no buffer reaches beyond the file: where a truncated file is found out."""
    total = 0
    for i in _bounded(root.BuffersLength(), path, "buffers"):
        buffer = root.Buffers(i)
        if buffer is None or buffer.DataIsNone():
            continue
        length = buffer.DataLength()
        total += length
        start = buffer._tab.Vector(buffer._tab.Offset(4))
        if start + length > size or total > size:
            raise ModelError(
                f"{path}: is truncated: buffer {i} ends beyond the file's {size} bytes"
            )
