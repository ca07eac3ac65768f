# SPDX-License-Identifier: Apache-2.0
"""The reader of linked programs. Sections and functions are seen in the tests of reports."""

import struct

import pytest

from firmware import elf


def program(*, kind: int = 2, size: int = 4) -> bytes:
    """A program of one segment: `size` of 4 bytes at 0x20000000, stored at 0x08000000."""
    header = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
    header += struct.pack("<HHIIIIIHHH", kind, elf.EM_ARM, 1, 0x08000009, 52, 0, 0, 52, 32, 1)
    header = header.ljust(52, b"\0")
    segment = struct.pack("<8I", 1, 84, 0x20000000, 0x08000000, size, 8, 6, 4)
    return header + segment + b"\x01\x02\x03\x04"


def test_segments():
    read = elf.read(program())
    assert (read.machine, read.entry) == (elf.EM_ARM, 0x08000009)
    assert read.segments == (elf.Segment(0x08000000, 0x20000000, b"\x01\x02\x03\x04", 8),)
    assert read.memory == {0x08000000: 1, 0x08000001: 2, 0x08000002: 3, 0x08000003: 4}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a 32-bit little-endian ELF file"),
        (b"\x7fELF\x02\x01" + program()[6:], "not a 32-bit little-endian ELF file"),
        (program()[:60], "it is a damaged ELF file"),
        (program()[:-1], "segment 0 is cut off"),
        (program(kind=1), "it is not a linked program"),
    ],
)
def test_what_is_not_a_program(content: bytes, message: str):
    with pytest.raises(elf.ElfError, match=message):
        elf.read(content)
