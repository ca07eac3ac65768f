# SPDX-License-Identifier: Apache-2.0
"""Writes the README's pictures of the page again: docs/report_light.png and docs/report_dark.png.

./bazelw run //report:update_pictures

Exit code 2 and one line on stderr if something that they show could not be measured here.
"""

from __future__ import annotations

import pathlib

from absl import flags

from report.pictures import PALETTES
from tools import command

_PICTURES = flags.DEFINE_list("pictures", None, "What the build made.", required=True)


def main() -> None:
    workspace = command.workspace("./bazelw run //report:update_pictures")
    files: dict[str | pathlib.Path, bytes | str] = {}
    for name in _PICTURES.value:
        path = pathlib.Path(name)
        files[workspace / "docs" / path.name] = path.read_bytes()
    if len(files) != len(PALETTES):
        raise command.CommandError(f"--pictures needs {len(PALETTES)} files")
    command.write_files(files)
    for written in files:
        print(f"Wrote {pathlib.Path(written).relative_to(workspace)}")


if __name__ == "__main__":
    command.run(main)
