# SPDX-License-Identifier: Apache-2.0
"""Checks that the forms of a program for a chip are right, and say the same.

Exit code 0, or 1 with a line on stderr for each fault.
"""

from __future__ import annotations

import argparse
import pathlib
import re
import struct
import sys
from collections.abc import Mapping

from firmware import elf, images, uf2
from firmware.memory_regions import Region, read_regions

_FIRST_4_KB = 4096
# Words of the RP2350's block of metadata: "RP2350 Datasheet", "Minimum viable image metadata".
_BLOCK_START = 0xFFFFDED3
_BLOCK_END = 0xAB123579
_IMAGE_TYPE = 0x42
_LAST_ITEM = 0xFF

# Exceptions that not every core has; a table may have 0 there.
_RESERVED_VECTORS = (7, 8, 9, 10, 13)

# The linker has a section /DISCARD/.
_ABSOLUTE_PATH = re.compile(r"(?:^|[\s(])(/(?!DISCARD/)[\w.][^\s()]*)", re.MULTILINE)


def placement_faults(program: elf.Elf, regions: Mapping[str, Region]) -> list[str]:
    """Finds what lies outside the memory, and what is to be stored in memory that forgets."""
    faults = []
    for segment in program.segments:
        size = len(segment.content)
        places = [name for name, region in regions.items() if region.has(segment.stored_at, size)]
        if size and not [name for name in places if name != "RAM"]:
            faults.append(f"{size} bytes at {segment.stored_at:#x} are not in flash")
        if not any(region.has(segment.used_at, segment.memory_size) for region in regions.values()):
            faults.append(
                f"{segment.memory_size} bytes at {segment.used_at:#x}"
                f" are not in {', '.join(regions)}"
            )
    return faults


def start_faults(program: elf.Elf, flash: Region, ram: Region) -> list[str]:
    """Finds what keeps a core from starting: Arm by the vector table, RISC-V where flash begins."""
    if program.machine == elf.EM_RISCV:
        return (
            []
            if program.entry == flash.origin
            else [f"it begins at {program.entry:#x}, not where flash does"]
        )
    memory = program.memory
    table = bytes(memory.get(flash.origin + i, 0) for i in range(64))
    stack, reset, *others = struct.unpack("<16I", table)
    faults = []
    if stack % 8 or not ram.has(stack - 8, 8):
        faults.append(f"the vector table's stack, {stack:#x}, is not in RAM")
    if reset != program.entry:
        faults.append(
            f"the vector table starts at {reset:#x}, but the program at {program.entry:#x}"
        )
    faults += [
        f"vector {i} is {vector:#x}: no Thumb code in flash"
        for i, vector in enumerate([reset, *others], 1)
        if not (vector == 0 and i in _RESERVED_VECTORS)
        and (not vector & 1 or vector & ~1 not in memory or not flash.has(vector & ~1))
    ]
    return faults


def image_type(memory: Mapping[int, int], origin: int) -> int | None:
    """Reads the type of an RP2350 image from its first 4 KB.

    Args:
      memory: address to byte.
      origin: where flash begins.

    Returns:
      The 16 bits of the item IMAGE_TYPE; None if no valid block has that item.
    """
    content = bytes(memory.get(origin + i, 0) for i in range(_FIRST_4_KB))
    words = struct.unpack(f"<{_FIRST_4_KB // 4}I", content)
    for at, word in enumerate(words[:-4]):
        if word != _BLOCK_START:
            continue
        item, last, following, end = words[at + 1 : at + 5]
        # One item of one word; the last item counts words before it; a loop of this block alone.
        expected = (_IMAGE_TYPE | 1 << 8, _LAST_ITEM | 1 << 8, 0, _BLOCK_END)
        if (item & 0xFFFF, last, following, end) == expected:
            return item >> 16
    return None


