# SPDX-License-Identifier: Apache-2.0
"""Writes the table of predictions in docs/compiled_models.md again.

./bazelw run //tests/costs:update_table
"""

from __future__ import annotations

import pathlib

from absl import flags

from aot.costs import report
from tests.costs import table
from tools import command, page

_REPORTS = flags.DEFINE_string("reports", None, "The files of the reports.", required=True)
_MODELS = flags.DEFINE_string("models", None, "The files of the models.", required=True)


def main() -> None:
    workspace = command.workspace(table.UPDATE_COMMAND)
    path = workspace / "docs" / "compiled_models.md"
    models = {pathlib.Path(file).name: pathlib.Path(file) for file in _MODELS.value.split()}
    reports = [
        table.compared(pathlib.Path(file), models)
        for file in _REPORTS.value.split()
        if file.endswith(".json")
    ]
    text = page.replace_section(
        path.read_text(encoding="utf-8"),
        table.SECTION,
        table.UPDATE_COMMAND,
        table.section(reports),
    )
    command.write_files({path: text})
    print(f"Wrote {path.relative_to(workspace)}")


if __name__ == "__main__":
    command.run(main, page.PageError, report.ReportError)
