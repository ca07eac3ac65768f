# SPDX-License-Identifier: Apache-2.0
"""Drives a headless Chromium through a pipe: pages, mouse, touch, keys, screenshots.

It speaks the Chrome DevTools Protocol. No port is opened, so that it works in sandboxes without a
network.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import pathlib
import select
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_FLAGS = [
    "--headless",
    "--remote-debugging-pipe",
    # Root can't have one, nor can what runs in Bazel's. What is opened are this repository's pages.
    "--no-sandbox",
    "--no-zygote",
    "--disable-gpu",
    # The sandbox may have a small /dev/shm.
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--font-render-hinting=none",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
]

_SECONDS = 30.0
"""No answer takes so long."""

# By the names of DOM's KeyboardEvent: code, and the number of old.
_KEYS = {
    "ArrowLeft": ("ArrowLeft", 37),
    "ArrowUp": ("ArrowUp", 38),
    "ArrowRight": ("ArrowRight", 39),
    "ArrowDown": ("ArrowDown", 40),
    "Enter": ("Enter", 13),
    "Tab": ("Tab", 9),
    " ": ("Space", 32),
}

SHIFT = 8
"""A modifier of `Page.press`."""


class BrowserError(Exception):
    """The browser failed, or a page did. The message says what it answered."""


class Browser:
    """A running browser."""

    def __init__(self, process: subprocess.Popen[bytes], to: int, answers: int):
        self._process = process
        self._to = to
        self._answers = answers
        self._buffer = b""
        self._last = 0
        self._pages: dict[str, Page] = {}

    def open(self, url: str, **settings: Any) -> Page:
        """Opens a page and waits until it is loaded.

        Args:
          url: of any kind that needs no network, e.g. file: or about:.
          **settings: those of Page.set_up.

        Returns:
          The page.
        """
        # Not one of the browser's own context: without any other's storage.
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)
        attached = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = Page(self, attached["sessionId"])
        self._pages[attached["sessionId"]] = page
        page.set_up(**settings)
        page.go(url)
        return page

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict:
        """Calls a method of the protocol.

        Args:
          method: e.g. "Page.navigate".
          session: of a page; None for the browser.
          **parameters: of the method.

        Returns:
          The result.

        Raises:
          BrowserError: the method failed, or the browser ended or did not answer.
        """
        return self.call_all(method, session, [parameters])[0]

    def call_all(
        self, method: str, session: str | None, calls: Sequence[Mapping[str, Any]]
    ) -> list[dict]:
        """Calls a method several times, without waiting between.

        Args:
          method: as for `call`.
          session: as for `call`.
          calls: the parameters of each.

        Returns:
          The results.

        Raises:
          BrowserError: as `call`.
        """
        waiting = []
        for parameters in calls:
            self._last += 1
            waiting.append(self._last)
            message = {"id": self._last, "method": method, "params": parameters}
            if session:
                message["sessionId"] = session
            data = json.dumps(message).encode() + b"\0"
            while data:
                data = data[os.write(self._to, data) :]
        until = time.monotonic() + _SECONDS
        answers: dict[int, dict] = {}
        while len(answers) < len(waiting):
            answer = self._receive(until)
            if answer is None:
                raise BrowserError(f"{method}: no answer in {_SECONDS:.0f} s")
            if answer.get("id") in waiting:
                answers[answer["id"]] = answer
        for answer in answers.values():
            if "error" in answer:
                raise BrowserError(f"{method}: {answer['error']['message']}")
        return [answers[number]["result"] for number in waiting]

    def listen(self, until: float) -> bool:
        """Takes one event. Returns whether one came.

        Args:
          until: the time, as of time.monotonic(), to which it waits.
        """
        return self._receive(until) is not None

    def _receive(self, until: float) -> dict | None:
        """Takes an answer or an event, which goes to its page; None if none comes in time."""
        while b"\0" not in self._buffer:
            if not select.select([self._answers], [], [], max(until - time.monotonic(), 0))[0]:
                return None
            data = os.read(self._answers, 1 << 20)
            if not data:
                raise BrowserError(f"the browser ended with exit code {self._process.wait()}")
            self._buffer += data
        text, _, self._buffer = self._buffer.partition(b"\0")
        message = json.loads(text)
        page = self._pages.get(message.get("sessionId", ""))
        if page and "method" in message:
            page.happened(message["method"], message["params"])
        return message


def _absolute(paths: Sequence[pathlib.Path]) -> list[str]:
    """Gives absolute paths of what may be links, which the browser is to see as such."""
    return [str(path.parent.resolve() / path.name) for path in paths]


class Page:
    """A page of a browser.

    Attributes:
      faults: what the page has put out as errors or warnings, and what it threw: texts.
      requests: the addresses that it asked for, without data: URLs.
    """

    def __init__(self, browser: Browser, session: str):
        self._browser = browser
        self._session = session
        self._is_loaded = False
        self.faults: list[str] = []
        self.requests: list[str] = []

    def call(self, method: str, **parameters: Any) -> dict:
        """Calls a method of the protocol for this page: see Browser.call."""
        return self._browser.call(method, self._session, **parameters)

    def set_up(
        self,
        *,
        width: int = 1000,
        height: int = 800,
        scale: float = 1,
        is_dark: bool = False,
        is_mobile: bool = False,
        is_offline: bool = False,
        less_motion: bool = False,
    ) -> None:
        """Sets what the page sees of its device.

        Args:
          width: of the window, in CSS pixels.
          height: of the window.
          scale: device pixels for each of them.
          is_dark: whether the user prefers dark colours.
          is_mobile: whether it is a phone, with touch.
          is_offline: whether there is no network.
          less_motion: whether the user prefers less motion.
        """
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=is_mobile,
        )
        self.call("Emulation.setTouchEmulationEnabled", enabled=is_mobile)
        self.call(
            "Emulation.setEmulatedMedia",
            features=[
                {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"},
                {"name": "prefers-reduced-motion", "value": "reduce" if less_motion else ""},
            ],
        )
        self.call(
            "Network.emulateNetworkConditions",
            offline=is_offline,
            latency=0,
            downloadThroughput=-1,
            uploadThroughput=-1,
        )

    def happened(self, method: str, parameters: Mapping[str, Any]) -> None:
        """Takes note of an event."""
        if method == "Page.loadEventFired":
            self._is_loaded = True
        elif method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.faults.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
            self.faults.append(str([argument.get("value") for argument in parameters["args"]]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.faults.append(parameters["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            url = parameters["request"]["url"]
            if not url.startswith("data:"):
                self.requests.append(url)

    def go(self, url: str) -> None:
        """Goes to an address and waits until it is loaded.

        Raises:
          BrowserError: it can't be loaded.
        """
        self._is_loaded = False
        answer = self.call("Page.navigate", url=url)
        if "errorText" in answer:
            raise BrowserError(f"{url}: {answer['errorText']}")
        until = time.monotonic() + _SECONDS
        while not self._is_loaded:
            if not self._browser.listen(until):
                raise BrowserError(f"{url}: is not loaded after {_SECONDS:.0f} s")

    def evaluate(self, expression: str) -> Any:
        """Evaluates JavaScript in the page.

        Args:
          expression: its value, or what a promise of it becomes, is JSON.

        Returns:
          The value.

        Raises:
          BrowserError: it throws.
        """
        answer = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise BrowserError(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def wait_for(self, expression: str) -> Any:
        """Waits until JavaScript gives something true.

        Args:
          expression: evaluated again and again.

        Returns:
          Its value.

        Raises:
          BrowserError: it does not.
        """
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until:
            value = self.evaluate(expression)
            if value:
                return value
            self._browser.listen(time.monotonic() + 0.02)
        raise BrowserError(f"after {_SECONDS:.0f} s not true: {expression}; faults: {self.faults}")

    def wait_for_frames(self) -> None:
        """Waits until what was asked for is shown."""
        self.evaluate("new Promise(d => requestAnimationFrame(() => requestAnimationFrame(d)))")

    # --- input

    def drag(self, points: Sequence[tuple[float, float]], *, by_touch: bool = False) -> None:
        """Draws with the mouse's left button, or with a finger.

        Args:
          points: x and y in the window, in CSS pixels.
          by_touch: with a finger.
        """
        first, *rest = [{"x": x, "y": y} for x, y in points]
        if by_touch:
            events = [
                ("touchStart", [first]),
                *(("touchMove", [p]) for p in rest),
                ("touchEnd", []),
            ]
            self._events("Touch", [{"type": kind, "touchPoints": at} for kind, at in events])
            return
        kinds = ["mousePressed", *("mouseMoved" for _ in rest), "mouseReleased"]
        pressed = {"button": "left", "buttons": 1, "clickCount": 1}
        at_each = zip(kinds, [first, *rest, (rest or [first])[-1]], strict=True)
        self._events("Mouse", [{"type": kind, **at, **pressed} for kind, at in at_each])

    def _events(self, kind: str, events: Sequence[Mapping[str, Any]]) -> None:
        self._browser.call_all(f"Input.dispatch{kind}Event", self._session, events)

    def press(self, key: str, times: int = 1, modifiers: int = 0) -> None:
        """Presses a key.

        Args:
          key: by its name in KeyboardEvent: "ArrowLeft", "Enter", " ", "c".
          times: how often.
          modifiers: e.g. SHIFT.
        """
        code, number = _KEYS.get(key) or (f"Key{key.upper()}", ord(key.upper()))
        text = {"text": "\r" if key == "Enter" else key} if len(key) == 1 or key == "Enter" else {}
        names = {"key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": modifiers}
        self._events(
            "Key", [{"type": "keyDown", **names, **text}, {"type": "keyUp", **names}] * times
        )

    def choose(self, name: str, paths: Sequence[pathlib.Path]) -> None:
        """Chooses files, as if a user had picked them in the dialog of a file chooser.

        Args:
          name: the chooser's id.
          paths: the files.
        """
        chooser = self.call("Runtime.evaluate", expression=f"document.getElementById({name!r})")
        self.call(
            "DOM.setFileInputFiles",
            files=_absolute(paths),
            objectId=chooser["result"]["objectId"],
        )

    def drop(self, paths: Sequence[pathlib.Path], x: float, y: float) -> None:
        """Drags files over the page and drops them.

        Args:
          paths: files or folders.
          x: where, in the window, in CSS pixels.
          y: where.
        """
        data = {"items": [], "files": _absolute(paths), "dragOperationsMask": 1}
        kinds = ("dragEnter", "dragOver", "drop")
        self._events("Drag", [{"type": kind, "x": x, "y": y, "data": data} for kind in kinds])

    # --- output

    def screenshot(self, name: str = "") -> bytes:
        """Takes a picture.

        Args:
          name: the id of the element to show; "" for the whole page.

        Returns:
          The picture, as PNG.
        """
        clip = self.call("Page.getLayoutMetrics")["cssContentSize"]
        if name:
            clip = self.evaluate(
                "(({x, y, width, height}) => ({x: x + scrollX, y: y + scrollY, width, height}))"
                f"(document.getElementById({name!r}).getBoundingClientRect())"
            )
        answer = self.call(
            "Page.captureScreenshot", captureBeyondViewport=True, clip={**clip, "scale": 1}
        )
        return base64.b64decode(answer["data"])


@contextlib.contextmanager
def running(folder: pathlib.Path) -> Iterator[Browser]:
    """Starts a browser, and ends it.

    Args:
      folder: of @chromium: the program `chromium`, `lib`, `fonts.conf` and `fonts`.

    Yields:
      The browser.
    """
    with tempfile.TemporaryDirectory() as profile, contextlib.ExitStack() as stack:
        from_us, to_browser = os.pipe()
        from_browser, to_us = os.pipe()

        def give_pipes() -> None:
            # The browser reads from 3 and writes to 4. By way of numbers that are neither, as a
            # pipe may have one of them.
            ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (from_us, to_us)]
            for number, end in zip((3, 4), ends, strict=True):
                os.dup2(end, number)
                os.close(end)

        with open(pathlib.Path(profile) / "log", "wb") as log:
            process = subprocess.Popen(
                [folder / "chromium", *_FLAGS, f"--user-data-dir={profile}/profile", "about:blank"],
                close_fds=False,
                env={
                    "FONTCONFIG_FILE": str(folder / "fonts.conf"),
                    "HOME": profile,
                    "LD_LIBRARY_PATH": str(folder / "lib"),
                    "TMPDIR": profile,
                    "TZ": "UTC",
                },
                # The program is this one's own copy from here on, and starts no threads before.
                preexec_fn=give_pipes,
                stderr=log,
                stdin=subprocess.DEVNULL,
                stdout=log,
            )
        os.close(from_us)
        os.close(to_us)
        stack.callback(os.close, to_browser)
        stack.callback(os.close, from_browser)
        stack.callback(_end, process)
        browser = Browser(process, to_browser, from_browser)
        yield browser
        with contextlib.suppress(BrowserError):
            browser.call("Browser.close")


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
