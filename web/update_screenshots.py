# SPDX-License-Identifier: Apache-2.0
r"""Takes the pictures of the page that docs/web.md and the README show: docs/web_*.png.

./bazelw run //web:update_screenshots

The time of an inference on them is that of this machine: so each run writes other bytes.

Exit code 2 and one line on stderr if the browser fails or a picture can't be written.
"""

from __future__ import annotations

import io
import pathlib

from PIL import Image

from tools import command
from web.testing import browser, pages

_PAGE = command.input_file("page", None, "The page; as //web:digit_page.", required=True)
_MODEL = command.input_file("model", None, "The .tflite file that is inspected.", required=True)
_BROWSER = command.input_file(
    "browser", None, "The program; as @chromium//:program.", required=True
)

_MOST_BYTES = 150_000

_PICTURES = {
    "light": {"width": 900, "scale": 1.25},
    "dark": {"width": 900, "scale": 1.25, "is_dark": True},
    "narrow": {"width": 360, "scale": 1.5, "is_mobile": True},
}
"""Name of each picture, and the settings of its page."""


def smaller(png: bytes) -> bytes:
    """Makes a picture smaller: at most 256 colours.

    Args:
      png: the picture.

    Returns:
      It, as PNG.
    """
    output = io.BytesIO()
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(output, "PNG", optimize=True)
    return output.getvalue()


def main() -> None:
    # The folder's other files lie beside the program, not where a link of Bazel's points to.
    program = pathlib.Path(_BROWSER.value)
    pictures: dict[str | pathlib.Path, bytes | str] = {}
    docs = command.workspace("./bazelw run //web:update_screenshots") / "docs"
    with browser.running(program.absolute().parent) as running:
        for name, settings in _PICTURES.items():
            page = pages.open_page(running, pages.address(_PAGE.value), **settings)
            pages.draw_digit(page, 5, by_touch="is_mobile" in settings)
            # Bars grow for a moment.
            page.evaluate("new Promise((done) => setTimeout(done, 300))")
            pictures[docs / f"web_{name}.png"] = smaller(page.screenshot())
            if "is_mobile" in settings:
                continue
            page.wait_for("'inspector' in globalThis")
            page.choose("model-file", [_MODEL.value])
            page.wait_for("document.getElementById('summary').childElementCount")
            pictures[docs / f"web_model_{name}.png"] = smaller(page.screenshot("inspect"))
    for path, picture in pictures.items():
        if len(picture) > _MOST_BYTES:
            raise command.CommandError(
                f"{path}: {len(picture)} bytes, more than {_MOST_BYTES}: take a smaller scale"
            )
    command.write_files(pictures)
    for path, content in pictures.items():
        print(f"{path}: {len(content):,} bytes")


if __name__ == "__main__":
    command.run(main, browser.BrowserError)
