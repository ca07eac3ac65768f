# SPDX-License-Identifier: Apache-2.0
"""What the programs that write a C++ array share: their flags for names and outputs."""

from __future__ import annotations

from absl import flags

from codegen import c_array, cpp_header
from tools import command

_NAME = flags.DEFINE_string("name", None, "The array's name, snake_case.", required=True)
_NAMESPACE = flags.DEFINE_string("namespace", None, "The C++ namespace.", required=True)
_HEADER = command.output_file("header", None, "The header to write.", required=True)
_SOURCE = command.output_file("source", None, "The source to write.", required=True)
_HEADER_PATH = flags.DEFINE_string(
    "header_path", None, "The header's path in #include directives (default: its file name)."
)


def check() -> None:
    """Checks the names, before any work.

    Raises:
      cpp_header.InvalidNameError: they would not compile.
    """
    cpp_header.check_names(_NAME.value, _NAMESPACE.value)


def write(content: bytes, source_name: str) -> None:
    """Writes header and source.

    Args:
      content: of the array.
      source_name: where it is from, for the banner.

    Raises:
      command.CommandError: they can't be written.
    """
    header = _HEADER.value
    arguments = {
        "source_name": source_name,
        "name": _NAME.value,
        "namespace": _NAMESPACE.value,
        "header_path": _HEADER_PATH.value or header.name,
    }
    command.write_files(
        {
            header: c_array.render_header(content, **arguments),
            _SOURCE.value: c_array.render_source(content, **arguments),
        }
    )
