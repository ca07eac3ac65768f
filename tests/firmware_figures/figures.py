# SPDX-License-Identifier: Apache-2.0
"""The tables of docs/firmware.md, made from the reports of firmware_report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tools import page

UPDATE_COMMAND = "./bazelw run //tests/firmware_figures:update_{section}"

# Cycles of an inference on a Cortex-M4 at 120 MHz, an STM32L4R5: the medians of the reference
# submission to MLPerf Tiny v0.5, closed division, with TFLM 2.3.1 and gcc 6.
# https://github.com/mlcommons/tiny_results_v0.5/tree/main/closed/reference/results/Nucleo-L4R5ZI
PUBLISHED_CORE = "cortex_m4f"
PUBLISHED_CYCLES = {
    "mlperf_tiny_ad_int8": 120_000_000 / 99.487,
    "mlperf_tiny_ic_int8": 120_000_000 / 1.420,
    "mlperf_tiny_kws_int8": 120_000_000 / 5.497,
    "mlperf_tiny_vww_int8": 120_000_000 / 1.665,
}


def _name(report: Mapping) -> str:
    return report["model"].removesuffix(".tflite")


def _where(report: Mapping) -> list[str]:
    kernels = (
        report["kernels"]
        + {"speed": "", "size": " for size", "fastest": ", fastest"}[report["optimize"]]
    )
    return [f"`{report['environment']}`", report["core"], kernels]


def memory_table(reports: Sequence[Mapping], *, models: bool) -> str:
    """Makes the table of flash and memory.

    Args:
      reports: of firmware_report.
      models: whether a column says which model it is.

    Returns:
      Markdown.
    """
    owners = ("model", "kernels", "cmsis_nn", "tflm", "c_library", "ours")
    used = [o for o in owners if any(r["flash"]["by_owner"][o] for r in reports)]
    header = (["model"] if models else []) + ["environment", "core", "kernels", ">flash, bytes"]
    header += [f">{owner.replace('_', ' ')}" for owner in used]
    header += [">memory, bytes", ">arena", ">stack's peak"]
    rows = []
    for r in reports:
        figures = [r["flash"]["bytes"], *(r["flash"]["by_owner"][o] for o in used)]
        figures += [r["ram"]["bytes"], r["ram"]["arena"], r["ram"]["stack_peak"]]
        rows.append(
            ([_name(r)] if models else []) + _where(r) + [f"{figure:,}" for figure in figures]
        )
    return page.table(header, rows)


def speed_table(reports: Sequence[Mapping], *, models: bool) -> str:
    """Makes the table of instructions and cycles.

    Args:
      reports: of firmware_report.
      models: whether a column says which model it is.

    Returns:
      Markdown.
    """
    header = (["model"] if models else []) + ["environment", "core", "kernels"]
    header += [">instructions", ">spread", ">*estimated* cycles"]
    # A compiled model's layers are measured in another program: they are no shares of this one.
    shared = any(r["kernels"] != "compiled" for r in reports)
    header += ["largest shares of instructions"] if shared else []
    rows = []
    for r in reports:
        shares: dict[str, float] = {}
        for operator in r["operators"]:
            if operator["depth"] == 0:
                name = operator["name"]
                shares[name] = shares.get(name, 0) + operator["share"]
        largest = sorted(shares.items(), key=lambda item: -item[1])[:3]
        rows.append(
            ([_name(r)] if models else [])
            + _where(r)
            + [
                f"{r['instructions']['inference']:,}",
                f"{r['instructions']['spread']:,}",
                f"{r['estimated_cycles']['inference']:,}",
            ]
            + ([", ".join(f"{name} {share:.1%}" for name, share in largest)] if shared else [])
        )
    return page.table(header, rows)


def check_table(reports: Sequence[Mapping]) -> str:
    """Compares estimated cycles with published ones.

    Args:
      reports: of firmware_report.

    Returns:
      Markdown.
    """
    rows = []
    for r in reports:
        published = PUBLISHED_CYCLES.get(_name(r))
        if published and r["core"] == PUBLISHED_CORE:
            estimate = r["estimated_cycles"]["inference"]
            rows.append(
                (
                    _name(r),
                    r["kernels"],
                    f"{estimate / 1e6:,.2f}",
                    f"{published / 1e6:,.2f}",
                    f"{estimate / published:.2f}",
                )
            )
    header = ("model", "our kernels", ">estimated, million cycles", ">published", ">ratio")
    return page.table(header, rows)


def tflm_line(tflm: Mapping) -> str:
    """Says which TFLM a section's figures are of.

    Args:
      tflm: what //tflm:tflm.json says.

    Returns:
      A line of Markdown, without its end.
    """
    return f"TFLM {tflm['name']}; gcc 12.2."


def render(section: str, tflm: Mapping, reports: Sequence[Mapping]) -> str:
    """Makes what stands between a section's marks.

    Args:
      section: "mnist" or "mlperf_tiny", or one of these with "_todays_tflm" or "_compiled".
      tflm: what //tflm:tflm.json says.
      reports: of firmware_report.

    Returns:
      Markdown.
    """
    models = not section.startswith("mnist")
    compiled = section.endswith("_compiled")
    first = "Compiled to C by `tflite_aot_library`; gcc 12.2." if compiled else tflm_line(tflm)
    text = f"{first}\n\n" + memory_table(reports, models=models) + "\n"
    text += speed_table(reports, models=models)
    if models and not compiled:
        text += "\nAgainst published cycles:\n\n" + check_table(reports)
    return text


def is_of_another_tflm(text: str, section: str, tflm: Mapping) -> bool:
    """Says whether a section of the page is of another commit of upstream's TFLM.

    Args:
      text: the page's.
      section: as in render().
      tflm: what //tflm:tflm.json says.
    """
    mark = page.begin_mark(section, UPDATE_COMMAND.format(section=section))
    line = text.partition(mark)[2].lstrip().partition("\n")[0]
    upstream = section.endswith("_todays_tflm") and line.startswith("TFLM of ")
    return upstream and line != tflm_line(tflm)


def replace(text: str, section: str, tables: str) -> str:
    """Puts a section's tables into the page.

    Args:
      text: the page's.
      section: as in render().
      tables: what stands between the section's marks.

    Returns:
      The new page.

    Raises:
      PageError: the page has no such marks.
    """
    return page.replace_section(text, section, UPDATE_COMMAND.format(section=section), tables)
