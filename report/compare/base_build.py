# SPDX-License-Identifier: Apache-2.0
"""Builds the summary of another commit of the checkout, in a work tree that is gone afterwards."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence

TARGET = "//report:summary"
_DEFINED_IN = "report/build_report.bzl"
_SUMMARY = pathlib.Path("bazel-bin/report/summary.json")
_SETTINGS = "user.bazelrc"
# Bazel stops its actions first.
_SECONDS_TO_STOP = 60
# What ends a command from outside: Ctrl-C, `kill`, a terminal that is closed.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# A git hook has variables that say which repository and which index is meant: git would take these
# for the work tree's, too, and write into the index of the commit that is being made.
_OF_A_COMMIT = ("GIT_INDEX_FILE", "GIT_PREFIX", "GIT_WORK_TREE")
_OF_A_REPOSITORY = ("GIT_COMMON_DIR", "GIT_DIR", "GIT_OBJECT_DIRECTORY")


class BaseError(Exception):
    """The base can't be built. The message is one line."""


def _environment(checkout: pathlib.Path) -> dict[str, str]:
    """Gives the environment in which git finds a checkout's repository by the folder alone."""
    # Without .git only the variables can say where it is.
    left_out = _OF_A_COMMIT + (_OF_A_REPOSITORY if (checkout / ".git").exists() else ())
    return {name: value for name, value in os.environ.items() if name not in left_out}


def _git(checkout: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", "-C", str(checkout), *arguments],
            env=_environment(checkout),
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise BaseError("git was not found: install it") from error


def find_commit(checkout: pathlib.Path, name: str) -> str:
    """Finds a commit.

    Args:
      checkout: the root of a git checkout.
      name: what the user calls it: a hash, a branch, a tag, HEAD~2.

    Returns:
      Its full hash.

    Raises:
      BaseError: there is no such commit, or no checkout.
    """
    if _git(checkout, "rev-parse", "--git-dir").returncode:
        raise BaseError(f"{checkout}: is not a git checkout, so it has no other commits")
    found = _git(
        checkout, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
    )
    if found.returncode or not found.stdout.strip():
        raise BaseError(f"--base={name}: is no commit of {checkout}: see `git log`")
    return found.stdout.strip()


def check_target(checkout: pathlib.Path, commit: str) -> None:
    """Refuses commits from before there were summaries.

    Args:
      checkout: the root of a git checkout.
      commit: its hash.

    Raises:
      BaseError: it has no TARGET.
    """
    if _git(checkout, "cat-file", "-e", f"{commit}:{_DEFINED_IN}").returncode:
        raise BaseError(f"commit {commit[:12]} has no {TARGET}: take a later one as base")


def output_base(checkout: pathlib.Path) -> pathlib.Path:
    """Names the folder that Bazel keeps between comparisons of a checkout: what it fetched, mostly.

    Args:
      checkout: the root of the checkout.

    Returns:
      A folder in the user's cache, one for each checkout.
    """
    cache = os.environ.get("XDG_CACHE_HOME") or str(pathlib.Path.home() / ".cache")
    folder = pathlib.Path(os.environ.get("MNIST_MICRO_CACHE") or f"{cache}/mnist_micro")
    key = hashlib.sha256(str(checkout.resolve()).encode()).hexdigest()[:16]
    return folder / "compare" / key


@contextlib.contextmanager
def work_tree(checkout: pathlib.Path, commit: str) -> Iterator[pathlib.Path]:
    """Checks a commit out, beside what the user has.

    Args:
      checkout: the root of a git checkout.
      commit: its hash.

    Yields:
      The folder, with the user's own Bazel settings. It is removed in any case.

    Raises:
      BaseError: git can't make it.
    """
    with tempfile.TemporaryDirectory(prefix="mnist_micro_base_") as name:
        tree = pathlib.Path(name) / "base"
        try:
            added = _git(checkout, "worktree", "add", "--quiet", "--detach", str(tree), commit)
            if added.returncode:
                reason = (added.stderr.strip().splitlines() or ["no reason given"])[-1]
                raise BaseError(f"git made no work tree of {commit[:12]}: {reason}")
            if (checkout / _SETTINGS).is_file():
                shutil.copyfile(checkout / _SETTINGS, tree / _SETTINGS)
            yield tree
        finally:
            with _undisturbed():
                # Not by `git worktree prune`: it would also forget work trees of the user whose
                # folders are away for now, such as those on another disk.
                remove = ("worktree", "remove", "--force", "--force", str(tree))
                if _git(checkout, *remove).returncode:
                    # git refuses half of a folder, but not none.
                    shutil.rmtree(tree, ignore_errors=True)
                    _git(checkout, *remove)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Lets no second Ctrl-C or other signal leave half of something behind."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _bazel(tree: pathlib.Path, base: pathlib.Path, *arguments: str) -> int:
    """Runs the base's bazelw, whose progress goes to stderr, and returns its exit code."""
    environment = {
        # What `bazel run` set is of the other build.
        name: value
        for name, value in _environment(tree).items()
        if not name.startswith(("BUILD_WORK", "RUNFILES_", "BAZEL_"))
    }
    try:
        process = subprocess.Popen(
            ["./bazelw", f"--output_base={base}", *arguments],
            cwd=tree,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),
        )
    except OSError as error:
        raise BaseError(f"the base's bazelw can't be run: {error.strerror}") from error
    try:
        return process.wait()
    except BaseException:
        # Ctrl-C, or a signal to this process alone.
        with _undisturbed():
            process.send_signal(signal.SIGINT)
            try:
                process.wait(_SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        raise


def build_summary(checkout: pathlib.Path, commit: str, options: Sequence[str]) -> bytes:
    """Builds the summary of a commit.

    Args:
      checkout: the root of a git checkout.
      commit: its hash.
      options: further options of Bazel's build.

    Returns:
      The JSON file's bytes.

    Raises:
      BaseError: it can't be built; then stderr has what Bazel said.
    """
    base = output_base(checkout)
    try:
        base.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BaseError(f"{base.parent}: cannot be made: {error.strerror}") from error
    with work_tree(checkout, commit) as tree:
        try:
            code = _bazel(tree, base, "build", *options, TARGET)
            if code:
                raise BaseError(
                    f"the build of {TARGET} of commit {commit[:12]} failed with exit code {code}:"
                    " see above"
                )
            try:
                return (tree / _SUMMARY).read_bytes()
            except OSError as error:
                raise BaseError(
                    f"the build of commit {commit[:12]} left no {_SUMMARY}: {error.strerror}"
                ) from error
        finally:
            with _undisturbed():
                # Its server would go on in a folder that is gone.
                _bazel(tree, base, "shutdown")
