# SPDX-License-Identifier: Apache-2.0
import json
import pathlib

import pytest

from tools.remote_cache import build_events


def _events(path: pathlib.Path, *events: dict) -> pathlib.Path:
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


def _metrics(**counts: int) -> dict:
    runners = [{"name": n.replace("_", " "), "count": c} for n, c in counts.items()]
    return {
        "id": {"buildMetrics": {}},
        "buildMetrics": {"actionSummary": {"runnerCount": runners}},
    }


def _test(label: str, status: str) -> dict:
    return {"id": {"testSummary": {"label": label}}, "testSummary": {"overallStatus": status}}


def test_what_was_found_and_what_was_executed(tmp_path):
    work = build_events.read(
        _events(
            tmp_path / "events.json",
            {"id": {"started": {}}, "started": {}},
            _test("//a:test", "PASSED"),
            _test("//b:test", "FAILED"),
            _metrics(total=17, internal=4, remote_cache_hit=10, sandbox=2, local=1),
        )
    )
    assert work.hits == 10
    assert work.executed == {"sandbox": 2, "local": 1}
    assert work.misses == 3
    assert work.tests == {"//a:test": "PASSED", "//b:test": "FAILED"}
    assert work.tests_passed == 1


def test_a_local_cache_is_not_the_remote_one(tmp_path):
    work = build_events.read(_events(tmp_path / "events.json", _metrics(total=2, disk_cache_hit=2)))
    assert (work.hits, work.misses) == (0, 2)


def test_a_build_that_did_not_end(tmp_path):
    path = _events(tmp_path / "events.json", {"id": {"started": {}}, "started": {}})
    with pytest.raises(ValueError, match=r"events\.json: has no metrics"):
        build_events.read(path)
