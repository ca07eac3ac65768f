# SPDX-License-Identifier: Apache-2.0
r"""Links firmware: runs the compiler, and says in plain words by how much a program does not fit.

  link --target=//pkg:program --environment=nucleo_f446re --map=a.map -- arm-none-eabi-gcc …

Exit code 0, or that of the compiler.
"""

from __future__ import annotations

import argparse
import pathlib
import re
import subprocess
import sys
from collections.abc import Mapping

from firmware.memory_regions import Region, read_regions

# What GNU ld prints, with any file's name before it.
_OVERFLOW = re.compile(r"region `(?P<region>\w+)' overflowed by (?P<bytes>\d+) bytes")
# What it and gcc also print then, which says no more.
_CONSEQUENCE = re.compile(r"will not fit in region|overflowed by|ld returned \d+ exit status")


def overflows(errors: str) -> dict[str, int]:
    """Finds in the linker's messages which regions overflow, and by how many bytes."""
    return {found["region"]: int(found["bytes"]) for found in _OVERFLOW.finditer(errors)}


def size(length: int) -> str:
    """Writes a length in bytes for people: in KB if it is a whole number of them."""
    return f"{length} bytes" if length % 1024 else f"{length // 1024} KB"


def explain(target: str, environment: str, errors: str, regions: Mapping[str, Region]) -> str:
    """Says why a link failed.

    Args:
      target: the label of the program.
      environment: the name of what it is linked for.
      errors: what the compiler printed.
      regions: the chip's memory, as far as it is known.

    Returns:
      A line for each region that overflows, then the compiler's lines about something else.
    """
    lines = [
        f"{target} does not fit: {region} overflows by {excess} bytes"
        + (
            f" ({size(regions[region].length)} on {environment})"
            if region in regions
            else f" on {environment}"
        )
        for region, excess in overflows(errors).items()
    ]
    rest = errors.splitlines()
    if lines:
        rest = [line for line in rest if not _CONSEQUENCE.search(line)]
    return "".join(line + "\n" for line in lines + rest)


# What gcc makes of all objects together, in its own temporary files.
_OPTIMIZED = re.compile(r"\S*/\w+\.(ltrans\d+)\.ltrans\.o\b")


def without_temporary_names(map_text: str) -> str:
    """Takes the names of temporary files, which differ from link to link, out of a map."""
    return _OPTIMIZED.sub(r"\1.ltrans.o", map_text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", required=True, help="the program's label")
    parser.add_argument("--environment", required=True, help="what it is linked for")
    parser.add_argument("--map", type=pathlib.Path, required=True, help="the map that is written")
    parser.add_argument(
        "--failure", type=pathlib.Path, help="for tests: gets what is printed; the link must fail"
    )
    parser.add_argument("command", nargs="+", help="the compiler and its arguments")
    flags = parser.parse_args()
    try:
        run = subprocess.run(
            # Not -Wl, which gcc cuts at commas.
            [*flags.command, "-Xlinker", f"-Map={flags.map}"],
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        print(f"link: {flags.command[0]}: cannot be run: {error.strerror}", file=sys.stderr)
        return 2
    errors = run.stderr
    if run.returncode:
        map_text = flags.map.read_text(errors="replace") if flags.map.exists() else ""
        errors = explain(flags.target, flags.environment, errors, read_regions(map_text))
    elif "-flto" in flags.command:
        flags.map.write_text(without_temporary_names(flags.map.read_text()))
    if flags.failure:
        if not run.returncode:
            print(f"link: {flags.target}: the link should fail, but did not", file=sys.stderr)
            return 1
        flags.failure.write_text(errors)
        return 0
    print(errors, end="", file=sys.stderr)
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
