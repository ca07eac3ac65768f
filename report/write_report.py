# SPDX-License-Identifier: Apache-2.0
"""Writes the page of the whole chain, its figures or its pictures: the program of build_report.

  write_report --manifest=m.json --page=report.html --summary=summary.json

Exit code 2 and one line on stderr for bad flags, bad input, or an output that can't be written.
"""

from __future__ import annotations

import logging
import pathlib

from report import chain
from tflite.memory_plan import PlanError
from tflite.model import ModelError
from tflm import capabilities
from tools import command
from train import dataset

_MANIFEST = command.input_file("manifest", None, "JSON of all files.", required=True)
_PAGE = command.output_file("page", None, "The HTML file to write.")
_SUMMARY = command.output_file("summary", None, "The JSON file to write.")
_LIGHT = command.output_file("picture_light", None, "The PNG file to write, light.")
_DARK = command.output_file("picture_dark", None, "The PNG file to write, dark.")


def main() -> None:
    wanted = {theme: flag.value for theme, flag in (("light", _LIGHT), ("dark", _DARK))}
    if not any((_PAGE.value, _SUMMARY.value, *wanted.values())):
        raise command.CommandError("needs --page, --summary, --picture_light or --picture_dark")
    found = chain.read(_MANIFEST.value)
    if any(wanted.values()) and found.missing:
        raise command.CommandError(f"pictures show everything: {' '.join(found.missing)}")
    # It would say that it has no folder for its cache: in a build action nothing outlives the
    # action.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    # Only now: they import matplotlib.
    from report import page, pictures, summary

    outputs: dict[str | pathlib.Path, bytes | str] = {}
    try:
        if _PAGE.value:
            outputs[_PAGE.value] = page.render(found)
        if _SUMMARY.value:
            outputs[_SUMMARY.value] = command.json_text(summary.of(found))
        for theme, path in wanted.items():
            if path:
                outputs[path] = pictures.make(found, theme)
    except (KeyError, TypeError, IndexError) as error:
        # A file has another form than the one that the sections know.
        raise command.CommandError(
            f"{_MANIFEST.value}: a file that it names has another form: {error!r}"
        ) from error
    command.write_files(outputs)


if __name__ == "__main__":
    command.run(
        main,
        chain.ChainError,
        dataset.DatasetError,
        ModelError,
        PlanError,
        capabilities.NotTflmError,
    )
