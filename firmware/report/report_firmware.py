# SPDX-License-Identifier: Apache-2.0
r"""Measures a program of firmware/report/report.h in an emulator. The rule firmware_report runs it.

Exit code 2 and one line on stderr for bad flags, files that can't be read, a program that fails, or
figures that contradict each other.
"""

from __future__ import annotations

import dataclasses
import pathlib
import subprocess
from collections.abc import Mapping, Sequence

from absl import flags

from firmware import elf
from firmware.report import board_output, cycles, linker_map, report, trace
from tools import command

_LABEL = flags.DEFINE_string("label", None, "The target's label.", required=True)
_MODEL = flags.DEFINE_string("model", None, "The model's file name.", required=True)
_MODEL_LIBRARY = flags.DEFINE_string("model_library", "", "The library with the model's array.")
_ENVIRONMENT = flags.DEFINE_string("environment", None, "Where it runs.", required=True)
_CORE = flags.DEFINE_string("core", None, "The environment's core.", required=True)
_KERNELS = flags.DEFINE_enum(
    "kernels",
    "reference",
    ["reference", "cmsis_nn", "compiled"],
    "Which kernels are linked.",
)
_OPTIMIZE = flags.DEFINE_enum(
    "optimize", "speed", ["fastest", "size", "speed"], "What the program is optimized for."
)
_ELF = command.input_file("elf", None, "The program.", required=True)
_LAYERS_ELF = command.input_file(
    "layers_elf",
    None,
    "The same with a compiled model that was made to show its layers, if wanted.",
)
_MAP = command.input_file("map", None, "The linker's map of it.", required=True)
_MAP_OF_OBJECTS = command.input_file(
    "map_of_objects",
    None,
    "Of a program that was optimized when it was linked: the map without that.",
)
_TFLM_SOURCES = command.input_file("tflm_sources", None, "TFLM's sources, a path a line.")
_EMULATOR = flags.DEFINE_string("emulator", None, "The emulator.", required=True)
_EMULATOR_ARGS = flags.DEFINE_multi_string("emulator_arg", [], "An argument of it.")
_PLUGIN = flags.DEFINE_string("plugin", None, "The plugin that traces.", required=True)
_LLVM_MCA = flags.DEFINE_string("llvm_mca", None, "llvm-mca, beside llvm-mc.", required=True)
_TICKS = flags.DEFINE_integer(
    "ticks_per_microsecond", None, "How fast the core's counter runs.", required=True
)
_SECONDS = flags.DEFINE_integer("seconds", 300, "After so long a run is stopped.")
_JSON = command.output_file("json", None, "The report.", required=True)
_TEXT = command.output_file("text", None, "The same to read.", required=True)

# Of the core's counter: see firmware/runtime/ticks.h.
_ARM_BITS, _RISCV_BITS = 24, 32


def _emulate(file: pathlib.Path, arguments: Sequence[str]) -> board_output.Output:
    program = [_EMULATOR.value, *_EMULATOR_ARGS.value, *arguments, "-kernel", str(file)]
    try:
        run = subprocess.run(
            program,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS.value,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise board_output.BoardError(
            f"the program did not end within {_SECONDS.value} s: give the report more seconds"
        ) from error
    except OSError as error:
        raise board_output.BoardError(f"{program[0]}: {error.strerror}") from error
    if run.stderr:
        raise board_output.BoardError(f"the emulator: {run.stderr.decode(errors='replace')}")
    return board_output.parse(run.stdout.decode(errors="replace"), run.returncode)


def _trace(elf_file: pathlib.Path, mark: int) -> tuple[board_output.Output, trace.Trace]:
    folder = pathlib.Path(_JSON.value).parent
    with command.scratch_folder(folder) as scratch:
        file = scratch / "trace"
        # QEMU takes two commas for one that belongs to a path.
        program, output_file = (
            str(path).replace(",", ",,") for path in (pathlib.Path(_PLUGIN.value).absolute(), file)
        )
        output = _emulate(elf_file, ["-plugin", f"{program},mark={mark:x},output={output_file}"])
        with file.open() as lines:
            return output, trace.Trace(lines)


def measure() -> dict:
    """Makes the report that the flags ask for.

    Returns:
      The JSON.

    Raises:
      BoardError, CyclesError, ElfError, MapError, TraceError: it can't be made.
    """
    core = cycles.CORES.get(_CORE.value)
    if core is None:
        raise cycles.CyclesError(
            f"{_ENVIRONMENT.value} has the core {_CORE.value}; known are {', '.join(cycles.CORES)}"
        )
    program = elf.read(pathlib.Path(_ELF.value).read_bytes())
    parts = linker_map.parse(pathlib.Path(_MAP.value).read_text())
    if _MAP_OF_OBJECTS.value:
        objects = linker_map.parse(pathlib.Path(_MAP_OF_OBJECTS.value).read_text())
        parts = linker_map.with_objects(parts, objects)
    sources = pathlib.Path(_TFLM_SOURCES.value).read_text().split() if _TFLM_SOURCES.value else []
    kernels = linker_map.kernels_of(sources)
    owners = {
        i: linker_map.owner(part, kernels, _MODEL_LIBRARY.value) for i, part in enumerate(parts)
    }
    addresses = linker_map.Addresses(parts, owners)
    memory, performance = _run(pathlib.Path(_ELF.value), program, core, addresses)
    if _LAYERS_ELF.value:
        file = pathlib.Path(_LAYERS_ELF.value)
        # Whose its code is was found out above: here only its layers count.
        _, layers = _run(file, elf.read(file.read_bytes()), core, addresses)
        if layers["output_fnv1a"] != performance["output_fnv1a"]:
            raise board_output.BoardError("the program that shows its layers had other outputs")
        performance = report.with_layers(performance, layers["operators"])
    subject = report.Subject(
        _LABEL.value,
        _MODEL.value,
        _ENVIRONMENT.value,
        _CORE.value,
        _KERNELS.value,
        _OPTIMIZE.value,
    )
    return {
        **dataclasses.asdict(subject),
        **report.memory(program, parts, owners, memory),
        **performance,
    }


def _run(
    file: pathlib.Path, program: elf.Elf, core: cycles.Core, addresses: linker_map.Addresses
) -> tuple[Mapping[str, int], dict]:
    """Runs a program in all ways; gives what it says of memory, and its performance."""
    fine = _emulate(file, ["-icount", f"shift={board_output.FINE_SHIFT}"])
    coarse = _emulate(file, ["-icount", f"shift={board_output.COARSE_SHIFT}"])
    traced, counts = _trace(file, program.address_of("TicksNow"))
    blocks = sorted(
        {
            block
            for span in (*traced.invokes, *traced.operators)
            for block in counts.between(span.begin, span.end).runs
        },
        key=lambda block: (block.address, block.size),
    )
    return fine.memory, report.performance(
        coarse,
        fine,
        traced,
        counts,
        elf=program,
        addresses=addresses,
        timing=cycles.time_blocks(blocks, program, core, _LLVM_MCA.value),
        ticks_per_microsecond=_TICKS.value,
        bits=_RISCV_BITS if core.triple.startswith("riscv") else _ARM_BITS,
    )


def main() -> None:
    try:
        made = measure()
    except (
        board_output.BoardError,
        cycles.CyclesError,
        elf.ElfError,
        linker_map.MapError,
        trace.TraceError,
    ) as error:
        raise command.CommandError(f"{_LABEL.value}: {error}") from error
    command.write_files({_JSON.value: command.json_text(made), _TEXT.value: report.to_text(made)})


if __name__ == "__main__":
    command.run(main)
