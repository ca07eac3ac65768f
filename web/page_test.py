# SPDX-License-Identifier: Apache-2.0
"""The page in a real browser: drawing by mouse, finger and keyboard, results, accessibility."""

import base64
import json
import os
import pathlib
from collections.abc import Iterator

import numpy as np
import pytest

from micro.pictures import engine, made_pictures, normalization
from train import dataset
from web.testing import browser, pages, strokes

_PAGE = pathlib.Path(os.environ["PAGE"])
_BROWSER = pathlib.Path(os.environ["BROWSER"])
_AXE = pathlib.Path(os.environ["AXE"])


@pytest.fixture(scope="module")
def running() -> Iterator[browser.Browser]:
    with browser.running(_BROWSER.absolute().parent) as started:
        yield started


@pytest.fixture(scope="module")
def page(running: browser.Browser) -> Iterator[browser.Page]:
    """A page for the tests that leave nothing behind. No test makes it complain."""
    page = pages.open_page(running, pages.address(_PAGE), scale=2)
    yield page
    assert page.faults == []


@pytest.fixture
def empty(page: browser.Page) -> browser.Page:
    page.evaluate("document.getElementById('clear').click()")
    page.wait_for_frames()
    return page


def _bytes(page: browser.Page, expression: str) -> bytes:
    """Evaluates to an array of bytes."""
    return base64.b64decode(
        page.evaluate(
            f"(a => btoa(String.fromCharCode(...new Uint8Array(a.buffer))))({expression})"
        )
    )


def _as_array(content: bytes) -> str:
    """JavaScript for an array of these bytes."""
    text = base64.b64encode(content).decode()
    return f"Uint8Array.from(atob('{text}'), (c) => c.charCodeAt(0))"


# --- drawing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("digit", strokes.DIGITS)
def test_a_digit_drawn_by_mouse_is_read(empty: browser.Page, digit: int):
    assert pages.text(empty, "digit") == "?"
    pages.draw_digit(empty, digit)
    assert pages.text(empty, "digit") == str(digit)


def test_scores_and_time_are_shown(empty: browser.Page):
    pages.draw_digit(empty, 3)
    rows = empty.evaluate(
        "Array.from(document.querySelectorAll('#scores tbody tr'), (row) =>"
        " [row.querySelector('th').textContent, row.querySelector('td:last-child').textContent])"
    )
    assert [name for name, _ in rows] == list("0123456789")
    scores = [float(text.removesuffix(" %")) for _, text in rows]
    assert 99 <= sum(scores) <= 101
    assert scores[3] == max(scores) > 50
    assert 1 < float(pages.text(empty, "time")) < 100_000


def test_nothing_is_shown_of_an_empty_paper(empty: browser.Page):
    parts = "#layers, #timing, #layers-hint"
    seen = f"Array.from(document.querySelectorAll('{parts}'), (part) => part.checkVisibility())"
    before = empty.evaluate(seen)
    pages.draw_digit(empty, 3)
    # In the order of the page: the time, the hint, the layers.
    assert before == [False, True, False]
    assert empty.evaluate(seen) == [True, False, True]


def test_a_screen_reader_is_told(empty: browser.Page):
    pages.draw_digit(empty, 7)
    said = empty.wait_for("document.getElementById('said').textContent.match(/It looks.*/)?.[0]")
    assert said.startswith("It looks like a 7, score ")


def test_strokes_can_be_undone(empty: browser.Page):
    pages.draw_digit(empty, 4)
    # What is left is no 4, and then nothing.
    empty.evaluate("document.getElementById('undo').click()")
    empty.wait_for_frames()
    assert pages.text(empty, "digit") not in ("4", "?")
    empty.evaluate("document.getElementById('undo').click()")
    empty.wait_for_frames()
    assert pages.text(empty, "digit") == "?"
    assert empty.evaluate("document.getElementById('undo').disabled")


