# SPDX-License-Identifier: Apache-2.0
"""Makes the locks of the Python hubs again, from requirements_*.in.

requirements_*.txt is what uv resolves, with the hashes of every platform's files. wheels_*.json is
what Bazel unpacks: the wheels of this platform, each with the packages it needs and its programs.

`./bazelw run //third_party/python:lock` keeps the locked versions if the .in files allow it;
`-- --upgrade` takes the newest. Network: the package index that pip is configured with.
"""

from __future__ import annotations

import email.parser
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Mapping

from absl import app, flags
from packaging import requirements, utils

from tools import command

_UV = flags.DEFINE_string("uv", None, "The program uv.", required=True)
_UPGRADE = flags.DEFINE_bool("upgrade", False, "Take the newest versions that the .in files allow.")

_COMMAND = "./bazelw run //third_party/python:lock"


def main(argv: list[str]) -> None:
    if len(argv) > 1:
        sys.exit(f"lock: unexpected argument {argv[1]!r}")
    workspace = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if not workspace:
        sys.exit(f"lock: run it as `{_COMMAND}`")
    uv = pathlib.Path(_UV.value).resolve()
    folder = pathlib.Path(workspace) / "third_party" / "python"
    for source in sorted(folder.glob("requirements_*.in")):
        print(f"locking {source.name}", file=sys.stderr, flush=True)
        lock = resolve(uv, source)
        with tempfile.TemporaryDirectory() as wheels:
            download(lock, pathlib.Path(wheels))
            locked = describe_wheels(pathlib.Path(wheels).iterdir(), asked_for(source))
        name = source.stem.replace("requirements_", "wheels_")
        command.write_files({folder / f"{name}.json": command.json_text(locked)})


def resolve(uv: pathlib.Path, source: pathlib.Path) -> pathlib.Path:
    """Resolves the requirements of one hub.

    Args:
      uv: the program.
      source: a requirements_*.in.

    Returns:
      The requirements_*.txt beside it.
    """
    lock = source.with_suffix(".txt")
    arguments = [
        "pip",
        "compile",
        "--quiet",
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-emit-find-links",
        "--python-version=3.11",
        "--python-platform=x86_64-unknown-linux-gnu",
        f"--custom-compile-command={_COMMAND}",
        f"--output-file={lock.name}",
        source.name,
    ]
    if _UPGRADE.value:
        arguments.append("--upgrade")
    _run([str(uv), *arguments], source)
    return lock


def download(lock: pathlib.Path, folder: pathlib.Path) -> None:
    """Downloads the wheels of a lock for this machine, their hashes checked by pip.

    Args:
      lock: a requirements_*.txt.
      folder: where to.
    """
    options = ["--quiet", "--disable-pip-version-check", "download", "--no-deps"]
    options += ["--only-binary=:all:", "--require-hashes", f"--dest={folder}", "--requirement"]
    # The machine's own: the toolchain's Python has no pip.
    _run(["python3.11", "-m", "pip", *options, str(lock)], lock)


def _run(arguments: list[str], about: pathlib.Path) -> None:
    status = subprocess.run(arguments, cwd=about.parent, check=False).returncode
    if status:
        name = pathlib.Path(arguments[0]).name
        sys.exit(f"lock: {name} failed on {about.name} with exit status {status} (see above)")


def asked_for(source: pathlib.Path) -> list[requirements.Requirement]:
    """Reads the requirements of a requirements_*.in.

    Args:
      source: the file.

    Returns:
      Its requirements.
    """
    lines = (line.partition("#")[0].strip() for line in source.read_text().splitlines())
    return [requirements.Requirement(line) for line in lines if line]


def describe_wheels(
    wheels: Iterable[pathlib.Path], asked: Iterable[requirements.Requirement]
) -> dict[str, dict[str, object]]:
    """Describes wheels that belong together.

    Args:
      wheels: their files.
      asked: what was asked for from outside, which may name extras.

    Returns:
      By package name: `version`, `sha256`, `requires` (the packages it needs on this platform,
      with the extras that anyone asks for) and `programs` (file names).

    Raises:
      KeyError: a wheel needs a package that is not among them.
    """
    described: dict[str, dict[str, object]] = {}
    needs: dict[str, list[requirements.Requirement]] = {}
    for wheel in sorted(wheels):
        package, version, _, _ = utils.parse_wheel_filename(wheel.name)
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
            # At the top: deeper ones are those of vendored packages.
            (metadata,) = [n for n in names if n.endswith("/METADATA") and n.count("/") == 1]
            headers = email.parser.BytesParser().parsebytes(
                archive.read(metadata), headersonly=True
            )
        needs[package] = [
            requirements.Requirement(line) for line in headers.get_all("Requires-Dist", [])
        ]
        described[package] = {
            "version": str(version),
            "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
            "programs": sorted(pathlib.PurePath(n).name for n in names if ".data/scripts/" in n),
        }
    extras = _extras(needs, asked)
    for name, entry in described.items():
        requires: set[str] = {
            utils.canonicalize_name(need.name)
            for need in needs[name]
            if _applies(need, extras[name])
        }
        entry["requires"] = sorted(requires)
        if missing := requires - set(described):
            raise KeyError(f"{name} needs {', '.join(sorted(missing))}, which is not locked")
    return described


def _applies(need: requirements.Requirement, extras: Iterable[str]) -> bool:
    """Whether a requirement applies on this platform, with any of the extras or with none."""
    return need.marker is None or any(
        need.marker.evaluate({"extra": extra}) for extra in ("", *extras)
    )


def _extras(
    needs: Mapping[str, list[requirements.Requirement]],
    asked: Iterable[requirements.Requirement],
) -> dict[str, set[str]]:
    """The extras of each package that anyone asks for, which may ask for further ones."""
    extras: dict[str, set[str]] = {package: set() for package in needs}
    for need in asked:
        extras[utils.canonicalize_name(need.name)] |= need.extras
    while True:
        before = sum(map(len, extras.values()))
        for package, own in needs.items():
            for need in own:
                name = utils.canonicalize_name(need.name)
                if need.extras and name in extras and _applies(need, extras[package]):
                    extras[name] |= need.extras
        if sum(map(len, extras.values())) == before:
            return extras


if __name__ == "__main__":
    app.run(main)
