# SPDX-License-Identifier: Apache-2.0
"""Takes down what every seed and instruction set gives, and sets the tests' thresholds by it.

  ./bazelw run //tests/seeds:update

It trains as often as BUILD.bazel says, which takes long. Run it after a change of the recipe, look
at what it changes in measured.json and least.bzl, and say in the commit why it is right.
"""

from __future__ import annotations

import json
import os
import pathlib
import re

from absl import flags

from tests.seeds import thresholds
from tools import command

_REPORTS = flags.DEFINE_multi_string(
    "report",
    None,
    "An accuracy report, named seed_SEED_INSTRUCTIONSET_accuracy.json.",
    required=True,
)
_SEEDS = flags.DEFINE_integer("seeds", None, "How many seeds seeds_test averages.", required=True)


def measured(report: pathlib.Path) -> thresholds.Training:
    """Reads an accuracy report.

    Args:
      report: the file; its name says what was trained.

    Returns:
      `seed`, `instruction_set`, and how many images are right: `float32`, `int8`.

    Raises:
      CommandError: it has another name.
    """
    name = re.fullmatch(r"seed_(\d+)_(\w+)_accuracy\.json", report.name)
    if not name:
        raise command.CommandError(f"{report}: is not named seed_SEED_INSTRUCTIONSET_accuracy.json")
    accuracy = json.loads(report.read_text())
    return {
        "seed": int(name[1]),
        "instruction_set": name[2],
        "float32": accuracy["tflite-float32"]["correct"],
        "int8": accuracy["tflite-int8"]["correct"],
    }


def main() -> None:
    workspace = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if not workspace:
        raise command.CommandError("run it as `./bazelw run //tests/seeds:update`")
    folder = pathlib.Path(workspace) / "tests" / "seeds"
    trainings = [measured(pathlib.Path(report)) for report in _REPORTS.value]
    constants = (folder / "least.bzl").read_text()
    for name, value in thresholds.derive(trainings, _SEEDS.value).items():
        constants = re.sub(rf"^{name} = .*$", f"{name} = {value}", constants, flags=re.MULTILINE)
        print(f"{name}: {value:,} of 10,000 images")
    lines = ",\n".join(f"  {json.dumps(training)}" for training in trainings)
    command.write_files(
        {folder / "measured.json": f"[\n{lines}\n]\n", folder / "least.bzl": constants}
    )


if __name__ == "__main__":
    command.run(main, ValueError)
