# SPDX-License-Identifier: Apache-2.0
"""Tests this repository and a consumer of it with TFLM from a local copy of upstream's sources.

  tools/check_upstream --tflm=DIR [--flatbuffers=DIR --gemmlowp=DIR --kissfft=DIR --ruy=DIR]
      [--cmsis_nn=DIR] [-- BAZEL_ARGUMENT...]

Each DIR is a clone (its files are taken as they are, changes included), a bare repository that has
the commit in third_party/tflite_micro/upstream.json (third_party/cmsis_nn/upstream.json), or a
plain folder. None of them is changed: what Bazel reads is assembled in the per-user cache folder.

A library without a DIR is looked for in TFLM's own deps/, in
tensorflow/lite/micro/tools/make/downloads/ (where TFLM's makefile puts it), then beside TFLM's
folder, by its name. Without CMSIS-NN its kernels are not tested.

Options after -- go to Bazel. With targets after -- only these are tested, and no consumer.

Exit code: 0 if all tests pass; 2 for bad usage or a DIR that can't be used; else Bazel's.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence

_ROOT = pathlib.Path(__file__).absolute().parents[2]

# Run by its path, isolated: nothing of ours would be found otherwise.
sys.path.insert(0, str(_ROOT))

from third_party.tflite_micro import assemble  # noqa: E402

_TFLM = "tflm"
_CMSIS_NN = "cmsis_nn"
_TFLITE_MICRO = "tflite_micro"

# A file that each must have.
_MARKERS = {
    _TFLM: "tensorflow/lite/micro/micro_interpreter.h",
    _CMSIS_NN: "Include/arm_nnfunctions.h",
    "flatbuffers": "include/flatbuffers/flatbuffers.h",
    "gemmlowp": "public/gemmlowp.h",
    "kissfft": "kiss_fft.h",
    "ruy": "ruy/ruy.h",
}

# Where a library may lie in TFLM's folder.
_IN_TFLM = ("deps", "tensorflow/lite/micro/tools/make/downloads")

# What the repositories' names begin with, and where Bazel is to run.
_REPOSITORIES = (
    ("this repository", "_main~third_party~", "."),
    ("a consumer", "mnist_micro~~third_party~", "e2e/consumer"),
)

# In place of CMSIS-NN where there is none: what needs it is skipped.
_NO_CMSIS_NN = """\
load("@rules_cc//cc:defs.bzl", "cc_library")

cc_library(
    name = "cmsis_nn",
    target_compatible_with = ["@platforms//:incompatible"],
    visibility = ["//visibility:public"],
)
"""


class UpstreamError(Exception):
    """A folder can't be used. The message is one line."""


@dataclasses.dataclass(frozen=True)
class Pin:
    """What a repository is pinned to.

    Attributes:
      folder: where it goes, relative to TFLM's folder.
      remote: where it comes from.
      commit: 40 hexadecimal digits.
    """

    folder: str
    remote: str
    commit: str


@dataclasses.dataclass(frozen=True)
class Source:
    """A local copy.

    Attributes:
      name: `tflm` or a library's.
      folder: where it lies.
      commit: that is taken, or "" if the folder is not a repository.
      date: of the commit, e.g. 2026-08-20, or "".
      bare: whether there is no work tree, so that the commit is taken from the repository.
    """

    name: str
    folder: pathlib.Path
    commit: str = ""
    date: str = ""
    bare: bool = False


def _say(message: str) -> None:
    print(f"check_upstream: {message}", file=sys.stderr, flush=True)


def _git(folder: pathlib.Path, *arguments: str) -> str | None:
    run = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True)
    return run.stdout.strip() if run.returncode == 0 else None


def read_pins(path: pathlib.Path, main: str = _TFLM) -> dict[str, Pin]:
    """Reads what is pinned.

    Args:
      path: of upstream.json.
      main: what is in the top folder.

    Returns:
      From `main` and the libraries' names to pins.
    """
    pins = {}
    for folder, pin in json.loads(path.read_text()).items():
        name = main if folder == "." else pathlib.PurePosixPath(folder).name
        pins[name] = Pin(folder, pin["remote"], pin["commit"])
    return pins


