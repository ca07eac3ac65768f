# SPDX-License-Identifier: Apache-2.0
"""Builds and tests in several clones that share nothing but a remote cache.

The first clone starts from nothing and fills the cache; the second, on another path and with
another home, must find every cacheable result there, those of training, conversion and tests
included. Further clones share what was downloaded too, as neighbours on one machine do, are cut off
from every registry, and differ in what must make no difference. Whatever is executed
again is shown with the input that differs, and the check fails.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from tools.remote_cache import clones, execution_log, relay

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_PROGRAM = "remote_cache_check"
_RUN = ("run", "//micro:mnist_micro")
_TEST = ("test", "//...")
_OTHER_USER = 4242
_MEGABYTE = 1_000_000


def variations() -> list[clones.Variation]:
    """What makes no difference to the result, one thing each.

    Returns:
      The variations that can be tried on this machine.
    """
    path = os.environ["PATH"].split(":")
    found = [
        clones.Variation("path and home"),
        # Another order, and a folder that no other clone has; each program is found as before.
        clones.Variation("PATH", {"PATH": ":".join(["/opt/nobody/has/this", *_reordered(path)])}),
        clones.Variation("locale", {"LC_ALL": "C.UTF-8", "LANG": "tr_TR.UTF-8"}),
        clones.Variation("time zone", {"TZ": "Asia/Kathmandu"}),
        clones.Variation("umask", umask=0o077),
    ]
    # Another user in every way that a program can see; this user owns the same files.
    command = ("unshare", "--user", f"--map-user={_OTHER_USER}", f"--map-group={_OTHER_USER}")
    if subprocess.run([*command, "true"], check=False, stderr=subprocess.DEVNULL).returncode:
        print(f"{_PROGRAM}: another user is not tried: no user namespaces here", file=sys.stderr)
    else:
        names = {"USER": "somebody", "LOGNAME": "somebody"}
        found.append(clones.Variation("user", names, command=command))
    return found


def together(varied: list[clones.Variation]) -> clones.Variation:
    """Puts variations into one: a miss there is explained by the logs of both builds.

    Args:
      varied: no two of them set the same.

    Returns:
      The variation with all of them.
    """
    environment: dict[str, str] = {}
    for variation in varied:
        environment |= variation.environment
    return clones.Variation(
        ", ".join(variation.name for variation in varied),
        environment,
        umask=max(variation.umask for variation in varied),
        command=tuple(part for variation in varied for part in variation.command),
    )


def _reordered(path: list[str]) -> list[str]:
    """Reverses the folders of PATH that contain no program of an earlier one's name."""
    programs = (
        "python3.11",
        "gcc",
        "g++",
        "ld",
        "git",
        "cargo",
        "npm",
        "bazel",
        "bazelisk",
        "bash",
    )
    special = [f for f in path if any(shutil.which(p, path=f) for p in programs)]
    return list(reversed([f for f in path if f not in special])) + special


@contextlib.contextmanager
def started_server(kind: str, folder: pathlib.Path) -> Iterator[str]:
    """Starts one of the repository's own servers.

    Args:
      kind: "nginx" or "buildgrid".
      folder: where it stores things.

    Yields:
      Its address, for --remote_cache.

    Raises:
      SystemExit: it did not start.
    """
    command = [str(_ROOT / "bazelw"), "run", f"//tools/remote_cache:{kind}", "--"]
    command += [f"--folder={folder}", "--address=127.0.0.1:0"]
    print(f"=== server: ./{' '.join(command)[len(str(_ROOT)) + 1 :]}", flush=True)
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            address = re.search(r"(?:https?|grpcs?)://\S+", line)
            if not address:
                sys.exit(f"{_PROGRAM}: {kind} did not start (see above)")
            yield address[0]
        finally:
            server.terminate()


def report(clone: clones.Clone, runs: list[clones.Run], downloaded: list[int]) -> list[str]:
    """Prints what became of one clone.

    Args:
      clone: the clone.
      runs: its commands.
      downloaded: the sizes of the archives that it downloaded, in bytes.

    Returns:
      A line for each thing that is wrong.
    """
    wrong = []
    for run in runs:
        hits, misses = (run.work.hits, run.work.misses) if run.work else (0, 0)
        tests = f", {run.work.tests_passed} tests passed" if run.work and run.work.tests else ""
        print(
            f"{clone.name}: {run.command}: {run.seconds:.1f} s, {hits} hits, {misses} misses{tests}"
        )
        if run.status or not run.work:
            wrong.append(f"{clone.name}: {run.command} failed with exit status {run.status}")
        elif misses and not clone.uploads:
            executed = ", ".join(f"{count} by {name}" for name, count in run.work.executed.items())
            wrong.append(f"{clone.name}: {run.command} executed again: {executed}")
    print(
        f"{clone.name}: {len(downloaded)} downloads, {sum(downloaded) / _MEGABYTE:.0f} MB",
        flush=True,
    )
    if clone.offline and downloaded:
        wrong.append(f"{clone.name}: {len(downloaded)} downloads, though everything was there")
    if not clone.uploads and not any(run.work and run.work.hits for run in runs):
        wrong.append(f"{clone.name}: nothing came from the remote cache")
    return wrong