@pytest.mark.parametrize(("key", "strokes_left"), [("c", 0), ("u", 1), (" ", 3)])
def test_a_key_ends_the_stroke_of_a_pointer_that_is_down(
    empty: browser.Page, key: str, strokes_left: int
):
    empty.evaluate(
        """
        (() => {
          const box = page.paper.getBoundingClientRect();
          globalThis.point = (type, x, y) => page.paper.dispatchEvent(new PointerEvent(type,
            {pointerId: 1, clientX: box.left + x * box.width, clientY: box.top + y * box.height}));
          page.paper.setPointerCapture = () => undefined;  // The pointer is no real one.
          page.drawing.begin(0.2, 0.2);
          point("pointerdown", 0.5, 0.5);
          point("pointermove", 0.6, 0.6);
          page.paper.focus();
        })()
        """
    )
    empty.press(key)
    before = empty.evaluate("JSON.stringify(page.drawing.strokes)")
    empty.evaluate("point('pointermove', 0.8, 0.8), point('pointerup', 0.8, 0.8), 0")
    after = empty.evaluate("JSON.stringify(page.drawing.strokes)")
    empty.evaluate("delete page.paper.setPointerCapture, 0")
    # Only then can it be cleared for the next test.
    empty.wait_for_frames()
    assert after == before
    assert len(json.loads(after)) == strokes_left


def test_a_drawing_that_is_undone_is_not_told(empty: browser.Page):
    pages.draw_digit(empty, 1)
    empty.wait_for_frames()
    said = "document.getElementById('said').textContent"
    empty.evaluate(f"{said} = '', 0")
    empty.evaluate("page.drawing.strokes = [], page.update(), 0")
    empty.wait_for_frames()
    assert empty.evaluate(f"new Promise((done) => setTimeout(() => done({said}), 800))") == ""


def test_too_little_ink_is_not_read(empty: browser.Page):
    empty.evaluate("page.drawing.strokes = [[[-1, -1], [-0.04, -0.04]]], page.update()")
    empty.wait_for_frames()
    assert pages.text(empty, "digit") == "?"


def test_drawing_by_finger_does_not_scroll(running: browser.Browser):
    page = pages.open_page(
        running, pages.address(_PAGE), width=320, height=600, scale=3, is_mobile=True
    )
    pages.draw_digit(page, 2, by_touch=True)
    assert pages.text(page, "digit") == "2"
    assert page.evaluate("[scrollX, scrollY]") == [0, 0]
    style = "getComputedStyle(document.getElementById('paper'))"
    assert page.evaluate(f"{style}.touchAction") == "none"
    # Nor is the page wider than the phone.
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    # One pixel of the canvas for each of the screen.
    width, shown = page.evaluate(
        "(p => [p.width, p.clientWidth])(document.getElementById('paper'))"
    )
    assert width == 3 * shown
    assert page.faults == []


def test_a_paper_of_300_pixels_is_square(running: browser.Browser):
    # As wide as a canvas that was never set.
    page = pages.open_page(running, pages.address(_PAGE), width=360, is_mobile=True)
    assert page.evaluate("[page.paper.width, page.paper.height]") == [300, 300]


def test_the_drawing_is_sharp_on_another_screen(running: browser.Browser):
    page = pages.open_page(running, pages.address(_PAGE), scale=1)
    pages.draw_digit(page, 7)
    for scale in (2, 1.5, 3):
        page.set_up(scale=scale)
        page.wait_for(f"page.paper.width === Math.round({scale} * page.paper.clientWidth)")
    page.wait_for_frames()
    assert page.evaluate(
        "page.paper.getContext('2d').getImageData(0, 0, page.paper.width, page.paper.width)"
        ".data.some((byte) => byte)"
    )
    assert page.faults == []


def test_the_paper_says_what_it_is(running: browser.Browser):
    # Also on a phone, where the keys are not in sight.
    page = pages.open_page(running, pages.address(_PAGE), width=320, is_mobile=True)
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    (paper,) = [node for node in nodes if node["role"]["value"] == "application"]
    assert paper["name"]["value"] == "Draw a digit from 0 to 9"
    assert "the arrow keys move the pen" in paper["description"]["value"]


