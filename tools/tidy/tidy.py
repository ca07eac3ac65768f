# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy over our own C++ sources, by the configuration in .clang-tidy.

./bazelw run //tools/tidy                     # all of them
./bazelw run //tools/tidy -- host/flags.cc    # only these

It builds what they include, and takes each compiler's command line from Bazel. Exit code 1 if there
is a finding.
"""

from __future__ import annotations

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Sequence

import clang_tidy
from absl import app

FOLDERS = ("benchmarks", "host", "inference", "micro", "tests", "tflm")
"""Where our own C++ is."""


def compile_commands(actions: str, sources: Sequence[str], root: pathlib.Path) -> list[dict]:
    """Makes a compilation database.

    Args:
      actions: what `bazel aquery --output=jsonproto` prints of compilations.
      sources: our own files, relative to the workspace.
      root: Bazel's execution root, which the command lines are relative to.

    Returns:
      The entries, as https://clang.llvm.org/docs/JSONCompilationDatabase.html has them.
    """
    entries: dict[str, dict] = {}
    for action in json.loads(actions).get("actions", []):
        arguments = action["arguments"]
        if "-c" not in arguments:
            continue
        file = arguments[arguments.index("-c") + 1]
        # Of another configuration, for which nothing was built: its headers are not there.
        included = [a.removeprefix("-I") for a in arguments if "/_virtual_includes/" in a]
        built = all((root / folder).is_dir() for folder in included)
        if file in sources and built:
            # A warning that only gcc knows is not clang's.
            kept = [a for a in arguments if not a.startswith(("-Wno-", "-fno-canonical"))]
            entries[file] = {"directory": str(root), "file": file, "arguments": kept}
    return list(entries.values())


def _bazel(workspace: pathlib.Path, *arguments: str) -> str:
    command = [str(workspace / "bazelw"), *arguments]
    finished = subprocess.run(command, cwd=workspace, stdout=subprocess.PIPE, text=True)
    if finished.returncode:
        sys.exit(f"tidy: bazelw {arguments[0]} failed, see above")
    return finished.stdout


def main(argv: list[str]) -> None:
    workspace_name = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if not workspace_name:
        sys.exit("tidy: run it as `./bazelw run //tools/tidy`")
    workspace = pathlib.Path(workspace_name)
    asked = [os.path.relpath(workspace / name, workspace) for name in argv[1:]]
    sources = asked or sorted(
        str(path.relative_to(workspace))
        for folder in FOLDERS
        for path in (workspace / folder).rglob("*.cc")
    )
    for source in sources:
        if not (workspace / source).is_file():
            sys.exit(f"tidy: {source}: is not a file of the workspace")
    targets = " + ".join(f"//{folder}/..." for folder in FOLDERS)
    kinds = f'kind("cc_(library|binary|test)", {targets})'
    # Those that no pattern builds: some are wrong on purpose.
    kinds = f'({kinds} except attr(tags, "manual", {kinds}))'
    names = _bazel(workspace, "query", kinds, "--output=label").split()
    # Headers that the build generates.
    _bazel(workspace, "build", "--keep_going", "--skip_incompatible_explicit_targets", *names)
    actions = _bazel(workspace, "aquery", f'mnemonic("CppCompile", {kinds})', "--output=jsonproto")
    root = pathlib.Path(_bazel(workspace, "info", "execution_root").strip())
    commands = compile_commands(actions, sources, root)
    for source in set(asked) - {entry["file"] for entry in commands}:
        sys.exit(f"tidy: {source}: is not compiled by any target here")
    tidy = pathlib.Path(clang_tidy.__file__).parent / "data" / "bin" / "clang-tidy"
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "compile_commands.json").write_text(json.dumps(commands))

        def check(entry: dict) -> tuple[str, int, str]:
            finished = subprocess.run(
                [str(tidy), "--quiet", f"--config-file={workspace / '.clang-tidy'}", "-p", folder]
                + [str(root / entry["file"])],
                cwd=root,
                capture_output=True,
                text=True,
            )
            # On stderr it says how many warnings it has suppressed, or why it failed.
            failed = finished.returncode and not finished.stdout
            return (
                entry["file"],
                finished.returncode,
                finished.stderr if failed else finished.stdout,
            )

        found = 0
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as executor:
            for number, (file, status, text) in enumerate(executor.map(check, commands), 1):
                print(f"[{number} / {len(commands)}] {file}", file=sys.stderr, flush=True)
                print(text, end="")
                found += status != 0
    if found:
        sys.exit(f"tidy: findings in {found} of {len(commands)} files")
    print(f"tidy: {len(commands)} files without a finding", file=sys.stderr)


if __name__ == "__main__":
    app.run(main)
