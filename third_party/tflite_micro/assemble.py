# SPDX-License-Identifier: Apache-2.0
"""Makes fetched sources of TFLM into what our BUILD files expect, in place.

- Patches kissfft, if it is there, as TFLM itself does, by the patch that comes with TFLM.
- Deletes their BUILD files and whatever else Bazel would read: they would cut our globs short.
- Leaves flatbuffers' object API (`ModelT`, `UnPack` and so on, with their vectors and unique_ptrs)
  out of schema_generated.h. Every source of TFLM and every program that includes it reads this
  header. The object API is two fifths of it and three quarters of the time that a compiler spends
  on a small kernel, and TFLM uses next to nothing of it.

The repository rule runs this, and tools/check_upstream does. It needs nothing but Python, and git
for kissfft.

Usage: python3.11 assemble.py FOLDER
"""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys

_NOTE = (
    "// Changed by mnist_micro: the object API (ModelT, UnPack and so on) is left out, as TFLM"
    " hardly\n// uses it and compilers take long over it.\n"
)

# schema_utils.cc has a function for it.
_KEPT = r"OperatorCodeT\b"

# First lines of what is left out, at the left margin, and the line that ends it.
_BLOCKS = [
    (re.compile(start), re.compile(end))
    for start, end in (
        (rf"struct (?!{_KEPT})\w+T : public (::)?flatbuffers::NativeTable \{{", r"\};"),
        (r"struct \w+Union \{", r"\};"),
        (r"template ?<(typename T)?> struct \w+UnionTraits\b", r"\};"),
        (r"inline .*\b\w+::(UnPack|UnPackTo|Pack)\(", r"\}"),
        (r"inline .* Create\w+\(.*\bconst \w+T \*_o\b", r"\}"),
        (r"inline \w+(T|Union)::", r"\}"),
        (r"inline \w+T &\w+T::operator=", r"\}"),
        (r"inline void \w+Union::", r"\}"),
        (r"inline (std::unique_ptr|(::)?flatbuffers::unique_ptr)<[\w:]+T> ", r"\}"),
    )
]

# Declarations of them, a line each.
_LINES = re.compile(
    rf"struct (?!{_KEPT})\w+T;$"
    r"|  typedef \w+T NativeTableType;$"
    r"|  \w+T \*UnPack\("
    r"|  void UnPackTo\("
    r"|  static (::)?flatbuffers::Offset<\w+> Pack\("
    r"|(::)?flatbuffers::Offset<\w+> Create\w+\(.*\bconst \w+T \*_o\b"
)

# The variables by which a git hook names its repository.
_OF_A_GIT_HOOK = (
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
)

# What Bazel would read in a repository.
_BAZEL_FILES = ("BUILD", "BUILD.bazel", "WORKSPACE*", "MODULE.bazel*", "REPO.bazel", ".bazelrc")


class AssemblyError(ValueError):
    """The folder has not the expected sources. The message is one line."""


class NotASchemaError(AssemblyError):
    """The text is not a header that flatc made. The message is one line."""


def trim(text: str) -> str:
    """Leaves out the object API.

    Args:
      text: a header that flatc made with --gen-object-api, or without: then it is not changed.

    Returns:
      The header as flatc makes it without the object API.

    Raises:
      NotASchemaError: it is another file, or ends within a definition.
    """
    if "FlatBuffers compiler" not in text:
        raise NotASchemaError("was not made by flatc")
    if text.startswith(_NOTE) or "NativeTable {" not in text:
        return text
    kept: list[str] = []
    end: re.Pattern[str] | None = None
    for line in text.splitlines(keepends=True):
        if end is None:
            for start, block_end in _BLOCKS:
                if start.match(line):
                    end = block_end
                    break
            else:
                if not _LINES.match(line):
                    kept.append(line)
        elif end.match(line):
            end = None
    if end is not None:
        raise NotASchemaError("ends within a definition")
    return _NOTE + "".join(kept)


def trim_file(path: pathlib.Path) -> None:
    """Like `trim`, of a file, which is replaced.

    Args:
      path: of the header.

    Raises:
      NotASchemaError: as `trim` does; the message names the file.
      OSError: it can't be read or written.
    """
    text = path.read_text(encoding="utf-8")
    try:
        trimmed = trim(text)
    except NotASchemaError as error:
        raise NotASchemaError(f"{path}: {error}") from error
    temporary = path.with_name(path.name + ".trimmed")
    temporary.write_text(trimmed, encoding="utf-8")
    os.replace(temporary, path)


def patch_kissfft(tflm: pathlib.Path, kissfft: pathlib.Path) -> None:
    """Patches kissfft as TFLM does. It may be patched already.

    Args:
      tflm: folder of TFLM, which has the patch.
      kissfft: folder of kissfft.

    Raises:
      AssemblyError: the patch is missing or does not fit.
    """
    patch = tflm.resolve() / "third_party/kissfft/kissfft.patch"
    if not patch.is_file():
        raise AssemblyError(f"{patch}: is missing, though kissfft is there")

    # In a folder of some repository git would skip all files without a message.
    environment = {k: v for k, v in os.environ.items() if k not in _OF_A_GIT_HOOK}
    environment["GIT_CEILING_DIRECTORIES"] = str(kissfft.resolve().parent)

    def apply(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", "apply", *options, str(patch)],
            cwd=kissfft,
            capture_output=True,
            env=environment,
            text=True,
        )

    if apply("--reverse", "--check").returncode == 0:
        return
    done = apply()
    if done.returncode:
        reason = " ".join(done.stderr.split())
        raise AssemblyError(f"{kissfft}: TFLM's patch does not fit, another version? {reason}")


def remove_bazel_files(folder: pathlib.Path) -> None:
    """Deletes what Bazel would read.

    Args:
      folder: of fetched sources.

    Raises:
      OSError: a file can't be deleted.
    """
    for pattern in _BAZEL_FILES:
        for path in folder.rglob(pattern):
            if path.is_file():
                path.unlink()


def assemble(folder: pathlib.Path) -> None:
    """Makes fetched sources into what our BUILD files expect, in place. May be done again.

    Args:
      folder: TFLM with the libraries that it needs, of upstream or of the crate.

    Raises:
      AssemblyError: it is something else.
      OSError: files can't be read or written.
    """
    schemas = sorted(folder.glob("**/tensorflow/lite/schema/schema_generated.h"))
    if not schemas:
        raise AssemblyError(f"{folder}: has no tensorflow/lite/schema/schema_generated.h")
    kissfft = folder / "deps/kissfft"
    if (kissfft / "kiss_fft.h").exists():
        patch_kissfft(folder, kissfft)
    remove_bazel_files(folder)
    for schema in schemas:
        trim_file(schema)


def main(arguments: list[str]) -> int:
    """Assembles a folder.

    Args:
      arguments: the folder.

    Returns:
      The exit code: 0, or 2 with a line on stderr.
    """
    if len(arguments) != 1:
        print("usage: python3.11 assemble.py FOLDER", file=sys.stderr)
        return 2
    try:
        assemble(pathlib.Path(arguments[0]))
    except (AssemblyError, OSError) as error:
        print(f"assemble: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
