# SPDX-License-Identifier: Apache-2.0
"""Sets the budgets to what is used now, with the TFLM that is linked.

  ./bazelw run //tests/budgets:update

Look at what it changes in tests/budgets/budgets.json, and say in the commit why it is right.
"""

from __future__ import annotations

import json
import os
import pathlib

from absl import flags

from tests.budgets import budgets
from tools import command

_PROGRAM = flags.DEFINE_string("program", None, "mnist_micro.", required=True)
_FLOAT32 = flags.DEFINE_string("float32_model", None, "The float32 .tflite file.", required=True)
_INT8 = flags.DEFINE_string("int8_model", None, "The int8 .tflite file.", required=True)


def main() -> None:
    workspace = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if not workspace:
        raise command.CommandError(f"run it as `{budgets.UPDATE_COMMAND}`")
    path = pathlib.Path(workspace) / "tests" / "budgets" / "budgets.json"
    limits = json.loads(path.read_text()) if path.exists() else {}
    program = pathlib.Path(_PROGRAM.value).resolve()
    source = budgets.tflm_source(program)
    limits[source] = budgets.with_headroom(
        budgets.measure(program, pathlib.Path(_FLOAT32.value), pathlib.Path(_INT8.value))
    )
    command.write_files({path: command.json_text(limits)})
    print(f"Set the budgets with TFLM of {source} in {path.relative_to(workspace)}")


if __name__ == "__main__":
    command.run(main, ValueError)
