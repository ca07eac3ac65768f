# SPDX-License-Identifier: Apache-2.0
"""The real nginx, as people start it."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tools.remote_cache.configurations import ServerError, Tls, tls_of
from tools.remote_cache.nginx_server import Nginx
from tools.remote_cache.server_process import Server

NGINX = pathlib.Path(os.environ["NGINX_PROGRAM"]).absolute()
SERVER = pathlib.Path(os.environ["NGINX_SERVER"]).absolute()
BLOB = b"a blob"
CAS = "/cas/" + hashlib.sha256(BLOB).hexdigest()
AC = "/ac/" + hashlib.sha256(b"an action").hexdigest()


def request(
    server: Server, method: str, path: str, body: bytes | None = None, **options: object
) -> tuple[int, bytes]:
    headers = {}
    if password := options.get("password"):
        headers["Authorization"] = "Basic " + base64.b64encode(str(password).encode()).decode()
    if ca := options.get("ca"):
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            server.host, server.port, timeout=30, context=ssl.create_default_context(cafile=str(ca))
        )
    else:
        connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    with contextlib.closing(connection):
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()


@pytest.fixture
def server(tmp_path) -> Iterator[Nginx]:
    with Nginx(NGINX, tmp_path / "cache") as running:
        yield running


@pytest.fixture(scope="module")
def credentials(tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("made") / "credentials"
    script = pathlib.Path("tools/remote_cache/make_credentials.sh")
    subprocess.run([script, folder, "builder"], check=True)
    return folder


def password(credentials: pathlib.Path) -> str:
    return ":".join((credentials / "netrc").read_text().split()[3:6:2])


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("path", [CAS, AC])
def test_stores_what_is_put(server, path):
    assert request(server, "GET", path)[0] == 404
    assert request(server, "PUT", path, BLOB)[0] in (201, 204)
    assert request(server, "GET", path) == (200, BLOB)
    assert request(server, "HEAD", path)[0] == 200
    assert request(server, "PUT", path, b"other")[0] in (201, 204)
    assert request(server, "GET", path) == (200, b"other")
    kind, digest = path[1:].split("/")
    assert (server.store / kind / digest[:2] / digest).read_bytes() == b"other"


def test_stores_large_and_empty_files(server):
    large = bytes(range(256)) * (20 << 12)
    for body in (large, b""):
        path = "/cas/" + hashlib.sha256(body).hexdigest()
        assert request(server, "PUT", path, body)[0] in (201, 204)
        assert request(server, "GET", path) == (200, body)


# Several times, as a server that is still dying would now and then answer or hold its port.
@pytest.mark.parametrize("end", ["stop", "kill"] * 5)
def test_what_is_stored_outlives_the_server(server, end):
    url = server.url
    assert request(server, "PUT", CAS, BLOB)[0] == 201
    getattr(server, end)()
    assert not server.running
    with pytest.raises(ConnectionRefusedError):
        request(server, "GET", CAS)
    server.start()
    assert server.url == url
    assert request(server, "GET", CAS) == (200, BLOB)


def test_starts_again_after_its_leader_was_killed(server):
    os.kill(server.pid, signal.SIGKILL)
    eventually(lambda: not server.running)
    server.start()
    assert request(server, "PUT", CAS, BLOB)[0] == 201


@pytest.mark.parametrize("killed", [False, True])
def test_a_truncated_upload_leaves_nothing(server, killed):
    partial = server.folder / "partial" / "body"
    with socket.create_connection((server.host, server.port)) as connection:
        head = f"PUT {CAS} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
        connection.sendall(head.encode() + bytes(50000))
        # It is on the disk by now, and yet no client is given it.
        eventually(lambda: len(list(partial.iterdir())) == 1)
        assert request(server, "GET", CAS)[0] == 404
        if killed:
            server.kill()
            server.start()
    eventually(lambda: not list(partial.iterdir()))
    assert request(server, "GET", CAS)[0] == 404
    assert not (server.store / CAS[1:]).parent.joinpath(CAS[5:7], CAS[5:]).exists()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/cas/",
        "/cas/abc",
        CAS[:-1],
        CAS + "0",
        CAS + "/x",
        "/cas/" + "A" * 64,
        "/cas/" + "g" * 64,
        "/other/" + CAS[5:],
        "/prefix" + CAS,
        "/cas/../" + CAS[5:],
        "/cas/" + "../" * 20 + "etc/passwd",
        "/nginx.conf",
        "/store" + CAS,
    ],
)
def test_refuses_other_paths(server, path):
    before = sorted(server.folder.rglob("*"))
    assert request(server, "PUT", path, BLOB)[0] in (400, 404)
    assert request(server, "GET", path)[0] in (400, 404)
    assert sorted(server.folder.rglob("*")) == before


@pytest.mark.parametrize("method", ["DELETE", "POST", "MKCOL", "COPY", "MOVE", "PROPFIND", "PATCH"])
def test_refuses_other_methods(server, method):
    assert request(server, "PUT", CAS, BLOB)[0] == 201
    assert request(server, method, CAS)[0] == 405
    assert request(server, method, AC)[0] == 405
    assert request(server, "GET", CAS) == (200, BLOB)


def test_misses_are_not_logged(server):
    for _ in range(50):
        assert request(server, "GET", AC)[0] == 404
    # Workers may still be starting, and say so: only what names a request counts.
    log = server.log.read_text()
    assert "client:" not in log
    assert AC.removeprefix("/ac/") not in log


def test_the_users_environment_does_not_reach_nginx(tmp_path, monkeypatch):
    monkeypatch.setenv("NGINX", "7;")
    with Nginx(NGINX, tmp_path) as server:
        assert "inherited sockets" not in server.log.read_text()


def test_prefix(tmp_path):
    with Nginx(NGINX, tmp_path, prefix="/a/b.c") as server:
        assert server.url.endswith("/a/b.c")
        assert request(server, "PUT", "/a/b.c" + CAS, BLOB)[0] == 201
        assert request(server, "GET", "/a/b.c" + CAS) == (200, BLOB)
        assert request(server, "GET", CAS)[0] == 404
        assert request(server, "GET", "/a/bxc" + CAS)[0] == 404


def test_a_folder_is_one_servers(server):
    with pytest.raises(ServerError, match="another server uses .*stop it, or give another"):
        Nginx(NGINX, server.folder).start()
    assert request(server, "PUT", CAS, BLOB)[0] == 201


def test_many_at_once(server):
    wrong = []

    def use(number: int) -> None:
        body = bytes([number]) * 100_000
        path = "/cas/" + hashlib.sha256(body).hexdigest()
        for _ in range(10):
            put, _ = request(server, "PUT", path, body)
            if put not in (201, 204) or request(server, "GET", path) != (200, body):
                wrong.append(number)

    threads = [threading.Thread(target=use, args=[number % 8]) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_tls_and_credentials(tmp_path, credentials):
    ca = credentials / "ca.pem"
    tls = tls_of(credentials / "server.pem", credentials / "server.key", credentials / "htpasswd")
    right = password(credentials)
    with Nginx(NGINX, tmp_path, tls=tls) as server:
        assert server.url.startswith("https://")
        # Only users with credentials may write.
        refusal = (401, b"uploading takes credentials")
        assert request(server, "PUT", CAS, BLOB, ca=ca) == refusal
        for wrong in ("builder:wrong", "other:" + right.split(":")[1], "builder:", ":"):
            assert request(server, "PUT", CAS, BLOB, ca=ca, password=wrong)[0] in (401, 403), wrong
            assert request(server, "GET", CAS, ca=ca, password=wrong)[0] == 404
        assert not list(server.store.rglob("*"))
        assert request(server, "PUT", CAS, BLOB, ca=ca, password=right)[0] == 201
        assert request(server, "DELETE", CAS, ca=ca, password=right)[0] == 405
        # Everybody may read.
        assert request(server, "GET", CAS, ca=ca) == (200, BLOB)
        assert request(server, "HEAD", CAS, ca=ca)[0] == 200
        # Not without TLS, and not if the client does not trust the certificate.
        assert request(server, "GET", CAS)[0] == 400
        with pytest.raises(ssl.SSLCertVerificationError):
            request(server, "GET", CAS, ca=ssl.get_default_verify_paths().openssl_cafile)
        # What goes wrong is logged, but not with the password.
        assert "password mismatch" in server.log.read_text()
        assert right.split(":")[1] not in server.log.read_text()


def test_a_broken_certificate_is_named(tmp_path, credentials):
    broken = tmp_path / "broken.pem"
    broken.write_text("nothing")
    tls = Tls(broken, credentials / "server.key")
    with pytest.raises(ServerError, match=r"cannot load certificate .*broken\.pem"):
        Nginx(NGINX, tmp_path / "folder", tls=tls).start()


@contextlib.contextmanager
def start_program(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [SERVER, f"--nginx={NGINX}", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        # It does this by itself, unless it fails the test.
        process.terminate()
        process.communicate(timeout=60)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_program_serves_until_it_is_stopped(number, tmp_path):
    with start_program(f"--folder={tmp_path}/cache", "--prefix=/p") as process:
        line = process.stdout.readline()
        found = re.fullmatch(r"--remote_cache=http://127\.0\.0\.1:(\d+)/p\n", line)
        assert found, line
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (0, "", "")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(found[1])))


def test_program_says_so_when_nginx_dies(tmp_path):
    with start_program(f"--folder={tmp_path}/cache") as process:
        process.stdout.readline()
        os.kill(int((tmp_path / "cache" / "nginx.pid").read_text()), signal.SIGKILL)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 2
        assert re.fullmatch(r"nginx_main: http://\S+ stopped by itself: see \S+\n", err)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--folder=/dev/null/x"], "cannot write to /dev/null/x: Not a directory"),
        (["--folder=x", "--address=nowhere"], "'nowhere' is not an address"),
        (["--folder=x", "--tls_key=x"], "only one of the two"),
        (["--folder=x", "--htpasswd=x"], "in clear"),
        (["--folder=x", "--tls_key=x", "--tls_certificate=none.pem"], "cannot read .*none.pem"),
        ([], "folder"),
        (["--folder=x", "y"], "unexpected argument 'y'"),
    ],
)
def test_program_names_what_is_wrong(arguments, message):
    with start_program(*arguments) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert not out
    assert re.fullmatch(rf"nginx_main: .*{message}.*\n", err), err


def test_program_names_a_taken_port(server, tmp_path):
    with start_program(f"--folder={tmp_path}/2", f"--address=127.0.0.1:{server.port}") as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert re.fullmatch(r"nginx_main: cannot listen at \S+ \(Address already in use\): .*\n", err)
