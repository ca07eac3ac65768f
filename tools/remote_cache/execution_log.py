# SPDX-License-Identifier: Apache-2.0
"""Compares two builds' execution logs (--execution_log_json_file): why was this not in the cache?

A result is found again under the digest of everything that went into it: command line,
environment, platform properties, and the digest of each input. So what was executed twice differs
in one of them.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Collection, Iterator

_CHUNK = 1 << 20


@dataclasses.dataclass(frozen=True)
class Spawn:
    """One action, or one run of a test.

    Attributes:
      label: of its target.
      mnemonic: its kind, e.g. "CppCompile".
      outputs: the paths of what it makes: these distinguish it from the others.
      cached: whether its result came from a cache.
      ingredients: everything that went into it, by name: "argument 3", "variable PATH",
        "property pool", "input bazel-out/x".
    """

    label: str
    mnemonic: str
    outputs: tuple[str, ...]
    cached: bool
    ingredients: dict[str, str]


def read(path: pathlib.Path, outputs: Collection[tuple[str, ...]] | None = None) -> Iterator[Spawn]:
    """Reads a log, which may be larger than is good for the memory.

    Args:
      path: JSON objects, one after the other.
      outputs: only spawns with these outputs; None for all.

    Yields:
      The spawns, in the log's order.

    Raises:
      ValueError: the file is not such a log, or ends in the middle.
      OSError: it can't be read.
    """
    decoder = json.JSONDecoder()
    text = ""
    with path.open() as file:
        while True:
            chunk = file.read(_CHUNK)
            text = (text + chunk).lstrip()
            while text:
                try:
                    value, end = decoder.raw_decode(text)
                except json.JSONDecodeError as error:
                    if not chunk:
                        raise ValueError(f"{path}: is not an execution log: {error}") from error
                    break
                text = text[end:].lstrip()
                spawn = _spawn(value)
                if outputs is None or spawn.outputs in outputs:
                    yield spawn
            if not chunk:
                return


def _spawn(value: dict) -> Spawn:
    ingredients = {
        f"argument {number}": text for number, text in enumerate(value.get("commandArgs", []))
    }
    for variable in value.get("environmentVariables", []):
        ingredients[f"variable {variable['name']}"] = variable.get("value", "")
    for item in value.get("platform", {}).get("properties", []):
        ingredients[f"property {item['name']}"] = item.get("value", "")
    for item in value.get("inputs", []):
        digest = item.get("digest", {})
        ingredients[f"input {item['path']}"] = (
            item.get("symlinkTargetPath")
            or f"{digest.get('hash', '')}/{digest.get('sizeBytes', 0)}"
        )
    return Spawn(
        label=value.get("targetLabel", ""),
        mnemonic=value.get("mnemonic", ""),
        outputs=tuple(value.get("listedOutputs", [])),
        cached=value.get("cacheHit", False),
        ingredients=ingredients,
    )


def differences(first: Spawn, second: Spawn) -> list[str]:
    """Says what differs between two spawns.

    Args:
      first: in the build that filled the cache.
      second: the same in the other build.

    Returns:
      A line for each difference; none if the keys are the same.
    """
    lines = []
    for name in sorted(first.ingredients.keys() | second.ingredients.keys()):
        was, now = first.ingredients.get(name), second.ingredients.get(name)
        if was != now:
            lines.append(f"{name}: {_shown(was)}, then {_shown(now)}")
    return lines


def _shown(value: str | None) -> str:
    return "absent" if value is None else repr(value)


def explain(first: pathlib.Path, second: pathlib.Path) -> list[str]:
    """Explains what the second of two builds executed, although the first had done it.

    Args:
      first: the log of the build that filled the cache.
      second: the log of the build that should have executed nothing.

    Returns:
      For each executed spawn its label and kind, and below that what differs.

    Raises:
      ValueError: a log can't be understood.
      OSError: a log can't be read.
    """
    executed = {spawn.outputs: spawn for spawn in read(second) if not spawn.cached}
    before = {spawn.outputs: spawn for spawn in read(first, executed)}
    lines = []
    for outputs, spawn in executed.items():
        lines.append(f"{spawn.label} ({spawn.mnemonic}): executed again")
        if outputs not in before:
            lines.append("  the first build had no such action")
            continue
        found = differences(before[outputs], spawn)
        lines += [f"  {line}" for line in found]
        if not found:
            lines.append("  nothing differs: its result was not kept, or not found, by the server")
    return lines
