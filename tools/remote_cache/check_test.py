# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import subprocess
import sys

import pytest

from tools.remote_cache import build_events, check, clones


def _clone(*, uploads: bool = False, offline: bool = False) -> clones.Clone:
    return clones.Clone(
        "a clone", pathlib.Path("f"), pathlib.Path("c"), "http://x:1", uploads, offline
    )


def _run(status: int = 0, hits: int = 10, **executed: int) -> clones.Run:
    work = build_events.Work(hits, executed, {"//a:test": "PASSED"})
    return clones.Run("./bazelw test //...", 2.0, status, work)


def test_everything_found_again(capsys):
    assert check.report(_clone(), [_run()], [3_000_000, 4_000_000]) == []
    assert capsys.readouterr().out == (
        "a clone: ./bazelw test //...: 2.0 s, 10 hits, 0 misses, 1 tests passed\n"
        "a clone: 2 downloads, 7 MB\n"
    )


def test_what_the_first_clone_executes_is_no_fault():
    assert check.report(_clone(uploads=True), [_run(hits=0, sandbox=9)], []) == []


@pytest.mark.parametrize(
    ("clone", "runs", "downloads", "wrong"),
    [
        (_clone(), [_run(sandbox=2, local=1)], [], "executed again: 2 by sandbox, 1 by local"),
        (_clone(), [_run(status=3)], [], r"failed with exit status 3"),
        (_clone(), [clones.Run("x", 1.0, 0, None)], [], "x failed with exit status 0"),
        (_clone(), [_run(hits=0)], [], "nothing came from the remote cache"),
        (_clone(offline=True), [_run()], [1], "1 downloads, though everything was there"),
    ],
)
def test_what_is_wrong(clone, runs, downloads, wrong):
    found = check.report(clone, runs, downloads)
    assert any(wrong in line for line in found), found


def test_another_path_finds_the_same_programs():
    path = os.environ["PATH"].split(":")
    (varied,) = [v for v in check.variations() if v.name == "PATH"]
    other = varied.environment["PATH"].split(":")
    assert other != path
    assert set(path) < set(other)


def test_another_user_is_tried_or_the_reason_told(capfd):
    users = [variation for variation in check.variations() if variation.name == "user"]
    if not users:
        assert "another user is not tried: no user namespaces here" in capfd.readouterr().err
        return
    done = subprocess.run([*users[0].command, "id", "-u"], capture_output=True, text=True)
    assert done.stdout == "4242\n" != f"{os.getuid()}\n"


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--server=ftp://x", "--server=ftp://x: give nginx, buildgrid or http://HOST:PORT"),
        ("--scratch=/no/such", "--scratch=/no/such: is not a folder"),
        ("--vary=x", "--vary: invalid choice: 'x'"),
        ("--fast", "unrecognized arguments: --fast"),
    ],
)
def test_bad_usage(flag, message):
    done = subprocess.run(
        [sys.executable, "-m", "tools.remote_cache.check", flag], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert message in done.stderr


def test_variations_are_tried_together():
    one = check.together(
        [
            clones.Variation("locale", {"LC_ALL": "C"}),
            clones.Variation("umask", umask=0o077),
            clones.Variation("user", {"USER": "x"}, command=("as", "x")),
        ]
    )
    assert one == clones.Variation(
        "locale, umask, user", {"LC_ALL": "C", "USER": "x"}, 0o077, ("as", "x")
    )
