"""What all our Python commands share: errors in one line, exit code 2, outputs whole or not at all.

The absl-py that a command runs with is that of its own pip hub, so this library names none.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping

from absl import app, flags

EXIT_BAD_INPUT = 2
"""Exit code for bad usage, bad input, and outputs that can't be written."""


class CommandError(Exception):
    """An error that the user can mend. The message is one line that names the file and the fix."""


def user_path(path: str) -> pathlib.Path:
    """Resolves a path that the user typed.

    `bazel run` starts a program in its runfiles; the user's folder is in BUILD_WORKING_DIRECTORY.
    A path that exists where the program runs (a default, from the BUILD file) is taken as it is.

    Args:
      path: relative or absolute.

    Returns:
      The path to use.
    """
    resolved = pathlib.Path(path).expanduser()
    base = os.environ.get("BUILD_WORKING_DIRECTORY")
    if base and not resolved.is_absolute() and not resolved.exists():
        return pathlib.Path(base) / resolved
    return resolved


@contextlib.contextmanager
def scratch_folder(output_folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """Makes a folder beside the outputs, for libraries that can only write to a path.

    Args:
      output_folder: the folder the outputs go to; made if it is not there.

    Yields:
      An empty folder, deleted at the end.

    Raises:
      CommandError: it can't be made, or the body raised OSError (disk full, say).
    """
    try:
        output_folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=output_folder) as folder:
            yield pathlib.Path(folder)
    except OSError as error:
        raise CommandError(_cannot_write(output_folder, error)) from error


def write_files(files: Mapping[str | pathlib.Path, bytes | str]) -> None:
    """Writes all of the files, or none: under temporary names first, then renamed.

    Args:
      files: path to contents; text is written as UTF-8. Missing folders are made.

    Raises:
      CommandError: a file can't be written. No file of the call is left behind half-written.
    """
    partial: dict[pathlib.Path, pathlib.Path] = {}
    path = pathlib.Path()
    try:
        for name, contents in files.items():
            path = pathlib.Path(name)
            if path.is_dir():
                raise CommandError(f"cannot write {path}: it is a folder")
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f".{path.name}.partial-{os.getpid()}")
            partial[path] = temporary
            data = contents.encode() if isinstance(contents, str) else contents
            with open(temporary, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        for path, temporary in partial.items():
            os.replace(temporary, path)
    except OSError as error:
        raise CommandError(_cannot_write(path, error)) from error
    finally:
        for temporary in partial.values():
            with contextlib.suppress(OSError):
                temporary.unlink()


def json_text(value: object) -> str:
    """Formats a report as a JSON file holds it.

    Args:
      value: what JSON can hold.

    Returns:
      Indented JSON with a newline at its end.
    """
    return json.dumps(value, indent=2) + "\n"


def _cannot_write(path: pathlib.Path, error: OSError) -> str:
    return f"cannot write {path}: {error.strerror or error}"


def _parse_flags(argv: list[str]) -> list[str]:
    try:
        return flags.FLAGS(argv)
    except flags.Error as error:
        message = " ".join(str(error).split())
        print(f"{_program(argv)}: {message} (--help lists the flags)", file=sys.stderr)
        sys.exit(EXIT_BAD_INPUT)


def _program(argv: list[str]) -> str:
    return pathlib.Path(argv[0]).name.removesuffix(".py")


def run(main: Callable[[], None], *bad_input: type[Exception]) -> None:
    """Runs a command that takes flags and no arguments, and exits.

    Args:
      main: the command. It reads its flags with absl.
      *bad_input: further exception types whose message is the one line to print.
    """

    def wrapped(argv: list[str]) -> int:
        if len(argv) > 1:
            print(
                f"{_program(argv)}: unexpected argument {argv[1]!r} (--help lists the flags)",
                file=sys.stderr,
            )
            return EXIT_BAD_INPUT
        try:
            main()
        except (CommandError, *bad_input) as error:
            message = " ".join(str(error).split())
            print(f"{_program(argv)}: {message}", file=sys.stderr)
            return EXIT_BAD_INPUT
        return 0

    app.run(wrapped, flags_parser=_parse_flags)
