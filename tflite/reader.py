# SPDX-License-Identifier: Apache-2.0
"""Reads a `.tflite` file, without TensorFlow.

The file may be hostile: see flatbuffer.py. Every way in which reading can fail ends in ModelError.
"""

from __future__ import annotations

import dataclasses
import math
import os
import pathlib
from collections.abc import Sequence

from tflite import external_buffers, file_kinds, flatbuffer, schema
from tflite.model import (
    Model,
    ModelError,
    Node,
    Operator,
    Option,
    Quantization,
    Signature,
    Subgraph,
    Tensor,
)

SCHEMA_VERSION = 3
IDENTIFIER = b"TFL3"
# FlatBuffers' offsets end there.
LARGEST = (1 << 31) - 1
# Of a file that is something else so much is looked at.
_OTHER_FILE = 1 << 26
# TFLM's kernels take six at most; it keeps sizes to what can be printed.
MAX_RANK = 16
# Of a tensor, for messages and tables of one line.
MAX_NAME = 200
# What the field of old files has in place of codes above.
MAX_OLD_CODE = 127

_TENSOR_TYPES = {code: name.lower() for code, name in schema.TENSOR_TYPES.items()}
# Options whose numbers are names, if they are numbers: StableHLO's padding is a vector.
_NAMED_OPTIONS = {
    "fused_activation_function": schema.ACTIVATIONS,
    "padding": schema.PADDINGS,
}
# Kinds of options, and the field with the options.
OPTIONS = (
    ("builtin_options_type", "builtin_options", schema.BUILTIN_OPTIONS),
    ("builtin_options2_type", "builtin_options2", schema.BUILTIN_OPTIONS_2),
)


def read_model(path: str | pathlib.Path) -> Model:
    """Reads a model.

    Args:
      path: a `.tflite` file.

    Returns:
      The model.

    Raises:
      ModelError: the file can't be read, or it is not a sound model of schema version 3.
    """
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            # What is not a regular file has a size of 0 here, and may have no end.
            content = file.read(_OTHER_FILE)
            if content[4:8] == IDENTIFIER and size <= LARGEST:
                content += file.read(LARGEST + 1 - len(content))
    except IsADirectoryError as error:
        other = file_kinds.describe_folder(pathlib.Path(path)) or "is a folder, not a .tflite file"
        raise ModelError(f"{path}: {other}") from error
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
    if content[4:8] == IDENTIFIER and max(size, len(content)) > LARGEST:
        raise ModelError(f"{path}: is larger than 2 GB, which no TensorFlow Lite model is")
    return parse_model(content, str(path))


def parse_model(content: bytes, path: str) -> Model:
    """Like `read_model`, from memory.

    Args:
      content: a `.tflite` file's bytes.
      path: what to call it in messages.

    Returns:
      The model.

    Raises:
      ModelError: it is not a sound TensorFlow Lite model of schema version 3.
    """
    if not content:
        raise ModelError(f"{path}: is empty, not a TensorFlow Lite model")
    if len(content) < 8 or content[4:8] != IDENTIFIER:
        other = file_kinds.describe_other_file(content, path)
        if other is not None:
            raise ModelError(f"{path}: {other}")
        raise ModelError(f"{path}: is not a TensorFlow Lite model: no identifier 'TFL3' at byte 4")
    try:
        root = flatbuffer.File(content).root()
        version = root.scalar("version")
        if version != SCHEMA_VERSION:
            raise ModelError(
                f"{path}: has schema version {version}, only version {SCHEMA_VERSION} is supported"
            )
        model = _read(root, content, path)
        inlined = external_buffers.inline_external_buffers(content)
        if inlined is content:
            return model
        # Of a sound file all is the same except where the contents are.
        again = _read(flatbuffer.File(inlined).root(), inlined, path)
        if again != dataclasses.replace(model, content=inlined):
            raise flatbuffer.DamagedError(
                "its tables don't end before the contents outside of them"
            )
        return dataclasses.replace(again, was_inlined=True)
    except flatbuffer.DamagedError as error:
        raise ModelError(f"{path}: is truncated or damaged: {error}") from error


