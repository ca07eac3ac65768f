# SPDX-License-Identifier: Apache-2.0
"""Estimates cycles: each block of code as LLVM's model of the core schedules it."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
import subprocess
from collections.abc import Mapping, Sequence

from firmware.elf import Elf
from firmware.report.trace import Block, Counts


class CyclesError(ValueError):
    """llvm-mca failed. The message is one line."""


@dataclasses.dataclass(frozen=True)
class Core:
    """What LLVM calls a core, and what its model leaves out.

    Attributes:
      triple: of the architecture.
      cpu: of the core.
      jump: cycles that a jump costs beside its own: the pipeline is filled again.
      corrected: whether LLVM takes a transfer of several registers, or a division, for an
        instruction of a cycle. The core takes a cycle for each register more, and 2 to 12 for a
        division.
      separators: two instructions that no compiler writes: the bytes of both.
      separator: what they look like, with a group that tells them apart.
    """

    triple: str
    cpu: str
    jump: int
    corrected: bool
    separators: tuple[bytes, bytes]
    separator: str


_UDF = ((b"\x5b\xde", b"\x5c\xde"), r"udf\S*\s#(91|92)")

CORES: Mapping[str, Core] = {
    # Without a branch prediction: Arm's Technical Reference Manuals give 1 + P cycles for a jump, P
    # from 1 to 3, 1 + N for a transfer of N registers, and 2 to 12 for a division.
    "cortex_m3": Core("thumbv7m-none-eabi", "cortex-m3", 2, True, *_UDF),
    "cortex_m4f": Core("thumbv7em-none-eabihf", "cortex-m4", 2, True, *_UDF),
    "cortex_m33": Core("thumbv8m.main-none-eabihf", "cortex-m33", 2, True, *_UDF),
    # With one, which is taken to be right.
    "cortex_m55": Core("thumbv8.1m.main-none-eabihf", "cortex-m55", 0, False, *_UDF),
    "cortex_m7": Core("thumbv7em-none-eabihf", "cortex-m7", 0, False, *_UDF),
    "rv32imac": Core(
        "riscv32-unknown-elf",
        "sifive-e31",
        0,
        False,
        (b"\x13\x00\xb0\x56", b"\x13\x00\xc0\x56"),
        r"li\s+zero, (1387|1388)",
    ),
}
"""By the names of //firmware/platforms."""

_ITERATIONS = 100
_SEVERAL = re.compile(r"v?(?:push|pop|ldm|stm)\w*(?:\.w)?\s.*\{(.*)\}")
_DIVISION = re.compile(r"[su]div")
_DIVISION_CYCLES = 6  # Beside the one of LLVM: in the middle of 2 to 12.
_COMMENT = re.compile(r"\s*(@|#\s|//).*$")


def _run(command: Sequence[str], text: str) -> str:
    try:
        run = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    except OSError as error:
        raise CyclesError(f"{command[0]}: cannot be run: {error.strerror}") from error
    if run.returncode != 0:
        lines = run.stderr.strip().splitlines() or ["no message"]
        name = pathlib.PurePath(command[0]).name
        raise CyclesError(f"{name} ended with exit code {run.returncode}: {lines[-1]}")
    return run.stdout


def disassemble(codes: Sequence[bytes], core: Core, llvm_mc: str) -> list[list[str]]:
    """Turns machine code into text.

    Args:
      codes: the bytes of each block.
      core: that it is for.
      llvm_mc: the program.

    Returns:
      The instructions of each block. Those that LLVM does not know are missing.

    Raises:
      CyclesError: the program failed.
    """
    # As many as the instructions that a block cut off may leave under a condition.
    text = "".join(
        " ".join(f"0x{byte:02x}" for byte in code + core.separators[i % 2] * 4) + "\n"
        for i, code in enumerate(codes)
    )
    output = _run([llvm_mc, "--disassemble", f"--triple={core.triple}", f"--mcpu={core.cpu}"], text)
    blocks: list[list[str]] = [[]]
    separator = ""
    for line in output.splitlines():
        instruction = _COMMENT.sub("", line).strip()
        if match := re.fullmatch(core.separator, instruction):
            if match[1] != separator:
                separator = match[1]
                blocks.append([])
        elif instruction and not instruction.startswith("."):
            blocks[-1].append(instruction)
    if len(blocks) != len(codes) + 1:
        raise CyclesError(f"llvm-mc gave {len(blocks) - 1} blocks, not {len(codes)}")
    return blocks[:-1]