def test_drawing_by_keyboard(running: browser.Browser):
    page = pages.open_page(running, pages.address(_PAGE))
    page.press("Tab")
    assert page.evaluate("document.activeElement.id") == "paper"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.evaluate(
        "globalThis.heard = [], globalThis.said = document.getElementById('said'),"
        "new MutationObserver(() => heard.push(said.textContent)).observe(said, {childList: true})"
    )
    # From the middle of the upper half to where a 7 begins.
    page.press("ArrowLeft", times=6)
    page.press("ArrowUp", times=1)
    assert pages.text(page, "digit") == "?"
    page.press(" ")
    page.press("ArrowRight", times=12)
    for _ in range(8):
        page.press("ArrowDown", times=2)
        page.press("ArrowLeft")
    page.press("Enter")
    # This is no part of it.
    page.press("ArrowLeft", times=9)
    page.press("ArrowDown", 1, browser.SHIFT)
    page.wait_for_frames()
    assert pages.text(page, "digit") == "7"
    heard = page.wait_for("heard.at(-1).startsWith('It looks') && heard")
    assert (heard[0], heard[-2]) == ("Pen down", "Pen up")
    page.press("u")
    page.wait_for_frames()
    assert pages.text(page, "digit") == "?"
    page.press(" ")
    page.press("c")
    page.press("ArrowRight")
    page.wait_for_frames()
    assert page.evaluate("page.drawing.isEmpty")
    # The canvas is no trap.
    page.press("Tab")
    assert page.evaluate("document.activeElement.id") != "paper"
    assert page.faults == []


# --- results --------------------------------------------------------------------------------------


def test_scores_of_1000_images_are_those_of_tflm(page: browser.Page):
    images = dataset.read_images(os.environ["TEST_IMAGES"])[:1000]
    labels = dataset.read_labels(os.environ["TEST_LABELS"])[:1000]
    expected = np.array(
        [one.scores for one in engine.predict(pathlib.Path(os.environ["PROGRAM"]), list(images))],
        np.int8,
    )
    page.evaluate(f"globalThis.images = {_as_array(images.tobytes())}, 0")
    scores = _bytes(
        page,
        "Int8Array.from(Array.from({length: 1000}, (_, i) => i).flatMap((i) =>"
        " Array.from(network.classify(images.subarray(784 * i, 784 * (i + 1))))))",
    )
    assert scores == expected.tobytes()
    assert np.mean(expected.argmax(axis=1) == labels) > 0.97


def test_tensors_are_those_of_the_same_inference(page: browser.Page):
    images = dataset.read_images(os.environ["TEST_IMAGES"])[:50]
    layers = page.evaluate("network.layers")
    assert [layer["operator"] for layer in layers] == [
        "CONV_2D",
        "MAX_POOL_2D",
        "RESHAPE",
        "FULLY_CONNECTED",
        "FULLY_CONNECTED",
        "SOFTMAX",
    ]
    for image in images:
        page.evaluate(f"globalThis.image = {_as_array(image.tobytes())}, 0")
        page.evaluate("globalThis.tensors = network.tensors(image), 0")
        made = [
            np.frombuffer(_bytes(page, f"tensors.get({layer['tensor']})"), np.int8).reshape(
                layer["shape"]
            )
            for layer in layers
        ]
        features, pooled, flat, _, logits, scores = made
        np.testing.assert_array_equal(features.reshape(13, 2, 13, 2, 8).max(axis=(1, 3)), pooled[0])
        assert flat.tobytes() == pooled.tobytes()
        assert logits.argmax() == scores.argmax()
        assert scores.tobytes() == _bytes(page, "network.classify(image)")


def _inks() -> list[np.ndarray]:
    """Digits of many sizes, places and pens."""
    rng = np.random.default_rng(7)
    inks = []
    for number in range(60):
        side = int(rng.choice([40, 90, 160, 220, 280]))
        pen = float(rng.choice([0.03, 0.06, 0.1, 0.16, 0.3, 0.45]))
        ink = np.zeros((280, 280), np.uint8)
        top, left = rng.integers(0, 281 - side, 2)
        drawn = made_pictures.drawn_digit(number % 10, side, pen, rng)
        ink[top : top + side, left : left + side] = np.rint(255 * drawn)
        inks.append(ink)
    return inks


