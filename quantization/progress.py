# SPDX-License-Identifier: Apache-2.0
"""Shows how far a command is that takes long."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

_PATIENCE = 2.0
_EVERY = 0.5


class Progress:
    """Writes one line again and again, and removes it at the end."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        """Begins to count.

        Args:
          stream: where the line goes, a terminal.
          clock: gives seconds.
        """
        self._stream = stream
        self._clock = clock
        self._start = self._last = clock()
        self._width = 0

    def __call__(self, done: int, total: int) -> None:
        """Shows the line, if two seconds are over.

        Args:
          done: how many steps are done.
          total: how many there are.
        """
        now = self._clock()
        if now - self._start < _PATIENCE or now - self._last < _EVERY:
            return
        self._last = now
        left = (now - self._start) * (total - done) / done
        self._write(f"{100 * done // total} %, {left:.0f} s left")

    def end(self) -> None:
        """Removes the line."""
        if self._width:
            self._write("")
            self._stream.write("\r")
            self._stream.flush()

    def _write(self, text: str) -> None:
        self._stream.write("\r" + text.ljust(self._width))
        self._stream.flush()
        self._width = max(self._width, len(text))
