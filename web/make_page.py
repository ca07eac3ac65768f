# SPDX-License-Identifier: Apache-2.0
r"""Puts a page, its script, its style sheet and a module of WebAssembly into one HTML file.

Exit code 2 and one line on stderr for files that can't be read or written, a model that the page
can't show, or parts that don't fit each other.
"""

from __future__ import annotations

from tflite import reader
from tflite.model import ModelError
from tflm import capabilities
from tools import command
from web import model_format, page_parts

_TEMPLATE = command.input_file("template", None, "The HTML with places.", required=True)
_STYLE = command.input_file("style", None, "The style sheet.", required=True)
_SCRIPT = command.input_file("script", None, "The script.", required=True)
_INSPECTOR = command.input_files(
    "inspector", None, "The scripts that read models, in their order.", required=True
)
_TFLM = command.input_file("tflm", None, "The linked TFLM: //tflm:tflm.json.", required=True)
_MODULE = command.input_file("module", None, "The module of WebAssembly.", required=True)
_MODEL = command.input_file("model", None, "The .tflite file it was made of.", required=True)
_OUTPUT = command.output_file("output", None, "The HTML file to write.", required=True)


def main() -> None:
    page = page_parts.make(
        _TEMPLATE.value.read_text("utf-8"),
        _STYLE.value.read_text("utf-8"),
        _SCRIPT.value.read_text("utf-8"),
        page_parts.inspector(
            [path.read_text("utf-8") for path in _INSPECTOR.value],
            model_format.describe(capabilities.read_json(_TFLM.value)),
        ),
        _MODULE.value.read_bytes(),
        reader.read_model(_MODEL.value),
    )
    command.write_files({_OUTPUT.value: page})


if __name__ == "__main__":
    command.run(main, ModelError, capabilities.NotTflmError, page_parts.PageError)
