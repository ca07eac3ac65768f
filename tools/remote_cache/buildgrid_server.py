# SPDX-License-Identifier: Apache-2.0
"""The gRPC cache: BuildGrid, with nginx in front of it for TLS and credentials."""

from __future__ import annotations

import os
import pathlib
import shutil
import tempfile
import threading

import grpc

from tools.remote_cache.configurations import TEMPLATES, ServerError, Tls, buildgrid_config
from tools.remote_cache.nginx_server import NginxProcess
from tools.remote_cache.server_process import STOP_SECONDS, Server

# A probe that came too early must not delay the next one, and no proxy is asked for this machine.
_OPTIONS = (("grpc.max_reconnect_backoff_ms", 50), ("grpc.enable_http_proxy", 0))


class _GrpcFront(NginxProcess):
    """nginx in front of BuildGrid, for TLS and credentials."""

    scheme = "grpc"
    template = "grpc_front.conf.template"

    def __init__(self, *args: object, backend: str, **kwargs: object):
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._backend = backend

    def _settings(self) -> dict[str, str]:
        return {"backend": f"grpc://{self._backend}", "nonce": self._nonce}

    def probe(self) -> str:
        """See Server. What is behind it is asked by itself."""
        return "" if self._is_this() else f"another server answers at {self.url}"


class BuildGrid(Server):
    """The gRPC cache. Blobs survive a stop; what actions resulted in is in memory and does not.

    With TLS it listens at a socket in a private folder, and an nginx in front of it at the address.
    """

    scheme = "grpc"
    log_name = "buildgrid.log"

    def __init__(
        self,
        program: str | os.PathLike[str],
        folder: str | os.PathLike[str],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: Tls | None = None,
        nginx: str | os.PathLike[str] | None = None,
    ):
        """Prepares the server.

        Args:
          program: BuildGrid's, //tools/remote_cache:buildgrid_program.
          folder: see Server.
          host: see Server.
          port: see Server.
          tls: see Server.
          nginx: nginx; needed with TLS.

        Raises:
          ServerError: TLS without nginx.
        """
        super().__init__(program, folder, host=host, port=port, tls=tls)
        if tls and not nginx:
            raise ServerError("TLS and credentials in front of BuildGrid need nginx")
        self._nginx = nginx
        self._front: _GrpcFront | None = None
        self._socket_folder: pathlib.Path | None = None

    @property
    def store(self) -> pathlib.Path:
        """The stored blobs."""
        return self.folder / "store"

    @property
    def running(self) -> bool:
        """Whether BuildGrid is there, and with TLS nginx in front of it too."""
        return super().running and (self._front is None or self._front.running)

    def _prepare(self) -> list[str]:
        address = f"{self.host}:{self.port}"
        if self.tls:
            # Not in the folder: a socket's path has at most 107 characters. Nobody else may go in.
            self._socket_folder = pathlib.Path(tempfile.mkdtemp(prefix="buildgrid-"))
            address = f"unix:{self._socket_folder}/socket"
        config = buildgrid_config(
            template=(TEMPLATES / "buildgrid.yml.template").read_text(),
            address=address,
            storage=self.store,
        )
        path = self.folder / "buildgrid.yml"
        path.write_text(config)
        return [str(self.program), "server", "start", str(path)]

    def _start_once(self, timeout: float, interrupt: threading.Event) -> None:
        super()._start_once(timeout, interrupt)
        if self.tls and self._nginx:
            self._front = _GrpcFront(
                self._nginx,
                self.folder / "front",
                host=self.host,
                port=self.port,
                tls=self.tls,
                backend=f"unix:{self._socket_folder}/socket",
            )
            try:
                self._front.start(timeout, interrupt)
            except BaseException:
                self.kill()
                raise

    def probe(self) -> str:
        """See Server. Asks BuildGrid itself for its capabilities."""
        target = f"{self.host}:{self.port}"
        if self._socket_folder:
            target = f"unix:{self._socket_folder}/socket"
        with grpc.insecure_channel(target, options=_OPTIONS) as channel:
            # An open port alone would say nothing. The request is an empty message.
            ask = channel.unary_unary(
                "/build.bazel.remote.execution.v2.Capabilities/GetCapabilities"
            )
            try:
                return "" if ask(b"", timeout=5) else "it gives no capabilities"
            except grpc.RpcError as error:
                return f"it gives no capabilities: {error.code().name}"

    def stop(self, timeout: float = STOP_SECONDS) -> None:
        """See Server."""
        if self._front:
            self._front.stop(timeout)
        super().stop(timeout)

    def kill(self) -> None:
        """See Server."""
        if self._front:
            self._front.kill()
            self._front = None
        super().kill()
        if self._socket_folder:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
            self._socket_folder = None
