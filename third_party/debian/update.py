# SPDX-License-Identifier: Apache-2.0
r"""Writes what Debian's mirror has now to the packages.json of each repository: versions, hashes.

  ./bazelw run //third_party/debian:update

A mirror keeps one version of a package. After a point release of Debian it has another one, and
then a machine that has not downloaded the old one can't fetch it any more. The set of packages
stays as it is: a new dependency is added by hand.

Exit code 2 and one line on stderr for files that can't be read or written, or a package that the
mirror does not have.
"""

from __future__ import annotations

import json
import pathlib
import subprocess
import tempfile
from collections.abc import Mapping, Sequence

from absl import flags

from tools import command

_SCRIPT = command.input_file("script", None, "tools/bootstrap/debian_packages.sh.", required=True)
_LOCKS = flags.DEFINE_multi_string(
    "lock", None, "A packages.json, from the root of the repository.", required=True
)

_ASK = """
. "$0"
debian_open "$1" "$2"
shift 2
apt-cache show --no-all-versions "$@"
"""


def parse_records(text: str) -> dict[str, tuple[str, str]]:
    """Reads what `apt-cache show` prints.

    Args:
      text: paragraphs of `Field: value` lines, with empty lines between them.

    Returns:
      Version and SHA-256 by the package's name, of the first paragraph of each.
    """
    records: dict[str, tuple[str, str]] = {}
    for paragraph in text.split("\n\n"):
        pairs = (line.split(": ", 1) for line in paragraph.splitlines() if not line.startswith(" "))
        fields = {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
        if {"Package", "Version", "SHA256"} <= fields.keys():
            records.setdefault(fields["Package"], (fields["Version"], fields["SHA256"]))
    return records


def renewed(lock: Mapping[str, object], records: Mapping[str, tuple[str, str]]) -> str:
    """Makes a lock again.

    Args:
      lock: a packages.json.
      records: version and SHA-256 by the package's name.

    Returns:
      The text of the new packages.json.

    Raises:
      KeyError: a package has no record.
    """
    packages = lock["packages"]
    assert isinstance(packages, Sequence)
    new = [
        {
            "name": package["name"],
            "version": records[package["name"]][0],
            "sha256": records[package["name"]][1],
        }
        for package in packages
    ]
    return json.dumps({"suite": lock["suite"], "packages": new}, indent=2) + "\n"


def ask(script: pathlib.Path, suite: str, names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Asks the mirror for the newest version of packages.

    Args:
      script: tools/bootstrap/debian_packages.sh.
      suite: e.g. "bookworm".
      names: of the packages.

    Returns:
      Version and SHA-256 by name.

    Raises:
      command.CommandError: apt failed.
    """
    with tempfile.TemporaryDirectory() as state:
        try:
            asked = subprocess.run(
                ["bash", "-euc", _ASK, str(script), state, suite, *names],
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError as error:
            raise command.CommandError(f"bash: cannot be run: {error.strerror}") from error
    if asked.returncode:
        reason = asked.stderr.strip().splitlines() or ["apt-cache failed"]
        raise command.CommandError(f"{suite}: {reason[-1]}")
    return parse_records(asked.stdout)


def main() -> None:
    workspace = command.workspace("./bazelw run //third_party/debian:update")
    texts = {}
    for name in _LOCKS.value:
        path = workspace / name
        try:
            lock = json.loads(path.read_bytes())
        except OSError as error:
            raise command.CommandError(f"{path}: cannot be read: {error.strerror}") from error
        names = [package["name"] for package in lock["packages"]]
        print(f"{name}: asking for {len(names)} packages", flush=True)
        records = ask(_SCRIPT.value.absolute(), lock["suite"], names)
        missing = sorted(set(names) - records.keys())
        if missing:
            raise command.CommandError(f"{name}: the mirror has no {missing[0]} in {lock['suite']}")
        texts[path] = renewed(lock, records)
        old = {package["name"]: package["version"] for package in lock["packages"]}
        for package in sorted(names):
            if records[package][0] != old[package]:
                print(f"  {package}: {old[package]} -> {records[package][0]}")
    command.write_files(texts)


if __name__ == "__main__":
    command.run(main)
