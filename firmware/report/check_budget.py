# SPDX-License-Identifier: Apache-2.0
"""Whether a report's figures are within their budgets: the program of firmware_budget_test."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Mapping

from absl import flags

from tools import command

_REPORT = flags.DEFINE_string("report", None, "The JSON of a firmware_report.", required=True)
_LIMITS = {
    name: flags.DEFINE_integer(name, 0, f"The most {what}; 0: any.", lower_bound=0)
    for name, what in {
        "flash_bytes": "bytes of flash",
        "ram_bytes": "bytes of memory",
        "stack_bytes": "bytes of the stack",
        "instructions": "instructions an inference",
    }.items()
}


def used(report: Mapping) -> dict[str, int]:
    """Finds what the budgets are for.

    Args:
      report: of firmware_report.

    Returns:
      Each budget's name to what is used.
    """
    return {
        "flash_bytes": report["flash"]["bytes"],
        "ram_bytes": report["ram"]["bytes"],
        "stack_bytes": report["ram"]["stack_peak"],
        "instructions": report["instructions"]["inference"],
    }


def compare(figures: Mapping[str, int], limits: Mapping[str, int]) -> tuple[list[str], bool]:
    """Compares figures with their budgets.

    Args:
      figures: each budget's name to what is used.
      limits: each budget's name to the most that is allowed; 0: any.

    Returns:
      A line for each budget, and whether all are kept.
    """
    lines, kept = [], True
    for name, limit in limits.items():
        if not limit:
            continue
        line = f"{name}: used {figures[name]:,}, limit {limit:,}"
        if figures[name] > limit:
            kept = False
            line += f": {figures[name] - limit:,} too many"
        lines.append(line)
    return lines, kept


def main() -> None:
    report = json.loads(pathlib.Path(_REPORT.value).read_text())
    lines, kept = compare(used(report), {name: flag.value for name, flag in _LIMITS.items()})
    print(f"{report['model']} on {report['environment']}")
    print("\n".join(lines))
    if not kept:
        raise command.CommandError(f"{report['label']} is over budget")


if __name__ == "__main__":
    command.run(main)
