# SPDX-License-Identifier: Apache-2.0
"""Each fault that an image can have is found."""

import struct
from collections.abc import Sequence

from firmware import check_image, elf, uf2
from firmware.memory_regions import Region

FLASH = Region(0x10000000, 0x1000)
RAM = Region(0x20000000, 0x1000)
RESET = 0x10000101
BLOCK = (0xFFFFDED3, 0x10210142, 0x000001FF, 0, 0xAB123579)


def program(
    *,
    vectors: Sequence[int] = (0x20000800, *[RESET] * 15),
    block: Sequence[int] = BLOCK,
    stored_at: int = FLASH.origin,
    entry: int = RESET,
    machine: int = elf.EM_ARM,
    bss_at: int = RAM.origin,
) -> elf.Elf:
    """260 bytes: 16 vectors, an RP2350's block, and code at 0x100; and 8 bytes of .bss."""
    content = struct.pack(f"<16I{len(block)}I", *vectors, *block).ljust(260, b"\x01")
    segments = [
        elf.Segment(stored_at, stored_at, content, len(content)),
        elf.Segment(bss_at, bss_at, b"", 8),
    ]
    return elf.Elf(machine, entry, tuple(segments))


def placement_faults(image: elf.Elf) -> list[str]:
    return check_image.placement_faults(image, {"FLASH": FLASH, "RAM": RAM})


def start_faults(image: elf.Elf) -> list[str]:
    return check_image.start_faults(image, FLASH, RAM)


def form_faults(
    image: elf.Elf, *, binary: bytes | None = None, hex_memory: dict[int, int] | None = None
) -> list[str]:
    content = image.segments[0].content if binary is None else binary
    return check_image.form_faults(
        image, content, image.memory if hex_memory is None else hex_memory
    )


def uf2_faults(content: bytes, memory: dict[int, int], absolute: int | None = None) -> list[str]:
    return check_image.uf2_faults(content, memory, family=7, absolute=absolute)


def test_no_fault():
    image = program()
    content = uf2.to_uf2(image.memory, family=7, absolute=0x10000F00)
    assert placement_faults(image) == []
    assert start_faults(image) == []
    assert form_faults(image) == []
    assert uf2_faults(content, image.memory, absolute=0x10000F00) == []
    assert check_image.image_type(image.memory, FLASH.origin) == 0x1021


def test_places():
    assert placement_faults(program(stored_at=0x10000F00)) == [
        "260 bytes at 0x10000f00 are not in flash",
        "260 bytes at 0x10000f00 are not in FLASH, RAM",
    ]
    assert placement_faults(program(bss_at=0x20000FFC)) == [
        "8 bytes at 0x20000ffc are not in FLASH, RAM"
    ]


def test_a_third_region():
    more = {"FLASH": FLASH, "RAM": RAM, "CCM": Region(0x30000000, 0x100)}
    assert check_image.placement_faults(program(bss_at=0x30000000), more) == []
    assert check_image.placement_faults(program(bss_at=0x300000FC), more) == [
        "8 bytes at 0x300000fc are not in FLASH, RAM, CCM"
    ]
    assert check_image.placement_faults(program(stored_at=RAM.origin), more) == [
        "260 bytes at 0x20000000 are not in flash"
    ]


def test_vectors_of_exceptions_that_a_core_lacks():
    table = [0x20000800, *[RESET] * 15]
    for i in (7, 8, 9, 10, 13):
        table[i] = 0
    assert start_faults(program(vectors=table)) == []
    table[7] = 0x10000100
    assert start_faults(program(vectors=table)) == [
        "vector 7 is 0x10000100: no Thumb code in flash"
    ]


def test_vector_table():
    others = [RESET] * 14
    stack = "the vector table's stack, {}, is not in RAM"
    assert start_faults(program(vectors=(0x20001008, RESET, *others))) == [
        stack.format("0x20001008")
    ]
    assert start_faults(program(vectors=(0x20000FFC, RESET, *others))) == [
        stack.format("0x20000ffc")
    ]
    assert start_faults(program(entry=0x10000103)) == [
        "the vector table starts at 0x10000101, but the program at 0x10000103"
    ]
    for vector in (0x10000100, 0x10000201, 0x20000001, 0):
        table = (0x20000800, RESET, *others[:-1], vector)
        assert start_faults(program(vectors=table)) == [
            f"vector 15 is {vector:#x}: no Thumb code in flash"
        ]


def test_start_of_risc_v():
    assert start_faults(program(machine=elf.EM_RISCV, entry=FLASH.origin)) == []
    assert start_faults(program(machine=elf.EM_RISCV)) == [
        "it begins at 0x10000101, not where flash does"
    ]


def test_image_type():
    for i in range(len(BLOCK)):
        broken = [*BLOCK[:i], BLOCK[i] ^ 1, *BLOCK[i + 1 :]]
        assert check_image.image_type(program(block=broken).memory, FLASH.origin) is None
    riscv = [BLOCK[0], 0x11010142, *BLOCK[2:]]
    assert check_image.image_type(program(block=riscv).memory, FLASH.origin) == 0x1101


def test_image_type_after_4_kb():
    memory = dict(enumerate(struct.pack("<5I", *BLOCK), FLASH.origin + 0x1000))
    assert check_image.image_type(memory, FLASH.origin) is None
    assert check_image.image_type(memory, FLASH.origin + 20) == 0x1021


def test_forms():
    image = program()
    memory = image.memory
    assert form_faults(image, hex_memory=memory | {0x10000001: 0x99}) == [
        "HEX differs from ELF in 1 bytes, first at 0x10000001"
    ]
    assert form_faults(image, hex_memory=memory | {0x10000200: 0}) == [
        "HEX differs from ELF in 1 bytes, first at 0x10000200"
    ]
    part = {address: byte for address, byte in memory.items() if address != 0x10000103}
    assert form_faults(image, hex_memory=part) == ["HEX lacks 1 bytes, first at 0x10000103"]
    assert form_faults(image, binary=image.segments[0].content + b"\0") == [
        "bin is not what ELF has from 0x10000000 to 0x10000103"
    ]


def test_uf2():
    memory = program().memory
    assert uf2_faults(uf2.to_uf2(memory, family=8), memory) == [
        "UF2 has a block of a family that is not 0x7"
    ]
    content = uf2.to_uf2(memory, family=7)
    assert uf2_faults(content[:512], memory) == [
        "UF2's blocks are not numbered from 0 to their count",
        "UF2's content is not that of HEX",
    ]
    assert uf2_faults(content, memory | {0x10000000: 0x99}) == ["UF2's content is not that of HEX"]
    assert "UF2 does not begin with the absolute block" in uf2_faults(content, memory, absolute=0)


def test_absolute_paths_in_a_map():
    clean = "LOAD external/a/usr/bin/../lib/libc.a\n *(.text .text.*)\n 0x1 a/b.o\n /DISCARD/\n"
    assert check_image.map_faults(clean) == []
    for line in ("LOAD /a/b.o", "/a/x(b.o)", " .text 0x0 0x4 /a/b.o", "x(/a/b.o)"):
        assert len(check_image.map_faults(clean + line + "\n")) == 1
