# SPDX-License-Identifier: Apache-2.0
"""What all our Python commands share: errors in one line, exit code 2, outputs whole or not at all.

A command declares the files that it reads and writes as flags of these kinds:

  _MODEL = command.input_file("model", None, "The .tflite file.", required=True)
  _OUTPUT = command.output_file("output", None, "The JSON file to write.", required=True)

Their values are paths, and `run` refuses an output that is an input too, before the command starts.

The absl-py that a command runs with is that of its own pip hub, so this library names none.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import pathlib
import re
import signal
import stat
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from absl import app, flags

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# So the flags below count as those of the module that asks for them: --help lists them there.
flags.disclaim_key_flags()

EXIT_BAD_INPUT = 2
"""Exit code for bad usage, bad input, and outputs that can't be written."""


class CommandError(Exception):
    """An error that the user can mend. The message is one line that names the file and the fix."""


# --- paths ----------------------------------------------------------------------------------------


class _PathParser(flags.ArgumentParser):
    """Takes a flag's value for a path that the user typed."""

    syntactic_help = "a path"

    def __init__(self, *, written: bool, is_folder: bool = False):
        super().__init__()
        self.written = written
        self.is_folder = is_folder

    def parse(self, argument: str | pathlib.Path) -> pathlib.Path:
        if not str(argument):
            raise ValueError("needs a path")
        if not self.written:
            return user_path(argument)
        # Not in the folder in which the program runs, whatever is there.
        base = os.environ.get("BUILD_WORKING_DIRECTORY", "")
        return pathlib.Path(base) / pathlib.Path(argument).expanduser()

    def flag_type(self) -> str:
        return "path"


def input_file(
    name: str, default: str | None, help: str, *, required: bool = False
) -> flags.FlagHolder[pathlib.Path]:
    """Defines a flag for a file that the command reads.

    Args:
      name: of the flag.
      default: its value if it isn't given.
      help: what it is.
      required: whether it must be given.

    Returns:
      The flag. Its value is what `user_path` makes of it.
    """
    parser = _PathParser(written=False)
    return flags.DEFINE(parser, name, default, help, required=required)


def input_files(
    name: str, default: Iterable[str] | None, help: str, *, required: bool = False
) -> flags.FlagHolder[list[pathlib.Path]]:
    """Like `input_file`, for a flag that can be given several times: its value is a list."""
    parser = _PathParser(written=False)
    return flags.DEFINE_multi(  # type: ignore[call-overload]  # A serializer is not needed.
        parser, None, name, default, help, required=required
    )


def output_file(
    name: str, default: str | None, help: str, *, required: bool = False
) -> flags.FlagHolder[pathlib.Path]:
    """Like `input_file`, for a file that the command writes: its place is the user's folder."""
    parser = _PathParser(written=True)
    return flags.DEFINE(parser, name, default, help, required=required)


def output_folder(
    name: str, default: str | None, help: str, *, required: bool = False
) -> flags.FlagHolder[pathlib.Path]:
    """Like `output_file`, for a folder that the command writes files to."""
    parser = _PathParser(written=True, is_folder=True)
    return flags.DEFINE(parser, name, default, help, required=required)


def workspace(run_as: str) -> pathlib.Path:
    """The checkout that `bazel run` was started in, for commands that write files there.

    Args:
      run_as: how the command is run, for the message.

    Returns:
      Its root.

    Raises:
      CommandError: it was started in another way.
    """
    folder = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if not folder:
        raise CommandError(f"run it as `{run_as}`")
    return pathlib.Path(folder)


_ALSO_READ: list[tuple[str, pathlib.Path]] = []


def also_reads(source: str, paths: Iterable[pathlib.Path]) -> None:
    """Names files that the command reads and no flag names, so that no output replaces them.

    Args:
      source: where they are named, e.g. "a file in sources.txt".
      paths: of the files.
    """
    _ALSO_READ.extend((source, path) for path in paths)


def _files_of_flags(*, written: bool) -> Iterator[tuple[str, pathlib.Path]]:
    """Lists the files that the flags name, each with its flag."""
    if not flags.FLAGS.is_parsed():
        return
    for name in flags.FLAGS:
        flag = flags.FLAGS[name]
        parser = flag.parser
        if isinstance(parser, _PathParser) and parser.written == written and not parser.is_folder:
            values = flag.value if isinstance(flag.value, list) else [flag.value]
            yield from ((f"--{name}", path) for path in values if path is not None)


