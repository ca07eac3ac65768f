# SPDX-License-Identifier: Apache-2.0
"""Reads the forms of firmware: Intel HEX and UF2."""

from __future__ import annotations

import dataclasses
import struct

UF2_BLOCK = struct.Struct("<8I476sI")
"""Two magic numbers, flags, address, size, number, count, family; payload; a magic number."""

UF2_MAGIC = (0x0A324655, 0x9E5D5157)
UF2_MAGIC_END = 0x0AB16F30
UF2_NOT_MAIN_FLASH = 0x1
UF2_HAS_FAMILY = 0x2000
UF2_HAS_EXTENSIONS = 0x8000


class FormatError(Exception):
    """A file is not what it should be. The message is one line, without the file's name."""


# --- Intel HEX ------------------------------------------------------------------------------------


def read_hex(text: str) -> dict[int, int]:
    """Reads Intel HEX.

    Args:
      text: the file's content.

    Returns:
      Address to byte.

    Raises:
      FormatError: a line is not a record, its checksum is wrong, or the end is missing.
    """
    memory: dict[int, int] = {}
    base = 0
    for number, line in enumerate(text.splitlines(), 1):
        try:
            record = bytes.fromhex(line.removeprefix(":"))
        except ValueError as error:
            raise FormatError(f"line {number} is not a record of Intel HEX") from error
        if line[:1] != ":" or len(record) < 5 or len(record) != record[0] + 5:
            raise FormatError(f"line {number} is not a record of Intel HEX")
        if sum(record) % 256:
            raise FormatError(f"line {number} has a wrong checksum")
        offset, kind, content = int.from_bytes(record[1:3], "big"), record[3], record[4:-1]
        if kind == 0:
            memory.update(enumerate(content, base + offset))
        elif kind == 1:
            return memory
        elif kind == 2:
            base = int.from_bytes(content, "big") << 4
        elif kind == 4:
            base = int.from_bytes(content, "big") << 16
        elif kind not in (3, 5):
            raise FormatError(f"line {number} has the unknown type {kind}")
    raise FormatError("the record that ends it is missing")


# --- UF2 ------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Uf2Block:
    """A block of a UF2 file."""

    address: int
    content: bytes
    number: int
    count: int
    family: int | None


def read_uf2(content: bytes) -> list[Uf2Block]:
    """Reads UF2.

    Args:
      content: of the file.

    Returns:
      Its blocks.

    Raises:
      FormatError: a block's size, magic numbers or payload are wrong.
    """
    if not content or len(content) % UF2_BLOCK.size:
        raise FormatError(f"{len(content)} bytes are not blocks of {UF2_BLOCK.size}")
    blocks = []
    for i, fields in enumerate(UF2_BLOCK.iter_unpack(content)):
        *magic, flags, address, size, number, count, family, payload, end = fields
        if tuple(magic) != UF2_MAGIC or end != UF2_MAGIC_END:
            raise FormatError(f"block {i} has wrong magic numbers")
        if size > len(payload):
            raise FormatError(f"block {i} has a payload of {size} bytes")
        if flags & UF2_NOT_MAIN_FLASH:
            continue
        known = family if flags & UF2_HAS_FAMILY else None
        blocks.append(Uf2Block(address, payload[:size], number, count, known))
    return blocks