def correction(instruction: str) -> int:
    """Says how much longer an instruction takes than LLVM has it, on a core that is `corrected`.

    Args:
      instruction: as LLVM writes it.

    Returns:
      Cycles.
    """
    if match := _SEVERAL.match(instruction):
        words = 2 if match[1].startswith("d") else 1
        return words * (match[1].count(",") + 1)
    return _DIVISION_CYCLES if _DIVISION.match(instruction) else 0


def time_blocks(blocks: Sequence[Block], program: Elf, core: Core, llvm_mca: str) -> Timing:
    """Times blocks that have no jump in them.

    Args:
      blocks: the blocks.
      program: that has them.
      core: that runs them.
      llvm_mca: the program; llvm-mc lies beside it.

    Returns:
      The cycles of each block if it runs again and again, without those of its jump.

    Raises:
      CyclesError: a program failed.
    """
    texts = disassemble(
        [program.code(block.address, block.size) for block in blocks],
        core,
        str(pathlib.PurePath(llvm_mca).with_name("llvm-mc")),
    )
    known = [i for i, text in enumerate(texts) if text]
    source = "".join(
        f"# LLVM-MCA-BEGIN {i}\n" + "\n".join(texts[i]) + f"\n# LLVM-MCA-END {i}\n" for i in known
    )
    report = json.loads(
        _run(
            [
                llvm_mca,
                f"--mtriple={core.triple}",
                f"--mcpu={core.cpu}",
                f"--iterations={_ITERATIONS}",
                "--skip-unsupported-instructions=any",
                # What is called is timed by itself.
                "--call-latency=1",
                "--json",
            ],
            source,
        )
    )
    timed = {
        int(region["Name"]): (
            region["SummaryView"]["TotalCycles"] / _ITERATIONS,
            region["SummaryView"]["Instructions"] // _ITERATIONS,
        )
        for region in report["CodeRegions"]
        if region["Name"]
    }
    cycles, untimed = {}, {}
    for i, block in enumerate(blocks):
        block_cycles, instructions = timed.get(i, (0.0, 0))
        # What LLVM can't time has a cycle an instruction.
        untimed[block] = max(block.instructions - instructions, 0)
        cycles[block] = block_cycles + untimed[block]
        if core.corrected:
            cycles[block] += sum(map(correction, texts[i]))
    return Timing(core, cycles, untimed)


@dataclasses.dataclass(frozen=True)
class Timing:
    """The cycles of blocks.

    Attributes:
      core: that runs them.
      cycles: of each block.
      untimed: the instructions of each block that LLVM can't time.
    """

    core: Core
    cycles: Mapping[Block, float]
    untimed: Mapping[Block, int]

    def of(self, counts: Counts) -> int:
        """Estimates what ran.

        Args:
          counts: how often each block ran.

        Returns:
          Cycles.
        """
        return round(
            sum(self.cycles[block] * runs for block, runs in counts.runs.items())
            + self.core.jump * sum(counts.jumps.values())
        )

    def untimed_of(self, counts: Counts) -> int:
        """Counts the instructions that LLVM can't time: each counts as one cycle.

        Args:
          counts: how often each block ran.

        Returns:
          Instructions.
        """
        return sum(self.untimed[block] * runs for block, runs in counts.runs.items())