def build_clones(
    server: str, scratch: pathlib.Path, varied: list[clones.Variation], *, quick: bool
) -> list[str]:
    """Builds in all clones, one after the other, and prints what became of each.

    Args:
      server: the remote cache's address, e.g. "http://127.0.0.1:8980".
      scratch: an empty folder, for the clones.
      varied: one further clone for each.
      quick: without the second clone; the further ones share what the first one downloaded.

    Returns:
      A line for each thing that is wrong.
    """
    parts = re.fullmatch(r"(\w+)://([^:/]+):(\d+).*", server)
    assert parts is not None
    scheme, host, port = parts.groups()
    wrong: list[str] = []
    summary: list[str] = []

    # One commit for all, whatever is committed meanwhile.
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=_ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()

    def build(clone: clones.Clone, *commands: tuple[str, ...]) -> None:
        clone.make(_ROOT, commit)
        before = len(clone.downloads())
        start = counter.received, counter.sent
        runs = [clone.run(*command) for command in commands]
        received, sent = (counter.received - start[0], counter.sent - start[1])
        # The newest last: what was there before is not this clone's.
        found = report(clone, runs, clone.downloads()[before:])
        seconds = " + ".join(f"{run.seconds:.1f} s" for run in runs)
        hits = sum(run.work.hits for run in runs if run.work)
        misses = sum(run.work.misses for run in runs if run.work)
        summary.append(
            f"{clone.name}: {seconds}; {hits} hits, {misses} misses;"
            f" {received / _MEGABYTE:.1f} MB received, {sent / _MEGABYTE:.1f} MB sent"
        )
        wrong.extend(found)
        if found and not clone.uploads and all(run.status == 0 for run in runs):
            wrong.extend(_explain(first, clone, scratch))

    with relay.Relay(host, int(port)) as counter:
        address = f"{scheme}://{counter.address}"
        first = clones.Clone(
            "first clone", scratch / "first", scratch / "cache", address, uploads=True
        )
        build(first, _RUN, _TEST)
        other = scratch / "cache" if quick else scratch / "others_cache"
        if not wrong and not quick:
            second = clones.Clone(
                "second clone", scratch / "on" / "another" / "path", other, address
            )
            build(second, _TEST, _RUN)
            second.close()
        for variation in varied if not wrong else []:
            neighbour = clones.Clone(
                f"neighbour, other {variation.name}",
                scratch / variation.name.replace(",", "").replace(" ", "_"),
                other,
                address,
                offline=True,
                variation=variation,
            )
            build(neighbour, _TEST)
            neighbour.close()
        first.close()
    print("\n".join(["", *summary]))
    return wrong


def _explain(first: clones.Clone, other: clones.Clone, scratch: pathlib.Path) -> list[str]:
    """Builds twice more, with logs of everything that goes into an action, and compares them."""
    logs = scratch / "first.json", other.folder / "other.json"
    first.log_execution(logs[0], *_TEST)
    other.log_execution(logs[1], *_TEST)
    return execution_log.explain(*logs)


def main() -> None:
    """Runs the check and exits: 0 all found again, 1 not, 2 for bad usage."""
    parser = argparse.ArgumentParser(prog=_PROGRAM, description=__doc__.splitlines()[0])
    parser.add_argument(
        "--server",
        default="nginx",
        help="nginx or buildgrid, started for this check; or the address of a remote cache"
        " that anybody may write to (default: nginx)",
    )
    parser.add_argument(
        "--scratch",
        default="/var/tmp",
        type=pathlib.Path,
        help="where to make a folder for the clones, about 10 GB; not below /tmp, which Bazel's"
        " sandbox hides (default: /var/tmp)",
    )
    parser.add_argument(
        "--vary",
        choices=["everything", "each", "nothing"],
        default="everything",
        help="whether there is a further clone with another path, home, PATH, locale, time zone,"
        " umask and user, or one for each of them (default: everything, in one clone)",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="without the second clone, which downloads everything once more: the further ones"
        " share what the first one downloaded",
    )
    arguments = parser.parse_args()
    if arguments.quick and arguments.vary == "nothing":
        parser.error("--quick --vary=nothing: only one clone would be left")
    if not arguments.scratch.is_dir():
        parser.error(f"--scratch={arguments.scratch}: is not a folder")
    if arguments.server not in ("nginx", "buildgrid") and not re.fullmatch(
        r"(https?|grpcs?)://[^:/]+:\d+.*", arguments.server
    ):
        parser.error(f"--server={arguments.server}: give nginx, buildgrid or http://HOST:PORT")
    varied = variations()
    if arguments.vary == "nothing":
        varied = varied[:1]
    elif arguments.vary == "everything":
        varied = [together(varied)]
    start = time.monotonic()
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="mnist_micro-", dir=arguments.scratch))
    try:
        with contextlib.ExitStack() as stack:
            server = arguments.server
            if server in ("nginx", "buildgrid"):
                server = stack.enter_context(started_server(server, scratch / "server"))
            wrong = build_clones(server, scratch, varied, quick=arguments.quick)
    finally:
        subprocess.run(["chmod", "-R", "u+w", str(scratch)], check=False)
        shutil.rmtree(scratch, ignore_errors=True)
    for line in wrong:
        print(line, file=sys.stderr)
    if wrong:
        sys.exit(1)
    print(f"{_PROGRAM}: everything was found again, after {time.monotonic() - start:.0f} s in all")


if __name__ == "__main__":
    main()
