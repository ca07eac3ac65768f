# SPDX-License-Identifier: Apache-2.0
"""Shows that a bad cache server never harms a build: real Bazel and servers, a proxy with faults.

A small workspace gets this repository's own bazelw, .bazelrc and bootstrap. It is built without a
cache, then once into each server, then once for each fault, with what was built before removed.
Every build must end with exit code 0, with exactly the bytes of the build without a cache, at
most one line on the console that such a build does not have, and not much later. The fault must
really have occurred. One fault may stop a build; see Case.may_stop.
"""

from __future__ import annotations

import dataclasses
import functools
import pathlib
from collections.abc import Sequence
from typing import TypedDict

from absl import flags

from tests.remote_cache.faulty_proxy import Fault, FaultyServer, HttpProxy
from tests.remote_cache.grpc_proxy import GrpcProxy
from tests.remote_cache.workspace import ACTIONS, Build, Salts, Workspace, keep_promises
from tools import command
from tools.remote_cache.buildgrid_server import BuildGrid
from tools.remote_cache.nginx_server import Nginx

_NGINX = flags.DEFINE_string("nginx", None, "nginx's program.", required=True)
_BUILDGRID = flags.DEFINE_string("buildgrid", None, "BuildGrid's program.", required=True)
_ONLY = flags.DEFINE_list("only", [], "Play these cases only, by the beginnings of their names.")
_SERVERS = flags.DEFINE_list("servers", ["http", "grpc"], "Play with these servers only.")
_BAZEL_FLAG = flags.DEFINE_multi_string(
    "bazel_flag", [], "A further flag for the builds with a cache, to see what it changes."
)

MAX_DELAY_SECONDS = 30
"""How much later than without a cache a build may end, whatever the server does.

A server that stalls costs --remote_timeout (3 s) for each step of the longest chain of actions,
three here, once for reading and as much for writing; the rest is for a busy machine."""
MAX_LINES = 1
"""How many lines about the cache a build may print."""


class Settings(TypedDict):
    """What a build with a cache adds; see Workspace.build."""

    arguments: list[str]
    environment: dict[str, str]


@dataclasses.dataclass(frozen=True)
class Case:
    """One fault, and when it is met.

    Attributes:
      name: for the table.
      fault: what the server does wrong.
      after: how many requests pass unharmed.
      uploads: the build uploads, as CI's does, and finds nothing in the cache.
      hits: how many actions may come from the cache: all others are known to be spoilt. None: any.
      may_stop: the build may end with an error, but never with wrong bytes.
    """

    name: str
    fault: Fault
    after: int = 0
    uploads: bool = False
    hits: int | None = None
    may_stop: bool = False


# Of the 13 actions the last one is never in the cache: it needs what was fetched.
CASES = (
    Case("no fault", Fault.NONE, hits=ACTIONS - 1),
    Case("down", Fault.DOWN, hits=0),
    Case("killed", Fault.KILLED, after=6),
    Case("INTERNAL, 500", Fault.ERRORS, hits=0),
    Case("INTERNAL, 500 later", Fault.ERRORS, after=6),
    Case("UNAVAILABLE, 503 later", Fault.UNAVAILABLE, after=6),
    Case("truncated blobs", Fault.TRUNCATED, hits=0),
    Case("blobs cut off", Fault.CUT_OFF),
    Case("wrong bytes in blobs", Fault.WRONG_BYTES, hits=0),
    Case("garbage for results", Fault.GARBAGE_RESULTS, hits=0),
    Case("results with wrong digests", Fault.WRONG_DIGESTS, hits=0),
    Case("results of another build", Fault.FOREIGN_RESULTS, hits=0),
    # Bazel 7.7.1 moves what a result names to its place before it sees that the action makes other
    # files. At that moment a neighbour that reads such a file may not find it.
    Case("results of other actions", Fault.SWAPPED_RESULTS, hits=1, may_stop=True),
    Case("blobs lost, results kept", Fault.LOST_BLOBS, hits=0),
    Case("stalled from the start", Fault.STALLED, hits=0),
    Case("stalled later", Fault.STALLED_LATER, after=6),
    Case("stalled in blobs", Fault.STALLED_BLOBS, hits=0),
    Case("uploads: no fault", Fault.NONE, uploads=True, hits=0),
    Case("uploads: killed", Fault.KILLED, after=30, uploads=True, hits=0),
    Case("uploads: errors", Fault.WRITE_ERRORS, uploads=True, hits=0),
    # By gRPC Bazel 7.7.1 would wait at its end for a server that stopped reading, without limit:
    # bazelw's relay hangs up.
    Case("uploads: stalled later", Fault.STALLED_LATER, after=30, uploads=True, hits=0),
)


def expected_outputs(reference: Build, report_salt: str, salt: str) -> dict[str, bytes]:
    """Says what a build must make, from what the build without a cache and salts made.

    Args:
      reference: that build.
      report_salt: see Workspace.build.
      salt: see Workspace.build; only "" is known.

    Returns:
      The bytes of each file.

    Raises:
      ValueError: another salt.
    """
    if salt:
        raise ValueError("with a salt all actions are others: build without a cache to know them")
    report = reference.outputs["report.txt"].split(b"\n", 1)[1]
    return {**reference.outputs, "report.txt": report_salt.encode() + b"\n" + report}


