# SPDX-License-Identifier: Apache-2.0
"""Fits costs of functions on each core to what was counted; writes aot/costs/coefficients.json.

./bazelw run //tests/costs:update
"""

from __future__ import annotations

import json
import pathlib

from absl import flags

from aot.costs import fitting
from tests.costs import calibrated_models
from tools import command

_COUNTS = flags.DEFINE_list(
    "counts", None, "core:set:path of what was counted, each.", required=True
)
_COMPILER = flags.DEFINE_string("compiler", None, "The C compiler of the programs.", required=True)


# Cores that count as others do: they have the same instructions and get the same program.
_ALIKE = {"cortex_m7": "cortex_m4f", "cortex_m33": "cortex_m4f"}


def fit(counted: list[tuple[str, str, pathlib.Path]], compiler: str) -> dict:
    """Fits the coefficients of all cores.

    Args:
      counted: core, set of models (see `calibrated_models.compiled`), and the file with the counts;
        a core's usual target comes first.
      compiler: the C compiler, and its flags.

    Returns:
      What the file says.
    """
    models = {
        name: calibrated_models.compiled(name)
        for name in dict.fromkeys(name for _, name, _ in counted)
    }
    cores: dict[str, dict] = {}
    for core in dict.fromkeys(core for core, _, _ in counted):
        layers: list[fitting.Layer] = []
        targets = []
        for _, name, path in (one for one in counted if one[0] == core):
            counts = json.loads(path.read_text(encoding="utf-8"))
            layers += calibrated_models.layers(models[name], counts)
            targets.append(name.rpartition("_")[0])
        cores[core] = {"target": targets[0], "functions": fitting.fit(layers)}
    for core, other in _ALIKE.items():
        cores[core] = {"target": cores[other]["target"], "as": other}
    return {"compiler": compiler, "cores": dict(sorted(cores.items()))}


def main() -> None:
    workspace = command.workspace("//tests/costs:update")
    path = workspace / "aot" / "costs" / "coefficients.json"
    counted = [tuple(one.split(":", 2)) for one in _COUNTS.value]
    table = fit([(core, name, pathlib.Path(file)) for core, name, file in counted], _COMPILER.value)
    command.write_files({path: command.json_text(table)})
    print(f"Wrote {path.relative_to(workspace)}")


if __name__ == "__main__":
    command.run(main)
