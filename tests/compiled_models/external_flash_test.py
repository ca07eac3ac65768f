# SPDX-License-Identifier: Apache-2.0
"""Weights in a section of their own lie in the memory that the linker script gives it."""

import os
import pathlib

from firmware import elf

_START, _SIZE = 0x00100000, 256 * 1024


def test_weights_are_in_the_other_flash():
    paths = [pathlib.Path(path) for path in os.environ["PROGRAM"].split()]
    (program,) = (elf.read(path.read_bytes()) for path in paths if path.suffix == ".elf")
    sections = {section.name: section for section in program.sections}
    weights = sections[".external_flash"]
    assert weights.address >= _START and weights.address + weights.size <= _START + _SIZE
    assert weights.loaded and weights.in_flash and not weights.in_ram
    # The network has some hundred weights.
    assert weights.size > 500
    # They are nowhere else.
    assert weights.data[:64] not in sections[".text"].data
