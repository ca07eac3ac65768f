# SPDX-License-Identifier: Apache-2.0
"""The figures of a build as flat JSON: what //:compare compares, and what the page shows."""

from __future__ import annotations

import numpy as np

from report.chain import ENGINES, Chain
from report.sections import instructions, memory, sizes

FORMAT = 1
"""Raised if the same name comes to mean something else."""

Number = int | float


def of(chain: Chain) -> dict[str, object]:
    """Makes the summary.

    Args:
      chain: the figures.

    Returns:
      `format`, and `groups`: by a group's name what it is (`unit`, and `better`: "less" or "more")
      and its `figures` by name.
    """
    groups: dict[str, dict[str, object]] = {}

    def group(name: str, unit: str, better: str, figures: dict[str, Number]) -> None:
        groups[name] = {"unit": unit, "better": better, "figures": figures}

    group("accuracy", "images right", "more", {e: chain.correct(e) for e in ENGINES})
    group(
        "agreement",
        "images with the scores of int8",
        "more",
        {
            engine: int(np.sum((chain.scores[engine] == chain.scores["int8"]).all(axis=1)))
            for engine in ("tflm", "compiled")
        },
    )
    losses = chain.history["loss"]
    group("training", "loss of the last epoch", "less", {"loss": round(losses[-1], 6)})
    if chain.history["held_out"] is not None:
        group(
            "held_out",
            "share right",
            "more",
            {"accuracy": round(chain.history["held_out"], 6)},
        )
    files = {size.key: size.bytes for size in sizes.sizes(chain) if size.where == "file"}
    group(
        "sizes",
        "B",
        "less",
        files | {"compiled_constants": chain.compiler["flash"]},
    )
    group(
        "memory",
        "B",
        "less",
        {
            "tflm_arena_on_host": chain.arena["arena_size"],
            "tflm_plan": memory.plan_of_tflm(chain).bytes,
            "compiled_working_memory": memory.plan_of_compiler(chain).bytes,
        },
    )
    measured: dict[str, dict[str, Number]] = {
        name: {} for name in ("instructions", "cycles", "flash", "arena", "ram")
    }
    operators: dict[str, Number] = {}
    for report in chain.firmware:
        model = report["model"].removesuffix(".tflite").removesuffix("_quantized")
        key = f"{model}/{report['core']}/{report['kernels']}"
        measured["instructions"][key] = report["instructions"]["inference"]
        measured["cycles"][key] = report["estimated_cycles"]["inference"]
        measured["flash"][key] = report["flash"]["bytes"]
        measured["arena"][key] = report["ram"]["arena"]
        measured["ram"][key] = report["ram"]["bytes"]
    for report in chain.mnist_reports():
        for name, count in instructions.by_operator(report).items():
            operators[f"{report['core']}/{report['kernels']}/{name}"] = count
    for name, figures in measured.items():
        unit = {"instructions": "instructions", "cycles": "cycles, estimated"}.get(name, "B")
        group(name, unit, "less", dict(sorted(figures.items())))
    group("operators", "instructions", "less", dict(sorted(operators.items())))
    return {"format": FORMAT, "tflm": chain.tflm, "groups": groups}
