# SPDX-License-Identifier: Apache-2.0
"""Who owns the bytes of a program: from the map that GNU ld writes."""

from __future__ import annotations

import bisect
import dataclasses
import itertools
import pathlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

OWNERS = ("model", "kernels", "cmsis_nn", "tflm", "c_library", "ours", "measurement", "padding")
"""In the order of the report. `measurement` is what only the report needs."""

# So many bytes, and one in a hundred, may be gaps between parts. Seen: about 100.
MOST_PADDING = 512

_OUTPUT = re.compile(r"^(\.[\w.]+)(?:\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)|\s*$)")
_INPUT = re.compile(r"^ (\S+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S.*)$")
_CONTINUED = re.compile(r"^\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)(?: (\S.*))?$")
_NAME_ALONE = re.compile(r"^ (\.\S+|COMMON)$")
_START = "Linker script and memory map"
# The templates of report.h, and what a profiler needs where TFLM does not call it
# (tflm/profiled_ops.h), which stand in the object of main().
_MEASUREMENT = re.compile(
    "11mnist_micro8firmware|FillInputsWithGenerated|4tflm11ProfiledOps"
    "|6CreateEPN6tflite22MicroProfilerInterface"
)
# The last one takes the emulator's command line: no program for a board has it.
_MEASUREMENT_LIBRARIES = ("libreport.a", "libticks.a", "libtflm_operators.a", "libsemihosting.a")
_MEASUREMENT_FILES = ("generated_input", "profiled_ops")
_TFLM = re.compile(r"external/[^/]*tflite_micro/")
# What the linker makes of all objects together when it optimizes the program.
_OPTIMIZED = re.compile(r"\.ltrans\d*\.o$")
# Sections of functions and variables, with the symbol's name.
_SYMBOL = re.compile(
    r"^\.(?:text|rodata|data|bss|init_array)\.(?:(?:startup|unlikely|exit|hot)\.)?"
    r"(\w+)(?:\.(?:constprop|isra|part|cold|lto_priv|str\d+|cst\d+|\d+))*$"
)
_CMSIS_NN = re.compile(r"external/[^/]*cmsis_nn/")
_C_LIBRARIES = ("libc.a", "libm.a", "libgcc.a", "libstdc++.a", "libnosys.a", "libc_nano.a")


class MapError(ValueError):
    """The map can't be read. The message is one line."""


@dataclasses.dataclass(frozen=True)
class Part:
    """What one object gave to a section.

    Attributes:
      section: the program's section.
      address: where it lies.
      size: bytes.
      path: of the object, "library.a(member.o)" or "program.o".
      name: of the object's section, e.g. ".text.main".
    """

    section: str
    address: int
    size: int
    path: str
    name: str


def parse(text: str) -> list[Part]:
    """Reads a map.

    Args:
      text: of the file.

    Returns:
      The parts that have a size, in the order of their addresses.

    Raises:
      MapError: the text has no memory map.
    """
    _, found, rest = text.partition(_START)
    if not found:
        raise MapError(f'no line "{_START}"')
    parts, section, name = [], "", ""
    for line in rest.splitlines():
        if match := _OUTPUT.match(line):
            section, name = match[1], ""
        elif line.startswith("/DISCARD/"):
            section = ""
        elif match := _NAME_ALONE.match(line):
            # A long name has a line of its own.
            name = match[1]
        elif match := _INPUT.match(line):
            name = ""
            if match[1] != "*fill*":
                parts.append(_part(section, match[1], match[2], match[3], match[4]))
        elif name and (match := _CONTINUED.match(line)) and match[3]:
            parts.append(_part(section, name, match[1], match[2], match[3]))
            name = ""
    return _without_overlaps([part for part in parts if part.section and part.size])


def _without_overlaps(parts: Sequence[Part]) -> list[Part]:
    """Cuts parts where the next one begins: of merged strings the map has the size before."""
    ordered = sorted(parts, key=lambda part: part.address)
    cut = []
    for part, following in itertools.zip_longest(ordered, ordered[1:]):
        room = following.address - part.address if following else part.size
        # What lies at the same address in another section is not on the chip.
        same = following is not None and following.section == part.section
        cut.append(dataclasses.replace(part, size=min(part.size, room)) if same else part)
    return [part for part in cut if part.size]


