"""The remote cache's two servers, nginx (HTTP) and BuildGrid (gRPC): starts, probes, stops, kills.

The standard library alone: whoever tests against a real cache can use it with any pip hub. A server
lives in one folder, which holds its configuration, its log and what it stores; started again in
that folder it goes on with what is there (but BuildGrid keeps its action results in memory).
"""

from __future__ import annotations

import abc
import contextlib
import dataclasses
import errno
import fcntl
import hashlib
import http.client
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Self, TypeVar

TEMPLATES = pathlib.Path(__file__).parent
"""The folder of the templates."""
_T = TypeVar("_T")
_EMPTY = hashlib.sha256(b"").hexdigest()
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
# How long what a killed server held (its port, its folder) may take to come free.
_RELEASE_SECONDS = 2.0


class ServerError(Exception):
    """A server can't be started or has failed. The message is one line that says what to do."""


@dataclasses.dataclass(frozen=True)
class Tls:
    """What encrypts a server and guards its writing.

    Attributes:
      certificate: the certificate's PEM file, with the chain below it.
      key: its private key's PEM file, without a passphrase.
      htpasswd: names and hashed passwords; who has none may only read. None: everybody may write.
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
        raise ServerError(f"{address!r} is no address: give HOST:PORT, such as 127.0.0.1:8980")
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


class Server(abc.ABC):
    """A server in a folder. Also a context manager that starts and stops it.

    Attributes:
      folder: where everything of it lies.
      host: the address it listens at.
      port: its port. 0 before the first start stands for any free one; the choice is kept, so that
        a server that is started again is found where it was.
      tls: encryption and credentials, or None.
    """

    scheme: str
    """The URL's, without the s for TLS."""
    log_name: str

    def __init__(
        self,
        program: str | os.PathLike[str],
        folder: str | os.PathLike[str],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: Tls | None = None,
    ):
        """Prepares a server; nothing is written and nothing runs yet.

        Args:
          program: the server's program.
          folder: where everything of it lies; made at the start.
          host: the address to listen at.
          port: the port, or 0 for any free one.
          tls: encryption and credentials.
        """
        self.program = pathlib.Path(program).absolute()
        self.folder = pathlib.Path(folder).absolute()
        self.host = host
        self.port = port
        self.tls = tls
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What Bazel's --remote_cache takes."""
        return f"{self.scheme}{'s' if self.tls else ''}://{self.host}:{self.port}"

    @property
    def log(self) -> pathlib.Path:
        """The file with what the server itself says."""
        return self.folder / self.log_name

    @property
    def pid(self) -> int | None:
        """The process, or None if it does not run."""
        return self._process.pid if self.running and self._process else None

    @property
    def running(self) -> bool:
        """Whether the process is there. It is when start() has returned."""
        return self._process is not None and self._process.poll() is None

    @abc.abstractmethod
    def _prepare(self) -> list[str]:
        """Writes the configuration and returns the command."""

    @abc.abstractmethod
    def probe(self) -> str:
        """Asks the server for an answer that only it can give.

        Returns:
          "" if it serves, else what is wrong.
        """

    def _log_size(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0

    def start(
        self, timeout: float = _START_SECONDS, interrupt: threading.Event | None = None
    ) -> None:
        """Starts the server and waits until it really serves.

        Args:
          timeout: how many seconds to wait.
          interrupt: set by another thread or a signal handler, it ends the waiting.

        Raises:
          ServerError: it runs already, its port or its folder is taken, its folder can't be written
            to, it stopped, it gave no right answer in time, or it was interrupted.
        """
        if self.running:
            raise ServerError(f"{self.url} runs already")
        self.kill()  # What is left of one whose leading process has died.
        if not os.access(self.program, os.X_OK):
            raise ServerError(f"{self.program} is no program that can be run")
        for _ in range(5):
            chosen = self.port == 0
            self.port = free_port(self.host, self.port)
            try:
                return self._start_once(timeout, interrupt or threading.Event())
            except ServerError:
                # Somebody else took the free port meanwhile: then, and only then, another one.
                if not chosen or _can_bind(self.host, self.port):
                    raise
                self.port = 0
        raise ServerError(f"no free port was found on {self.host}")

    def _start_once(self, timeout: float, interrupt: threading.Event) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with _locked(self.folder) as lock, self.log.open("ab") as log:
                before = self._log_size()
                # A group of its own: Ctrl-C is the caller's, and its children are ended with it. It
                # inherits the lock, and so holds the folder while one of its processes runs.
                self._process = subprocess.Popen(
                    self._prepare(),
                    cwd=self.folder,
                    env=_environment(),
                    pass_fds=[lock],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            raise ServerError(f"cannot write to {self.folder}: {error.strerror}") from error
        deadline = time.monotonic() + timeout
        wrong = "it was not asked"
        try:
            while time.monotonic() < deadline:
                if interrupt.is_set():
                    raise ServerError("interrupted while it started")
                if self._process.poll() is not None:
                    raise ServerError(self._last_words(before))
                try:
                    wrong = self.probe()
                except (OSError, http.client.HTTPException) as error:
                    wrong = str(error) or type(error).__name__
                if not wrong:
                    return
                interrupt.wait(0.05)
        except BaseException:
            self.kill()
            raise
        self.kill()
        raise ServerError(
            f"{self.url} does not serve after {timeout:g} s ({wrong}): see {self.log}"
        )

    def _last_words(self, before: int) -> str:
        with self.log.open("rb") as file:
            file.seek(before)
            lines = file.read().decode(errors="replace").splitlines()
        text = " ".join(lines)
        name = self.program.name
        if library := re.search(r"loading shared libraries: (\S+?):", text):
            return (
                f"{name} needs the library {library[1]}, which this machine lacks: "
                f"apt-get install {_LIBRARY_PACKAGES.get(library[1], library[1])}"
            )
        if version := re.search(r"version `(\S+?)' not found", text):
            return f"{name} needs {version[1]}, which this machine lacks: use Debian 12 or later"
        told = [line for line in lines if re.search(r"emerg|rror", line)] or lines[-1:]
        status = self._process.returncode if self._process else None
        return f"{name} stopped with exit status {status}: {' '.join(told[-1:])} (see {self.log})"

    def stop(self, timeout: float = _STOP_SECONDS) -> None:
        """Stops the server: SIGTERM, and SIGKILL for what is left after a while. Idempotent.

        Args:
          timeout: how many seconds it has.
        """
        if self._process and self.running:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout)
        self.kill()

    def kill(self) -> None:
        """Kills the server and its children, as a crash would. Idempotent."""
        if self._process:
            # The group outlives its leader while a child runs.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            # The children are nobody's to wait for, and answer while they die.
            deadline = time.monotonic() + _RELEASE_SECONDS
            while _group_runs(self._process.pid) and time.monotonic() < deadline:
                time.sleep(0.005)
            self._process = None

    def wait(self) -> int:
        """Waits for the process to end by itself.

        Returns:
          Its exit status.
        """
        return self._process.wait() if self._process else 0

    def __enter__(self) -> Self:
        """Starts it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stops it."""
        self.stop()


class _NginxProcess(Server):
    """What nginx needs, whatever it serves."""

    log_name = "nginx.log"
    template: str

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


class Nginx(_NginxProcess):
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
            raise ServerError(f"{prefix!r} is no path prefix: give one such as /mnist_micro")
        self._nonce = secrets.token_hex(8)

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

    def _request(self, method: str, path: str) -> tuple[int, bytes]:
        if self.tls:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                self.host, self.port, timeout=5, context=_unverified()
            )
        else:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=5)
        with contextlib.closing(connection):
            connection.request(method, path, body=b"" if method == "PUT" else None)
            response = connection.getresponse()
            return response.status, response.read()

    def probe(self) -> str:
        """See Server. Stores the empty blob, or where that takes credentials sees that it does."""
        status, body = self._request("GET", "/healthy")
        if status != 200 or body != self._nonce.encode():
            return f"another server answers at {self.url}"
        status, _ = self._request("PUT", f"{self.prefix}/cas/{_EMPTY}")
        if self.tls and self.tls.htpasswd:
            return (
                "" if status == 401 else f"an upload without credentials is answered with {status}"
            )
        return "" if status in (201, 204) else f"an upload is answered with {status}"