def _read(root: flatbuffer.Table, content: bytes, path: str) -> Model:
    codes = [_operator(code, i, path) for i, code in enumerate(root.tables("operator_codes"))]
    buffer_starts, buffer_sizes = _buffer_places(root, len(content), path)
    subgraphs = tuple(
        _subgraph(table, i, codes, buffer_sizes, path)
        for i, table in enumerate(root.tables("subgraphs"))
    )
    if not subgraphs:
        raise ModelError(f"{path}: is damaged: it has no subgraph")
    operators = {node.operator for subgraph in subgraphs for node in subgraph.nodes}
    return Model(
        path,
        content,
        tuple(sorted(operators)),
        subgraphs,
        tuple(
            _signature(table, i, subgraphs, path)
            for i, table in enumerate(root.tables("signature_defs"))
        ),
        _printable(root.string("description")),
        {
            _printable(table.string("name")): _at(
                buffer_sizes, table.scalar("buffer"), "metadata", path
            )
            for table in root.tables("metadata")
        },
        buffer_sizes,
        buffer_starts,
    )


def _printable(text: str | None) -> str:
    """Escapes what would break a message or comment of one line."""
    text = text or ""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _shortened(name: str) -> str:
    return name if len(name) <= MAX_NAME else name[: MAX_NAME - 1] + "…"


def _at(sizes: Sequence[int], index: int, what: str, path: str) -> int:
    if index >= len(sizes):
        raise ModelError(f"{path}: is damaged: {what} has buffer index {index}, of {len(sizes)}")
    return sizes[index]


def _operator(code: flatbuffer.Table, i: int, path: str) -> Operator:
    # Codes up to 127 are in both fields, and old files have only the first one.
    old_code, new_code = code.scalar("deprecated_builtin_code"), code.scalar("builtin_code")
    if old_code and new_code and old_code != min(new_code, MAX_OLD_CODE):
        raise ModelError(
            f"{path}: is damaged: operator code {i} is {old_code} in one place and {new_code} in"
            " another"
        )
    builtin_code = max(old_code, new_code)
    name = schema.BUILTIN_OPERATORS.get(builtin_code)
    if name is None:
        raise ModelError(f"{path}: has the unknown builtin operator code {builtin_code}")
    custom = name == "CUSTOM"
    if custom:
        name = code.string("custom_code")
        if not name:
            raise ModelError(f"{path}: operator code {i} is custom, but has no name")
        # It goes into messages of one line and into comments of one line in C++.
        if not name.isprintable():
            raise ModelError(f"{path}: operator code {i} has the unprintable name {name!r}")
    return Operator(builtin_code, name, code.scalar("version"), custom, builtin_code > old_code)


