# SPDX-License-Identifier: Apache-2.0
r"""Serves the page on which one draws a digit, to browsers on this machine.

./bazelw run //web:serve
./bazelw run //web:serve -- --port=0 --open

It prints the page's address and serves until Ctrl-C. The page is one file that needs no server: see
docs/web.md.

Exit code 2 and one line on stderr for bad flags, files that can't be read, or a port that can't be
had.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import http.server
import signal
import sys
import webbrowser
from collections.abc import Iterator, Mapping

from absl import flags

from tools import command

_PORT = flags.DEFINE_integer(
    "port", 8000, "The port; 0 for a free one.", lower_bound=0, upper_bound=65535
)
_OPEN = flags.DEFINE_bool("open", False, "Open the page in a browser.")
_PAGE = command.input_file("page", None, "The page; as //web:digit_page.", required=True)
_MODULE = command.input_file("module", None, "Its module; as //web:digit.", required=True)


@dataclasses.dataclass(frozen=True)
class Resource:
    """What is served at a path.

    Attributes:
      kind: its type (MIME).
      content: its bytes.
    """

    kind: str
    content: bytes


def handler(resources: Mapping[str, Resource]) -> type[http.server.BaseHTTPRequestHandler]:
    """Makes a class that answers requests.

    Args:
      resources: what there is, by path.

    Returns:
      The class, for an HTTP server.
    """

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # A client that stops half-way does not keep its thread.
        timeout = 30

        def do_GET(self) -> None:
            self._answer(with_content=True)

        def do_HEAD(self) -> None:
            self._answer(with_content=False)

        def _answer(self, *, with_content: bool) -> None:
            found = resources.get(self.path.partition("?")[0])
            answer = found or Resource("text/plain; charset=utf-8", b"There is only / here.\n")
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.content)))
            self.send_header("Cache-Control", "no-cache")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            if with_content:
                self.wfile.write(answer.content)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing: stdout is for the address, stderr for faults."""

    return Handler


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        # A browser may hang up at any time: that is no fault, and no reason for a traceback.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@contextlib.contextmanager
def serving(
    resources: Mapping[str, Resource], port: int
) -> Iterator[http.server.ThreadingHTTPServer]:
    """Opens a server on this machine's loopback address.

    Args:
      resources: what it serves, by path.
      port: 0 for a free one.

    Yields:
      The server, which serves when its serve_forever() is called.

    Raises:
      CommandError: the port can't be had.
    """
    try:
        server = _Server(("127.0.0.1", port), handler(resources))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = "is in use: end what uses it, or take another one: --port=0 takes a free one"
        else:
            reason = f"can't be had: {error.strerror}: --port=0 takes a free one"
        raise command.CommandError(f"port {port} {reason}") from None
    with server:
        yield server


def _end(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


def main() -> None:
    page = Resource("text/html; charset=utf-8", _PAGE.value.read_bytes())
    module = Resource("application/wasm", _MODULE.value.read_bytes())
    with serving({"/": page, "/digit.wasm": module}, _PORT.value) as server:
        address = f"http://127.0.0.1:{server.server_port}/"
        # Also if it is started in the background, where a shell has SIGINT ignored.
        signal.signal(signal.SIGINT, _end)
        signal.signal(signal.SIGTERM, _end)
        with contextlib.suppress(KeyboardInterrupt):
            print(f"{address} - Ctrl-C ends it", flush=True)
            if _OPEN.value and not webbrowser.open(address):
                print(f"serve: no browser was found: open {address} in one", file=sys.stderr)
            server.serve_forever()


if __name__ == "__main__":
    command.run(main)
