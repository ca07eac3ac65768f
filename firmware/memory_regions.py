# SPDX-License-Identifier: Apache-2.0
"""The memory of a chip, as a linker's map lists it."""

from __future__ import annotations

import dataclasses
import re

# A line of the map's table of memory: name, origin, length, and perhaps attributes.
_REGION = re.compile(
    r"^(?P<name>\w+) +0x(?P<origin>[0-9a-f]+) +0x(?P<length>[0-9a-f]+)(?: |$)", re.MULTILINE
)


@dataclasses.dataclass(frozen=True)
class Region:
    """A part of the chip's memory: its first address, and its length in bytes."""

    origin: int
    length: int

    def has(self, address: int, length: int = 1) -> bool:
        """Whether bytes from an address on lie in it."""
        return self.origin <= address and address + length <= self.origin + self.length


def read_regions(map_text: str) -> dict[str, Region]:
    """Reads the regions of the chip's memory from the beginning of a map of GNU ld.

    Args:
      map_text: the map, or as much of it as there is.

    Returns:
      Name to region; empty if the map has no table of memory.
    """
    table = map_text.partition("Memory Configuration")[2].partition("Linker script")[0]
    return {
        found["name"]: Region(int(found["origin"], 16), int(found["length"], 16))
        for found in _REGION.finditer(table)
    }
