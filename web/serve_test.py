# SPDX-License-Identifier: Apache-2.0
"""The server: what it answers, and how it starts and ends."""

import http.client
import os
import pathlib
import signal
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator

import pytest

from tools import command
from web import serve

_RESOURCES = {
    "/": serve.Resource("text/html; charset=utf-8", b"<p>page"),
    "/digit.wasm": serve.Resource("application/wasm", b"\0asm"),
}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serve.serving(_RESOURCES, 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def _ask(port: int, method: str, path: str) -> tuple[int, str | None, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.getheader("Content-Type"), content


def test_it_serves_page_and_module(port: int):
    assert _ask(port, "GET", "/") == (200, "text/html; charset=utf-8", b"<p>page")
    assert _ask(port, "GET", "/?x=1")[0] == 200
    assert _ask(port, "GET", "/digit.wasm") == (200, "application/wasm", b"\0asm")
    assert _ask(port, "HEAD", "/digit.wasm") == (200, "application/wasm", b"")


@pytest.mark.parametrize("path", ["/other", "/../etc/passwd", "/digit.wasm/"])
def test_it_serves_nothing_else(port: int, path: str):
    assert _ask(port, "GET", path)[0] == 404


def test_a_port_in_use():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        said = pytest.raises(command.CommandError, match=f"port {number} is in use: .*--port=0")
        with said, serve.serving(_RESOURCES, number):
            pass


def _start(folder: pathlib.Path, *flags: str) -> subprocess.Popen[str]:
    (folder / "page").write_bytes(b"<p>page")
    (folder / "module").write_bytes(b"\0asm")
    return subprocess.Popen(
        [os.environ["SERVE"], f"--page={folder}/page", f"--module={folder}/module", *flags],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif("SERVE" not in os.environ, reason="SERVE does not name the program")
@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM])
def test_the_program_serves_until_it_is_ended(ended_by: int, tmp_path: pathlib.Path):
    program = _start(tmp_path, "--port=0")
    assert program.stdout is not None
    line = program.stdout.readline()
    assert line.startswith("http://127.0.0.1:")
    port = int(line.split(":")[2].split("/")[0])
    assert _ask(port, "GET", "/") == (200, "text/html; charset=utf-8", b"<p>page")
    assert _ask(port, "GET", "/digit.wasm") == (200, "application/wasm", b"\0asm")
    # A browser that hangs up is no fault.
    with socket.create_connection(("127.0.0.1", port)) as rude:
        rude.sendall(b"GE")
        rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert _ask(port, "GET", "/")[0] == 200
    program.send_signal(ended_by)
    out, err = program.communicate(timeout=20)
    assert (program.returncode, out, err) == (0, "", "")


@pytest.mark.skipif("SERVE" not in os.environ, reason="SERVE does not name the program")
def test_the_program_says_that_a_port_is_in_use(tmp_path: pathlib.Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        program = _start(tmp_path, f"--port={number}")
        out, err = program.communicate(timeout=20)
    assert (program.returncode, out) == (2, "")
    assert err == (
        f"serve: port {number} is in use: end what uses it, or take another one: --port=0 takes a"
        " free one\n"
    )
