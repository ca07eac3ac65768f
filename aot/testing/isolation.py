# SPDX-License-Identifier: Apache-2.0
"""Does work in processes of their own, which may crash or hang."""

from __future__ import annotations

import collections
import dataclasses
import faulthandler
import multiprocessing
import os
import pathlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing import connection
from typing import Any, Generic, TypeVar

T = TypeVar("T")

Send = Callable[[Any], None]


@dataclasses.dataclass(frozen=True)
class Result(Generic[T]):
    """What became of a task.

    Attributes:
      task: the task.
      messages: all that it has sent.
      fault: how its process ended, e.g. "signal 11"; "" if it came to its end.
    """

    task: T
    messages: list
    fault: str


@dataclasses.dataclass
class _Running(Generic[T]):
    task: T
    process: Any
    receiver: connection.Connection
    folder: tempfile.TemporaryDirectory
    messages: list
    last: float


class Pool(Generic[T]):
    """Processes, each for one task. More tasks may be added while results come."""

    def __init__(
        self, work: Callable[[T, pathlib.Path, Send], None], *, jobs: int = 1, seconds: float = 60
    ) -> None:
        """Starts nothing yet.

        Args:
          work: does a task; gets an empty folder, whose file `log` has what it writes to stderr,
            and a function that sends a message.
          jobs: how many at the same time.
          seconds: how long a task may be silent.
        """
        self._work = work
        self._jobs = jobs
        self._seconds = seconds
        self._waiting: collections.deque[T] = collections.deque()
        self._running: list[_Running[T]] = []

    def add(self, task: T) -> None:
        """Adds a task."""
        self._waiting.append(task)

    def results(self) -> Iterator[Result[T]]:
        """Does all tasks, and gives their results as they come."""
        try:
            while self._waiting or self._running:
                while self._waiting and len(self._running) < self._jobs:
                    self._running.append(self._start(self._waiting.popleft()))
                ready = connection.wait([r.receiver for r in self._running], timeout=1)
                for running in list(self._running):
                    fault = self._receive(running, running.receiver in ready)
                    if fault is not None:
                        self._running.remove(running)
                        running.folder.cleanup()
                        yield Result(running.task, running.messages, fault)
        finally:
            for running in self._running:
                running.process.kill()
                running.folder.cleanup()
            self._running.clear()

    def _start(self, task: T) -> _Running[T]:
        # Not a new interpreter: what is imported stays so.
        context = multiprocessing.get_context("fork")
        receiver, sender = context.Pipe(duplex=False)
        folder = tempfile.TemporaryDirectory(prefix="isolated-")
        process = context.Process(
            target=self._run, args=(task, pathlib.Path(folder.name), sender), daemon=True
        )
        process.start()
        sender.close()
        return _Running(task, process, receiver, folder, [], time.monotonic())

    def _run(self, task: T, folder: pathlib.Path, sender: connection.Connection) -> None:
        # A death is a result like others, about which nothing is printed.
        faulthandler.disable()
        with open(folder / "log", "wb") as log:
            os.dup2(log.fileno(), 2)
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
        self._work(task, folder, sender.send)
        sys.stderr.flush()
        # Without what would end the parent's business, e.g. that of pytest.
        os._exit(0)

    def _receive(self, running: _Running[T], ready: bool) -> str | None:
        """Takes one message; gives how the process ended, or None if it goes on."""
        if ready:
            running.last = time.monotonic()
            try:
                running.messages.append(running.receiver.recv())
                return None
            except EOFError:
                running.process.join()
                code = running.process.exitcode
                return "" if code == 0 else f"signal {-code}" if code < 0 else f"exit code {code}"
        if time.monotonic() - running.last > self._seconds:
            running.process.kill()
            running.process.join()
            return f"silence of {self._seconds} seconds"
        return None
