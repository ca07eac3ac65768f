# SPDX-License-Identifier: Apache-2.0
"""What Bazel says of a build in its event file (--build_event_json_file)."""

from __future__ import annotations

import dataclasses
import json
import pathlib

_HIT = "remote cache hit"
_NO_WORK = ("total", "internal")
"""Not a kind of execution, and what Bazel does in its own process: no cache contains that."""


@dataclasses.dataclass(frozen=True)
class Work:
    """What became of a build's actions and tests.

    Attributes:
      hits: actions and tests whose result came from the remote cache.
      executed: those that were executed, by the runner's name.
      tests: status of each test that was asked for, by label.
    """

    hits: int
    executed: dict[str, int]
    tests: dict[str, str]

    @property
    def misses(self) -> int:
        """How many were executed."""
        return sum(self.executed.values())

    @property
    def tests_passed(self) -> int:
        """How many tests passed."""
        return sum(status == "PASSED" for status in self.tests.values())


def read(path: pathlib.Path) -> Work:
    """Reads the event file of one finished build.

    Args:
      path: the file.

    Returns:
      What became of its actions.

    Raises:
      ValueError: the file does not say it; for example, Bazel was stopped before its end.
      OSError: it can't be read.
    """
    counts: dict[str, int] | None = None
    tests = {}
    for line in path.read_text().splitlines():
        event = json.loads(line)
        if "testSummary" in event:
            label = event["id"]["testSummary"]["label"]
            tests[label] = event["testSummary"]["overallStatus"]
        if "buildMetrics" in event:
            runners = event["buildMetrics"]["actionSummary"].get("runnerCount", [])
            counts = {runner["name"]: runner["count"] for runner in runners}
    if counts is None:
        raise ValueError(f"{path}: has no metrics: was the build stopped before its end?")
    return Work(
        hits=counts.get(_HIT, 0),
        executed={n: c for n, c in counts.items() if n not in (_HIT, *_NO_WORK)},
        tests=tests,
    )
