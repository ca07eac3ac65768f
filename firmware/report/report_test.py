# SPDX-License-Identifier: Apache-2.0
"""The parts of a report that can be told without a chip."""

from collections import Counter

import pytest

from firmware.report import board_output, cycles, linker_map, report, trace

# --- the linker's map -----------------------------------------------------------------------------

MAP = """\
Archive member included to satisfy reference by file (symbol)

Linker script and memory map

LOAD bin/libtflite_micro.a
                0x00002000                        __stack_size = 0x2000

.text           0x00000000      0x130
 *(.vectors)
 .vectors       0x00000000       0x40 bin/firmware/arm/libstartup.lo(startup.o)
 .text.Eval     0x00000040       0x20 bin/external/tflite_micro/libtflite_micro.a(conv.o)
                0x00000040                tflite::Eval
 .text._ZN6tflite5AVeryLongName
                0x00000060       0x30 bin/external/tflite_micro/libtflite_micro.a(micro_allocator.o)
                0x00000060                tflite::AVeryLongName()
 *fill*         0x00000090        0x2
 .text.unused   0x00000092        0x0 bin/firmware/runtime/libprint.a(print.o)
 .text.memcpy   0x00000094       0x1c external/arm/lib/libc.a(lib_a-memcpy.o)
 .rodata.str1.1
                0x000000b0        0x8 bin/app/libsmall_data.a(small_data.o)
                                 0x10 (size before relaxing)
 .rodata.model  0x000000b8       0x58 bin/app/libsmall_data.a(small_data.o)
 .text._ZN11mnist_micro8firmware6ReportE
                0x00000110       0x10 bin/app/_objs/main/main.o
 .text.arm_nn   0x00000120       0x10 bin/external/cmsis_nn/libcmsis_nn.a(arm_nn.o)

.stack          0x20000000     0x2000
                0x20002000                        . = (. + __stack_size)

/DISCARD/
 .comment       0x00000000       0x20 bin/firmware/runtime/libprint.a(print.o)
"""

KERNELS = frozenset({"conv"})


def _owners(parts):
    return {i: linker_map.owner(part, KERNELS, "small_data") for i, part in enumerate(parts)}


def test_each_byte_of_a_section_has_one_owner():
    parts = linker_map.parse(MAP)
    owned = linker_map.owned(parts, {".text": 0x130}, _owners(parts))
    assert owned == {
        "model": 0x60,
        "kernels": 0x20,
        "cmsis_nn": 0x10,
        "tflm": 0x30,
        "c_library": 0x1C,
        "ours": 0x40,
        "measurement": 0x10,
        # The fill, and what the map gives to nobody.
        "padding": 0x4,
    }
    assert sum(owned.values()) == 0x130


def test_of_strings_that_are_merged_only_what_is_left_counts():
    merged = MAP.replace(
        " .rodata.model ",
        " .rodata.str1.4 0x000000b4       0x10 bin/firmware/runtime/libprint.a(print.o)\n"
        " .rodata.model ",
    )
    parts = linker_map.parse(merged)
    owned = linker_map.owned(parts, {".text": 0x130}, _owners(parts))
    assert (owned["model"], owned["ours"]) == (0x5C, 0x44)
    assert sum(owned.values()) == 0x130


def test_parts_that_are_more_than_their_section_are_refused():
    parts = linker_map.parse(MAP)
    with pytest.raises(linker_map.MapError, match=r"section \.text has 256 bytes, its parts 300"):
        linker_map.owned(parts, {".text": 0x100}, _owners(parts))


def test_a_part_that_the_map_does_not_give_is_noticed():
    parts = linker_map.parse(MAP)
    with pytest.raises(linker_map.MapError, match="2004 bytes are of no object"):
        linker_map.owned(parts, {".text": 0x130 + 2000}, _owners(parts))


def test_what_is_discarded_is_nowhere():
    assert not [part for part in linker_map.parse(MAP) if part.name == ".comment"]


def test_a_text_that_is_no_map_is_refused():
    with pytest.raises(linker_map.MapError, match="Linker script and memory map"):
        linker_map.parse("nothing\n")


def test_kernels_are_told_by_the_folder_of_their_source():
    sources = ["lite/micro/kernels/conv.cc", "lite/micro/micro_allocator.cc"]
    assert linker_map.kernels_of(sources) == {"conv"}


@pytest.mark.parametrize(
    ("section", "symbol"),
    [
        (".text._Z1fv", "_Z1fv"),
        (".text._Z1fv.constprop.0.isra.0", "_Z1fv"),
        (".text.startup.main", "main"),
        (".text._ZN1a1bEv.lto_priv.12", "_ZN1a1bEv"),
        (".rodata._Z1fv.str1.4", "_Z1fv"),
        (".bss.words.1", "words"),
        (".rodata.str1.1", ".rodata.str1.1"),
        (".text", ".text"),
    ],
)
def test_a_section_is_of_a_symbol(section, symbol):
    assert linker_map.symbol(section) == symbol


def test_what_the_linker_optimized_is_of_the_object_that_had_it_first():
    def part(path: str, name: str) -> linker_map.Part:
        return linker_map.Part(".text", 0, 4, path, name)

    objects = [
        part("libtflm.a(conv.o)", ".text.Eval"),
        part("libours.a(b.o)", ".text.Eval"),
        part("main.o", ".text.main"),
    ]
    linked = [
        part("ltrans0.ltrans.o", ".text.Eval.constprop.0"),
        part("ltrans0.ltrans.o", ".text.startup.main"),
        part("ltrans0.ltrans.o", ".text.nobody"),
        part("libc.a(strcmp.o)", ".text.Eval"),
    ]
    paths = [found.path for found in linker_map.with_objects(linked, objects)]
    assert paths == ["libtflm.a(conv.o)", "main.o", "", "libc.a(strcmp.o)"]


