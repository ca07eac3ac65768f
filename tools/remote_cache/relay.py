"""A TCP relay that counts bytes: what a build and its cache tell each other, in any protocol."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self

_CHUNK = 1 << 18


class Relay:
    """Listens on a free port of the loopback interface and passes everything on.

    Attributes:
      address: "127.0.0.1:PORT" to connect to.
      sent: bytes that went to the server.
      received: bytes that came from it.
    """

    def __init__(self, host: str, port: int) -> None:
        """Starts relaying.

        Args:
          host: of the server.
          port: of the server.
        """
        self._server = (host, port)
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