def _places(name: str, tflm: pathlib.Path) -> list[pathlib.Path]:
    """Where a library may lie that is not given."""
    places = [tflm / place / name for place in _IN_TFLM] + [tflm.parent / name]
    return [place for place in places if (place / _MARKERS[name]).exists()]


def find_source(name: str, given: str | None, tflm: pathlib.Path | None, pin: Pin) -> Source:
    """Finds a local copy.

    Args:
      name: `tflm` or a library's.
      given: the folder that the user named, if any.
      tflm: folder of TFLM; None for TFLM itself.
      pin: what is expected.

    Returns:
      The copy.

    Raises:
      UpstreamError: it is missing or something else.
    """
    fetch = f"git clone {pin.remote} && git -C {name} checkout {pin.commit}"
    if given is not None:
        folder = pathlib.Path(given).expanduser().resolve()
        if not folder.is_dir():
            raise UpstreamError(f"--{name}={given}: is not a folder: {fetch}")
    else:
        assert tflm is not None
        found = _places(name, tflm)
        if not found:
            raise UpstreamError(f"{name} is not beside or in {tflm}: give --{name}=DIR: {fetch}")
        folder = found[0]
    top = _git(folder, "rev-parse", "--show-toplevel")
    bare = _git(folder, "rev-parse", "--is-bare-repository") == "true"
    if bare:
        if _git(folder, "cat-file", "-e", f"{pin.commit}:{_MARKERS[name]}") is None:
            raise UpstreamError(
                f"{folder}: has not the commit {pin.commit} of {name}: fetch it from {pin.remote}"
            )
        commit = pin.commit
    elif not (folder / _MARKERS[name]).is_file():
        raise UpstreamError(f"{folder}: is not {name}: it has no {_MARKERS[name]}")
    # A folder within somebody's repository is not that repository.
    elif top is not None and pathlib.Path(top).resolve() == folder:
        commit = _git(folder, "rev-parse", "HEAD") or ""
    else:
        commit = ""
    date = _git(folder, "log", "-1", "--format=%cs", commit) if commit else ""
    return Source(name, folder, commit, date or "", bare)


def warnings_of(source: Source, pin: Pin) -> list[str]:
    """Says what is not as pinned.

    Args:
      source: a local copy.
      pin: what is expected.

    Returns:
      Lines for the user.
    """
    if not source.commit:
        return [f"warning: {source.folder} is not a git repository: its commit is not known"]
    lines = []
    if source.commit != pin.commit:
        lines.append(
            f"warning: {source.folder} is at {source.commit}, not at {pin.commit}, which is pinned"
        )
    if not source.bare and _git(source.folder, "status", "--porcelain", "--untracked-files=no"):
        lines.append(f"warning: {source.folder} has changes, which are tested too")
    return lines


