"""Makes the hash locks requirements_*.txt again from requirements_*.in.

`./bazelw run //third_party/python:lock` keeps the locked versions where the .in files allow it;
`-- --upgrade` takes the newest. Network: the package index that pip is configured with.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

from absl import app, flags

from tools import wheel_program

_UV_WHEEL = flags.DEFINE_string("uv_wheel", None, "The wheel of uv.", required=True)
_UPGRADE = flags.DEFINE_bool("upgrade", False, "Take the newest versions that the .in files allow.")

_COMMAND = "./bazelw run //third_party/python:lock"


def main(argv: list[str]) -> None:
    if len(argv) > 1:
        sys.exit(f"lock: unexpected argument {argv[1]!r}")
    workspace = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if not workspace:
        sys.exit(f"lock: run it as `{_COMMAND}`")
    folder = pathlib.Path(workspace) / "third_party" / "python"
    with wheel_program.extracted(_UV_WHEEL.value, "uv") as uv:
        lock_all(uv, folder)


def lock_all(uv: pathlib.Path, folder: pathlib.Path) -> None:
    """Locks every requirements_*.in of a folder.

    Args:
      uv: the program.
      folder: where the files are.
    """
    for source in sorted(folder.glob("requirements_*.in")):
        print(f"locking {source.name}", file=sys.stderr, flush=True)
        command = [
            str(uv),
            "pip",
            "compile",
            "--quiet",
            "--generate-hashes",
            "--no-emit-index-url",
            "--no-emit-find-links",
            "--python-version=3.11",
            "--python-platform=x86_64-unknown-linux-gnu",
            f"--custom-compile-command={_COMMAND}",
            f"--output-file={source.with_suffix('.txt').name}",
            source.name,
        ]
        if _UPGRADE.value:
            command.append("--upgrade")
        status = subprocess.run(command, cwd=folder, check=False).returncode
        if status:
            sys.exit(f"lock: uv failed on {source.name} with exit status {status} (see above)")


if __name__ == "__main__":
    app.run(main)