def test_images_are_those_of_the_python_procedure(empty: browser.Page):
    pages.draw_digit(empty, 5)
    inks = [*_inks(), np.frombuffer(_bytes(empty, "page.drawing.ink(280)"), np.uint8)]
    thin, thick = 0, 0
    for ink in inks:
        levels = ink.reshape(280, 280).astype(np.float32) / np.float32(255)
        width = normalization.stroke_width(normalization.crop(levels)) / 10
        thin += width < normalization.LEAST_STROKE
        thick += width > normalization.MOST_STROKE
        image = _bytes(empty, f"network.normalize({_as_array(ink.tobytes())})")
        difference = normalization.normalize(levels).astype(int) - np.frombuffer(
            image, np.uint8
        ).reshape(28, 28)
        assert np.abs(difference).max() <= 1
    # Strokes of both kinds were changed, and some were not.
    assert min(thin, thick, len(inks) - thin - thick) > 5


# --- the file -------------------------------------------------------------------------------------


def test_it_is_small():
    assert _PAGE.stat().st_size < 100_000


def test_it_works_offline_and_asks_for_nothing(running: browser.Browser):
    url = pages.address(_PAGE)
    page = pages.open_page(running, url, is_offline=True)
    pages.draw_digit(page, 0)
    assert pages.text(page, "digit") == "0"
    assert page.requests == [url]
    assert page.faults == []


def test_it_can_not_send(running: browser.Browser):
    page = pages.open_page(running, pages.address(_PAGE))
    page.evaluate("fetch('data:,x').catch(() => 0)")
    page.wait_for_frames()
    assert any("Content Security Policy" in fault for fault in page.faults)


# --- for everybody --------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [320, 1000])
@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_accessibility(running: browser.Browser, is_dark: bool, width: int):
    page = pages.open_page(
        running, pages.address(_PAGE), is_dark=is_dark, width=width, less_motion=True
    )
    page.evaluate(_AXE.read_text("utf-8") + "; 0")
    for digit in (None, 9):
        if digit is not None:
            pages.draw_digit(page, digit)
        found = json.loads(
            page.evaluate("axe.run().then((r) => JSON.stringify([r.violations, r.passes.length]))")
        )
        violations, passes = found
        assert [
            (one["id"], one["help"], [node["html"] for node in one["nodes"]]) for one in violations
        ] == []
        assert passes > 20
    back = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, back[4:-1].split(","))) < 200) == is_dark
    assert page.faults == []


@pytest.mark.parametrize("less_motion", [False, True])
def test_motion(running: browser.Browser, less_motion: bool):
    page = pages.open_page(running, pages.address(_PAGE), less_motion=less_motion)
    moving = page.evaluate(
        "Array.from(document.querySelectorAll('*'), (e) => getComputedStyle(e).transitionDuration)"
        ".filter((duration) => duration !== '0s').length"
    )
    assert (moving == 0) == less_motion


def test_a_drawing_is_printed_in_black(running: browser.Browser):
    page = pages.open_page(running, pages.address(_PAGE), is_dark=True)
    pages.draw_digit(page, 1)
    ink = (
        "(p => Array.from(p.getContext('2d').getImageData(p.width / 2, p.height / 2, 1, 1).data))"
        "(page.paper)"
    )
    seen = page.evaluate(ink)
    assert min(seen) > 200
    page.evaluate("dispatchEvent(new Event('beforeprint')), 0")
    assert page.evaluate(ink) == [0, 0, 0, 255]
    page.evaluate("dispatchEvent(new Event('afterprint')), 0")
    page.wait_for_frames()
    assert page.evaluate(ink) == seen


def test_a_browser_without_webassembly_says_so(running: browser.Browser):
    page = running.open("about:blank")
    page.call(
        "Page.addScriptToEvaluateOnNewDocument", source="delete globalThis.DecompressionStream"
    )
    page.go(pages.address(_PAGE))
    page.wait_for("!document.getElementById('fault').hidden")
    assert "needs WebAssembly and DecompressionStream" in pages.text(page, "fault")
    # The script that reads models is packed, too: nothing is offered that does nothing.
    page.wait_for("document.getElementById('inspect').hidden")
    assert page.faults == []