def form_faults(program: elf.Elf, binary: bytes, hex_memory: Mapping[int, int]) -> list[str]:
    """Finds where bin, HEX and ELF differ. Between sections bin has 0, and HEX has nothing."""
    stored = program.memory
    first, last = min(stored), max(stored)
    faults = []
    wrong = [address for address, byte in hex_memory.items() if stored.get(address) != byte]
    if wrong:
        faults.append(f"HEX differs from ELF in {len(wrong)} bytes, first at {wrong[0]:#x}")
    missing = [address for address, byte in stored.items() if byte and address not in hex_memory]
    if missing:
        faults.append(f"HEX lacks {len(missing)} bytes, first at {missing[0]:#x}")
    if binary != bytes(stored.get(address, 0) for address in range(first, last + 1)):
        faults.append(f"bin is not what ELF has from {first:#x} to {last:#x}")
    return faults


def uf2_faults(
    content: bytes, hex_memory: Mapping[int, int], *, family: int, absolute: int | None
) -> list[str]:
    """Finds what is wrong in a UF2 file, which is HEX in pages, filled with 0."""
    blocks = images.read_uf2(content)
    faults = []
    if absolute is not None:
        if content[: images.UF2_BLOCK.size] != uf2.absolute_block(absolute):
            faults.append("UF2 does not begin with the absolute block")
        blocks = blocks[1:]
    if any(block.family != family for block in blocks):
        faults.append(f"UF2 has a block of a family that is not {family:#x}")
    if [(block.number, block.count) for block in blocks] != [
        (i, len(blocks)) for i in range(len(blocks))
    ]:
        faults.append("UF2's blocks are not numbered from 0 to their count")
    memory: dict[int, int] = {}
    for block in blocks:
        memory.update(enumerate(block.content, block.address))
    pages = {address - address % uf2.PAGE for address in hex_memory}
    expected = {page + i: hex_memory.get(page + i, 0) for page in pages for i in range(uf2.PAGE)}
    if memory != expected:
        faults.append("UF2's content is not that of HEX")
    return faults


def map_faults(map_text: str) -> list[str]:
    """Finds what makes a map differ between machines."""
    paths = _ABSOLUTE_PATH.findall(map_text)
    return [f"the map has the absolute path {paths[0]}"] if paths else []


def number(text: str) -> int | None:
    """Reads a number in a flag; an empty text is None."""
    return int(text, 0) if text else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for kind in ("elf", "bin", "hex", "map"):
        parser.add_argument(f"--{kind}", type=pathlib.Path, required=True, help=f"its {kind} file")
    parser.add_argument("--uf2", type=pathlib.Path, help="its UF2 file")
    parser.add_argument("--family", type=number, help="the chip's number in UF2")
    parser.add_argument("--absolute", type=number, help="the page of UF2's absolute block")
    parser.add_argument("--image_type", type=number, help="for the RP2350: the type of the image")
    flags = parser.parse_args()
    try:
        program = elf.read(flags.elf.read_bytes())
        hex_memory = images.read_hex(flags.hex.read_text("ascii"))
        map_text = flags.map.read_text()
        regions = read_regions(map_text)
        for name in ("FLASH", "RAM"):
            if name not in regions:
                sys.exit(f"check_image: {flags.map}: the linker script has no memory region {name}")
        flash, ram = regions["FLASH"], regions["RAM"]
        faults = (
            placement_faults(program, regions)
            + start_faults(program, flash, ram)
            + form_faults(program, flags.bin.read_bytes(), hex_memory)
            + map_faults(map_text)
        )
        if flags.uf2:
            content = flags.uf2.read_bytes()
            faults += uf2_faults(content, hex_memory, family=flags.family, absolute=flags.absolute)
    except (images.FormatError, elf.ElfError) as error:
        sys.exit(f"check_image: {error}")
    found = image_type(hex_memory, flash.origin)
    if found != flags.image_type:
        faults.append(f"the RP2350's type of the image is {found}, not {flags.image_type}")
    print(
        f"{len(program.memory)} bytes in flash of {flash.length}, {len(hex_memory)} in HEX,"
        f" {flags.uf2.stat().st_size if flags.uf2 else 0} in UF2"
    )
    if faults:
        sys.exit("\n".join("check_image: " + fault for fault in faults))


if __name__ == "__main__":
    main()
