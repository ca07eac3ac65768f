# SPDX-License-Identifier: Apache-2.0
"""What the pages show of a command's output is what the command prints."""

import os
import pathlib
import re
import subprocess

import pytest

_MODEL = os.environ["MODEL"]


@pytest.mark.parametrize(
    ("page", "first_line", "command"),
    [
        ("README", "ENUM CHECK", ["MNIST_MICRO"]),
        ("README", '{"image": "built-in"', ["MNIST_MICRO", "--json"]),
        ("README", "mnist_model_quantized.tflite: ", ["INSPECT", _MODEL]),
        (
            "COMPILED_MODELS",
            "mnist_model_quantized.tflite on cortex_m4f",
            ["COMPILER", _MODEL, "--report=-", "--core=cortex_m4f"],
        ),
    ],
)
def test_the_page_shows_what_is_printed(page, first_line, command):
    program, *arguments = command
    printed = subprocess.run(
        [os.environ[program], *arguments], capture_output=True, check=True, text=True
    ).stdout
    shown = _block(os.environ[page], first_line)
    place = 0
    for piece in re.split(r"^…\n", shown, flags=re.MULTILINE):
        found = printed.find(piece, place)
        assert found >= 0, f"{os.environ[page]} shows\n{piece}\nbut this is printed:\n{printed}"
        place = found + len(piece)


def _block(page: str, first_line: str) -> str:
    """Finds what a page shows, without the line of the command itself.

    Args:
      page: its path.
      first_line: what the output begins with.

    Returns:
      The text, lines of "…" for what is left out among them.
    """
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", pathlib.Path(page).read_text(), re.M | re.S)
    outputs = [re.sub(r"\A\$ .*\n", "", text) for language, text in fenced if not language]
    (found,) = [output for output in outputs if output.startswith(first_line)]
    return found
