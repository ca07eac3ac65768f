# SPDX-License-Identifier: Apache-2.0
"""Reads tables of a flatbuffers file that may be hostile.

The flatbuffers library for Python checks no bounds of its own. Here every position is checked, and
what is read is bounded by the file's size: a file whose vectors all point to one table, which would
make its reader slow or large, is refused.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Literal, overload

from tflite import schema

MAX_ITEMS = 1_000_000
_WIDTHS = {"b": 1, "B": 1, "?": 1, "h": 2, "H": 2, "i": 4, "I": 4, "f": 4, "q": 8, "Q": 8, "d": 8}
# The formats of whole numbers and flags.
_Whole = Literal["b", "B", "?", "h", "H", "i", "I", "q", "Q"]


class DamagedError(ValueError):
    """A file that can't be read. The message is part of a line, without the file's name."""


class File:
    """A flatbuffers file in memory, and how much may still be read of it."""

    def __init__(self, content: bytes) -> None:
        """Starts to read.

        Args:
          content: the file's bytes.
        """
        self.content = content
        # In a sound file every table of a vector has four bytes there, and of its values only a few
        # strings are shared.
        self._items_left = min(MAX_ITEMS, len(content) // 4)
        self._values_left = 4 * len(content)

    def root(self) -> Table:
        """Finds the root table.

        Returns:
          The table, a Model.

        Raises:
          DamagedError: there is none.
        """
        offset = self.scalar("I", 0)
        if not 8 <= offset <= len(self.content) - 4:
            raise DamagedError(f"its root is at byte {offset}")
        return Table(self, offset, "Model")

    @overload
    def scalar(self, code: _Whole, position: int) -> int: ...

    @overload
    def scalar(self, code: str, position: int) -> int | float: ...

    def scalar(self, code: str, position: int) -> int | float:
        """Reads one number.

        Args:
          code: its format, as module struct calls it.
          position: the byte where it is.

        Returns:
          The number.

        Raises:
          DamagedError: it is not in the file.
        """
        # A negative position would count from the end.
        if position < 0:
            raise DamagedError(f"an offset leads to byte {position}")
        try:
            return struct.unpack_from("<" + code, self.content, position)[0]
        except struct.error:
            raise DamagedError(
                f"an offset leads to byte {position} of {len(self.content)}"
            ) from None

    def vector(self, position: int, width: int) -> tuple[int, int]:
        """Finds a vector's items.

        Args:
          position: where its offset is.
          width: an item's bytes.

        Returns:
          The byte where the items start, and their number.

        Raises:
          DamagedError: it is not in the file as a whole.
        """
        start = position + self.scalar("I", position)
        count = self.scalar("I", start)
        if start + 4 + count * width > len(self.content):
            raise DamagedError(
                f"a vector of {count} items ends beyond its {len(self.content)} bytes"
            )
        return start + 4, count

    def count_items(self, count: int) -> None:
        """Counts tables that are read.

        Args:
          count: how many.

        Raises:
          DamagedError: they are more than a sound file of this size can have.
        """
        self._items_left -= count
        if self._items_left < 0:
            raise DamagedError("it claims to have more tables than fit into it")

    def count_values(self, count: int) -> None:
        """Counts bytes of numbers and strings that are read.

        Args:
          count: how many.

        Raises:
          DamagedError: they are more than a sound file of this size can have.
        """
        self._values_left -= count
        if self._values_left < 0:
            raise DamagedError("it claims to have more values than fit into it")


class Table:
    """One table. Its fields are asked for by the names that schema.TABLES has."""

    __slots__ = ("_fields", "_file", "_position", "_size", "_vtable")

    def __init__(self, file: File, position: int, kind: str) -> None:
        """Finds the table's fields.

        Args:
          file: where it is.
          position: its first byte.
          kind: which of schema.TABLES it is.

        Raises:
          DamagedError: it is not in the file.
        """
        self._file = file
        self._fields = schema.TABLES[kind]
        self._position = position
        self._vtable = position - file.scalar("i", position)
        self._size = file.scalar("H", self._vtable)

    def _place(self, name: str) -> int:
        entry = 4 + 2 * self._fields[name][0]
        if entry + 2 > self._size:
            return 0
        offset = self._file.scalar("H", self._vtable + entry)
        return self._position + offset if offset else 0

    @property
    def position(self) -> int:
        """The byte where the table starts."""
        return self._position

    def places(self) -> tuple[int, ...]:
        """Reads its vtable.

        Returns:
          The places of all fields, in bytes from the table's start; 0 for one that is not written.

        Raises:
          DamagedError: it is not in the file.
        """
        count = max(0, self._size - 4) // 2
        return tuple(self._file.scalar("H", self._vtable + 4 + 2 * i) for i in range(count))

    @property
    def size(self) -> int:
        """How many bytes of the file are the table's own, as its vtable says."""
        return self._file.scalar("H", self._vtable + 2)

    def has(self, name: str) -> bool:
        """Says whether a field is written.

        Args:
          name: the field.

        Returns:
          Whether it is there, be it empty.
        """
        return self._place(name) != 0

    def scalar(self, name: str) -> int:
        """Reads a whole number or a flag.

        Args:
          name: the field.

        Returns:
          The number; the schema's default if it is not written.

        Raises:
          DamagedError: it is not in the file.
        """
        _, code, default = self._fields[name]
        place = self._place(name)
        return self._file.scalar(code, place) if place else default

    def scalars(self, name: str) -> tuple | None:
        """Reads a vector of numbers.

        Args:
          name: the field.

        Returns:
          The numbers; None if the field is not written.

        Raises:
          DamagedError: they are not in the file, not aligned, or too many.
        """
        code = self._fields[name][1][1:]
        span = self.span(name)
        if span is None:
            return None
        start, count = span
        # Not every microcontroller can read it then. Files of others have 8-byte numbers at 4.
        if count and start % min(_WIDTHS[code], 4):
            raise DamagedError(f"a vector of {_WIDTHS[code]}-byte numbers starts at byte {start}")
        self._file.count_values(count * _WIDTHS[code])
        return struct.unpack_from(f"<{count}{code}", self._file.content, start)

    def span(self, name: str) -> tuple[int, int] | None:
        """Finds a string or a vector of numbers without reading it.

        Args:
          name: the field.

        Returns:
          The byte where the items start, and their number; None if the field is not written.

        Raises:
          DamagedError: it is not in the file as a whole.
        """
        place = self._place(name)
        width = _WIDTHS.get(self._fields[name][1][1:], 1)
        return self._file.vector(place, width) if place else None

    def string(self, name: str) -> str | None:
        """Reads a string.

        Args:
          name: the field.

        Returns:
          The string, what is not UTF-8 replaced; None if the field is not written.

        Raises:
          DamagedError: it is not in the file, or there are too many.
        """
        span = self.span(name)
        if span is None:
            return None
        start, count = span
        self._file.count_values(count)
        return self._file.content[start : start + count].decode("utf-8", errors="replace")

    def table(self, name: str, kind: str | None = None) -> Table | None:
        """Finds a table within this one.

        Args:
          name: the field.
          kind: of a union: which of schema.TABLES it is.

        Returns:
          The table; None if the field is not written.

        Raises:
          DamagedError: it is not in the file.
        """
        place = self._place(name)
        if not place:
            return None
        self._file.count_values(4)
        kind = kind or self._fields[name][2]
        return Table(self._file, place + self._file.scalar("I", place), kind)

    def tables(self, name: str) -> Iterator[Table]:
        """Reads a vector of tables.

        Args:
          name: the field.

        Yields:
          The tables.

        Raises:
          DamagedError: they are not in the file, or too many.
        """
        place = self._place(name)
        if not place:
            return
        start, count = self._file.vector(place, 4)
        self._file.count_items(count)
        kind = self._fields[name][2]
        for item in range(start, start + 4 * count, 4):
            yield Table(self._file, item + self._file.scalar("I", item), kind)

    def values(self) -> dict[str, int | float | bool | str | tuple | None]:
        """Reads all of its fields except tables.

        Returns:
          Numbers, strings and vectors of numbers by name in the schema's order; of what is not
          written the schema's default, and None for a string or vector.

        Raises:
          DamagedError: one is not in the file, not aligned, or they are too many.
        """
        found: dict[str, int | float | bool | str | tuple | None] = {}
        self._file.count_values(4 * len(self._fields))
        for name, (_, kind, default) in self._fields.items():
            if kind == "s":
                found[name] = self.string(name)
            elif kind[0] == "[" and kind[1] in _WIDTHS:
                found[name] = self.scalars(name)
            elif kind in _WIDTHS:
                place = self._place(name)
                found[name] = self._file.scalar(kind, place) if place else default
        return found
