# SPDX-License-Identifier: Apache-2.0
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time

import pytest

from tools.remote_cache import relay


def _echo_server() -> tuple[socket.socket, int]:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                data = b""
                while chunk := connection.recv(65536):
                    data += chunk
                connection.sendall(data * 2)

    threading.Thread(target=serve, daemon=True).start()
    return listener, listener.getsockname()[1]


def _ask(address: str, data: bytes) -> bytes:
    host, _, port = address.partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


def test_everything_arrives_and_is_counted():
    listener, port = _echo_server()
    with listener, relay.Relay("127.0.0.1", port) as counter:
        data = bytes(range(256)) * 5_000
        assert _ask(counter.address, data) == data * 2
        assert _ask(counter.address, b"x") == b"xx"
        assert counter.sent == len(data) + 1
        assert counter.received == 2 * len(data) + 2


def test_a_server_that_is_down():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with relay.Relay("127.0.0.1", port) as counter:
        try:
            answer = _ask(counter.address, b"x")
        except OSError:
            answer = b""
        assert answer == b""
        assert counter.received == 0


def _upload(address: str, size: int) -> None:
    host, _, port = address.partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(bytes(size))


def test_a_server_that_stops_reading_is_hung_up():
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        relay.Relay("127.0.0.1", listener.getsockname()[1], send_timeout=1) as bounded,
        pytest.raises((ConnectionResetError, BrokenPipeError)),
    ):
        # More than fits into the buffers of two connections; else the client would be done.
        _upload(bounded.address, 64_000_000)


def test_a_server_that_is_silent_for_longer_is_not_hung_up():
    listener, port = _echo_server()
    with listener, relay.Relay("127.0.0.1", port, send_timeout=1) as bounded:
        host, _, number = bounded.address.partition(":")
        with socket.create_connection((host, int(number)), timeout=30) as connection:
            connection.sendall(b"a")
            time.sleep(2.5)
            connection.sendall(b"b")
            connection.shutdown(socket.SHUT_WR)
            assert connection.makefile("rb").read() == b"abab"


def test_the_program_serves_its_parent_and_ends_with_it(tmp_path: pathlib.Path):
    listener, port = _echo_server()
    settings = tmp_path / "relay.bazelrc"
    start = (
        "import subprocess, sys\n"
        "program = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)\n"
        "program.stdout.read()\n"  # until the settings are there
        "print('ready', flush=True)\n"
        "sys.stdin.read()\n"
    )
    program = [sys.executable, "-I", relay.__file__]
    with (
        listener,
        subprocess.Popen(
            [sys.executable, "-c", start, *program, f"127.0.0.1:{port}", str(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as parent,
    ):
        assert parent.stdout and parent.stdin
        assert parent.stdout.readline() == "ready\n"
        found = re.fullmatch(
            r"build:remote_cache --remote_cache=grpc://(127\.0\.0\.1:\d+)\n", settings.read_text()
        )
        assert found
        assert _ask(found[1], b"x") == b"xx"
        parent.stdin.close()
    deadline = time.monotonic() + 30
    while settings.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not settings.exists()
