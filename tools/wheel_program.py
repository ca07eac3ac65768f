"""Programs that come in wheels: rules_python unpacks a wheel's packages, but not its scripts."""

from __future__ import annotations

import contextlib
import pathlib
import tempfile
import zipfile
from collections.abc import Iterator


@contextlib.contextmanager
def extracted(wheel: str | pathlib.Path, name: str) -> Iterator[pathlib.Path]:
    """Unpacks one program of a wheel into a temporary folder.

    Args:
      wheel: the .whl file.
      name: the program's name, as pip would install it.

    Yields:
      The program's path, executable; deleted at the end.

    Raises:
      KeyError: the wheel has no such program.
    """
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as archive:
        for entry in archive.namelist():
            if entry.endswith(f".data/scripts/{name}"):
                path = pathlib.Path(folder) / name
                path.write_bytes(archive.read(entry))
                path.chmod(0o755)
                break
        else:
            raise KeyError(f"{wheel} has no program {name}")
        yield path