def test_the_owner_of_an_address():
    parts = linker_map.parse(MAP)
    addresses = linker_map.Addresses(parts, _owners(parts))
    assert addresses.owner(0x5F) == "kernels"
    assert addresses.owner(0x60) == "tflm"
    assert addresses.owner(0x92) == "padding"


# --- what the program prints ----------------------------------------------------------------------

OUTPUT = """\
{"calibration": 2, "from": 1, "to": 2, "ticks": 24}
{"calibration": 200002, "from": 3, "to": 4, "ticks": 320024}
{"invoke": 0, "from": 5, "to": 6, "ticks": 393214}
{"arena": 2016, "arena_used": 2000, "stack_peak": 572, "stack": 8192}
{"output_fnv1a": "0x54fa42a7"}
{"operator": "CONV_2D", "depth": 0, "from": 7, "to": 8, "ticks": 360766}
PASS
"""


@pytest.mark.parametrize("number", [1, 1_000, 9_000_000, 123_456_789, 700_000_000, 8_000_000_000])
@pytest.mark.parametrize("wrong", [0, -1_000, 50_000_000])
@pytest.mark.parametrize(("rate", "bits"), [(25, 24), (20, 24), (32, 24), (1000, 32)])
def test_ticks_become_instructions_even_if_both_counters_wrapped(number, wrong, rate, bits):
    coarse = number * rate // 1000 % 2**bits
    fine = number * rate * 64 // 1000 % 2**bits
    counted = board_output.instructions(
        coarse, fine, about=max(number + wrong, 0), ticks_per_microsecond=rate, bits=bits
    )
    assert abs(counted - number) <= 2


def test_the_calibration_tells_what_a_read_costs():
    output = board_output.parse(OUTPUT, 0)
    assert board_output.check_calibration((15, 200_015), output) == 13


def test_a_wrong_rate_is_found_by_the_calibration():
    output = board_output.parse(OUTPUT, 0)
    with pytest.raises(board_output.BoardError, match="200,000 instructions was counted as 160,"):
        board_output.check_calibration((15, 160_015), output)


def test_two_ways_of_counting_must_agree():
    board_output.check_same(100_000, 100_002, "inference 0")
    with pytest.raises(board_output.BoardError, match="100,000 .* counter, 100,003 by the trace"):
        board_output.check_same(100_000, 100_003, "inference 0")


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("FAIL: Create() failed\n", 1, "FAIL: Create"),
        ("\nFAULT: stack overflow\n  exception 3\n", 70, "FAULT: stack overflow"),
        (OUTPUT, 3, "exit code 3"),
        (OUTPUT.replace("PASS\n", ""), 0, "exit code 0 after .*CONV_2D"),
        ("Hello\n" + OUTPUT, 0, "printed 'Hello'"),
        ("PASS\n", 0, "all that it should"),
    ],
)
def test_a_program_that_fails_is_refused(text, code, message):
    with pytest.raises(board_output.BoardError, match=message):
        board_output.parse(text, code)


# --- the trace ------------------------------------------------------------------------------------

TRACE = """\
b 0 100 a 4
b 1 10a 6 3
m 1
c 0 1 0
m 2
c 1 10 f
c 0 2 2
m 0
c 1 5 0
""".splitlines()


def test_a_trace_is_cut_at_the_marks():
    counts = trace.Trace(TRACE).between(1, 2)
    loop, entry = trace.Block(0x10A, 6, 3), trace.Block(0x100, 10, 4)
    assert counts.runs == Counter({loop: 16, entry: 2})
    assert counts.jumps == Counter({loop: 15, entry: 2})
    assert counts.instructions == 16 * 3 + 2 * 4


@pytest.mark.parametrize("cut", [TRACE[:-2], [*TRACE[:3], "c 7 1 1"], ["x"], ["b 1"], ["m z"]])
def test_a_damaged_trace_is_refused(cut):
    with pytest.raises(trace.TraceError):
        trace.Trace(cut)


def test_calls_that_never_came_are_refused():
    with pytest.raises(trace.TraceError, match="has 2 calls, not 3"):
        trace.Trace(TRACE).between(2, 3)


def test_cycles_are_those_of_the_blocks_and_of_the_jumps():
    counts = trace.Trace(TRACE).between(1, 2)
    loop, entry = trace.Block(0x10A, 6, 3), trace.Block(0x100, 10, 4)
    timing = cycles.Timing(cycles.CORES["cortex_m4f"], {loop: 3.0, entry: 5.5}, {loop: 1, entry: 0})
    assert timing.of(counts) == 16 * 3 + 2 * 5.5 + 17 * 2
    assert timing.untimed_of(counts) == 16


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("memcpy", "memcpy"),
        ("_ZN6tflite13reference_ops4ConvERKNS_10ConvParamsE", "tflite::reference_ops::Conv"),
        ("_ZNK6tflite3OpsILj5EE6FindOpEv", "tflite::Ops"),
        ("_ZN6tflite12_GLOBAL__N_14EvalEv", "tflite::Eval"),
        ("_Z4Loopj", "Loop"),
    ],
)
def test_names_of_functions_are_made_readable(name, expected):
    assert report.readable(name) == expected
