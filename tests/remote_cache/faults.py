"""Shows that a bad cache server never harms a build: real Bazel, real servers, a proxy that spoils.

A small workspace gets this repository's own bazelw, .bazelrc and bootstrap. It is built without a
cache, then once into each server, then once for each fault, with what was built before removed.
Every build must end with exit code 0, with the very bytes of the build without a cache, at most
one line on the console that such a build has not, and not much later. The fault must really have
been met.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence

from absl import flags

from tests.remote_cache.faulty_proxy import Fault, FaultyServer, HttpProxy
from tests.remote_cache.grpc_proxy import GrpcProxy
from tools import command
from tools.remote_cache import servers

_NGINX = flags.DEFINE_string("nginx", None, "nginx's program.", required=True)
_BUILDGRID = flags.DEFINE_string("buildgrid", None, "BuildGrid's program.", required=True)
_ONLY = flags.DEFINE_list("only", [], "Play these cases only, by the beginnings of their names.")
_BAZEL_FLAG = flags.DEFINE_multi_string(
    "bazel_flag", [], "A further flag for the builds with a cache, to see what it changes."
)

MAX_DELAY_SECONDS = 30
"""How much later than without a cache a build may end, whatever the server does.

A server that stalls costs --remote_timeout (3 s) for each step of the longest chain of actions,
three here, once for reading and as much for writing; the rest is for a busy machine."""
MAX_LINES = 1
"""How many lines about the cache a build may print."""

_SIZES = (10, 200, 3_000, 40_000, 300_000, 5_000_000)
_ACTIONS = 2 * len(_SIZES) + 1
# What Bazel prints without a cache too. All else counts as a line about the cache: the text that a
# server sends with an error has neither a "WARNING" nor the word "cache" in it.
_USUAL_LINE = re.compile(r"$|INFO: |Loading: |Analyzing: |Computing main repo|\[[\d,]+ / [\d,]+\] ")


@dataclasses.dataclass(frozen=True)
class Case:
    """One fault, and when it is met.

    Attributes:
      name: for the table.
      fault: what the server does wrong.
      after: how many requests pass unharmed.
      uploads: the build uploads, as CI's does, and finds nothing in the cache.
      hits: how many actions may come from the cache: all others are known to be spoilt. None: any.
    """

    name: str
    fault: Fault
    after: int = 0
    uploads: bool = False
    hits: int | None = None


# Of the 13 actions the last one is never in the cache: it needs what was fetched.
CASES = (
    Case("no fault", Fault.NONE, hits=_ACTIONS - 1),
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
    Case("results of other actions", Fault.SWAPPED_RESULTS, hits=1),
    Case("blobs lost, results kept", Fault.LOST_BLOBS, hits=0),
    Case("stalled from the start", Fault.STALLED, hits=0),
    Case("stalled later", Fault.STALLED_LATER, after=6),
    Case("stalled in blobs", Fault.STALLED_BLOBS, hits=0),
    Case("uploads: no fault", Fault.NONE, uploads=True, hits=0),
    Case("uploads: killed", Fault.KILLED, after=30, uploads=True, hits=0),
    Case("uploads: errors", Fault.WRITE_ERRORS, uploads=True, hits=0),
    Case("uploads: stalled later", Fault.STALLED_LATER, after=30, uploads=True, hits=0),
)


@dataclasses.dataclass(frozen=True)
class Build:
    """How a build ended.

    Attributes:
      exit_code: Bazel's.
      seconds: how long it took, the client's start included.
      console: what it printed.
      outputs: the bytes of every file it made.
    """

    exit_code: int
    seconds: float
    console: str
    outputs: dict[str, bytes]

    @property
    def hits(self) -> int:
        """How many actions came from the cache."""
        found = re.search(r"^INFO: .*?(\d+) remote cache hit", self.console, re.MULTILINE)
        return int(found[1]) if found else 0

    @property
    def lines(self) -> list[str]:
        """The lines that a build without a cache does not print."""
        return [line for line in self.console.splitlines() if not _USUAL_LINE.match(line)]


def build_file() -> str:
    """Returns the BUILD file: six chains of two actions, and one action that needs them all."""
    rules = []
    for number, size in enumerate(_SIZES):
        rules.append(f"""genrule(
    name = "made_{number}",
    outs = ["made_{number}.bin"],
    cmd = "echo $$SALT {number} > $@; head -c {size} /dev/zero >> $@",
)
genrule(
    name = "sum_{number}",
    srcs = ["made_{number}.bin"],
    outs = ["sum_{number}.txt", "copy_{number}.bin"],
    cmd = "sha256sum < $< > $(location sum_{number}.txt); " +
          "cat $< $< > $(location copy_{number}.bin)",
)""")
    sums = [f"sum_{number}.txt" for number in range(len(_SIZES))]
    locations = " ".join(f"$(location {name})" for name in sums)
    rules.append(f"""genrule(
    name = "report",
    srcs = ["salt.txt"] + {sums},
    outs = ["report.txt"],
    cmd = "cat $(location salt.txt) {locations} > $@",
)
filegroup(
    name = "top",
    srcs = ["report.txt", "copy_1.bin", "copy_5.bin"],
)""")
    return "\n".join(rules) + "\n"


class Workspace:
    """A small workspace that is built by this repository's bazelw with its .bazelrc."""

    def __init__(self, repository: pathlib.Path, folder: pathlib.Path) -> None:
        """Writes the workspace.

        Args:
          repository: where bazelw and its kin are taken from.
          folder: an empty folder; Bazel's output goes there too.
        """
        self._folder = folder / "w"
        self._output_user_root = folder / "o"
        for name in ("bazelw", ".bazelversion", ".bazelrc"):
            target = self._folder / name
            target.parent.mkdir(exist_ok=True)
            shutil.copy2(repository / name, target)
        shutil.copytree(repository / "tools/bootstrap", self._folder / "tools/bootstrap")
        (self._folder / "tools/bootstrap/BUILD.bazel").unlink()
        (self._folder / "MODULE.bazel").write_text('module(name = "faults")\n')
        (self._folder / "BUILD.bazel").write_text(build_file())

    def bazel(self, name: str, *arguments: str) -> tuple[int, str]:
        """Runs a command of Bazel.

        Args:
          name: the command.
          *arguments: what follows it.

        Returns:
          Exit code and console.
        """
        # Your own settings must not reach these builds: a disk cache would answer for the server.
        own = ("./bazelw", "--nosystem_rc", "--nohome_rc", "--max_idle_secs=120")
        done = subprocess.run(
            [*own, f"--output_user_root={self._output_user_root}", name, *arguments],
            cwd=self._folder,
            env={**os.environ, "MNIST_MICRO_QUIET": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
        )
        return done.returncode, done.stdout

    def build(self, *, report_salt: str, salt: str = "", arguments: Sequence[str] = ()) -> Build:
        """Builds everything anew.

        Args:
          report_salt: what makes the last action another one.
          salt: what makes all actions other ones.
          arguments: further flags.

        Returns:
          How it ended.
        """
        self.bazel("clean")
        (self._folder / "salt.txt").write_text(f"{report_salt}\n")
        start = time.monotonic()
        exit_code, console = self.bazel(
            "build", "//:top", "--color=no", "--curses=no", "--noshow_progress", "--show_result=0",
            f"--action_env=SALT={salt}", *arguments,
        )  # fmt: skip
        seconds = time.monotonic() - start
        files = sorted((self._folder / "bazel-bin").glob("*.*"))
        outputs = {file.name: file.read_bytes() for file in files if file.is_file()}
        return Build(exit_code, seconds, console, outputs)

    def close(self) -> None:
        """Ends Bazel's server, and removes what Bazel has made unwritable."""
        self.bazel("shutdown")
        subprocess.run(["chmod", "-R", "u+w", str(self._output_user_root)], check=False)


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
    salts = {"report_salt": f"{case.name} {server.url}", "salt": salt.replace(" ", "_")}
    if case.uploads:
        reference = workspace.build(**salts)
        expected = reference.outputs
    else:
        expected = expected_outputs(reference, **salts)
    arguments = cache_flags(server.url, uploads=case.uploads)
    server.set_fault(case.fault, case.after)
    build = workspace.build(**salts, arguments=arguments)
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
        # What was left half-uploaded must not harm whoever comes next.
        after = workspace.build(**salts, arguments=arguments)
        found += [
            f"in the next build: {text}"
            for text in violations(dataclasses.replace(case, hits=None), after, expected, 0, True)
        ]
        if case.fault is Fault.NONE and after.hits != _ACTIONS:
            found.append(f"only {after.hits} of the uploaded actions are found")
    print(
        f"{case.name:27} {server.url.partition(':')[0]:5} {build.seconds:6.1f} {delay:6.1f} "
        f"{len(build.lines):6} {counts.injected:8} {build.hits:5}  {'; '.join(found) or 'ok'}",
        flush=True,
    )
    if found:
        print("".join(f"    {line}\n" for line in build.lines[:10]), end="", flush=True)
    return found


def cache_flags(url: str, *, uploads: bool) -> list[str]:
    """Returns the flags of a build with a cache: CI's if it uploads, else a person's."""
    upload = ["--remote_upload_local_results"] if uploads else []
    return ["--config=remote_cache", f"--remote_cache={url}", *upload, *_BAZEL_FLAG.value]


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
        (servers.Nginx(_NGINX.value, folder / "nginx"), HttpProxy),
        (servers.BuildGrid(_BUILDGRID.value, folder / "buildgrid"), GrpcProxy),
    )
    try:
        # The second build is the measure: the first has Bazel's start in it.
        reference = [workspace.build(report_salt="none") for _ in range(2)][1]
        if reference.exit_code or reference.lines:
            raise command.CommandError(f"no build without a cache: {reference.console}")
        print(f"without a cache: {reference.seconds:.1f} s, {_ACTIONS} actions")
        print("fault                       cache seconds  later  lines injected  hits")
        for real, proxy in kinds:
            with real:
                server = FaultyServer(real.scheme, proxy, (real.host, real.port))
                try:
                    filled = workspace.build(
                        report_salt="filled", arguments=cache_flags(server.url, uploads=True)
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
      command.CommandError: something was broken, or it can't begin.
    """
    root = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if not root:
        raise command.CommandError("start it by ./bazelw run //tests/remote_cache:faults")
    cases = [case for case in CASES if not _ONLY.value or case.name.startswith(tuple(_ONLY.value))]
    if not cases:
        raise command.CommandError("--only names no case")
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as folder:
        try:
            broken = run_cases(cases, pathlib.Path(root), pathlib.Path(folder))
        except servers.ServerError as error:
            raise command.CommandError(str(error)) from error
    if broken:
        raise command.CommandError(f"{broken} promises are broken, see the table")
    print("All promises are kept.")


if __name__ == "__main__":
    command.run(main)
