# SPDX-License-Identifier: Apache-2.0
"""What the build says of a program that does not fit, and whether its numbers are right."""

import os
import pathlib
import re

from firmware import elf
from firmware.memory_regions import read_regions

SMALL_MAP = pathlib.Path(os.environ["SMALL_MAP"])
SMALL_ELF = pathlib.Path(os.environ["SMALL_ELF"])
LARGE = pathlib.Path(os.environ["LARGE"])
BOARD = "nucleo_f446re"
GROWTH = (1024 - 16) * 1024
"""How much larger the table and the variables of the program are that does not fit."""


def test_by_how_much():
    program = elf.read(SMALL_ELF.read_bytes())
    regions = read_regions(SMALL_MAP.read_text())
    flash, ram = regions["FLASH"], regions["RAM"]
    flash_end = max(program.memory) + 1
    ram_end = max(
        segment.used_at + segment.memory_size
        for segment in program.segments
        if ram.has(segment.used_at)
    )
    too_much_flash = flash_end + GROWTH - (flash.origin + flash.length)
    too_much_ram = ram_end + GROWTH - (ram.origin + ram.length)
    assert LARGE.read_text().splitlines() == [
        f"//firmware/testing:too_large does not fit: FLASH overflows by {too_much_flash} bytes"
        f" (512 KB on {BOARD})",
        f"//firmware/testing:too_large does not fit: RAM overflows by {too_much_ram} bytes"
        f" (128 KB on {BOARD})",
    ]


def test_other_errors_are_those_of_the_linker():
    text = pathlib.Path(os.environ["UNDEFINED"]).read_text()
    assert re.search(r"undefined reference to `main'", text)
    assert "does not fit" not in text
