# SPDX-License-Identifier: Apache-2.0
"""The HTTP cache: nginx. The standard library alone, so that it can be used with any pip hub."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import pathlib
import re
import secrets
import shutil
import ssl
from typing import Any

from tools.remote_cache.configurations import TEMPLATES, ServerError, Tls, nginx_config
from tools.remote_cache.server_process import Server

_EMPTY = hashlib.sha256(b"").hexdigest()


class NginxProcess(Server):
    """What nginx needs, whatever it serves."""

    log_name = "nginx.log"
    template: str

    def __init__(self, *args: Any, **kwargs: Any):
        """Prepares the server: see Server."""
        super().__init__(*args, **kwargs)
        self._nonce = secrets.token_hex(8)

    def _settings(self) -> dict[str, str]:
        """The template's further placeholders."""
        return {}

    def _prepare(self) -> list[str]:
        # What a killed nginx left half-received.
        shutil.rmtree(self.folder / "partial", ignore_errors=True)
        (self.folder / "partial").mkdir()
        config = nginx_config(
            template=(TEMPLATES / self.template).read_text(),
            listen=f"{self.host}:{self.port}",
            tls=self.tls,
            grpc=self.scheme == "grpc",
            as_root=os.geteuid() == 0,
            **self._settings(),
        )
        path = self.folder / "nginx.conf"
        path.write_text(config)
        return [str(self.program), "-e", "stderr", "-p", f"{self.folder}/", "-c", str(path)]

    def _request(self, method: str, path: str) -> tuple[int, bytes]:
        if self.tls:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                self.host, self.port, timeout=5, context=unverified()
            )
        else:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=5)
        with contextlib.closing(connection):
            connection.request(method, path, body=b"" if method == "PUT" else None)
            response = connection.getresponse()
            return response.status, response.read()

    def _is_this(self) -> bool:
        """Whether it is this nginx that answers, and not another server at its port."""
        status, body = self._request("GET", "/healthy")
        return status == 200 and body == self._nonce.encode()


class Nginx(NginxProcess):
    """The HTTP cache. What is stored survives a stop and a crash; half an upload leaves nothing."""

    scheme = "http"
    template = "nginx.conf.template"

    def __init__(
        self,
        program: str | os.PathLike[str],
        folder: str | os.PathLike[str],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: Tls | None = None,
        prefix: str = "",
    ):
        """Prepares the server.

        Args:
          program: nginx.
          folder: see Server.
          host: see Server.
          port: see Server.
          tls: see Server.
          prefix: path below which the cache is, such as "/mnist"; the only one that is served.

        Raises:
          ServerError: the prefix has other characters than letters, digits and ._-/.
        """
        super().__init__(program, folder, host=host, port=port, tls=tls)
        self.prefix = prefix.rstrip("/")
        if self.prefix and not re.fullmatch(r"(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+", self.prefix):
            raise ServerError(f"{prefix!r} is not a path prefix: give one such as /mnist_micro")

    @property
    def url(self) -> str:
        """What Bazel's --remote_cache takes."""
        return super().url + self.prefix

    @property
    def store(self) -> pathlib.Path:
        """The stored files, laid out as Bazel's --disk_cache lays them out."""
        return self.folder / "store"

    def _settings(self) -> dict[str, str]:
        return {"prefix": self.prefix.replace(".", r"\."), "nonce": self._nonce}

    def _prepare(self) -> list[str]:
        self.store.mkdir(exist_ok=True)
        return super()._prepare()

    def probe(self) -> str:
        """See Server. Stores the empty blob, or checks that this needs credentials."""
        if not self._is_this():
            return f"another server answers at {self.url}"
        status, _ = self._request("PUT", f"{self.prefix}/cas/{_EMPTY}")
        if self.tls and self.tls.htpasswd:
            return (
                "" if status == 401 else f"an upload without credentials is answered with {status}"
            )
        return "" if status in (201, 204) else f"an upload is answered with {status}"


def unverified() -> ssl.SSLContext:
    """Makes the encryption of a probe.

    Returns:
      A context that takes any certificate.
    """
    # The probe asks its own process, whatever name the certificate is for.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
