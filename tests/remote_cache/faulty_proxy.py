# SPDX-License-Identifier: Apache-2.0
"""A proxy that stands between Bazel and a real cache server, and plays a bad server on demand.

Three layers, each the simplest that can play its faults:

- `Gate`, TCP: the port Bazel is given. Refuses, resets or swallows connections of any protocol.
- `HttpProxy`: for a cache spoken to by GET and PUT (nginx).
- `GrpcProxy`, in grpc_proxy.py as it alone needs grpcio: for the Remote Execution API (BuildGrid).

A fault is chosen by `set_fault` while the proxy runs, and counted each time it is really played.
"""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import http.client
import http.server
import re
import select
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

CONNECT_SECONDS = 10
"""How long a proxy waits for the real server."""


class Fault(enum.Enum):
    """What the server does wrong."""

    NONE = "none"
    DOWN = "down: connections are refused"
    KILLED = "killed in the middle of the build"
    ERRORS = "errors: 500, or INTERNAL"
    UNAVAILABLE = "errors: 503, or UNAVAILABLE"
    WRITE_ERRORS = "errors on writing only"
    TRUNCATED = "truncated blobs that look whole"
    CUT_OFF = "connection cut in the middle of blobs"
    WRONG_BYTES = "wrong bytes in blobs"
    GARBAGE_RESULTS = "action results that are garbage"
    WRONG_DIGESTS = "action results that name blobs nobody has"
    FOREIGN_RESULTS = "action results of another build's actions"
    SWAPPED_RESULTS = "action results of other actions of this build"
    LOST_BLOBS = "blobs lost, action results kept"
    STALLED = "accepts, never answers"
    STALLED_LATER = "stops answering in the middle of the build"
    STALLED_BLOBS = "stalls in the middle of blobs"


@dataclasses.dataclass
class Counts:
    """What went through the proxy since the fault was set."""

    connections: int = 0
    requests: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    injected: int = 0


class State:
    """The fault to play, and what has been counted; shared by the layers and their threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.fault = Fault.NONE
        self.after = 0
        self.counts = Counts()
        self.changed = threading.Event()
        self.first_result: bytes | None = None
        self.stalled: set[bytes] = set()

    def set_fault(self, fault: Fault, after: int = 0) -> None:
        """Plays a fault from now on, and counts from zero.

        Args:
          fault: what to do wrong.
          after: how many requests pass unharmed before that.
        """
        with self._lock:
            self.changed.set()  # every stalled thread gives up
            self.changed = threading.Event()
            self.fault, self.after, self.counts = fault, after, Counts()
            self.first_result = None
            self.stalled = set()

    def count(self, **increments: int) -> None:
        """Adds to the counts, by name."""
        with self._lock:
            for name, value in increments.items():
                setattr(self.counts, name, getattr(self.counts, name) + value)

    def request(self) -> Fault:
        """Counts a request.

        Returns:
          The fault to play on it.
        """
        with self._lock:
            self.counts.requests += 1
            return Fault.NONE if self.counts.requests <= self.after else self.fault

    def on_connection(self) -> Fault:
        """Returns the fault that a connection meets now, in the layer of TCP."""
        with self._lock:
            return Fault.NONE if self.counts.requests < self.after else self.fault

    def stall(self) -> None:
        """Counts a stall, and waits until another fault is set."""
        self.count(injected=1)
        self.changed.wait()

    def spoil_result(self, fault: Fault, result: bytes) -> bytes:
        """Makes an action result (a serialized ActionResult) wrong, if that is the fault.

        Args:
          fault: what `request` returned.
          result: as the server sent it.

        Returns:
          What to send on.
        """
        spoilt = result
        if fault is Fault.GARBAGE_RESULTS:
            spoilt = b"\xff" * len(result)
        elif fault is Fault.WRONG_DIGESTS:
            spoilt = re.sub(rb"[0-9a-f]{64}", lambda digest: digest[0][::-1], result)
        elif fault is Fault.FOREIGN_RESULTS:
            spoilt = re.sub(rb"(made|sum|copy)(?=_\d)", lambda name: name[0].upper(), result)
        elif fault is Fault.SWAPPED_RESULTS:
            with self._lock:
                spoilt = self.first_result = self.first_result or result
        self.count(injected=spoilt != result)
        return spoilt


def spoil_blob(fault: Fault, blob: bytes) -> bytes:
    """Makes a blob, or a part of one, wrong.

    Args:
      fault: TRUNCATED, WRONG_BYTES, or one that leaves blobs alone.
      blob: the true bytes.

    Returns:
      The bytes to send on.
    """
    if fault is Fault.TRUNCATED:
        return blob[: len(blob) // 2]
    if fault is Fault.WRONG_BYTES and blob:
        return blob[:-1] + bytes([blob[-1] ^ 1])
    return blob


class Gate:
    """Forwards TCP connections; plays DOWN, KILLED, STALLED and STALLED_LATER."""

    def __init__(self, state: State, target: tuple[str, int]) -> None:
        self._state, self._target = state, target
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.port = 0
        self.listen()

    def listen(self) -> None:
        """Opens the port; the same one each time. Does nothing if it is open."""
        if self._listener:
            return
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(256)
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def close(self) -> None:
        """Refuses connections from now on, and resets those that are open."""
        with self._lock:
            listener, self._listener = self._listener, None
            sockets = list(self._open)
        if listener:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for connection in sockets:
            _reset(connection)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self._state.count(connections=1)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        state = self._state
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(self._held(client))
            if state.on_connection() is Fault.STALLED:
                state.stall()
                return
            server = socket.create_connection(self._target, CONNECT_SECONDS)
            stack.enter_context(self._held(server))
            for connection in (client, server):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._forward(client, server)

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        state = self._state
        while True:
            readable, _, _ = select.select([client, server], [], [], 0.5)
            fault = state.on_connection()
            if readable and fault is Fault.KILLED:
                state.count(injected=1)
                self.close()
                return
            if readable and fault is Fault.STALLED_LATER:
                state.stall()
                return
            for source in readable:
                data = source.recv(1 << 16)
                if not data:
                    return
                sink = server if source is client else client
                sink.sendall(data)
                state.count(**{"bytes_up" if source is client else "bytes_down": len(data)})

    @contextlib.contextmanager
    def _held(self, connection: socket.socket) -> Iterator[None]:
        with self._lock:
            self._open.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()


def _reset(connection: socket.socket) -> None:
    """Closes a connection as a killed process does not: by RST, so that no client waits."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)


