# SPDX-License-Identifier: Apache-2.0
"""Writes docs/rules.md again, from the sources of the rules.

./bazelw run //docs:update
"""

from __future__ import annotations

import pathlib

from absl import flags

from docs import rule_docs
from tools import command

_EXTRACTED = flags.DEFINE_string(
    "extracted", None, "What starlark_doc_extract wrote, as text.", required=True
)


def main() -> None:
    workspace = command.workspace(rule_docs.UPDATE_COMMAND)
    path = workspace / "docs" / "rules.md"
    command.write_files({path: rule_docs.render(pathlib.Path(_EXTRACTED.value).read_text())})
    print(f"Wrote {path.relative_to(workspace)}")


if __name__ == "__main__":
    command.run(main, rule_docs.DocsError)
