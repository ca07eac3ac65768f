# SPDX-License-Identifier: Apache-2.0
"""The configurations of the remote cache's two servers: templates that are filled, and settings."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
from collections.abc import Mapping

TEMPLATES = pathlib.Path(__file__).parent
"""The folder of the templates."""


class ServerError(Exception):
    """A server can't be started or has failed. The message is one line that says what to do."""


@dataclasses.dataclass(frozen=True)
class Tls:
    """What encrypts a server and guards its writing.

    Attributes:
      certificate: the certificate's PEM file, with the chain below it.
      key: its private key's PEM file, without a passphrase.
      htpasswd: names and hashed passwords; users without a password may only read. None:
        everybody may write.
    """

    certificate: pathlib.Path
    key: pathlib.Path
    htpasswd: pathlib.Path | None = None


def tls_of(
    certificate: pathlib.Path | None, key: pathlib.Path | None, htpasswd: pathlib.Path | None
) -> Tls | None:
    """Puts together what a command line says of encryption and credentials.

    Args:
      certificate: see Tls.
      key: see Tls.
      htpasswd: see Tls.

    Returns:
      The settings; None if nothing is given.

    Raises:
      ServerError: a part is missing, or a file can't be read.
    """
    if not certificate and not key:
        if htpasswd:
            raise ServerError(
                f"{htpasswd} without TLS would have passwords sent in clear: "
                "give a certificate and its key too"
            )
        return None
    if not certificate or not key:
        raise ServerError("a certificate and its key are needed, and only one of the two is given")
    for path in filter(None, (certificate, key, htpasswd)):
        try:
            path.read_bytes()
        except OSError as error:
            raise ServerError(f"cannot read {path}: {error.strerror}") from error
    return Tls(certificate.absolute(), key.absolute(), htpasswd and htpasswd.absolute())


def parse_address(address: str) -> tuple[str, int]:
    """Takes apart an address to listen at.

    Args:
      address: "HOST:PORT" with an IPv4 address or a name; port 0 stands for any free one.

    Returns:
      Host and port.

    Raises:
      ServerError: it isn't one.
    """
    host, colon, port = address.rpartition(":")
    if not colon or not re.fullmatch(r"[A-Za-z0-9.-]+", host) or not re.fullmatch(r"\d{1,5}", port):
        raise ServerError(f"{address!r} is not an address: give HOST:PORT, such as 127.0.0.1:8980")
    if int(port) > 65535:
        raise ServerError(f"{address!r}: a port is at most 65535")
    return host, int(port)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Fills a template's {{placeholders}}; a line whose placeholder is empty goes.

    Args:
      template: the text.
      values: for each placeholder its text; the text's own lines are indented like the first.

    Returns:
      The filled text.

    Raises:
      KeyError: a placeholder has no value.
    """
    lines = []
    for line in template.splitlines():
        if (only := re.fullmatch(r"( *)\{\{(\w+)\}\}", line)) is not None:
            lines += [only[1] + text for text in values[only[2]].splitlines()]
        else:
            lines.append(re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], line))
    return "\n".join(lines) + "\n"


def nginx_config(
    *,
    template: str,
    listen: str,
    tls: Tls | None = None,
    grpc: bool = False,
    as_root: bool = False,
    **values: str,
) -> str:
    """Fills one of the two nginx templates.

    Args:
      template: the template's text.
      listen: HOST:PORT.
      tls: encryption and credentials.
      grpc: HTTP/2, for a front of a gRPC server.
      as_root: nginx's workers would else be another user's, who can't write to the folder.
      **values: the template's further placeholders.

    Returns:
      The configuration.

    Raises:
      ServerError: a file's name can't be written into it.
    """
    encryption = credentials = ""
    if tls:
        encryption = (
            f"ssl_certificate {_quoted(tls.certificate)};\n"
            f"ssl_certificate_key {_quoted(tls.key)};\n"
            "ssl_protocols TLSv1.2 TLSv1.3;"
        )
        if tls.htpasswd:
            credentials = (
                f'auth_basic "remote cache";\nauth_basic_user_file {_quoted(tls.htpasswd)};'
            )
            if not grpc:
                body = "".join(f"  {line}\n" for line in credentials.splitlines())
                credentials = f"limit_except GET {{\n{body}}}"
    return fill(
        template,
        {
            "listen": listen + (" ssl" if tls else "") + (" http2" if grpc else ""),
            "tls": encryption,
            "credentials": credentials,
            "user": "user root;" if as_root else "",
            **values,
        },
    )


def buildgrid_config(*, template: str, address: str, storage: pathlib.Path) -> str:
    """Fills BuildGrid's template.

    Args:
      template: the template's text.
      address: HOST:PORT or unix:PATH.
      storage: the folder for blobs.

    Returns:
      The configuration.
    """
    # A JSON string is a YAML string.
    return fill(template, {"address": json.dumps(address), "storage": json.dumps(str(storage))})


def _quoted(path: pathlib.Path) -> str:
    # nginx would take $ for a variable, and knows no way to write it otherwise.
    if re.search(r'["\\$\n]', str(path)):
        raise ServerError(f"nginx can't read {path}: its name must not have any of \" \\ $")
    return f'"{path}"'