class _GrpcFront(_NginxProcess):
    """nginx in front of BuildGrid, for TLS and credentials."""

    scheme = "grpc"
    template = "grpc_front.conf.template"

    def __init__(self, *args: object, backend: str, **kwargs: object):
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._backend = backend

    def _settings(self) -> dict[str, str]:
        return {"backend": f"grpc://{self._backend}"}

    def probe(self) -> str:
        return _probe_grpc(self.host, self.port, encrypted=True)


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
        if self._socket_folder:
            return _probe_grpc(f"{self._socket_folder}/socket", None)
        return _probe_grpc(self.host, self.port)

    def stop(self, timeout: float = _STOP_SECONDS) -> None:
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


_LIBRARY_PACKAGES = {
    "libcrypt.so.1": "libcrypt1",
    "libpcre2-8.so.0": "libpcre2-8-0",
    "libssl.so.3": "libssl3",
    "libcrypto.so.3": "libssl3",
    "libz.so.1": "zlib1g",
}


def _group_runs(group: int) -> bool:
    """Whether a process group has a process that has not ended (a zombie has)."""
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group = path.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                return True
    return False


def _environment() -> dict[str, str]:
    # $NGINX would be sockets to nginx, and $BUILDGRID_… options to BuildGrid.
    return {
        name: value
        for name, value in os.environ.items()
        if name != "NGINX" and not name.startswith("BUILDGRID")
    }


