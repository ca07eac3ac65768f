# SPDX-License-Identifier: Apache-2.0
"""Tests of server_process.py, with nginx and with programs that play it."""

from __future__ import annotations

import pathlib
import socket
import threading

import pytest

from tools.remote_cache.configurations import ServerError
from tools.remote_cache.nginx_server import Nginx


@pytest.mark.parametrize("prefix", ["a", "/a b", "/..", "/a//b", "/a$"])
def test_nginx_refuses_a_prefix(prefix, tmp_path):
    with pytest.raises(ServerError, match="not a path prefix"):
        Nginx("nginx", tmp_path, prefix=prefix)


def program(folder: pathlib.Path, text: str) -> pathlib.Path:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_start_says_what_is_missing(tmp_path):
    with pytest.raises(ServerError, match="not a program that can be run"):
        Nginx(tmp_path / "none", tmp_path / "folder").start()


# The dynamic linker's own words.
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "nginx: error while loading shared libraries: libpcre2-8.so.0: cannot open shared "
            "object file: No such file or directory",
            "needs the library libpcre2-8.so.0.*: apt-get install libpcre2-8-0",
        ),
        (
            "nginx: /lib/libc.so.6: version `GLIBC_2.34' not found (required by nginx)",
            "needs GLIBC_2.34, .*Debian 12 or later",
        ),
        ("nginx: [emerg] no such user", r"exit status 127: nginx: \[emerg\] no such user"),
    ],
)
def test_start_gives_the_last_words_of_a_program_that_stops(words, message, tmp_path):
    server = Nginx(
        program(tmp_path, f'echo "old"; cat >&2 <<"END"\n{words}\nEND\nexit 127'),
        tmp_path / "folder",
    )
    with pytest.raises(ServerError, match=message):
        server.start()
    assert not server.running


def test_start_gives_up_on_a_program_that_does_not_serve(tmp_path):
    server = Nginx(program(tmp_path, "sleep 600 & wait"), tmp_path / "folder")
    with pytest.raises(ServerError, match=r"does not serve after 0\.3 s .*refused"):
        server.start(timeout=0.3)
    assert not server.running


def test_start_is_interrupted(tmp_path):
    interrupt = threading.Event()
    interrupt.set()
    server = Nginx(program(tmp_path, "sleep 600"), tmp_path / "folder")
    with pytest.raises(ServerError, match="interrupted"):
        server.start(interrupt=interrupt)
    assert not server.running


def test_start_refuses_another_server_that_answers_at_its_port(tmp_path):
    # It listens where nginx should, after the port was found free.
    script = (
        "import http.server, re, sys\n"
        "port = int(re.search(r'listen 127.0.0.1:(\\d+)', open('nginx.conf').read())[1])\n"
        "http.server.HTTPServer(('127.0.0.1', port), http.server.SimpleHTTPRequestHandler)"
        ".serve_forever()\n"
    )
    (tmp_path / "other.py").write_text(script)
    server = Nginx(program(tmp_path, f"exec python3.11 {tmp_path}/other.py"), tmp_path / "folder")
    with pytest.raises(ServerError, match="another server answers"):
        server.start(timeout=3)


def test_start_refuses_a_taken_port(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = Nginx(program(tmp_path, "true"), tmp_path / "folder", port=port)
        with pytest.raises(ServerError, match=f"127.0.0.1:{port} .*in use.*another address"):
            server.start()


def test_start_refuses_an_address_of_another_machine(tmp_path):
    server = Nginx(program(tmp_path, "true"), tmp_path / "folder", host="192.0.2.1")
    with pytest.raises(ServerError, match=r"192\.0\.2\.1:0 .*another address"):
        server.start()


def test_start_refuses_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    server = Nginx(program(tmp_path, "true"), tmp_path / "file" / "folder")
    with pytest.raises(ServerError, match=r"cannot write to .*/file/folder: "):
        server.start()
