# SPDX-License-Identifier: Apache-2.0
"""A small workspace that real Bazel builds with this repository's own bazelw and .bazelrc."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypedDict

from tools import command
from tools.remote_cache.configurations import ServerError

_SIZES = (10, 200, 3_000, 40_000, 300_000, 5_000_000)
ACTIONS = 2 * len(_SIZES) + 1
"""How many actions there are. The last one needs what all the others made."""

# What Bazel prints without a cache too. All else counts as a line about the cache: the text that a
# server sends with an error has neither a "WARNING" nor the word "cache" in it.
_USUAL_LINE = re.compile(r"$|INFO: |Loading: |Analyzing: |Computing main repo|\[[\d,]+ / [\d,]+\] ")


class Salts(TypedDict):
    """What makes actions other ones; see Workspace.build."""

    report_salt: str
    salt: str


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
          repository: where bazelw and the files that it needs are taken from.
          folder: an empty folder; Bazel's output goes there too.
        """
        self._folder = folder / "w"
        self._output_user_root = folder / "o"
        for name in ("bazelw", ".bazelversion", ".bazelrc", "tools/remote_cache/relay.py"):
            target = self._folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(repository / name, target)
        shutil.copytree(repository / "tools/bootstrap", self._folder / "tools/bootstrap")
        (self._folder / "tools/bootstrap/BUILD.bazel").unlink()
        (self._folder / "MODULE.bazel").write_text('module(name = "faults")\n')
        (self._folder / "BUILD.bazel").write_text(build_file())

    @property
    def output_user_root(self) -> pathlib.Path:
        """Where Bazel keeps its outputs and its server's logs."""
        return self._output_user_root

    def set_own_settings(self, text: str) -> None:
        """Writes the user.bazelrc.

        Args:
          text: its contents.
        """
        (self._folder / "user.bazelrc").write_text(text)

    def bazel(
        self, name: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Runs a command of Bazel.

        Args:
          name: the command.
          *arguments: what follows it.
          environment: variables to add.

        Returns:
          Exit code and console.
        """
        # Your own settings must not reach these builds: a disk cache would answer for the server.
        own = ("./bazelw", "--nosystem_rc", "--nohome_rc", "--max_idle_secs=120")
        done = subprocess.run(
            [*own, f"--output_user_root={self._output_user_root}", name, *arguments],
            cwd=self._folder,
            env={**os.environ, "MNIST_MICRO_QUIET": "1", **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
        )
        return done.returncode, done.stdout

    def build(
        self,
        *,
        report_salt: str,
        salt: str = "",
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> Build:
        """Builds everything again.

        Args:
          report_salt: what makes the last action another one.
          salt: what makes all actions other ones.
          arguments: further flags.
          environment: variables to add.

        Returns:
          How it ended.
        """
        self.bazel("clean")
        (self._folder / "salt.txt").write_text(f"{report_salt}\n")
        start = time.monotonic()
        exit_code, console = self.bazel(
            "build", "//:top", "--color=no", "--curses=no", "--noshow_progress", "--show_result=0",
            f"--action_env=SALT={salt}", *arguments, environment=environment,
        )  # fmt: skip
        seconds = time.monotonic() - start
        files = sorted((self._folder / "bazel-bin").glob("*.*"))
        outputs = {file.name: file.read_bytes() for file in files if file.is_file()}
        return Build(exit_code, seconds, console, outputs)

    def close(self) -> None:
        """Ends Bazel's server, and removes what Bazel has made unwritable."""
        self.bazel("shutdown")
        subprocess.run(["chmod", "-R", "u+w", str(self._output_user_root)], check=False)


def keep_promises(name: str, play: Callable[[pathlib.Path, pathlib.Path], int]) -> None:
    """Plays cases in a scratch folder and says whether all went as promised.

    Args:
      name: the target's, in this folder.
      play: from this repository's folder and a scratch folder to how many promises
        were broken, each of which it has printed.

    Raises:
      command.CommandError: one was broken, or it can't begin.
    """
    root = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if not root:
        raise command.CommandError(f"start it by ./bazelw run //tests/remote_cache:{name}")
    with tempfile.TemporaryDirectory(prefix=f"{name}-", ignore_cleanup_errors=True) as folder:
        try:
            broken = play(pathlib.Path(root), pathlib.Path(folder))
        except ServerError as error:
            raise command.CommandError(str(error)) from error
    if broken:
        raise command.CommandError(f"{broken} promises are broken, see above")
    print("All promises are kept.")
