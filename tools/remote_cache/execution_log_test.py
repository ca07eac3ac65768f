# SPDX-License-Identifier: Apache-2.0
import json
import pathlib

import pytest

from tools.remote_cache import execution_log


def _spawn(output: str, *, cached: bool, **changes: object) -> dict:
    return {
        "commandArgs": ["tool", "--fast"],
        "environmentVariables": [{"name": "PATH", "value": "/bin"}],
        "platform": {"properties": [{"name": "pool", "value": "x"}]},
        "inputs": [
            {"path": "a.txt", "digest": {"hash": "aa", "sizeBytes": "2"}},
            {"path": "link", "symlinkTargetPath": "a.txt"},
        ],
        "listedOutputs": [output],
        "targetLabel": "//a:b",
        "mnemonic": "Genrule",
        "runner": "remote cache hit" if cached else "linux-sandbox",
        "cacheHit": cached,
        **changes,
    }


def _log(path: pathlib.Path, *spawns: dict) -> pathlib.Path:
    # As Bazel writes it: indented objects, one after the other.
    path.write_text("\n".join(json.dumps(spawn, indent=2) for spawn in spawns))
    return path


def test_each_kind_of_difference_is_named(tmp_path):
    first = _log(
        tmp_path / "first.json",
        *(_spawn(name, cached=False) for name in ("hit", "argument", "variable", "input", "same")),
    )
    second = _log(
        tmp_path / "second.json",
        _spawn("hit", cached=True),
        _spawn("argument", cached=False, commandArgs=["tool", "--slow"]),
        _spawn("variable", cached=False, environmentVariables=[{"name": "TZ", "value": "X"}]),
        _spawn(
            "input",
            cached=False,
            inputs=[{"path": "a.txt", "digest": {"hash": "bb", "sizeBytes": "2"}}],
        ),
        _spawn("same", cached=False),
        _spawn("new", cached=False),
    )
    assert execution_log.explain(first, second) == [
        "//a:b (Genrule): executed again",
        "  argument 1: '--fast', then '--slow'",
        "//a:b (Genrule): executed again",
        "  variable PATH: '/bin', then absent",
        "  variable TZ: absent, then 'X'",
        "//a:b (Genrule): executed again",
        "  input a.txt: 'aa/2', then 'bb/2'",
        "  input link: 'a.txt', then absent",
        "//a:b (Genrule): executed again",
        "  nothing differs: its result was not kept, or not found, by the server",
        "//a:b (Genrule): executed again",
        "  the first build had no such action",
    ]


def test_a_log_of_many_chunks(tmp_path):
    inputs = [
        {"path": f"input/{number}", "digest": {"hash": "c" * 64, "sizeBytes": "1"}}
        for number in range(20_000)
    ]
    path = _log(
        tmp_path / "log.json",
        *(_spawn(str(number), cached=True, inputs=inputs) for number in range(3)),
    )
    assert path.stat().st_size > 3 << 20
    spawns = list(execution_log.read(path))
    assert [spawn.outputs for spawn in spawns] == [("0",), ("1",), ("2",)]
    assert spawns[1].ingredients["input input/19999"] == "c" * 64 + "/1"


@pytest.mark.parametrize("text", ["{", "no log", '{"commandArgs": []}\n{"inputs"'])
def test_no_log_or_half_a_log(tmp_path, text):
    path = tmp_path / "log.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"log\.json: is not an execution log"):
        list(execution_log.read(path))
