# SPDX-License-Identifier: Apache-2.0
"""Checks the types of all our Python by mypy, as pyproject.toml says.

./bazelw run //tools/types

Third-party packages count as untyped: those of two TensorFlows can't be in one process. Exit code
1 if there is a finding.
"""

from __future__ import annotations

import os
import sys
import tempfile

from mypy import api


def main() -> int:
    workspace = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if not workspace:
        sys.exit("types: run it as `./bazelw run //tools/types`")
    os.chdir(workspace)
    with tempfile.TemporaryDirectory() as cache:
        out, errors, status = api.run([f"--cache-dir={cache}", "."])
    print(out + errors, end="", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
