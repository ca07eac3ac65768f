# SPDX-License-Identifier: Apache-2.0
"""Whether a model and its arena are within their budgets: the program of tflite_size_test."""

from __future__ import annotations

import json
import pathlib

from absl import flags

from tools import command

_DESCRIPTION = flags.DEFINE_string("description", None, "Of the model.")
_MAX_BYTES = flags.DEFINE_integer("max_bytes", 0, "The most that the .tflite file may have.")
_ARENA = flags.DEFINE_string("arena", None, "The report of the arena.")
_MAX_ARENA_BYTES = flags.DEFINE_integer("max_arena_bytes", 0, "The most that the arena may have.")


def check(name: str, used: int, limit: int) -> str:
    """Compares a size with its budget.

    Args:
      name: of what.
      used: bytes.
      limit: bytes.

    Returns:
      What was found, in one line.

    Raises:
      command.CommandError: it is over budget.
    """
    if used > limit:
        raise command.CommandError(
            f"{name}: used {used:,} bytes, limit {limit:,}, difference {used - limit:,}"
        )
    return f"{name}: used {used:,} bytes, limit {limit:,}"


def main() -> None:
    if _DESCRIPTION.value:
        description = json.loads(pathlib.Path(_DESCRIPTION.value).read_text())
        print(check(description["source"], description["size"], _MAX_BYTES.value))
    if _ARENA.value:
        report = json.loads(pathlib.Path(_ARENA.value).read_text())
        print(check("arena", report["arena_size"], _MAX_ARENA_BYTES.value))


if __name__ == "__main__":
    command.run(main)
