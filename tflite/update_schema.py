# SPDX-License-Identifier: Apache-2.0
"""Writes tflite/schema.py again.

./bazelw run //tflite:update_schema
"""

from __future__ import annotations

import os
import pathlib

from tflite import generated_schema
from tools import command


def main() -> None:
    workspace = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if not workspace:
        raise command.CommandError("run it as `./bazelw run //tflite:update_schema`")
    path = pathlib.Path(workspace) / "tflite" / "schema.py"
    text = generated_schema.render(*generated_schema.generated_code())
    command.write_files({path: text})
    print(f"Wrote {path.relative_to(workspace)}")


if __name__ == "__main__":
    command.run(main, generated_schema.SchemaError)
