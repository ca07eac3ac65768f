# SPDX-License-Identifier: Apache-2.0
r"""Writes firmware as UF2, which a board takes as a file that is dropped on its USB drive.

  uf2 --hex=program.hex --family=0xe48bff59 --output=program.uf2

After the specification in https://github.com/microsoft/uf2, and the "RP2350 Datasheet": "UF2 format
details" and erratum RP2350-E10. Exit code 2 and one line on stderr for input that can't be read.
"""

from __future__ import annotations

import argparse
import pathlib
import struct
import sys
from collections.abc import Mapping

from firmware import images

PAGE = 256
"""Bytes of firmware in a block. The RP2350 takes no other size."""

_RP2350_ABSOLUTE = 0xE48BFF57
# The tag of an extension: a bootloader without RP2350-E10 drops the block.
_RP2350_IGNORE = struct.pack("<I", 0x9957E304)


def pages(memory: Mapping[int, int]) -> dict[int, bytes]:
    """Cuts memory into pages: what a page has no byte for is 0.

    Args:
      memory: address to byte.

    Returns:
      The address of each page that has a byte, in order, to its PAGE bytes.
    """
    cut: dict[int, bytearray] = {}
    for address, byte in sorted(memory.items()):
        page = cut.setdefault(address - address % PAGE, bytearray(PAGE))
        page[address % PAGE] = byte
    return {address: bytes(page) for address, page in cut.items()}


def block(
    *, address: int, content: bytes, number: int, count: int, family: int, flags: int = 0
) -> bytes:
    """Packs one block of 512 bytes; `content` may go on after the page with extensions."""
    return images.UF2_BLOCK.pack(
        *images.UF2_MAGIC,
        flags | images.UF2_HAS_FAMILY,
        address,
        PAGE,
        number,
        count,
        family,
        content,
        images.UF2_MAGIC_END,
    )


def absolute_block(address: int) -> bytes:
    """The block that comes first for the RP2350.

    Chips of revision A2 look for a partition table before they have set up the flash. If there is
    one, they then refuse what is dropped on them (RP2350-E10). This block of the family "absolute"
    avoids that; picotool writes the same one.

    Args:
      address: of a page of flash that the program does not use: A2 writes 0xef to it.
    """
    return block(
        address=address,
        content=b"\xef" * PAGE + _RP2350_IGNORE,
        number=0,
        count=2,
        family=_RP2350_ABSOLUTE,
        flags=images.UF2_HAS_EXTENSIONS,
    )


def to_uf2(memory: Mapping[int, int], *, family: int, absolute: int | None = None) -> bytes:
    """Writes memory as UF2.

    Args:
      memory: address to byte.
      family: which chip it is for.
      absolute: where the RP2350's absolute block goes, or None for none.

    Returns:
      The file's content.
    """
    cut = pages(memory)
    first = [] if absolute is None else [absolute_block(absolute)]
    return b"".join(
        first
        + [
            block(address=address, content=page, number=i, count=len(cut), family=family)
            for i, (address, page) in enumerate(cut.items())
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hex", type=pathlib.Path, required=True, help="the program, Intel HEX")
    parser.add_argument("--family", type=lambda text: int(text, 0), required=True, help="the chip")
    parser.add_argument(
        "--absolute",
        type=lambda text: int(text, 0),
        help="for the RP2350: a page of flash that the program does not use",
    )
    parser.add_argument("--output", type=pathlib.Path, required=True, help="the file to write")
    flags = parser.parse_args()
    try:
        memory = images.read_hex(flags.hex.read_text("ascii"))
    except (OSError, images.FormatError) as error:
        print(f"uf2: {flags.hex}: {error}", file=sys.stderr)
        return 2
    flags.output.write_bytes(to_uf2(memory, family=flags.family, absolute=flags.absolute))
    return 0


if __name__ == "__main__":
    sys.exit(main())