def copy_source(source: Source, folder: pathlib.Path) -> None:
    """Copies a local copy: of a repository the files that git knows, else all.

    Args:
      source: the local copy.
      folder: where to; made if it is not there.

    Raises:
      UpstreamError: git fails.
      OSError: a file can't be copied.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if source.bare:
        archive = ["git", "-C", str(source.folder), "archive", source.commit]
        with subprocess.Popen(archive, stdout=subprocess.PIPE) as git:
            unpacked = subprocess.run(["tar", "-x", "-C", str(folder)], stdin=git.stdout)
        if git.returncode or unpacked.returncode:
            raise UpstreamError(f"{source.folder}: `{' '.join(archive)} | tar -x` failed")
        return
    if not source.commit:
        ignore = shutil.ignore_patterns(".git")
        shutil.copytree(source.folder, folder, symlinks=True, ignore=ignore, dirs_exist_ok=True)
        return
    names = _git(source.folder, "ls-files", "-z")
    if names is None:
        raise UpstreamError(f"{source.folder}: `git ls-files` failed")
    for name in names.split("\0"):
        path = source.folder / name
        # A file that was deleted, and a submodule, are not files.
        if name and (path.is_file() or path.is_symlink()):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target, follow_symlinks=False)


def build_file(template: str, source: Source) -> str:
    """Makes the BUILD file say what TFLM it is of.

    Args:
      template: the text of upstream.BUILD.bazel.
      source: TFLM.

    Returns:
      The text of BUILD.bazel.
    """
    commit, date = source.commit or "a local copy", source.date or "unknown"
    text = re.sub(r'(?m)^_COMMIT = ".*"$', f'_COMMIT = "{commit}"', template)
    return re.sub(r'(?m)^_DATE = ".*"$', f'_DATE = "{date}"', text)


@contextlib.contextmanager
def _replaced(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """Gives a folder to fill, which then becomes the repository `folder`, whole or not at all."""
    partial = folder.with_name(folder.name + f".partial-{os.getpid()}")
    try:
        partial.mkdir(parents=True)
        yield partial
        # Bazel takes a folder for a repository by this file.
        (partial / "REPO.bazel").touch()
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def assemble_cmsis_nn(source: Source | None, template: str, folder: pathlib.Path) -> None:
    """Makes the repository that stands in for @cmsis_nn. It appears whole or not at all.

    Args:
      source: CMSIS-NN, if there is one.
      template: the text of its upstream.BUILD.bazel.
      folder: the repository, replaced if it is there.

    Raises:
      UpstreamError: git fails.
      OSError: a file can't be copied or written.
    """
    with _replaced(folder) as partial:
        if source is not None:
            _say(f"copying {source.name} from {source.folder}")
            copy_source(source, partial)
            assemble.remove_bazel_files(partial)
        (partial / "BUILD.bazel").write_text(_NO_CMSIS_NN if source is None else template)


def assemble_sources(
    sources: Sequence[Source], pins: Mapping[str, Pin], template: str, folder: pathlib.Path
) -> None:
    """Makes the repository that stands in for @tflite_micro. It appears whole or not at all.

    Args:
      sources: TFLM first, then its libraries.
      pins: where each goes.
      template: the text of upstream.BUILD.bazel.
      folder: the repository, replaced if it is there.

    Raises:
      UpstreamError: git fails.
      assemble.AssemblyError: the sources are not as expected.
      OSError: a file can't be copied or written.
    """
    with _replaced(folder) as partial:
        for source in sources:
            target = partial / pins[source.name].folder
            if source.name != _TFLM and target.exists():
                shutil.rmtree(target)
            _say(f"copying {source.name} from {source.folder}")
            copy_source(source, target)
        assemble.assemble(partial)
        (partial / "BUILD.bazel").write_text(build_file(template, sources[0]))


def cache_folder(environment: Mapping[str, str]) -> pathlib.Path:
    """Finds the per-user cache folder, as bazelw does.

    Args:
      environment: variables.

    Returns:
      Where to assemble.

    Raises:
      UpstreamError: there is none, or it lies below /tmp.
    """
    if environment.get("MNIST_MICRO_CACHE"):
        cache = pathlib.Path(environment["MNIST_MICRO_CACHE"])
    elif environment.get("XDG_CACHE_HOME"):
        cache = pathlib.Path(environment["XDG_CACHE_HOME"]) / "mnist_micro"
    elif environment.get("HOME"):
        cache = pathlib.Path(environment["HOME"]) / ".cache/mnist_micro"
    else:
        raise UpstreamError("HOME is not set: set it, or MNIST_MICRO_CACHE to a folder")
    cache = cache.resolve()
    if cache.is_relative_to("/tmp"):
        raise UpstreamError(
            f"{cache}: Bazel's sandbox has a /tmp of its own: set MNIST_MICRO_CACHE to a folder"
            " elsewhere"
        )
    return cache


def commands(folder: pathlib.Path, bazel: Sequence[str]) -> list[tuple[str, str, list[str]]]:
    """Lists what is run.

    Args:
      folder: with the assembled repositories.
      bazel: arguments for Bazel, targets included.

    Returns:
      For each run what is tested, the folder to run in, relative to this repository, and the
      command.
    """
    targets = [argument for argument in bazel if re.match(r"-?(@|//)", argument)]
    options = [argument for argument in bazel if argument not in targets]
    return [
        (
            what,
            place,
            [
                str(_ROOT / "bazelw"),
                "test",
                *(
                    f"--override_repository={prefix}{name}={folder / name}"
                    for name in (_TFLITE_MICRO, _CMSIS_NN)
                ),
                *options,
                *(["--", *targets] if targets else ["//..."]),
            ],
        )
        for what, prefix, place in (_REPOSITORIES[:1] if targets else _REPOSITORIES)
    ]


def main(arguments: Sequence[str]) -> int:
    """Runs the command.

    Args:
      arguments: of the command line, without the program.

    Returns:
      The exit code.
    """
    parser = argparse.ArgumentParser(
        "check_upstream",
        allow_abbrev=False,
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--tflm", required=True, metavar="DIR", help="tensorflow/tflite-micro")
    for name in _MARKERS:
        if name != _TFLM:
            parser.add_argument(f"--{name}", metavar="DIR", help=f"where {name} lies")
    parser.add_argument(
        "--assemble_only",
        action="store_true",
        help="test nothing; print TFLM's folder, for Bazel (CMSIS-NN's is beside it)",
    )
    own, bazel = list(arguments), []
    if "--" in own:
        at = own.index("--")
        own, bazel = own[:at], own[at + 1 :]
    options = parser.parse_args(own)
    overlay = _ROOT / "third_party" / _TFLITE_MICRO
    cmsis_nn_overlay = _ROOT / "third_party" / _CMSIS_NN
    try:
        pins = read_pins(overlay / "upstream.json")
        tflm = find_source(_TFLM, options.tflm, None, pins[_TFLM])
        sources = [tflm] + [
            find_source(name, getattr(options, name), tflm.folder, pins[name])
            for name in pins
            if name != _TFLM
        ]
        pin = read_pins(cmsis_nn_overlay / "upstream.json", _CMSIS_NN)[_CMSIS_NN]
        cmsis_nn = None
        if options.cmsis_nn is not None or _places(_CMSIS_NN, tflm.folder):
            cmsis_nn = find_source(_CMSIS_NN, options.cmsis_nn, tflm.folder, pin)
        else:
            _say(
                f"warning: {_CMSIS_NN} is not beside or in {tflm.folder}, so its kernels are not"
                f" tested: give --{_CMSIS_NN}=DIR: git clone {pin.remote}"
            )
        for source in [*sources, *([cmsis_nn] if cmsis_nn else [])]:
            for line in warnings_of(source, pins.get(source.name, pin)):
                _say(line)
        folder = cache_folder(os.environ) / "check_upstream"
        folder.mkdir(parents=True, exist_ok=True)
        template = (overlay / "upstream.BUILD.bazel").read_text()
        assemble_sources(sources, pins, template, folder / _TFLITE_MICRO)
        template = (cmsis_nn_overlay / "upstream.BUILD.bazel").read_text()
        assemble_cmsis_nn(cmsis_nn, template, folder / _CMSIS_NN)
    except (UpstreamError, assemble.AssemblyError, OSError) as error:
        _say(str(error))
        return 2
    if options.assemble_only:
        print(folder / _TFLITE_MICRO)
        return 0
    status = 0
    for what, place, command in commands(folder, bazel):
        _say(f"testing {what}: {' '.join(command)}")
        code = subprocess.run(command, cwd=_ROOT / place).returncode
        _say(f"{what}: {'passed' if code == 0 else f'FAILED, exit status {code} of Bazel'}")
        status = status or code
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
