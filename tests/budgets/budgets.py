# SPDX-License-Identifier: Apache-2.0
"""Budgets of bytes and memory: what was used against what is allowed."""

from __future__ import annotations

import dataclasses
import pathlib
import re
import subprocess
from collections.abc import Mapping

from elftools.elf import elffile

SECTIONS = (".text", ".rodata", ".data", ".bss")
UPDATE_COMMAND = "./bazelw run //tests/budgets:update"


@dataclasses.dataclass(frozen=True)
class Breach:
    """A figure beyond its budget.

    Attributes:
      name: of the figure.
      used: what was measured.
      limit: the most that is allowed.
    """

    name: str
    used: int
    limit: int

    def __str__(self) -> str:
        """Says it in one line."""
        return (
            f"{self.name}: used {self.used:,}, limit {self.limit:,},"
            f" difference {self.used - self.limit:,}; if it is meant to be so:"
            f" `{UPDATE_COMMAND}`"
        )


def breaches(measured: Mapping[str, int], limits: Mapping[str, int]) -> list[Breach]:
    """Compares figures with their budgets.

    Args:
      measured: figures by name.
      limits: budgets by name.

    Returns:
      Those beyond their budget, in the order of names.

    Raises:
      ValueError: a figure has no budget, or a budget no figure.
    """
    if measured.keys() != limits.keys():
        odd = ", ".join(sorted(measured.keys() ^ limits.keys()))
        raise ValueError(f"figures and budgets don't match: {odd}; run `{UPDATE_COMMAND}`")
    return [
        Breach(name, used, limits[name])
        for name, used in sorted(measured.items())
        if used > limits[name]
    ]


def section_sizes(program: pathlib.Path) -> dict[str, int]:
    """Reads the sizes of a program's sections.

    Args:
      program: an ELF file.

    Returns:
      Bytes by name, of SECTIONS.
    """
    with open(program, "rb") as file:
        elf = elffile.ELFFile(file)
        return {name: elf.get_section_by_name(name)["sh_size"] for name in SECTIONS}


def tflm_source(program: pathlib.Path) -> str:
    """Asks the program which TFLM it is linked with: its sizes depend on that.

    Args:
      program: mnist_micro.

    Returns:
      "crate" or "upstream".

    Raises:
      ValueError: it says neither.
    """
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    match = re.search(r"^TensorFlow Lite Micro: (crate|upstream) ", version.stdout, re.MULTILINE)
    if not match:
        raise ValueError(f"{program} --version names no known TFLM")
    return match.group(1)


def measure(program: pathlib.Path, float32: pathlib.Path, int8: pathlib.Path) -> dict[str, int]:
    """Takes all figures.

    Args:
      program: mnist_micro.
      float32: the float32 `.tflite` file.
      int8: the int8 `.tflite` file.

    Returns:
      Figures by name, in bytes.
    """
    log = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    arena = re.search(r"^Tensor arena used: (\d+) bytes", log, re.MULTILINE)
    assert arena is not None, log
    return {
        "arena (bytes)": int(arena.group(1)),
        "float32 .tflite (bytes)": float32.stat().st_size,
        "int8 .tflite (bytes)": int8.stat().st_size,
        **{f"{name} of mnist_micro (bytes)": n for name, n in section_sizes(program).items()},
    }


def with_headroom(measured: Mapping[str, int]) -> dict[str, int]:
    """Makes budgets of figures: exact if the figure is, a little more if compilers differ.

    Args:
      measured: figures by name.

    Returns:
      Budgets by name: sections of the program with 3 % more, rounded up to 64 bytes; all else as it
      is.
    """
    limits = {}
    for name, used in measured.items():
        if "mnist_micro" in name:
            limits[name] = -(-round(used * 1.03) // 64) * 64
        else:
            limits[name] = used
    return limits
