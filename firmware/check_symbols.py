# SPDX-License-Identifier: Apache-2.0
"""Checks that a program for a chip has no heap, no printf, no containers and no exceptions.

Reads what `nm -C -S` lists of the linked program. Exit code 0, or 1 with a line on stderr for each
symbol that must not be there.
"""

from __future__ import annotations

import argparse
import pathlib
import re
import sys
from collections.abc import Collection

# What a program must not have, and how its symbols begin or are called.
FORBIDDEN = {
    "a heap": re.compile(
        r"_?_?(malloc|calloc|realloc|free|memalign)(_r)?|__malloc_.*|_?sbrk(_r)?|operator new.*"
    ),
    "printf": re.compile(r"_?(v?(f|s|sn|as|d)?i?printf|_?_?s?vfi?printf|_printf_\w+|_dtoa)(_r)?"),
    "streams of C": re.compile(
        r"_?(fopen|fwrite|fputs|puts|putchar|fflush)(_r)?|__sinit|__sflush_r"
    ),
    "containers": re.compile(
        r".*\bstd::(__cxx11::)?(vector|basic_string|deque|list|forward_list|map|multimap|set|"
        r"multiset|unordered_\w+|function|shared_ptr|basic_\w*stream|_Rb_tree|_Hashtable)\b.*"
    ),
    "exceptions": re.compile(
        r"__cxa_(throw|rethrow|begin_catch|allocate_exception)|_Unwind_\w+|__gxx_personality_\w+|"
        r"std::terminate\(\)|typeinfo for .*"
    ),
}

# Every program has these: without them the list is of something else.
EXPECTED = ("OnReset", "main")

_LINE = re.compile(r"^(?:[0-9a-f]{8} ){1,2}(?P<kind>\w) (?P<name>.*)$")


def defined(listing: str) -> list[str]:
    """Reads the names of the symbols that are defined, in the listing's order."""
    lines = (_LINE.match(line) for line in listing.splitlines())
    return [found["name"] for found in lines if found]


def faults(
    names: Collection[str], allowed: Collection[str] = (), forbidden: Collection[str] = ()
) -> list[str]:
    """Finds the symbols that must not be there.

    Args:
      names: of the program's symbols.
      allowed: those of them that are known and wanted.
      forbidden: regular expressions of further ones that must not be there.

    Returns:
      A line for each.
    """
    missing = [
        f"the symbol {name} is missing: is this a linked program?"
        for name in EXPECTED
        if name not in names
    ]
    found = [
        f"{name}: a program for a chip must not have {what}"
        for what, pattern in FORBIDDEN.items()
        for name in names
        if name not in allowed and pattern.fullmatch(name)
    ]
    found += [
        f"{name}: must not be there, as {pattern} is forbidden"
        for pattern in forbidden
        for name in names
        if re.fullmatch(pattern, name)
    ]
    unused = [f"{name} is allowed, but is not there" for name in allowed if name not in names]
    return missing + found + unused


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--symbols", type=pathlib.Path, required=True, help="what nm lists")
    parser.add_argument("--allow", action="append", default=[], help="a symbol that may be there")
    parser.add_argument(
        "--forbid", action="append", default=[], help="a regular expression of further symbols"
    )
    flags = parser.parse_args()
    for pattern in flags.forbid:
        try:
            re.compile(pattern)
        except re.error as error:
            sys.exit(f"check_symbols: --forbid={pattern}: is not a regular expression: {error}")
    names = defined(flags.symbols.read_text())
    found = faults(names, flags.allow, flags.forbid)
    print(f"{len(names)} symbols")
    if found:
        sys.exit("\n".join("check_symbols: " + fault for fault in found))


if __name__ == "__main__":
    main()
