# SPDX-License-Identifier: Apache-2.0
"""A server that runs in a folder of its own: starts, waits until it serves, stops, kills.

The folder has its configuration, its log and what it stores; started again in that folder it goes
on with what is there.
"""

from __future__ import annotations

import abc
import contextlib
import errno
import fcntl
import http.client
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import Self, TypeVar

from tools.remote_cache.configurations import ServerError, Tls

STOP_SECONDS = 10.0
"""How long a server that is asked to end may take."""

_T = TypeVar("_T")
_START_SECONDS = 60.0
# How long what a killed server held (its port, its folder) may take to come free.
_RELEASE_SECONDS = 2.0
_LIBRARY_PACKAGES = {
    "libcrypt.so.1": "libcrypt1",
    "libpcre2-8.so.0": "libpcre2-8-0",
    "libssl.so.3": "libssl3",
    "libcrypto.so.3": "libssl3",
    "libz.so.1": "zlib1g",
}


class Server(abc.ABC):
    """A server in a folder. Also a context manager that starts and stops it.

    Attributes:
      folder: where everything of it lies.
      host: the address it listens at.
      port: its port. 0 before the first start stands for any free one; the choice is kept, so that
        a server that is started again is found where it was.
      tls: encryption and credentials, or None.
    """

    scheme: str
    """The URL's, without the s for TLS."""
    log_name: str

    def __init__(
        self,
        program: str | os.PathLike[str],
        folder: str | os.PathLike[str],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: Tls | None = None,
    ):
        """Prepares a server; nothing is written and nothing runs yet.

        Args:
          program: the server's program.
          folder: where everything of it lies; made at the start.
          host: the address to listen at.
          port: the port, or 0 for any free one.
          tls: encryption and credentials.
        """
        self.program = pathlib.Path(program).absolute()
        self.folder = pathlib.Path(folder).absolute()
        self.host = host
        self.port = port
        self.tls = tls
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What Bazel's --remote_cache takes."""
        return f"{self.scheme}{'s' if self.tls else ''}://{self.host}:{self.port}"

    @property
    def log(self) -> pathlib.Path:
        """The file with what the server itself says."""
        return self.folder / self.log_name

    @property
    def pid(self) -> int | None:
        """The process, or None if it does not run."""
        return self._process.pid if self.running and self._process else None

    @property
    def running(self) -> bool:
        """Whether the process is there. It is when start() has returned."""
        return self._process is not None and self._process.poll() is None

    @abc.abstractmethod
    def _prepare(self) -> list[str]:
        """Writes the configuration and returns the command."""

    @abc.abstractmethod
    def probe(self) -> str:
        """Asks the server for an answer that only it can give.

        Returns:
          "" if it serves, else what is wrong.
        """

    def _log_size(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0

    def start(
        self, timeout: float = _START_SECONDS, interrupt: threading.Event | None = None
    ) -> None:
        """Starts the server and waits until it really serves.

        Args:
          timeout: how many seconds to wait.
          interrupt: set by another thread or a signal handler, it ends the waiting.

        Raises:
          ServerError: it runs already, its port or its folder is taken, its folder can't be written
            to, it stopped, it gave no right answer in time, or it was interrupted.
        """
        if self.running:
            raise ServerError(f"{self.url} runs already")
        self.kill()  # What is left of one whose leading process has died.
        if not os.access(self.program, os.X_OK):
            raise ServerError(f"{self.program} is not a program that can be run")
        for _ in range(5):
            chosen = self.port == 0
            self.port = free_port(self.host, self.port)
            try:
                return self._start_once(timeout, interrupt or threading.Event())
            except ServerError:
                # Somebody else took the free port meanwhile: then, and only then, another one.
                if not chosen or _can_bind(self.host, self.port):
                    raise
                self.port = 0
        raise ServerError(f"no free port was found on {self.host}")

    def _start_once(self, timeout: float, interrupt: threading.Event) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with _locked(self.folder) as lock, self.log.open("ab") as log:
                before = self._log_size()
                # A group of its own: Ctrl-C is the caller's, and its children are ended with it. It
                # inherits the lock, and so holds the folder while one of its processes runs.
                self._process = subprocess.Popen(
                    self._prepare(),
                    cwd=self.folder,
                    env=_environment(),
                    pass_fds=[lock],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            raise ServerError(f"cannot write to {self.folder}: {error.strerror}") from error
        deadline = time.monotonic() + timeout
        wrong = "it was not asked"
        try:
            while time.monotonic() < deadline:
                if interrupt.is_set():
                    raise ServerError("interrupted while it started")
                if self._process.poll() is not None:
                    raise ServerError(self._last_words(before))
                try:
                    wrong = self.probe()
                except (OSError, http.client.HTTPException) as error:
                    wrong = str(error) or type(error).__name__
                if not wrong:
                    return
                interrupt.wait(0.05)
        except BaseException:
            self.kill()
            raise
        self.kill()
        raise ServerError(
            f"{self.url} does not serve after {timeout:g} s ({wrong}): see {self.log}"
        )

    def _last_words(self, before: int) -> str:
        with self.log.open("rb") as file:
            file.seek(before)
            lines = file.read().decode(errors="replace").splitlines()
        text = " ".join(lines)
        name = self.program.name
        if library := re.search(r"loading shared libraries: (\S+?):", text):
            return (
                f"{name} needs the library {library[1]}, which this machine lacks: "
                f"apt-get install {_LIBRARY_PACKAGES.get(library[1], library[1])}"
            )
        if version := re.search(r"version `(\S+?)' not found", text):
            return f"{name} needs {version[1]}, which this machine lacks: use Debian 12 or later"
        told = [line for line in lines if re.search(r"emerg|rror", line)] or lines[-1:]
        status = self._process.returncode if self._process else None
        return f"{name} stopped with exit status {status}: {' '.join(told[-1:])} (see {self.log})"

    def stop(self, timeout: float = STOP_SECONDS) -> None:
        """Stops the server: SIGTERM, and SIGKILL for what is left after a while. Idempotent.

        Args:
          timeout: how many seconds it has.
        """
        if self._process and self.running:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout)
        self.kill()

    def kill(self) -> None:
        """Kills the server and its children, as a crash would. Idempotent."""
        if self._process:
            # The group outlives its leader while a child runs.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            # No process waits for the children, and they answer while they die.
            deadline = time.monotonic() + _RELEASE_SECONDS
            while _group_runs(self._process.pid) and time.monotonic() < deadline:
                time.sleep(0.005)
            self._process = None

    def wait(self) -> int:
        """Waits for the process to end by itself.

        Returns:
          Its exit status.
        """
        return self._process.wait() if self._process else 0

    def __enter__(self) -> Self:
        """Starts it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stops it."""
        self.stop()


def _group_runs(group: int) -> bool:
    """Whether a process group has a process that has not ended (a zombie has)."""
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group = path.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                return True
    return False


def _environment() -> dict[str, str]:
    # $NGINX would be sockets to nginx, and $BUILDGRID_… options to BuildGrid.
    return {
        name: value
        for name, value in os.environ.items()
        if name != "NGINX" and not name.startswith("BUILDGRID")
    }


@contextlib.contextmanager
def _locked(folder: pathlib.Path) -> Iterator[int]:
    """Holds a folder, so that no second server writes to it.

    Args:
      folder: the folder.

    Yields:
      The lock's descriptor; a process that inherits it holds the folder too.

    Raises:
      ServerError: another server has it.
    """
    with (folder / "lock").open("ab") as lock:
        try:
            _retry(lambda: fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise ServerError(
                f"another server uses {folder}: stop it, or give another folder"
            ) from error
        yield lock.fileno()


def _retry(function: Callable[[], _T]) -> _T:
    deadline = time.monotonic() + _RELEASE_SECONDS
    while True:
        try:
            return function()
        except OSError as error:
            busy = error.errno in (errno.EADDRINUSE, errno.EWOULDBLOCK)
            if not busy or time.monotonic() > deadline:
                raise
        time.sleep(0.02)


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(1)
    except BaseException:
        bound.close()
        raise
    return bound


def _can_bind(host: str, port: int) -> bool:
    try:
        _bound(host, port).close()
    except OSError:
        return False
    return True


def free_port(host: str, port: int = 0) -> int:
    """Finds a port that can be listened at.

    BuildGrid would share a taken port with another BuildGrid, and nobody would notice.

    Args:
      host: the address.
      port: the port wanted, or 0 for any.

    Returns:
      The port.

    Raises:
      ServerError: it is taken, or the address is not this machine's.
    """
    try:
        with _retry(lambda: _bound(host, port)) as bound:
            return bound.getsockname()[1]
    except OSError as error:
        raise ServerError(
            f"cannot listen at {host}:{port} ({error.strerror}): give another address"
        ) from error