def _identity(path: pathlib.Path) -> object:
    """What two paths have in common if and only if they lead to the same file.

    Args:
      path: of a file that need not be there.

    Returns:
      A key, the same for links and other spellings; None for what is not a regular file: nothing is
      lost if a device, for example, is read and written.
    """
    try:
        status = path.stat()
    except OSError:
        return os.path.realpath(path)
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def check_outputs(outputs: Iterable[tuple[str, pathlib.Path]]) -> None:
    """Refuses outputs that are the same file as an input, or as each other.

    Args:
      outputs: what to call each in a message, and its path.

    Raises:
      CommandError: two are the same file.
    """
    read = [*_files_of_flags(written=False), *_ALSO_READ]
    taken = {_identity(path): f"{source}, which is read" for source, path in read}
    for name, path in outputs:
        identity = _identity(path)
        if identity is not None and identity in taken:
            raise CommandError(
                f"cannot write {name}: it is the same file as {taken[identity]}: name another one"
            )
        taken[identity] = name


def user_path(path: str | pathlib.Path) -> pathlib.Path:
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
      CommandError: it can't be made, or the body raised OSError (for example if the disk is full).
    """
    try:
        output_folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=output_folder) as folder:
            yield pathlib.Path(folder)
    except OSError as error:
        raise CommandError(_cannot_write(output_folder, error)) from error


def write_files(files: Mapping[str | pathlib.Path, bytes | str]) -> None:
    """Writes all of the files, or none: under temporary names first, then renamed.

    A link is followed; a device or a pipe is written to as it is.

    Args:
      files: path to contents; text is written as UTF-8. Missing folders are made.

    Raises:
      CommandError: a file can't be written, is an input too, or the same as another one. No file of
        the call is left behind half-written.
    """
    paths = [pathlib.Path(name) for name in files]
    check_outputs((str(path), path) for path in paths)
    partial: dict[pathlib.Path, pathlib.Path] = {}
    path = pathlib.Path()
    try:
        for number, (path, contents) in enumerate(zip(paths, files.values(), strict=True)):
            if path.is_dir():
                raise CommandError(f"cannot write {path}: it is a folder")
            # The name of a file with odd bytes may be part of its text.
            data = (
                contents.encode("utf-8", "backslashreplace")
                if isinstance(contents, str)
                else contents
            )
            if _written_in_place(path):
                with open(path, "wb") as file:
                    file.write(data)
                continue
            target = pathlib.Path(os.path.realpath(path))
            target.parent.mkdir(parents=True, exist_ok=True)
            # No part of the file's own name, which may be as long as names can be.
            temporary = target.with_name(f".partial-{os.getpid()}-{number}")
            partial[target] = temporary
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


def _written_in_place(path: pathlib.Path) -> bool:
    """Whether a path is not a place for a new file: e.g. /dev/stdout, whatever is behind it."""
    folder = os.path.realpath(path.parent)
    return (
        folder in ("/dev", "/proc")
        or folder.startswith("/proc/")
        or (path.exists() and not path.is_file())
    )


def printable(text: str) -> str:
    """Makes text for people of e.g. a file's name, which may have any bytes.

    Args:
      text: of one line.

    Returns:
      The text, with escapes in place of line ends, of what a terminal takes for commands, and of
      what turns the direction of text.
    """
    return "".join(
        c if c.isprintable() or unicodedata.category(c) == "Zs" else ascii(c)[1:-1] for c in text
    )


def json_text(value: object) -> str:
    """Formats a report as a JSON file contains it.

    Args:
      value: what JSON can represent.

    Returns:
      Indented JSON with a newline at its end.
    """
    return json.dumps(value, indent=2) + "\n"


def _cannot_write(path: pathlib.Path, error: OSError) -> str:
    return f"cannot write {path}: {error.strerror or error}"


# --- running --------------------------------------------------------------------------------------


class _StdoutError(Exception):
    """stdout can't be written. Not an OSError: code around a file would take it for its own."""


