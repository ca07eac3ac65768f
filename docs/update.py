# SPDX-License-Identifier: Apache-2.0
"""Writes docs/rules.md and docs/compiled_operators.md again, from rules and kernels.

./bazelw run //docs:update
"""

from __future__ import annotations

import pathlib

from absl import flags

from docs import operator_docs, rule_docs
from tools import command

_EXTRACTED = flags.DEFINE_string(
    "extracted", None, "What starlark_doc_extract wrote, as text.", required=True
)


def main() -> None:
    workspace = command.workspace(rule_docs.UPDATE_COMMAND)
    pages = {
        "rules.md": rule_docs.render(pathlib.Path(_EXTRACTED.value).read_text()),
        "compiled_operators.md": operator_docs.render(),
    }
    command.write_files({workspace / "docs" / name: text for name, text in pages.items()})
    for name in pages:
        print(f"Wrote docs/{name}")


if __name__ == "__main__":
    command.run(main, rule_docs.DocsError)
