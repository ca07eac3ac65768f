# SPDX-License-Identifier: Apache-2.0
"""Moves contents that lie outside of a `.tflite` file's tables into them.

Converters write them so for models above 2 GB, TensorFlow's on request and newer ones for smaller
models too: the tables come first, then the contents, and `offset` and `size` of a Buffer, or of an
operator's custom options, say where. LiteRT reads that. TFLM does not look: to it such weights are
tensors without contents.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from tflite import flatbuffer, schema

# Of contents, offset and size.
_BUFFER_FIELDS = ("data", "offset", "size")
_OPERATOR_FIELDS = (
    "custom_options",
    "large_custom_options_offset",
    "large_custom_options_size",
)
# That of Buffer.data, so that kernels can read numbers of any type.
_ALIGNMENT = 16
# The schema's tables have fewer fields.
_MAX_FIELDS = 64
# Of a flatbuffers file: its offsets are of 32 bits, some of them signed.
_MAX_SIZE = (1 << 31) - 1


def outside(table: flatbuffer.Table, fields: tuple[str, str, str]) -> tuple[int, int] | None:
    """Finds contents that lie outside of the tables.

    Args:
      table: a Buffer or an Operator.
      fields: its fields of contents, offset and size.

    Returns:
      The byte where they start, and how many there are; None if they are inside, or there are none.

    Raises:
      DamagedError: a field is not in the file.
    """
    data, offset, size = fields
    _, inside = table.span(data) or (0, 0)
    start = table.scalar(offset)
    # 1 is what a converter writes before it knows the place.
    return None if inside or start <= 1 else (start, table.scalar(size))


def buffer_outside(table: flatbuffer.Table) -> tuple[int, int] | None:
    """Like `outside`, of a Buffer."""
    return outside(table, _BUFFER_FIELDS)


def custom_options_outside(table: flatbuffer.Table) -> tuple[int, int] | None:
    """Like `outside`, of an Operator's custom options."""
    return outside(table, _OPERATOR_FIELDS)


def _tables(
    root: flatbuffer.Table,
) -> Iterator[tuple[flatbuffer.Table, str, tuple[str, str, str]]]:
    for buffer in root.tables("buffers"):
        yield buffer, "Buffer", _BUFFER_FIELDS
    for subgraph in root.tables("subgraphs"):
        for operator in subgraph.tables("operators"):
            yield operator, "Operator", _OPERATOR_FIELDS


def inline_external_buffers(content: bytes) -> bytes:
    """Moves all contents inside. Everything else stays, byte for byte, where it is.

    A table is not written again. Its 8 bytes for the old offset become the 4 bytes of a reference
    to the contents, which follow the tables, and a new vtable says so.

    Args:
      content: a `.tflite` file's bytes, with the identifier checked.

    Returns:
      The file's bytes with its contents inside, each at a multiple of 16 bytes; `content` itself if
      they are inside already.

    Raises:
      DamagedError: the file is damaged, or its tables don't end before the contents.
    """
    moves = {}
    for table, kind, fields in _tables(flatbuffer.File(content).root()):
        place = outside(table, fields)
        if place is not None:
            if sum(place) > len(content):
                raise flatbuffer.DamagedError(
                    f"contents of byte {sum(place)} are outside of its {len(content)} bytes"
                )
            numbers = tuple(schema.TABLES[kind][field][0] for field in fields)
            moves[table.position] = (table, numbers, place)
    if not moves:
        return content
    # Several may share their contents as a whole; else a small file could become a very large one.
    if sum(size for _, size in {place for _, _, place in moves.values()}) > len(content):
        raise flatbuffer.DamagedError("contents outside of its tables overlap")
    # Converters write all tables before the first contents. The caller reads the result again,
    # which shows if a table is missing.
    end = min(start for _, _, (start, _) in moves.values())
    written = bytearray(content[:end])
    vtables: dict[bytes, int] = {}
    vectors: dict[tuple[int, int], int] = {}
    for position, (table, numbers, place) in sorted(moves.items()):
        entries = list(table.places())
        if len(entries) > _MAX_FIELDS:
            raise flatbuffer.DamagedError(f"a table has {len(entries)} fields")
        data, offset, size = numbers
        slot = position + entries[offset]
        if max(position + 4, slot + 8) > end:
            raise flatbuffer.DamagedError(
                "its tables don't end before the contents outside of them"
            )
        if place not in vectors:
            start, count = place
            written += bytes(-(len(written) + 4) % _ALIGNMENT)
            vectors[place] = len(written)
            written += struct.pack("<I", count) + content[start : start + count]
        entries[data], entries[offset] = entries[offset], 0
        if size < len(entries):
            entries[size] = 0
        vtable = struct.pack(f"<{2 + len(entries)}H", 4 + 2 * len(entries), table.size, *entries)
        if vtable not in vtables:
            written += bytes(len(written) % 2)
            vtables[vtable] = len(written)
            written += vtable
        if len(written) > _MAX_SIZE:
            raise flatbuffer.DamagedError("it has more than 2 GB")
        struct.pack_into("<Q", written, slot, vectors[place] - slot)
        struct.pack_into("<i", written, position, position - vtables[vtable])
    return bytes(written)
