# SPDX-License-Identifier: Apache-2.0
"""A linked program for a chip: its segments, sections and functions."""

from __future__ import annotations

import bisect
import dataclasses
import io

from elftools.common.exceptions import ELFError
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

EM_ARM = 40
EM_RISCV = 243

_MACHINES = {"EM_ARM": EM_ARM, "EM_RISCV": EM_RISCV}


class ElfError(ValueError):
    """The file is not such a program. The message is one line."""


@dataclasses.dataclass(frozen=True)
class Segment:
    """What is loaded: where it is stored, where it is used, and how much memory it takes there."""

    stored_at: int
    used_at: int
    content: bytes
    memory_size: int


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
      machine: EM_ARM or EM_RISCV; 0 for another one.
      entry: where it begins.
      segments: what is loaded.
      sections: all of them.
      functions: address and name of each function, in the order of addresses.
    """

    machine: int
    entry: int
    segments: tuple[Segment, ...]
    sections: tuple[Section, ...] = ()
    functions: tuple[tuple[int, str], ...] = ()

    @property
    def memory(self) -> dict[int, int]:
        """Address to byte, of what is stored on the chip."""
        memory: dict[int, int] = {}
        for segment in self.segments:
            memory.update(enumerate(segment.content, segment.stored_at))
        return memory

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
    """Reads a linked program, 32-bit and little-endian.

    Args:
      content: of the file.

    Returns:
      The program.

    Raises:
      ElfError: it is something else, or cut off.
    """
    if content[:6] != b"\x7fELF\x01\x01":
        raise ElfError("it is not a 32-bit little-endian ELF file")
    try:
        file = ELFFile(io.BytesIO(content))
        if file["e_type"] != "ET_EXEC":
            raise ElfError("it is not a linked program")
        return Elf(
            machine=_MACHINES.get(file["e_machine"], 0),
            entry=file["e_entry"],
            segments=_segments(file),
            sections=_sections(file),
            functions=_functions(file),
        )
    except (ELFError, AttributeError, TypeError) as error:
        # pyelftools looks at what is not there as None.
        raise ElfError(f"it is a damaged ELF file: {error}") from error


def _segments(file: ELFFile) -> tuple[Segment, ...]:
    found = []
    for i, segment in enumerate(file.iter_segments("PT_LOAD")):
        if segment["p_memsz"]:
            data = segment.data()
            if len(data) != segment["p_filesz"]:
                raise ElfError(f"segment {i} is cut off")
            found.append(Segment(segment["p_paddr"], segment["p_vaddr"], data, segment["p_memsz"]))
    return tuple(found)


def _sections(file: ELFFile) -> tuple[Section, ...]:
    found = []
    for section in file.iter_sections():
        flags, empty = section["sh_flags"], section["sh_type"] == "SHT_NOBITS"
        loaded = bool(flags & SH_FLAGS.SHF_ALLOC)
        # What a thread has of its own and is zero at first: the linker scripts keep it in .bss.
        counted_in_bss = bool(flags & SH_FLAGS.SHF_TLS) and empty
        found.append(
            Section(
                name=section.name,
                address=section["sh_addr"],
                data=b"" if empty else section.data(),
                size=section["sh_size"],
                loaded=loaded,
                in_flash=loaded and not empty,
                in_ram=loaded and bool(flags & SH_FLAGS.SHF_WRITE) and not counted_in_bss,
            )
        )
    return tuple(found)


def _functions(file: ELFFile) -> tuple[tuple[int, str], ...]:
    functions: dict[int, str] = {}
    for table in file.iter_sections():
        if not isinstance(table, SymbolTableSection):
            continue
        for symbol in table.iter_symbols():
            if symbol["st_info"]["type"] == "STT_FUNC":
                # The lowest bit says on Arm that it is Thumb code.
                address = symbol["st_value"]
                if file["e_machine"] == "EM_ARM":
                    address &= ~1
                functions.setdefault(address, symbol.name)
    return tuple(sorted(functions.items()))
