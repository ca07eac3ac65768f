# SPDX-License-Identifier: Apache-2.0
r"""Writes the page of the whole chain, which the build made, to a file.

  ./bazelw run //:report                                # mnist_micro_report.html in the checkout
  ./bazelw run //:report -- --output=/path/to/file.html
  ./bazelw run //:report -- --open                      # and shows it in the browser

stdout says where the page is. Exit code 2 and one line on stderr for bad flags, or an output that
can't be written.
"""

from __future__ import annotations

import sys
import webbrowser

from absl import flags

from tools import command

_NAME = "mnist_micro_report.html"
_PAGE = command.input_file("page", None, "The page that the build made.", required=True)
_OUTPUT = command.output_file(
    "output", None, f"The file to write (default: {_NAME} in the checkout)."
)
_OPEN = flags.DEFINE_bool("open", False, "Show the page in the browser.")


def main() -> None:
    output = _OUTPUT.value or command.workspace("./bazelw run //:report") / _NAME
    try:
        page = _PAGE.value.read_bytes()
    except OSError as error:
        raise command.CommandError(f"{_PAGE.value}: cannot be read: {error.strerror}") from error
    command.write_files({output: page})
    print(f"Wrote {output}")
    if _OPEN.value and not webbrowser.open(output.resolve().as_uri()):
        print(f"report: no browser was found: open {output} in one", file=sys.stderr)


if __name__ == "__main__":
    command.run(main)
