# SPDX-License-Identifier: Apache-2.0
"""The readers of Intel HEX and ELF; UF2's is tested with its writer."""

import struct

import pytest

from firmware import images

END = ":00000001FF\n"


def test_hex_with_both_kinds_of_addresses():
    text = (
        (
            ":020000040800F2\n"  # From 0x08000000 on.
            ":0200100011227B\n".replace("7B", "BB")
            + ":020000021000EC\n"  # From segment 0x1000 on: 0x10000.
            ":0100000033CC\n"
            ":0400000508000001EE\n"  # The program's entry, which is not part of the memory.
        )
        + END
    )
    assert images.read_hex(text) == {0x08000010: 0x11, 0x08000011: 0x22, 0x10000: 0x33}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the record that ends it is missing"),
        (":0100000033CC\n", "the record that ends it is missing"),
        (":0100000033CD\n" + END, "line 1 has a wrong checksum"),
        ("0100000033CC\n" + END, "line 1 is not a record of Intel HEX"),
        (":0200000033CB\n" + END, "line 1 is not a record of Intel HEX"),
        (":01000x0033CC\n" + END, "line 1 is not a record of Intel HEX"),
        (END.replace("01FF", "07F9"), "line 1 has the unknown type 7"),
    ],
)
def test_what_is_not_hex(text: str, message: str):
    with pytest.raises(images.FormatError, match=message):
        images.read_hex(text)


def elf(*, kind: int = 2, size: int = 4) -> bytes:
    """A program of one segment: `size` of 4 bytes at 0x20000000, stored at 0x08000000."""
    header = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
    header += struct.pack("<HHIIIIIHHH", kind, images.EM_ARM, 1, 0x08000009, 52, 0, 0, 52, 32, 1)
    header = header.ljust(52, b"\0")
    segment = struct.pack("<8I", 1, 84, 0x20000000, 0x08000000, size, 8, 6, 4)
    return header + segment + b"\x01\x02\x03\x04"


def test_elf():
    read = images.read_elf(elf())
    assert (read.machine, read.entry) == (images.EM_ARM, 0x08000009)
    assert read.segments == [images.Segment(0x08000000, 0x20000000, b"\x01\x02\x03\x04", 8)]
    assert read.memory == {0x08000000: 1, 0x08000001: 2, 0x08000002: 3, 0x08000003: 4}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a 32-bit little-endian ELF file"),
        (b"\x7fELF\x02\x01" + elf()[6:], "not a 32-bit little-endian ELF file"),
        (elf()[:60], "its headers are cut off"),
        (elf()[:-1], "segment 0 is cut off"),
        (elf(kind=1), "it is not a linked program"),
    ],
)
def test_what_is_not_a_program(content: bytes, message: str):
    with pytest.raises(images.FormatError, match=message):
        images.read_elf(content)