def _part(section: str, name: str, address: str, size: str, path: str) -> Part:
    return Part(section, int(address, 16), int(size, 16), path, name)


def symbol(name: str) -> str:
    """Whose an object's section is.

    Args:
      name: of the section, e.g. ".text._Z1fv.constprop.0".

    Returns:
      The symbol, e.g. "_Z1fv", without what the compiler adds to the names of copies; the section's
      name if it belongs to no symbol.
    """
    match = _SYMBOL.match(name)
    return match[1] if match and not name.startswith(".rodata.str") else name


def with_objects(parts: Iterable[Part], objects: Iterable[Part]) -> list[Part]:
    """Finds which objects the parts of a program are from that was optimized when it was linked.

    Args:
      parts: of the program.
      objects: of the same program, linked without that.

    Returns:
      The same parts; those that the linker made have the path of the first object that has a
      section of the same function or variable, or no path if there is none.
    """
    paths: dict[str, str] = {}
    for part in objects:
        paths.setdefault(symbol(part.name), part.path)
    return [
        dataclasses.replace(part, path=paths.get(symbol(part.name), ""))
        if _OPTIMIZED.search(part.path)
        else part
        for part in parts
    ]


def kernels_of(sources: Iterable[str]) -> frozenset[str]:
    """Which objects of TFLM's library are kernels.

    Args:
      sources: the paths of TFLM's sources.

    Returns:
      Their names without ending. Of two sources with one name the kernel counts.
    """
    return frozenset(pathlib.PurePath(s).stem for s in sources if "/kernels/" in s)


def owner(part: Part, kernels: frozenset[str], model: str) -> str:
    """Says whose a part is.

    Args:
      part: of the program.
      kernels: as kernels_of() says.
      model: the name of the library with the model's array, or with the C that it was compiled to.

    Returns:
      One of OWNERS.
    """
    library, _, member = part.path.partition("(")
    file = pathlib.PurePath(library).name
    stem = pathlib.PurePath(member.rstrip(")")).stem
    if model and file.startswith(f"lib{model}."):
        return "kernels" if part.name.startswith(".text") else "model"
    if file in _C_LIBRARIES or file.startswith("crt"):
        return "c_library"
    if _CMSIS_NN.search(library):
        return "cmsis_nn"
    if _TFLM.search(library):
        return "kernels" if stem in kernels else "tflm"
    if (
        file in _MEASUREMENT_LIBRARIES
        or stem in _MEASUREMENT_FILES
        or _MEASUREMENT.search(part.name)
    ):
        return "measurement"
    if "/" not in library:
        return "padding"
    return "ours"


def owned(
    parts: Sequence[Part], sizes: Mapping[str, int], owners: Mapping[int, str]
) -> dict[str, int]:
    """Adds up who owns some sections.

    Args:
      parts: of the program.
      sizes: of each section to add up, bytes.
      owners: index of a part to its owner.

    Returns:
      Bytes of each of OWNERS. They sum up to the sections' sizes: what no object gave is padding.

    Raises:
      MapError: the parts are more than a section, or much is of none of them.
    """
    total: Counter[str] = Counter()
    given: Counter[str] = Counter()
    for i, part in enumerate(parts):
        if part.section in sizes:
            total[owners[i]] += part.size
            given[part.section] += part.size
    for name, size in sizes.items():
        if given[name] > size:
            raise MapError(f"section {name} has {size} bytes, its parts {given[name]}")
        total["padding"] += size - given[name]
    most = MOST_PADDING + sum(sizes.values()) // 100
    if total["padding"] > most:
        raise MapError(
            f"{total['padding']} bytes are of no object in the linker's map; up to {most} can be"
            " gaps for alignment"
        )
    return {name: total[name] for name in OWNERS}


class Addresses:
    """Finds the owner of an address."""

    def __init__(self, parts: Sequence[Part], owners: Mapping[int, str]) -> None:
        self._spans = sorted(
            (p.address, p.address + p.size, owners[i]) for i, p in enumerate(parts)
        )

    def owner(self, address: int) -> str:
        """Says whose the code at an address is.

        Args:
          address: of an instruction.

        Returns:
          One of OWNERS.
        """
        at = bisect.bisect_right(self._spans, (address, 1 << 33, "")) - 1
        if at >= 0 and address < self._spans[at][1]:
            return self._spans[at][2]
        return "padding"
