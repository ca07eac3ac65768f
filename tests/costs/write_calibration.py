# SPDX-License-Identifier: Apache-2.0
"""Writes the C of a program that runs the calibration's models: see calibrated_models.py.

Exit code 2 and one line on stderr for bad flags, or outputs that are not those that are needed.
"""

from __future__ import annotations

from absl import flags

from tests.costs import calibrated_models
from tools import command

_SET = flags.DEFINE_string(
    "set", None, "Which models: see calibrated_models.compiled.", required=True
)
_OUTPUT_DIR = command.output_folder("output_dir", None, "Where to.", required=True)
_MODELS = flags.DEFINE_list("models", None, "The models' names, to be sure.", required=True)


def main() -> None:
    compiled = calibrated_models.compiled(_SET.value)
    if list(compiled) != _MODELS.value:
        raise command.CommandError(
            f"the models of tests/costs/calibration.py are {','.join(compiled)}: list them in"
            " BUILD.bazel"
        )
    folder = _OUTPUT_DIR.value
    assert folder is not None
    files = {}
    for name, model in compiled.items():
        files[folder / f"{name}.h"] = model.sources.header
        files[folder / f"{name}.c"] = model.sources.source
    files[folder / "main.c"] = calibrated_models.program(compiled)
    command.write_files(files)


if __name__ == "__main__":
    command.run(main)
