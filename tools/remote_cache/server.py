# SPDX-License-Identifier: Apache-2.0
"""Runs one of the servers in the foreground: what the programs `nginx` and `buildgrid` share."""

from __future__ import annotations

import pathlib
import signal
import threading
from typing import TypedDict

from absl import flags

from tools import command
from tools.remote_cache.configurations import ServerError, Tls, parse_address, tls_of
from tools.remote_cache.server_process import Server

_FOLDER = flags.DEFINE_string(
    "folder",
    None,
    "Where the server's configuration, log and store are; made if needed.",
    required=True,
)
_ADDRESS = flags.DEFINE_string(
    "address", "127.0.0.1:0", "HOST:PORT to listen at; port 0 stands for any free one."
)
_CERTIFICATE = flags.DEFINE_string(
    "tls_certificate", None, "PEM file of the server's certificate: switches TLS on."
)
_KEY = flags.DEFINE_string("tls_key", None, "PEM file of the certificate's private key.")
_HTPASSWD = flags.DEFINE_string(
    "htpasswd", None, "Names and hashed passwords of users who may write; everybody may read."
)


class Settings(TypedDict):
    """The arguments of a Server besides its program, as the flags have them."""

    folder: pathlib.Path
    host: str
    port: int
    tls: Tls | None


def settings() -> Settings:
    """Reads the flags that both servers have.

    Returns:
      The arguments of a Server besides its program.

    Raises:
      ServerError: a flag's value is wrong, or a file can't be read.
    """
    host, port = parse_address(_ADDRESS.value)
    return {
        "folder": command.user_path(_FOLDER.value),
        "host": host,
        "port": port,
        "tls": tls_of(_path(_CERTIFICATE), _path(_KEY), _path(_HTPASSWD)),
    }


def serve(server: Server) -> None:
    """Starts a server, says where it is, and stops it at SIGTERM or SIGINT.

    Args:
      server: not started yet.

    Raises:
      ServerError: it can't be started, or it stopped by itself.
    """
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    try:
        server.start(interrupt=asked)
        print(f"--remote_cache={server.url}", flush=True)
        while server.running and not asked.wait(0.2):
            pass
        if not asked.is_set():
            raise ServerError(f"{server.url} stopped by itself: see {server.log}")
    except ServerError:
        if not asked.is_set():
            raise
    finally:
        server.stop()


def _path(flag: flags.FlagHolder[str | None]) -> pathlib.Path | None:
    return command.user_path(flag.value) if flag.value else None
