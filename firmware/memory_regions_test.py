# SPDX-License-Identifier: Apache-2.0
"""The chip's memory in a map."""

from firmware.memory_regions import Region, read_regions

MAP = """\

Memory Configuration

Name             Origin             Length             Attributes
FLASH            0x08000000         0x00080000         xr
RAM              0x20000000         0x00020001         xrw
*default*        0x00000000         0xffffffff

Linker script and memory map

FALSE            0x00000000         0x00000001         xr
"""


def test_regions():
    assert read_regions(MAP) == {
        "FLASH": Region(0x08000000, 512 * 1024),
        "RAM": Region(0x20000000, 0x20001),
    }


def test_without_a_table_there_are_none():
    assert read_regions("") == {}


def test_what_a_region_has():
    region = Region(0x100, 0x10)
    assert region.has(0x100, 0x10)
    assert not region.has(0xFF)
    assert not region.has(0x101, 0x10)
