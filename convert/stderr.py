# SPDX-License-Identifier: Apache-2.0
"""TensorFlow's notes on stderr, which look like faults, kept back while all goes well."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

# Prints what it was given once no process writes to it any more.
_HOLDER = ("sh", "-c", 'text=$(cat) && [ -z "$text" ] || printf "%s\\n" "$text" >&2')


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Shows what is written to stderr, also by C++, only if the body raises or the process dies.

    Yields:
      None.
    """
    sys.stderr.flush()
    saved = os.dup(2)
    # A process of its own: after an abort of TensorFlow's, this one shows nothing any more.
    holder = subprocess.Popen(_HOLDER, stdin=subprocess.PIPE, start_new_session=True)
    assert holder.stdin is not None
    os.dup2(holder.stdin.fileno(), 2)
    holder.stdin.close()
    try:
        yield
    except BaseException:
        _restore(saved)
        holder.wait()
        raise
    sys.stderr.flush()
    os.killpg(holder.pid, signal.SIGKILL)
    _restore(saved)
    holder.wait()


@contextlib.contextmanager
def dropped() -> Iterator[None]:
    """Shows nothing of what is written to stderr: an exception has the reason.

    Yields:
      None.
    """
    sys.stderr.flush()
    saved = os.dup(2)
    try:
        with open(os.devnull, "wb") as null:
            os.dup2(null.fileno(), 2)
        yield
    finally:
        _restore(saved)


def _restore(saved: int) -> None:
    try:
        sys.stderr.flush()
    finally:
        os.dup2(saved, 2)
        os.close(saved)
