# SPDX-License-Identifier: Apache-2.0
"""What a model costs on a chip, as JSON and as text."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from firmware.elf import Elf
from firmware.report import board_output, linker_map
from firmware.report.board_output import Output, Span
from firmware.report.cycles import Timing
from firmware.report.trace import Counts, Trace

_STACK = ".stack"
_MOST_FUNCTIONS = 12
_LENGTH = re.compile(r"\d+")

LEAVES_OUT = (
    "wait states of flash and memory, caches, buses and interrupts",
    "what one block's end and the next one's begin have to do with each other",
)
"""What the estimate of cycles knows nothing of."""


@dataclasses.dataclass(frozen=True)
class Subject:
    """What was measured.

    Attributes:
      label: of the report.
      model: the model's file name.
      environment: where the program ran.
      core: of the environment.
      kernels: "reference", "cmsis_nn" or "compiled".
      optimize: "speed", "size" or "fastest": what the program is optimized for.
    """

    label: str
    model: str
    environment: str
    core: str
    kernels: str
    optimize: str = "speed"


# --- memory ---------------------------------------------------------------------------------------


def memory(
    elf: Elf,
    parts: Sequence[linker_map.Part],
    owners: Mapping[int, str],
    measured: Mapping[str, int],
) -> dict:
    """Adds up flash and memory.

    Args:
      elf: the program.
      parts: of its map.
      owners: of the parts, by their index.
      measured: "arena", "arena_used", "stack_peak" and "stack", bytes.

    Returns:
      The members "flash" and "ram" of the report. Their "bytes" are without the measurement's own.

    Raises:
      linker_map.MapError: map and program are not of each other.
    """
    flash = {s.name: s.size for s in elf.sections if s.in_flash}
    ram = {s.name: s.size for s in elf.sections if s.in_ram and s.name != _STACK}
    flash_owned = linker_map.owned(parts, flash, owners)
    ram_owned = linker_map.owned(parts, ram, owners)
    ram_owned["ours"] -= measured["arena"]
    flash_extra, ram_extra = flash_owned.pop("measurement"), ram_owned.pop("measurement")
    data = sum(s.size for s in elf.sections if s.in_ram and s.in_flash)
    static = sum(ram.values()) - ram_extra
    return {
        "flash": {
            "bytes": sum(flash.values()) - flash_extra,
            "by_owner": flash_owned,
            "measurement_bytes": flash_extra,
        },
        "ram": {
            "bytes": static + measured["stack_peak"],
            "data": data,
            "bss": static - data,
            "stack_peak": measured["stack_peak"],
            "stack_reserved": measured["stack"],
            "arena": measured["arena"],
            "arena_used": measured["arena_used"],
            "static_by_owner": {"arena": measured["arena"], **ram_owned},
            "measurement_bytes": ram_extra,
        },
    }


# --- instructions and cycles ----------------------------------------------------------------------


def readable(name: str) -> str:
    """Shortens a C++ function's linker name to its qualified name.

    Args:
      name: as in the program.

    Returns:
      E.g. "tflite::reference_ops::Conv"; the name itself if it is of another kind.
    """
    match = re.match(r"_ZNK?", name) or re.match(r"_Z(?=\d)", name)
    if not match:
        return name
    words, at = [], match.end()
    if name.startswith("St", at):
        words, at = ["std"], at + 2
    while length := _LENGTH.match(name, at):
        end = length.end() + int(length[0])
        word = name[length.end() : end]
        # An unnamed namespace says nothing.
        if not word.startswith("_GLOBAL__N_"):
            words.append(word)
        at = end
    return "::".join(words) or name


def performance(
    coarse: Output,
    fine: Output,
    traced: Output,
    trace: Trace,
    *,
    elf: Elf,
    addresses: linker_map.Addresses,
    timing: Timing,
    ticks_per_microsecond: int,
    bits: int,
) -> dict:
    """Counts what an inference does, in two ways that must agree.

    Args:
      coarse: of the run with board_output.COARSE_SHIFT.
      fine: of the run with board_output.FINE_SHIFT.
      traced: of the run with the trace; its ticks mean nothing.
      trace: of that run.
      elf: the program.
      addresses: whose its code is.
      timing: of its blocks.
      ticks_per_microsecond: how fast the counter runs.
      bits: of the counter.

    Returns:
      Members of the report.

    Raises:
      BoardError: the runs are not of the same program, or the two ways disagree.
      trace.TraceError: the trace is of something else.
    """
    if not coarse.output_fnv1a == fine.output_fnv1a == traced.output_fnv1a:
        raise board_output.BoardError("runs of the same program had different outputs")

    def traced_span(span: Span) -> Counts:
        return trace.between(span.begin, span.end)

    def by_ticks(i: int, kind: str) -> int:
        spans = (getattr(coarse, kind)[i], getattr(fine, kind)[i])
        return board_output.instructions(
            spans[0].ticks,
            spans[1].ticks,
            about=traced_span(getattr(traced, kind)[i]).instructions,
            ticks_per_microsecond=ticks_per_microsecond,
            bits=bits,
        )

    extra_ticks = board_output.check_calibration(
        [by_ticks(i, "calibrations") for i in range(len(fine.calibrations))], fine
    )
    extra = board_output.check_calibration(
        [traced_span(span).instructions for span in traced.calibrations], traced
    )
    counted, by_trace = [], []
    for i, span in enumerate(traced.invokes):
        counted.append(by_ticks(i, "invokes") - extra_ticks)
        by_trace.append(traced_span(span).instructions - extra)
        board_output.check_same(counted[-1], by_trace[-1], f"inference {i}")
    inference = traced_span(traced.invokes[-1])
    operators = []
    for i, span in enumerate(traced.operators):
        counts = traced_span(span)
        number = counts.instructions - extra
        board_output.check_same(
            by_ticks(i, "operators") - extra_ticks, number, f"operator {i}, {span.name}"
        )
        operators.append(
            {
                "name": span.name,
                "depth": span.depth,
                "instructions": number,
                "share": round(number / by_trace[-1], 4),
                "estimated_cycles": timing.of(counts),
            }
        )
    in_operators = sum(
        traced_span(span).instructions - extra for span in traced.operators if span.depth == 0
    )
    by_owner: Counter[str] = Counter()
    by_function: Counter[str] = Counter()
    for block, runs in inference.runs.items():
        number = block.instructions * runs
        by_owner[addresses.owner(block.address)] += number
        by_function[elf.function_at(block.address)] += number
    return {
        "instructions": {
            "inference": by_trace[-1],
            "operators": in_operators,
            "interpreter": by_trace[-1] - in_operators,
            "by_counter": counted,
            "by_trace": by_trace,
            "spread": max(by_trace) - min(by_trace),
            "by_owner": {
                name: by_owner[name] for name in linker_map.OWNERS if name != "measurement"
            },
        },
        "estimated_cycles": {
            "inference": timing.of(inference),
            "model": f"llvm-mca, {timing.core.cpu}",
            "cycles_of_a_jump": timing.core.jump,
            "untimed_instructions": timing.untimed_of(inference),
            "leaves_out": list(LEAVES_OUT),
        },
        "operators": operators,
        "functions": [
            {"name": readable(name), "instructions": n, "share": round(n / by_trace[-1], 4)}
            for name, n in sorted(by_function.items(), key=lambda item: (-item[1], item[0]))[
                :_MOST_FUNCTIONS
            ]
        ],
        "output_fnv1a": traced.output_fnv1a,
    }


def with_layers(performance: Mapping, layers: Sequence[Mapping]) -> dict:
    """Puts layers into a report, of another program with the same model that shows them.

    Args:
      performance: members of the report, of the program that does not.
      layers: "operators" of the other program.

    Returns:
      The same with "operators". The sum of their instructions is not that of the inference: to show
      a layer takes some, and the compiler does less where it must have finished one.
    """
    total = performance["instructions"]["inference"]
    shared = [{**o, "share": round(o["instructions"] / total, 4)} for o in layers]
    return {
        **performance,
        "instructions": {
            **performance["instructions"],
            "operators": sum(o["instructions"] for o in layers),
            "interpreter": 0,
        },
        "operators": shared,
    }


# --- text -----------------------------------------------------------------------------------------


def _rows(rows: Sequence[tuple[str, int]], unit: str) -> list[str]:
    width = max(len(name) for name, _ in rows)
    return [f"  {name.ljust(width)}  {number:>11,} {unit}" for name, number in rows]


def _operators(report: Mapping) -> list[str]:
    count = report["instructions"]
    lines = ["  instructions   share      cycles  operator"]
    lines += [
        f"  {o['instructions']:>12,}  {o['share']:>6.1%}  {o['estimated_cycles']:>10,}"
        f"  {'  ' * o['depth']}{o['name']}"
        for o in report["operators"]
    ]
    if report["kernels"] == "compiled":
        return [*lines, ""]
    return [
        *lines,
        f"  {count['interpreter']:>12,}  {count['interpreter'] / count['inference']:>6.1%}"
        f"  {'':>10}  (the interpreter)",
        "",
    ]


def to_text(report: Mapping) -> str:
    """Makes the report to read.

    Args:
      report: the JSON.

    Returns:
      Lines, each with a newline.
    """
    flash, ram = report["flash"], report["ram"]
    count, cycles = report["instructions"], report["estimated_cycles"]
    lines = [
        f"{report['model']} on {report['environment']} ({report['core']}),"
        f" {report['kernels']} kernels"
        + {"speed": "", "size": ", optimized for size", "fastest": ", as fast as possible"}[
            report["optimize"]
        ],
        "",
        f"Flash: {flash['bytes']:,} bytes",
        *_rows([(k, v) for k, v in flash["by_owner"].items() if v], "bytes"),
        f"  (without {flash['measurement_bytes']:,} bytes that only this measurement needs)",
        "",
        f"Memory: {ram['bytes']:,} bytes",
        *_rows(
            [(k, v) for k, v in ram["static_by_owner"].items() if v]
            + [("stack, its peak", ram["stack_peak"])],
            "bytes",
        ),
        f"  (without {ram['measurement_bytes']:,} bytes that only this measurement needs;"
        f" {ram['stack_reserved']:,} bytes are reserved for the stack)",
        "",
        f"An inference: {count['inference']:,} instructions;"
        f" {len(count['by_trace'])} inferences differ by {count['spread']:,}",
        f"  estimated {cycles['inference']:,} cycles ({cycles['model']},"
        f" {cycles['cycles_of_a_jump']} cycles more for a jump;"
        f" {cycles['untimed_instructions']:,} instructions that it can't time have one each)",
        f"  the estimate leaves out: {'; '.join(cycles['leaves_out'])}",
        "",
        *(_operators(report) if report["operators"] else ()),
        "  instructions   share  function",
    ]
    lines += [
        f"  {f['instructions']:>12,}  {f['share']:>6.1%}  {f['name']}" for f in report["functions"]
    ]
    return "\n".join(lines) + "\n"
