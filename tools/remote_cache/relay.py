# SPDX-License-Identifier: Apache-2.0
"""A TCP relay between a build and its cache, in any protocol: counts bytes, and bounds a stall.

bazelw starts it as a program before an upload to a gRPC cache:

    python3.11 -I relay.py HOST:PORT SETTINGS

Bazel 7.7.1 waits at its end, without limit, for a server that stopped reading in the middle of an
upload: none of its timeouts covers that. The relay resets such a connection.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import socket
import struct
import sys
import threading
import time
from typing import Self

_CHUNK = 1 << 18
SEND_SECONDS = 5
"""How long a gRPC cache may take nothing: longer than .bazelrc's --remote_timeout."""


class Relay:
    """Listens on a free port of the loopback interface and passes everything on.

    Attributes:
      address: "127.0.0.1:PORT" to connect to.
      sent: bytes that went to the server.
      received: bytes that came from it.
    """

    def __init__(self, host: str, port: int, send_timeout: int = 0) -> None:
        """Starts relaying.

        Args:
          host: of the server.
          port: of the server.
          send_timeout: seconds after which a connection is reset whose one end takes nothing
            of what the other has sent; 0: never.
        """
        self._server = (host, port)
        self._send_timeout = send_timeout
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.sent = 0
        self.received = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        """Returns itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the listening; connections end with their peers."""
        # Wakes the accepting thread, which a close alone does not.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._server)
            except OSError:
                client.close()
                continue
            threading.Thread(target=self._connect, args=(client, server), daemon=True).start()

    def _connect(self, client: socket.socket, server: socket.socket) -> None:
        with client, server:
            for end in (client, server):
                # Not settimeout: to receive nothing for long is not a fault.
                end.setsockopt(
                    socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", self._send_timeout, 0)
                )
            up = threading.Thread(target=self._pass_on, args=(client, server, "sent"), daemon=True)
            up.start()
            self._pass_on(server, client, "received")
            up.join()

    def _pass_on(self, source: socket.socket, target: socket.socket, counter: str) -> None:
        try:
            while data := source.recv(_CHUNK):
                target.sendall(data)
                with self._lock:
                    setattr(self, counter, getattr(self, counter) + len(data))
            # The other direction may have more to say.
            target.shutdown(socket.SHUT_WR)
        except OSError:
            for end in (source, target):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)


def serve(place: str, settings: pathlib.Path) -> None:
    """Relays until the process that started this one has ended.

    Once it relays it closes stdout; at its end it removes the file of settings.

    Args:
      place: HOST:PORT of the server.
      settings: the file to write, in a format that Bazel's --bazelrc reads.
    """
    parent = os.getppid()
    host, _, port = place.rpartition(":")
    with Relay(host.strip("[]"), int(port), SEND_SECONDS) as bounded:
        settings.write_text(f"build:remote_cache --remote_cache=grpc://{bounded.address}\n")
        try:
            os.close(sys.stdout.fileno())
            while os.getppid() == parent:
                time.sleep(0.2)
        finally:
            settings.unlink(missing_ok=True)


if __name__ == "__main__":
    # Ctrl-C is for Bazel, which has more to say to the cache after the first one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(sys.argv[1], pathlib.Path(sys.argv[2]))
