# SPDX-License-Identifier: Apache-2.0
"""The estimate of cycles against loops that were counted by hand.

The cycles of the Cortex-M4 are those of Arm's Technical Reference Manual, DDI 0439, table 3-1,
without wait states: 1 for arithmetic and MLA, 2 for a load of which the next instruction needs the
value, 1 for each load more that follows a load, 1 + N for a transfer of N registers,
1 + P for a jump, P from 1 to 3.
"""

import os
from collections import Counter

import pytest

from firmware.elf import Elf, Section
from firmware.report import cycles
from firmware.report.trace import Block, Counts

M4F = cycles.CORES["cortex_m4f"]

# subs r0, #1; bne .-2
COUNTDOWN = bytes.fromhex("01 38 fd d1")
# ldrsb r1, [r0], #1; ldrsb r2, [r3], #1; mla r4, r1, r2, r4; subs r5, #1; bne .-14
DOT_PRODUCT = bytes.fromhex("10 f9 01 1b 13 f9 01 2b 01 fb 02 44 01 3d f7 d1")
# push {r4, r5, r6, r7, lr}; pop {r4, r5, r6, r7, pc}
SAVE = bytes.fromhex("f0 b5 f0 bd")
# it ne; movne r0, r1; a block that ends under its condition.
CUT_CONDITION = bytes.fromhex("1c bf 08 46")
# sdiv r0, r1, r2
DIVISION = bytes.fromhex("91 fb f2 f0")
# bl .+4, whose target is another block
CALL = bytes.fromhex("00 f0 00 f8")


def _time(code, instructions, core=M4F):
    section = Section(".text", 0x100, code, len(code), True, True, False)
    program = Elf(machine=0, entry=0, segments=(), sections=(section,))
    block = Block(0x100, len(code), instructions)
    (llvm_mca,) = [f for f in os.environ["LLVM_MCA"].split() if f.endswith("/llvm-mca")]
    return cycles.time_blocks([block], program, core, llvm_mca), block


@pytest.mark.parametrize(
    ("code", "instructions", "jumps", "least", "most"),
    [
        # 1 for subs, 1 + P for bne.
        (COUNTDOWN, 2, 1, 3, 5),
        # 2 for the first load, 1 for the second, 1 for the wait for it, 1 each for mla and subs,
        # 1 + P for bne.
        (DOT_PRODUCT, 5, 1, 7, 10),
        # 1 + 5, 1 + 5 + P.
        (SAVE, 2, 1, 13, 15),
        (DIVISION, 1, 0, 2, 12),
        (CALL, 1, 1, 2, 4),
    ],
)
def test_a_block_takes_what_the_manual_says(code, instructions, jumps, least, most):
    timing, block = _time(code, instructions)
    counts = Counts(Counter({block: 1000}), Counter({block: 1000 * jumps}))
    assert least - 0.05 <= timing.of(counts) / 1000 <= most + 0.05
    assert timing.untimed_of(counts) == 0


def test_a_block_that_is_cut_off_under_a_condition_is_timed():
    timing, block = _time(CUT_CONDITION, 2)
    assert timing.cycles[block] == pytest.approx(2, abs=1)


def test_what_llvm_does_not_know_has_a_cycle():
    # Undefined, and then subs and bne.
    timing, block = _time(bytes.fromhex("ff e8 ff ff") + COUNTDOWN, 3)
    assert timing.untimed[block] >= 1
    assert timing.cycles[block] == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize("core", cycles.CORES)
def test_llvm_knows_every_core(core):
    # Each add needs the one before it: addi a0, a0, 1 or adds r0, #1.
    code = bytes.fromhex("13 05 15 00" if core == "rv32imac" else "01 30")
    timing, block = _time(code, 1, cycles.CORES[core])
    assert timing.cycles[block] == pytest.approx(1, abs=0.05)
    assert timing.untimed[block] == 0


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        ("push\t{r4, r5, r6, r7, lr}", 5),
        ("stmdb.w\tsp!, {r4, r5}", 2),
        ("vpush\t{d8, d9}", 4),
        ("udiv\tr0, r1, r2", 6),
        ("ldr\tr0, [r1]", 0),
        ("add\tr0, r1", 0),
    ],
)
def test_corrections(instruction, expected):
    assert cycles.correction(instruction) == expected
