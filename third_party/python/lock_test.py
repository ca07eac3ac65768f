# SPDX-License-Identifier: Apache-2.0
"""The locks on file, and how wheels are described."""

import json
import pathlib
import re
import zipfile

import pytest
from packaging import requirements

from third_party.python import lock

_FOLDER = pathlib.Path("third_party/python")
_HUBS = sorted(path.stem.removeprefix("requirements_") for path in _FOLDER.glob("*.in"))


@pytest.mark.parametrize("hub", _HUBS)
def test_both_locks_of_a_hub_agree(hub):
    text = (_FOLDER / f"requirements_{hub}.txt").read_text()
    resolved = {
        match[1]: (match[2], set(re.findall(r"sha256:([0-9a-f]{64})", match[3])))
        for match in re.finditer(r"^([\w.-]+)==(\S+) ((?:\\\n +--hash=\S+ ?)+)", text, re.MULTILINE)
    }
    wheels = json.loads((_FOLDER / f"wheels_{hub}.json").read_text())
    assert set(wheels) == set(resolved)
    for package, wheel in wheels.items():
        version, hashes = resolved[package]
        assert wheel["version"] == version
        assert wheel["sha256"] in hashes
        assert set(wheel["requires"]) <= set(wheels)


def test_every_hub_is_tested():
    assert {"convert", "light", "train"} <= set(_HUBS)


def _wheel(folder: pathlib.Path, name: str, needs: list[str], programs: tuple[str, ...] = ()):
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        lines = ["Metadata-Version: 2.1", f"Name: {name}", "Version: 1.0"]
        lines += [f"Requires-Dist: {need}" for need in needs]
        archive.writestr(f"{name}-1.0.dist-info/METADATA", "\n".join(lines) + "\n")
        archive.writestr(f"{name}/_vendor/x-1.dist-info/METADATA", "Name: x\n")
        for program in programs:
            archive.writestr(f"{name}-1.0.data/scripts/{program}", "")
    return path


def test_requirements_hold_by_platform_and_extra(tmp_path):
    needs = ["b", 'c; sys_platform == "win32"', 'd; extra == "more"', 'b[plus]; extra == "more"']
    wheels = [
        _wheel(tmp_path, "a", needs, ("run",)),
        _wheel(tmp_path, "b", ['e; extra == "plus"']),
        _wheel(tmp_path, "d", []),
        _wheel(tmp_path, "e", []),
    ]
    plain = lock.describe_wheels(wheels, [requirements.Requirement("a")])
    assert plain["a"]["requires"] == ["b"]
    assert plain["a"]["programs"] == ["run"]
    assert plain["b"]["requires"] == []
    more = lock.describe_wheels(wheels, [requirements.Requirement("a[more]")])
    assert more["a"]["requires"] == ["b", "d"]
    assert more["b"]["requires"] == ["e"]


def test_a_requirement_that_is_not_locked(tmp_path):
    with pytest.raises(KeyError, match="a needs b, which is not locked"):
        lock.describe_wheels([_wheel(tmp_path, "a", ["b"])], [])
