# SPDX-License-Identifier: Apache-2.0
"""What a report needs of an ELF file of 32 bits, little-endian: its sections and its functions."""

from __future__ import annotations

import bisect
import dataclasses
import struct

_SECTION = struct.Struct("<10I")
_SYMBOL = struct.Struct("<IIIBBH")
_WRITABLE, _ALLOC, _TLS = 1, 2, 0x400
_NOBITS = 8
_SYMTAB = 2
_FUNCTION = 2
_ARM = 40


class ElfError(ValueError):
    """The file is not such an ELF file. The message is one line."""


@dataclasses.dataclass(frozen=True)
class Section:
    """A section.

    Attributes:
      name: of it.
      address: where it lies on the chip.
      data: its contents; empty if the file has none.
      size: bytes.
      loaded: whether it is part of the program on the chip.
      in_flash: whether its contents must lie in flash.
      in_ram: whether it takes memory that can be written.
    """

    name: str
    address: int
    data: bytes
    size: int
    loaded: bool
    in_flash: bool
    in_ram: bool


@dataclasses.dataclass(frozen=True)
class Elf:
    """A program.

    Attributes:
      sections: all of them.
      functions: address and name of each function, in the order of addresses.
    """

    sections: tuple[Section, ...]
    functions: tuple[tuple[int, str], ...]

    def function_at(self, address: int) -> str:
        """Finds the function that an instruction is in.

        Args:
          address: of the instruction.

        Returns:
          Its name, mangled; "?" before the first one.
        """
        at = bisect.bisect_right(self.functions, (address, "\U0010ffff")) - 1
        return self.functions[at][1] if at >= 0 else "?"

    def address_of(self, function: str) -> int:
        """Finds a function.

        Args:
          function: its name.

        Returns:
          The address of its first instruction.

        Raises:
          ElfError: there is none.
        """
        for address, name in self.functions:
            if name == function:
                return address
        raise ElfError(f"the program has no function {function}")

    def code(self, address: int, size: int) -> bytes:
        """Reads instructions.

        Args:
          address: of the first one.
          size: bytes.

        Returns:
          The bytes.

        Raises:
          ElfError: they are in no section.
        """
        for section in self.sections:
            if section.loaded and section.address <= address < section.address + section.size:
                begin = address - section.address
                return section.data[begin : begin + size]
        raise ElfError(f"no section has the address 0x{address:08x}")


def read(content: bytes) -> Elf:
    """Reads a file.

    Args:
      content: of the file.

    Returns:
      The program.

    Raises:
      ElfError: it is something else, or cut off.
    """
    if content[:6] != b"\x7fELF\x01\x01":
        raise ElfError("not an ELF file of 32 bits, little-endian")
    try:
        return _read(content)
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise ElfError(f"a damaged ELF file: {error}") from error


def _text(table: bytes, offset: int) -> str:
    return table[offset : table.index(b"\0", offset)].decode()


def _read(content: bytes) -> Elf:
    (machine,) = struct.unpack_from("<H", content, 18)
    (offset,) = struct.unpack_from("<I", content, 32)
    size, count, names_index = struct.unpack_from("<3H", content, 46)
    headers = [_SECTION.unpack_from(content, offset + i * size) for i in range(count)]
    contents = [b"" if h[1] == _NOBITS else content[h[4] : h[4] + h[5]] for h in headers]
    sections = tuple(
        Section(
            name=_text(contents[names_index], header[0]),
            address=header[3],
            data=data,
            size=header[5],
            loaded=bool(header[2] & _ALLOC),
            in_flash=bool(header[2] & _ALLOC) and header[1] != _NOBITS,
            # What a thread has of its own and is zero at first: the linker scripts keep it in .bss.
            in_ram=header[2] & (_ALLOC | _WRITABLE) == _ALLOC | _WRITABLE
            and not (header[2] & _TLS and header[1] == _NOBITS),
        )
        for header, data in zip(headers, contents, strict=True)
    )
    functions: dict[int, str] = {}
    for header, data in zip(headers, contents, strict=True):
        if header[1] != _SYMTAB:
            continue
        for name, value, _, info, _, _ in _SYMBOL.iter_unpack(data):
            if info & 0xF == _FUNCTION:
                # The lowest bit says on Arm that it is Thumb code.
                address = value & ~1 if machine == _ARM else value
                functions.setdefault(address, _text(contents[header[6]], name))
    return Elf(sections, tuple(sorted(functions.items())))