def _quoted(path: pathlib.Path) -> str:
    # nginx would take $ for a variable, and knows no way to write it otherwise.
    if re.search(r'["\\$\n]', str(path)):
        raise ServerError(f"nginx can't read {path}: its name must not have any of \" \\ $")
    return f'"{path}"'


@contextlib.contextmanager
def _locked(folder: pathlib.Path) -> Iterator[int]:
    """Holds a folder, so that no second server writes to it.

    Args:
      folder: the folder.

    Yields:
      The lock's descriptor; who inherits it holds the folder too.

    Raises:
      ServerError: another server has it.
    """
    with (folder / "lock").open("ab") as lock:
        try:
            _retry(lambda: fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise ServerError(
                f"another server uses {folder}: stop it, or give another folder"
            ) from error
        yield lock.fileno()


def _retry(function: Callable[[], _T]) -> _T:
    deadline = time.monotonic() + _RELEASE_SECONDS
    while True:
        try:
            return function()
        except OSError as error:
            busy = error.errno in (errno.EADDRINUSE, errno.EWOULDBLOCK)
            if not busy or time.monotonic() > deadline:
                raise
        time.sleep(0.02)


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(1)
    except BaseException:
        bound.close()
        raise
    return bound


def _can_bind(host: str, port: int) -> bool:
    try:
        _bound(host, port).close()
    except OSError:
        return False
    return True


def free_port(host: str, port: int = 0) -> int:
    """Finds a port that can be listened at.

    BuildGrid would share a taken port with another BuildGrid, and nobody would notice.

    Args:
      host: the address.
      port: the port wanted, or 0 for any.

    Returns:
      The port.

    Raises:
      ServerError: it is taken, or the address is not this machine's.
    """
    try:
        with _retry(lambda: _bound(host, port)) as bound:
            return bound.getsockname()[1]
    except OSError as error:
        raise ServerError(
            f"cannot listen at {host}:{port} ({error.strerror}): give another address"
        ) from error


def _unverified() -> ssl.SSLContext:
    # The probe asks its own process, whatever name the certificate is for.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _probe_grpc(host: str, port: int | None, *, encrypted: bool = False) -> str:
    """Calls GetCapabilities. An open port alone would say nothing.

    Args:
      host: the address, or with port None the path of a socket.
      port: the port.
      encrypted: whether the server speaks TLS.

    Returns:
      "" if capabilities came, else what came.
    """
    if port is None:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(5)
        try:
            connection.connect(host)
        except BaseException:
            connection.close()
            raise
    else:
        connection = socket.create_connection((host, port), timeout=5)
    with contextlib.ExitStack() as stack:
        stack.enter_context(connection)
        if encrypted:
            context = _unverified()
            context.set_alpn_protocols(["h2"])
            connection = stack.enter_context(context.wrap_socket(connection))
        headers = {
            ":method": "POST",
            ":scheme": "https" if encrypted else "http",
            ":path": "/build.bazel.remote.execution.v2.Capabilities/GetCapabilities",
            ":authority": "localhost",
            "content-type": "application/grpc",
            "te": "trailers",
        }
        # HPACK: each a literal, never indexed, without Huffman's code.
        block = b"".join(
            b"\x10" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
            for name, value in headers.items()
        )
        connection.sendall(
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
            + _frame(0x4, 0, 0, b"")  # SETTINGS
            + _frame(0x1, 0x4, 1, block)  # HEADERS, END_HEADERS
            + _frame(0x0, 0x1, 1, bytes(5))  # DATA, END_STREAM: an empty message
        )
        with connection.makefile("rb") as stream:
            while len(head := stream.read(9)) == 9:
                length = int.from_bytes(head[:3], "big")
                kind, flags, stream_id = struct.unpack(">BBI", head[3:])
                body = stream.read(length)
                if stream_id == 1 and kind == 0x0 and len(body) > 5:
                    return ""
                if stream_id == 1 and (kind == 0x3 or flags & 0x1):
                    return "it gives no capabilities"
    return "it hung up"


def _frame(kind: int, flags: int, stream_id: int, body: bytes) -> bytes:
    return len(body).to_bytes(3, "big") + struct.pack(">BBI", kind, flags, stream_id) + body