class HttpProxy:
    """Forwards GET, HEAD and PUT to an HTTP cache; plays the faults of single requests."""

    def __init__(self, state: State, target: tuple[str, int]) -> None:
        proxy_state = state

        class Handler(_HttpHandler):
            state = proxy_state
            server_address = target

        self._server = _ThreadingServer(("127.0.0.1", 0), Handler)
        self.address = ("127.0.0.1", self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stops serving."""
        self._server.shutdown()
        self._server.server_close()


class _ThreadingServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing: a client that went away is what the tests are about."""


class _HttpHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    state: State
    server_address: tuple[str, int]

    def log_message(self, format: str, *args: object) -> None:
        """Logs nothing."""

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.state.request()
        is_write = self.command == "PUT"
        if fault in (Fault.ERRORS, Fault.UNAVAILABLE) or (fault is Fault.WRITE_ERRORS and is_write):
            self.state.count(injected=1)
            status = 503 if fault is Fault.UNAVAILABLE else 500
            return self._answer(status, f"injected error for {self.path}\n".encode())
        connection = http.client.HTTPConnection(*self.server_address, timeout=CONNECT_SECONDS)
        try:
            connection.request(self.command, self.path, body or None)
            response = connection.getresponse()
            status, data = response.status, response.read()
        finally:
            connection.close()
        if self.command != "GET" or status != 200:
            return self._answer(status, data)
        if "/ac/" in self.path:
            return self._answer(status, self.state.spoil_result(fault, data))
        if fault is Fault.LOST_BLOBS:
            self.state.count(injected=1)
            return self._answer(404, b"not found\n")
        if fault in (Fault.CUT_OFF, Fault.STALLED_BLOBS) and len(data) > 1:
            self._answer(status, data[: len(data) // 2], length=len(data))
            if fault is Fault.STALLED_BLOBS:
                self.state.stall()
            else:
                self.state.count(injected=1)
            self.close_connection = True
            return None
        spoilt = spoil_blob(fault, data)
        self.state.count(injected=spoilt != data)
        return self._answer(status, spoilt)

    do_GET = do_HEAD = do_PUT = _handle  # noqa: N815

    def _answer(self, status: int, data: bytes, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
        self.wfile.flush()


_DATA_TAG = bytes([10 << 3 | 2])  # ReadResponse.data: field 10, length-delimited


def read_response_data(message: bytes) -> bytes:
    """Returns the data of a serialized google.bytestream.ReadResponse, its only field.

    Args:
      message: the serialized message.

    Raises:
      ValueError: it is not such a message.
    """
    if not message:
        return b""
    length, position = 0, 1
    for shift in range(0, 35, 7):
        byte = message[position] if position < len(message) else 0x80
        length, position = length | (byte & 0x7F) << shift, position + 1
        if byte < 0x80 and message[:1] == _DATA_TAG and position + length == len(message):
            return message[position:]
        if byte < 0x80:
            break
    raise ValueError("not a ReadResponse that contains only data")


def read_response(data: bytes) -> bytes:
    """Returns the serialized google.bytestream.ReadResponse that contains the data."""
    length, encoded = len(data), b""
    while length >= 0x80:
        encoded += bytes([length & 0x7F | 0x80])
        length >>= 7
    return _DATA_TAG + encoded + bytes([length]) + data


def request_hash(request: bytes) -> bytes:
    """Returns the first SHA-256 that a serialized message names; b"" if there is none."""
    found = re.search(rb"[0-9a-f]{64}", request)
    return found[0] if found else b""


class Proxy(Protocol):
    """What HttpProxy and GrpcProxy have in common."""

    address: tuple[str, int]

    def close(self) -> None:
        """Stops serving."""


class FaultyServer:
    """A gate and a proxy in front of one real cache server."""

    def __init__(
        self,
        scheme: str,
        proxy: Callable[[State, tuple[str, int]], Proxy],
        target: tuple[str, int],
    ) -> None:
        """Starts both.

        Args:
          scheme: "http" or "grpc".
          proxy: HttpProxy or GrpcProxy.
          target: where the real server listens.
        """
        self.state = State()
        self._proxy = proxy(self.state, target)
        self._gate = Gate(self.state, self._proxy.address)
        self.url = f"{scheme}://127.0.0.1:{self._gate.port}"

    def set_fault(self, fault: Fault, after: int = 0) -> None:
        """Plays a fault from now on; see `State.set_fault`."""
        self._gate.close()  # connections of before
        self.state.set_fault(fault, after)
        if fault is not Fault.DOWN:
            self._gate.listen()

    def close(self) -> None:
        """Stops both, without waiting for any client."""
        self.set_fault(Fault.DOWN)
        self._proxy.close()
