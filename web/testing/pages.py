# SPDX-License-Identifier: Apache-2.0
"""The page in a browser: opens it, draws on it, reads what it says."""

from __future__ import annotations

import pathlib
from typing import Any

from web.testing import browser, strokes


def address(path: pathlib.Path) -> str:
    """Gives a file's URL."""
    return path.absolute().as_uri()


def open_page(running: browser.Browser, url: str, **settings: Any) -> browser.Page:
    """Opens the page and waits until it works.

    Args:
      running: the browser.
      url: of the page.
      **settings: those of Page.set_up.

    Returns:
      The page.
    """
    page = running.open(url, **settings)
    page.wait_for("'page' in globalThis")
    page.wait_for_frames()
    return page


def draw(page: browser.Page, stroke: strokes.Points, *, by_touch: bool = False) -> None:
    """Draws a stroke on the page's paper, by real input events.

    Args:
      page: the page.
      stroke: points from 0 to 1 on the paper.
      by_touch: with a finger, else with the mouse.
    """
    left, top, side = page.evaluate(
        "(b => [b.x, b.y, b.width])(document.getElementById('paper').getBoundingClientRect())"
    )
    page.drag([(left + x * side, top + y * side) for x, y in stroke], by_touch=by_touch)
    page.wait_for_frames()


def draw_digit(page: browser.Page, digit: int, *, by_touch: bool = False) -> None:
    """Draws a digit."""
    for stroke in strokes.DIGITS[digit]:
        draw(page, stroke, by_touch=by_touch)


def text(page: browser.Page, name: str) -> str:
    """Reads the text of the element with this id."""
    return page.evaluate(f"document.getElementById({name!r}).textContent")