def _buffer_places(
    root: flatbuffer.Table, file_size: int, path: str
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Checks that no buffer reaches beyond the file: this finds truncated files.

    Returns the buffers' starts and sizes.
    """
    places = []
    for i, buffer in enumerate(root.tables("buffers")):
        place = external_buffers.buffer_outside(buffer) or buffer.span("data") or (0, 0)
        if sum(place) > file_size:
            raise ModelError(
                f"{path}: is truncated: buffer {i} ends beyond the file's {file_size} bytes"
            )
        places.append(place)
    # Several may share their contents as a whole.
    if sum(size for _, size in set(places)) > file_size:
        raise ModelError(f"{path}: is damaged: its buffers overlap")
    return tuple(start for start, _ in places), tuple(size for _, size in places)


def _subgraph(
    table: flatbuffer.Table,
    index: int,
    codes: Sequence[Operator],
    buffer_sizes: Sequence[int],
    path: str,
) -> Subgraph:
    tensors = tuple(
        _tensor(tensor, i, index, buffer_sizes, path)
        for i, tensor in enumerate(table.tables("tensors"))
    )

    def indices(owner: flatbuffer.Table, field: str, what: str, least: int = 0) -> tuple[int, ...]:
        found = owner.scalars(field) or ()
        for i in found:
            if not least <= i < len(tensors):
                raise ModelError(
                    f"{path}: is damaged: {what} of subgraph {index} has tensor index {i},"
                    f" of {len(tensors)}"
                )
        return found

    nodes = []
    known_options: dict[tuple[int, str], dict[str, Option]] = {}
    for i, node in enumerate(table.tables("operators")):
        opcode = node.scalar("opcode_index")
        if opcode >= len(codes):
            raise ModelError(
                f"{path}: is damaged: operator {i} of subgraph {index} has code index {opcode},"
                f" of {len(codes)}"
            )
        # A place outside of the file is found when they are moved inside.
        _, custom_options_size = external_buffers.custom_options_outside(node) or (0, 0)
        _, custom_options_size = node.span("custom_options") or (0, custom_options_size)
        options, options_type = _options(node, known_options)
        nodes.append(
            Node(
                i,
                codes[opcode],
                indices(node, "inputs", f"operator {i}", least=-1),
                indices(node, "outputs", f"operator {i}"),
                indices(node, "intermediates", f"operator {i}", least=-1),
                options,
                options_type,
                custom_options_size,
            )
        )
    return Subgraph(
        index,
        _printable(table.string("name")),
        tensors,
        tuple(nodes),
        indices(table, "inputs", "an input"),
        indices(table, "outputs", "an output"),
    )


def _tensor(
    table: flatbuffer.Table, index: int, subgraph: int, buffer_sizes: Sequence[int], path: str
) -> Tensor:
    what = f"tensor {index} of subgraph {subgraph}"
    code = table.scalar("type")
    dtype = _TENSOR_TYPES.get(code)
    if dtype is None:
        raise ModelError(f"{path}: {what} has the unknown type {code}")
    shape = table.scalars("shape") or ()
    if len(shape) > MAX_RANK:
        raise ModelError(f"{path}: is damaged: {what} has {len(shape)} dimensions")
    if any(dimension < 0 for dimension in shape):
        raise ModelError(
            f"{path}: {what} has the shape {list(shape)}: convert the model with fixed shapes"
        )
    buffer_index = table.scalar("buffer")
    return Tensor(
        index=index,
        name=_shortened(_printable(table.string("name"))),
        shape=shape,
        dtype=dtype,
        shape_signature=table.scalars("shape_signature"),
        quantization=_quantization(table.table("quantization"), what, path),
        buffer_index=buffer_index,
        buffer_size=_at(buffer_sizes, buffer_index, what, path),
        is_variable=bool(table.scalar("is_variable")),
        is_sparse=table.has("sparsity"),
        in_another_file=table.scalar("external_buffer") > 0,
    )


def _quantization(table: flatbuffer.Table | None, what: str, path: str) -> Quantization | None:
    if table is None:
        return None
    scales = table.scalars("scale")
    # A float32 tensor of a quantized model has an empty table, or one with a range alone.
    if not scales:
        return None
    if not all(map(math.isfinite, scales)):
        raise ModelError(
            f"{path}: {what} has a scale that is not a number: the file is damaged, or what comes"
            " before was always zero with the representative dataset"
        )
    zero_points = table.scalars("zero_point")
    # TFLM takes no scale without a zero point; LiteRT refuses such a model.
    if not zero_points:
        return None
    if len(zero_points) != len(scales):
        raise ModelError(
            f"{path}: is damaged: {what} has {len(scales)} scales and {len(zero_points)}"
            " zero points"
        )
    return Quantization(scales, zero_points, table.scalar("quantized_dimension"))


def _options(
    node: flatbuffer.Table, known: dict[tuple[int, str], dict[str, Option]]
) -> tuple[dict[str, Option], str]:
    """Reads the options of an operator, and their kind.

    known: those that were read before, by position and kind: operators may share a table.
    """
    for type_field, field, kinds in OPTIONS:
        number = node.scalar(type_field)
        kind = kinds.get(number, f"unknown {number}")
        if number == 0 or not node.has(field):
            continue
        if kind not in schema.TABLES:
            return {}, kind
        table = node.table(field, kind)
        assert table is not None
        key = table.position, kind
        if key not in known:
            known[key] = {name: _option(name, value) for name, value in table.values().items()}
        return known[key], kind
    return {}, ""


def _option(name: str, value: Option) -> Option:
    if name in _NAMED_OPTIONS and isinstance(value, int):
        return _NAMED_OPTIONS[name].get(value, str(value))
    if isinstance(value, str):
        return _printable(value)
    # One object for all: else a model that is read twice would differ from itself.
    if isinstance(value, float):
        return math.nan if math.isnan(value) else value
    if isinstance(value, tuple) and value and isinstance(value[0], float):
        return tuple(math.nan if math.isnan(number) else number for number in value)
    return value


def _signature(
    table: flatbuffer.Table, index: int, subgraphs: Sequence[Subgraph], path: str
) -> Signature:
    subgraph = table.scalar("subgraph_index")
    if subgraph >= len(subgraphs):
        raise ModelError(
            f"{path}: is damaged: signature {index} is of subgraph {subgraph}, of {len(subgraphs)}"
        )

    def names(field: str) -> dict[str, int]:
        found = {
            _printable(entry.string("name")): entry.scalar("tensor_index")
            for entry in table.tables(field)
        }
        for name, tensor in found.items():
            if tensor >= len(subgraphs[subgraph].tensors):
                raise ModelError(
                    f"{path}: is damaged: {name!r} of signature {index} has tensor index {tensor},"
                    f" of {len(subgraphs[subgraph].tensors)}"
                )
        return found

    return Signature(
        _printable(table.string("signature_key")), subgraph, names("inputs"), names("outputs")
    )
