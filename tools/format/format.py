# SPDX-License-Identifier: Apache-2.0
"""Formats and lints every source file that git knows of.

Licence lines, buildifier, clang-format, ruff; links between Markdown pages, which are only checked.

./bazelw run //tools/format              # mends
./bazelw run //tools/format -- --check   # only says what it would mend; exit code 1 if anything
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import clang_format
from absl import app, flags

from tools.format import licence_lines, links

_BUILDIFIER = flags.DEFINE_string("buildifier", None, "The buildifier program.", required=True)
_RUFF = flags.DEFINE_string("ruff", None, "The ruff program.", required=True)
_CHECK = flags.DEFINE_bool("check", False, "Change nothing; exit with 1 if something is wrong.")


def sources(workspace: pathlib.Path, *patterns: str) -> list[str]:
    """Lists the files that git tracks or would track.

    Args:
      workspace: the repository's root.
      *patterns: git path specs, e.g. "*.py".

    Returns:
      Paths relative to the workspace, sorted; those deleted in the work tree are left out.
    """
    out = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=workspace,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sorted({line for line in out.splitlines() if (workspace / line).is_file()})


def commands(ruff: str, buildifier: str, workspace: pathlib.Path, check: bool) -> list[list[str]]:
    """Puts together the commands to run.

    Args:
      ruff: the program.
      buildifier: the program.
      workspace: the repository's root.
      check: whether to only check.

    Returns:
      Command lines.
    """
    python = sources(workspace, "*.py")
    cc = sources(workspace, "*.cc", "*.h", "*.c")
    bazel = sources(workspace, "*.bazel", "*.bzl")
    clang = str(pathlib.Path(clang_format.__file__).parent / "data" / "bin" / "clang-format")
    return [
        [ruff, "check", "--quiet", "--no-cache", *([] if check else ["--fix"]), *python],
        [ruff, "format", "--quiet", "--no-cache", *(["--diff"] if check else []), *python],
        [clang, *(["--dry-run", "--Werror"] if check else ["-i"]), *cc],
        [
            buildifier,
            f"--mode={'diff' if check else 'fix'}",
            f"--lint={'warn' if check else 'fix'}",
            # rules_shell is in neither set of modules: the built-in sh_test serves.
            "--warnings=-module-docstring,-native-sh-test",
            *bazel,
        ],
    ]


def main(argv: list[str]) -> None:
    if len(argv) > 1:
        sys.exit(f"format: unexpected argument {argv[1]!r}")
    root = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if not root:
        sys.exit("format: run it as `./bazelw run //tools/format`")
    workspace = pathlib.Path(root)
    buildifier = str(pathlib.Path(_BUILDIFIER.value).resolve())
    ruff = str(pathlib.Path(_RUFF.value).resolve())
    failed = []
    files = sources(workspace, *licence_lines.PATTERNS)
    lacking = licence_lines.mend(workspace, files, _CHECK.value)
    if _CHECK.value and lacking:
        print("\n".join(f"{name}: has no licence line" for name in lacking), file=sys.stderr)
        failed.append("licence lines")
    for command in commands(ruff, buildifier, workspace, _CHECK.value):
        name = " ".join([pathlib.Path(command[0]).name, *command[1:2]])
        if subprocess.run(command, cwd=workspace, check=False).returncode:
            failed.append(name)
    dead = links.broken(workspace, sources(workspace, "*.md"))
    if failed:
        hint = ": `./bazelw run //tools/format` mends it" if _CHECK.value else ""
        print(f"format: not clean by {', '.join(failed)}{hint}", file=sys.stderr)
    if dead:
        print("\n".join([*dead, "format: mend these links by hand"]), file=sys.stderr)
    if failed or dead:
        sys.exit(1)
    print("format: clean", file=sys.stderr)


if __name__ == "__main__":
    app.run(main)