def violations(
    case: Case, build: Build, expected: dict[str, bytes], delay: float, met: bool
) -> list[str]:
    """Compares a build with what was promised.

    Args:
      case: the fault.
      build: how the build ended.
      expected: the bytes of each file.
      delay: how much longer than without a cache it took.
      met: whether the fault was met.

    Returns:
      What was broken, one text each; empty if nothing.
    """
    found = []
    if case.may_stop and build.exit_code == 1:
        expected = {name: expected[name] for name in expected if name in build.outputs}
        case = dataclasses.replace(case, hits=None)
        build = dataclasses.replace(build, exit_code=0, console="")
    if build.exit_code:
        found.append(f"exit code {build.exit_code}")
    if wrong := [name for name in expected if build.outputs.get(name) != expected[name]]:
        found.append(f"missing or wrong: {', '.join(wrong)}")
    if len(build.lines) > MAX_LINES:
        found.append(f"{len(build.lines)} lines about the cache")
    if delay > MAX_DELAY_SECONDS:
        found.append(f"{delay:.0f} s later")
    if not met:
        found.append("the fault was not met")
    if case.hits is not None and build.hits != case.hits:
        found.append(f"{build.hits} actions from the cache in place of {case.hits}")
    return found


def play(case: Case, server: FaultyServer, workspace: Workspace, reference: Build) -> list[str]:
    """Builds with one fault, and prints a line of the table.

    Args:
      case: the fault.
      server: the cache; what is read must be in it.
      workspace: what to build.
      reference: the build without a cache.

    Returns:
      What was broken.
    """
    salt = f"{case.name} {server.url}" if case.uploads else ""
    salts: Salts = {
        "report_salt": f"{case.name} {server.url}",
        "salt": salt.replace(" ", "_"),
    }
    if case.uploads:
        reference = workspace.build(**salts)
        expected = reference.outputs
    else:
        expected = expected_outputs(reference, **salts)
    cache = cache_settings(server.url, uploads=case.uploads)
    server.set_fault(case.fault, case.after)
    build = workspace.build(**salts, **cache)
    counts = server.state.counts
    if case.fault is Fault.NONE:
        met = counts.requests > 0
    elif case.fault is Fault.DOWN:
        met = counts.requests == counts.connections == 0
    else:
        met = counts.injected > 0
    delay = build.seconds - reference.seconds
    found = violations(case, build, expected, delay, met)
    server.set_fault(Fault.NONE)
    if case.uploads:
        # What was left half-uploaded must not harm the next build.
        after = workspace.build(**salts, **cache)
        found += [
            f"in the next build: {text}"
            for text in violations(dataclasses.replace(case, hits=None), after, expected, 0, True)
        ]
        if case.fault is Fault.NONE and after.hits != ACTIONS:
            found.append(f"only {after.hits} of the uploaded actions are found")
    ended = "ok, stopped" if build.exit_code else "ok"
    print(
        f"{case.name:27} {server.url.partition(':')[0]:5} {build.seconds:6.1f} {delay:6.1f} "
        f"{len(build.lines):6} {counts.injected:8} {build.hits:5}  {'; '.join(found) or ended}",
        flush=True,
    )
    if found:
        print("".join(f"    {line}\n" for line in build.lines[:10]), end="", flush=True)
    return found


def cache_settings(url: str, *, uploads: bool) -> Settings:
    """Returns how to build with a cache: as CI does if it uploads, else as a person does.

    A person's address is a flag: bazelw would notice by itself that no server listens there.
    """
    if uploads:
        return {
            "arguments": ["--config=remote_cache_upload", *_BAZEL_FLAG.value],
            "environment": {"MNIST_MICRO_REMOTE_CACHE": url},
        }
    return {
        "arguments": ["--config=remote_cache", f"--remote_cache={url}", *_BAZEL_FLAG.value],
        "environment": {},
    }


def run_cases(cases: Sequence[Case], repository: pathlib.Path, folder: pathlib.Path) -> int:
    """Plays the cases against both servers, and prints the table.

    Args:
      cases: the faults.
      repository: whose bazelw and .bazelrc are used.
      folder: an empty folder with a short path.

    Returns:
      How many things were broken.

    Raises:
      command.CommandError: the workspace can't be built without a cache, or into one.
    """
    broken = 0
    workspace = Workspace(repository, folder)
    kinds = (
        (Nginx(_NGINX.value, folder / "nginx"), HttpProxy),
        (BuildGrid(_BUILDGRID.value, folder / "buildgrid"), GrpcProxy),
    )
    try:
        # The second build is the measure: the first has Bazel's start in it.
        reference = [workspace.build(report_salt="none") for _ in range(2)][1]
        if reference.exit_code or reference.lines:
            raise command.CommandError(f"no build without a cache: {reference.console}")
        print(f"without a cache: {reference.seconds:.1f} s, {ACTIONS} actions")
        print("fault                       cache seconds  later  lines injected  hits")
        for real, proxy in [kind for kind in kinds if kind[0].scheme in _SERVERS.value]:
            with real:
                server = FaultyServer(real.scheme, proxy, (real.host, real.port))
                try:
                    filled = workspace.build(
                        report_salt="filled", **cache_settings(server.url, uploads=True)
                    )
                    if filled.exit_code:
                        raise command.CommandError(f"no build with a cache: {filled.console}")
                    for case in cases:
                        broken += len(play(case, server, workspace, reference))
                finally:
                    server.close()
    finally:
        workspace.close()
    return broken


def main() -> None:
    """Plays all cases, or those of --only.

    Raises:
      command.CommandError: --only names no case.
    """
    cases = [case for case in CASES if not _ONLY.value or case.name.startswith(tuple(_ONLY.value))]
    if not cases:
        raise command.CommandError("--only names no case")
    if unknown := set(_SERVERS.value) - {"http", "grpc"}:
        raise command.CommandError(f"--servers={unknown.pop()}: give http, grpc or both")
    keep_promises("faults", functools.partial(run_cases, cases))


if __name__ == "__main__":
    command.run(main)
