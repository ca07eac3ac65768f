# SPDX-License-Identifier: Apache-2.0
"""Counts the instructions from each call of TicksNow() to the next one, as a JSON list.

Exit code 2 and one line on stderr for bad flags, or a program that fails.
"""

from __future__ import annotations

import pathlib
import subprocess

from absl import flags

from firmware import elf
from firmware.report import trace
from tools import command

_ELF = command.input_file("elf", None, "The program.", required=True)
_EMULATOR = flags.DEFINE_string("emulator", None, "The emulator.", required=True)
_EMULATOR_ARGS = flags.DEFINE_multi_string("emulator_arg", [], "An argument of it.")
_PLUGIN = flags.DEFINE_string("plugin", None, "The plugin that traces.", required=True)
_SECONDS = flags.DEFINE_integer("seconds", 300, "After so long the run is stopped.")
_JSON = command.output_file("json", None, "What was counted.", required=True)


class RunError(ValueError):
    """The program can't be run. The message is one line."""


def main() -> None:
    assert _ELF.value is not None and _JSON.value is not None
    program = elf.read(_ELF.value.read_bytes())
    with command.scratch_folder(_JSON.value.parent) as scratch:
        file = scratch / "trace"
        # QEMU takes two commas for one that belongs to a path.
        plugin, output = (
            str(path).replace(",", ",,") for path in (pathlib.Path(_PLUGIN.value).absolute(), file)
        )
        run = subprocess.run(
            [
                _EMULATOR.value,
                *_EMULATOR_ARGS.value,
                "-plugin",
                f"{plugin},mark={program.address_of('TicksNow'):x},output={output}",
                "-kernel",
                str(_ELF.value),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS.value,
            check=False,
        )
        if run.returncode != 0:
            said = (run.stdout + run.stderr).decode(errors="replace").strip().splitlines()
            raise RunError(
                f"the program ended with exit code {run.returncode}: {said[-1] if said else ''}"
            )
        with file.open(encoding="ascii") as lines:
            counts = trace.Trace(lines).instructions()
    command.write_files({_JSON.value: command.json_text(counts)})


if __name__ == "__main__":
    command.run(main, RunError, elf.ElfError, trace.TraceError)
