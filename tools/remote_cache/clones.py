# SPDX-License-Identifier: Apache-2.0
"""Clones of this repository, each built as another person on another machine would build it."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping

from tools.remote_cache import build_events

_SETTINGS_OF_CLIENTS = (".cargo/config.toml", ".config/pip", ".npmrc", ".pip", ".netrc")
"""How the registries' clients reach their registries: the machine's, independent of the home."""

_OFFLINE = {
    "PIP_NO_INDEX": "1",
    "CARGO_NET_OFFLINE": "true",
    "npm_config_offline": "true",
    # No server listens at that port: whatever tries to download something fails.
    **{name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "all_proxy")},
    "no_proxy": "127.0.0.1,localhost",
}


@dataclasses.dataclass(frozen=True)
class Variation:
    """How a user differs from the one before.

    Attributes:
      name: what differs, as printed.
      environment: variables to set.
      umask: for every file that is made.
      command: what to put before each command.
    """

    name: str
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    umask: int = 0o022
    command: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Run:
    """One command in one clone.

    Attributes:
      command: as typed.
      seconds: how long it took.
      status: its exit code.
      work: what became of the actions; None if Bazel did not get that far.
    """

    command: str
    seconds: float
    status: int
    work: build_events.Work | None


@dataclasses.dataclass(frozen=True)
class Clone:
    """A clone with a home of its own.

    Attributes:
      name: as printed.
      folder: contains the clone and its home, and nothing else.
      cache: bazelw's cache folder: Bazel itself, and everything downloaded.
      remote_cache: the address.
      uploads: whether it writes to the remote cache.
      offline: whether every download is made to fail.
      variation: how its user differs.
    """

    name: str
    folder: pathlib.Path
    cache: pathlib.Path
    remote_cache: str
    uploads: bool = False
    offline: bool = False
    variation: Variation = Variation("nothing")

    @property
    def checkout(self) -> pathlib.Path:
        """The clone's work tree."""
        return self.folder / "mnist_micro"

    def make(self, repository: pathlib.Path, commit: str) -> None:
        """Makes the clone and its home.

        Args:
          repository: to clone.
          commit: what to check out.

        Raises:
          subprocess.CalledProcessError: git failed.
        """
        home = self.folder / "home"
        home.mkdir(parents=True)
        self.cache.mkdir(parents=True, exist_ok=True)
        for name in _SETTINGS_OF_CLIENTS:
            source = pathlib.Path.home() / name
            if source.exists():
                (home / name).parent.mkdir(parents=True, exist_ok=True)
                (home / name).symlink_to(source)
        for command in (
            ["clone", "--quiet", "--no-hardlinks", "--no-checkout", str(repository), "."],
            ["checkout", "--quiet", "--detach", commit],
        ):
            self.checkout.mkdir(exist_ok=True)
            subprocess.run(
                ["git", *command], cwd=self.checkout, check=True, umask=self.variation.umask
            )
        config = "remote_cache_upload" if self.uploads else "remote_cache"
        (self.checkout / "user.bazelrc").write_text(
            f"build --config={config}\nbuild --build_event_json_file={self._events}\n"
        )

    def run(self, *arguments: str) -> Run:
        """Runs bazelw, with its output passed on.

        Args:
          *arguments: for Bazel.

        Returns:
          What became of it.
        """
        command = " ".join(["./bazelw", *arguments])
        print(f"=== {self.name}: {command}", flush=True)
        self._events.unlink(missing_ok=True)
        start = time.monotonic()
        status = self._bazelw(*arguments).returncode
        seconds = time.monotonic() - start
        try:
            work = build_events.read(self._events)
        except (OSError, ValueError) as error:
            print(f"{self.name}: {error}", file=sys.stderr)
            work = None
        return Run(command, seconds, status, work)

    def log_execution(self, path: pathlib.Path, *arguments: str) -> None:
        """Builds everything again from the remote cache and logs each action with its inputs.

        Args:
          path: the execution log.
          *arguments: for Bazel.
        """
        self._bazelw("clean")
        self._bazelw(*arguments, f"--execution_log_json_file={path}", "--noshow_progress")

    def downloads(self) -> list[int]:
        """What lies in the repository cache.

        Returns:
          The size of each archive, in bytes.
        """
        return [file.stat().st_size for file in self.cache.glob("downloads/**/file")]

    def close(self) -> None:
        """Stops its Bazel and deletes the clone and its home."""
        self._bazelw("shutdown")
        # Bazel takes the write permission from what actions made.
        subprocess.run(["chmod", "-R", "u+w", str(self.folder)], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _events(self) -> pathlib.Path:
        return self.folder / "events.json"

    def _bazelw(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        # The folder of real models is not a setting of a clone: their tests would be skipped.
        environment = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith("MNIST_MICRO_") or k == "MNIST_MICRO_MODELS"
        }
        environment |= {
            "HOME": str(self.folder / "home"),
            "MNIST_MICRO_CACHE": str(self.cache),
            "MNIST_MICRO_REMOTE_CACHE": self.remote_cache,
            **(_OFFLINE if self.offline else {}),
            **self.variation.environment,
        }
        environment.pop("XDG_CACHE_HOME", None)
        return subprocess.run(
            [*self.variation.command, str(self.checkout / "bazelw"), *arguments],
            cwd=self.checkout,
            env=environment,
            umask=self.variation.umask,
            stdin=subprocess.DEVNULL,
            check=False,
        )