class _Stdout(io.FileIO):
    """The file descriptor of stdout."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            raise _StdoutError(error.errno) from error


def _open_streams() -> None:
    """Makes stdout and stderr such that odd text and closed or full files give no traceback."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    encoding = "utf-8"
    if sys.stdout is None:
        # Closed. What can't be written stands in, so that no output file gets its number.
        descriptor = os.open(os.devnull, os.O_RDONLY)
    else:
        try:
            sys.stdout.flush()
            descriptor = sys.stdout.fileno()
        except OSError:
            return
        encoding = sys.stdout.encoding
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(_Stdout(descriptor, "w", closefd=False)),
        encoding=encoding,
        errors="backslashreplace",
        line_buffering=os.isatty(descriptor),
    )


def _end_for_stdout(error: _StdoutError, program: str) -> None:
    """Ends the process that can't write to stdout.

    Args:
      error: why.
      program: what to call it.
    """
    (number,) = error.args
    # What is still buffered goes nowhere.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if number == errno.EPIPE:
        # The reader needs no more, which is not an error. End as programs do then.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGPIPE)
    print(f"{program}: cannot write to stdout: {os.strerror(number)}", file=sys.stderr)
    sys.exit(EXIT_BAD_INPUT)


def _program(argv: list[str]) -> str:
    return pathlib.Path(argv[0]).name.removesuffix(".py")


def _flag_fault(error: flags.Error) -> str:
    """What is wrong with the flags, in one line.

    Args:
      error: absl's, which has a sentence and the flag's value for each flag that is missing.

    Returns:
      Its text, or "--a, --b: missing" in place of it.
    """
    message = " ".join(str(error).split())
    missing = re.findall(r"Flag (--\w+) must have a value other than None", message)
    return f"{', '.join(missing)}: missing" if missing else message


def run(
    main: Callable[[], None],
    *bad_input: type[Exception],
    argument: str | None = None,
    arguments: str | None = None,
) -> None:
    """Runs a command that takes flags, and by default no arguments, and exits.

    The exit code is 0; 2 after bad usage, bad input or if an output can't be written, with one line
    on stderr. If nobody reads stdout any more, the process ends by SIGPIPE, as other programs do.

    Args:
      main: the command. It reads its flags with absl.
      *bad_input: further exception types whose message is the one line to print. One that has
        several reasons has them as `lines`.
      argument: the flag that may be given as an argument, without its name.
      arguments: instead, the flag of several values (e.g. `input_files`) that may be given as
        any number of arguments.
    """
    program = _program(sys.argv)
    expected: tuple[type[Exception], ...] = (CommandError, *bad_input)

    def parse(argv: list[str]) -> list[str]:
        if argument is not None or arguments is not None:
            flags.FLAGS.set_gnu_getopt(True)  # Flags may stand on both sides of it.
        shown = io.StringIO()
        try:
            with contextlib.redirect_stdout(shown):
                rest = flags.FLAGS(argv)
            if argument is not None and len(rest) > 1 and not flags.FLAGS[argument].present:
                flags.FLAGS[argument].parse(rest.pop(1))
            if arguments is not None and len(rest) > 1:
                flags.FLAGS[arguments].parse(rest[1:])
                rest = rest[:1]
            return rest
        except flags.Error as error:
            print(f"{program}: {_flag_fault(error)} (--help lists the flags)", file=sys.stderr)
            sys.exit(EXIT_BAD_INPUT)
        except SystemExit:
            # After --help, for which absl has exit code 1 and the program's path in Bazel's cache.
            print(shown.getvalue().replace(argv[0], program), end="")
            sys.exit(0)

    def wrapped(argv: list[str]) -> int:
        if len(argv) > 1:
            print(
                f"{program}: unexpected argument {argv[1]!r} (--help lists the flags)",
                file=sys.stderr,
            )
            return EXIT_BAD_INPUT
        try:
            check_outputs(
                (f"{path} ({flag})", path) for flag, path in _files_of_flags(written=True)
            )
            main()
        except KeyboardInterrupt:
            # End as programs do whose user presses Ctrl-C.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        except expected as error:
            for line in getattr(error, "lines", (str(error),)):
                print(f"{program}: {printable(' '.join(line.split()))}", file=sys.stderr)
            return EXIT_BAD_INPUT
        return 0

    _open_streams()
    try:
        try:
            app.run(wrapped, flags_parser=parse)
        finally:
            sys.stdout.flush()
    except _StdoutError as error:
        _end_for_stdout(error, program)
