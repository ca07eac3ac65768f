from __future__ import annotations

import pathlib
import socket
import threading

import pytest

from tools.remote_cache import servers


def test_fill_replaces_indents_and_drops_lines():
    template = "a {{x}}\n  {{lines}}\n  {{empty}}\nb\n"
    values = {"x": "1", "lines": "one\n  two", "empty": ""}
    assert servers.fill(template, values) == "a 1\n  one\n    two\nb\n"


def test_fill_refuses_a_placeholder_without_value():
    with pytest.raises(KeyError, match="y"):
        servers.fill("{{x}}\n{{y}}\n", {"x": ""})


@pytest.mark.parametrize("name", ["nginx.conf.template", "grpc_front.conf.template"])
@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("guarded", [False, True])
def test_nginx_config_has_what_was_asked_for(name, encrypted, guarded):
    grpc = name.startswith("grpc")
    tls = None
    if encrypted:
        passwords = pathlib.Path("/p") if guarded else None
        tls = servers.Tls(pathlib.Path("/a b.pem"), pathlib.Path("/b.key"), passwords)
    config = servers.nginx_config(
        template=(servers.TEMPLATES / name).read_text(),
        listen="127.0.0.1:1",
        tls=tls,
        grpc=grpc,
        as_root=guarded,
        prefix="",
        nonce="n",
        backend="grpc://unix:/s",
    )
    assert "{{" not in config
    assert ('ssl_certificate "/a b.pem";' in config) == encrypted
    assert ("127.0.0.1:1 ssl" in config) == encrypted
    assert ("http2;" in config) == grpc
    assert ("user root;" in config) == guarded
    assert config.count('auth_basic_user_file "/p";') == (encrypted and guarded) * (
        3 if grpc else 1
    )
    assert ("limit_except GET {" in config) == (encrypted and guarded and not grpc)


def test_nginx_config_refuses_a_name_that_nginx_would_misread():
    tls = servers.Tls(pathlib.Path("/$a.pem"), pathlib.Path("/b.key"))
    with pytest.raises(servers.ServerError, match=r"/\$a\.pem.*must not have"):
        servers.nginx_config(template="", listen="", tls=tls)


def test_buildgrid_config_quotes_paths():
    config = servers.buildgrid_config(
        template=(servers.TEMPLATES / "buildgrid.yml.template").read_text(),
        address="unix:/s",
        storage=pathlib.Path('/a: "b" #c'),
    )
    assert 'address: "unix:/s"\n' in config
    assert 'path: "/a: \\"b\\" #c"\n' in config
    assert "{{" not in config


@pytest.mark.parametrize("address", ["", "1234", "a:b", "a:-1", "a:99999", "a b:1", "[::1]:1"])
def test_parse_address_refuses(address):
    with pytest.raises(servers.ServerError, match="address|port"):
        servers.parse_address(address)


def test_parse_address():
    assert servers.parse_address("localhost:80") == ("localhost", 80)


def test_tls_of(tmp_path):
    for name in ("c", "k", "p"):
        (tmp_path / name).write_text("x")
    c, k, p = (tmp_path / name for name in "ckp")
    assert servers.tls_of(None, None, None) is None
    assert servers.tls_of(c, k, p) == servers.Tls(c, k, p)
    assert servers.tls_of(c, k, None) == servers.Tls(c, k, None)
    for parts, message in [
        ((None, None, p), "passwords sent in clear"),
        ((c, None, p), "only one of the two"),
        ((None, k, None), "only one of the two"),
        ((c, tmp_path / "none", p), "cannot read .*none: No such file"),
        ((c, k, tmp_path), "cannot read .*: Is a directory"),
    ]:
        with pytest.raises(servers.ServerError, match=message):
            servers.tls_of(*parts)


@pytest.mark.parametrize("prefix", ["a", "/a b", "/..", "/a//b", "/a$"])
def test_nginx_refuses_a_prefix(prefix, tmp_path):
    with pytest.raises(servers.ServerError, match="no path prefix"):
        servers.Nginx("nginx", tmp_path, prefix=prefix)


def test_buildgrid_with_tls_needs_nginx(tmp_path):
    tls = servers.Tls(tmp_path, tmp_path)
    with pytest.raises(servers.ServerError, match="need nginx"):
        servers.BuildGrid("bgd", tmp_path, tls=tls)


def program(folder: pathlib.Path, text: str) -> pathlib.Path:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_start_says_what_is_missing(tmp_path):
    with pytest.raises(servers.ServerError, match="no program that can be run"):
        servers.Nginx(tmp_path / "none", tmp_path / "folder").start()


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
    server = servers.Nginx(
        program(tmp_path, f'echo "old"; cat >&2 <<"END"\n{words}\nEND\nexit 127'),
        tmp_path / "folder",
    )
    with pytest.raises(servers.ServerError, match=message):
        server.start()
    assert not server.running


def test_start_gives_up_on_a_program_that_does_not_serve(tmp_path):
    server = servers.Nginx(program(tmp_path, "sleep 600 & wait"), tmp_path / "folder")
    with pytest.raises(servers.ServerError, match=r"does not serve after 0\.3 s .*refused"):
        server.start(timeout=0.3)
    assert not server.running


def test_start_is_interrupted(tmp_path):
    interrupt = threading.Event()
    interrupt.set()
    server = servers.Nginx(program(tmp_path, "sleep 600"), tmp_path / "folder")
    with pytest.raises(servers.ServerError, match="interrupted"):
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
    server = servers.Nginx(
        program(tmp_path, f"exec python3.11 {tmp_path}/other.py"), tmp_path / "folder"
    )
    with pytest.raises(servers.ServerError, match="another server answers"):
        server.start(timeout=3)


def test_start_refuses_a_taken_port(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = servers.Nginx(program(tmp_path, "true"), tmp_path / "folder", port=port)
        with pytest.raises(
            servers.ServerError, match=f"127.0.0.1:{port} .*in use.*another address"
        ):
            server.start()


def test_start_refuses_an_address_of_another_machine(tmp_path):
    server = servers.Nginx(program(tmp_path, "true"), tmp_path / "folder", host="192.0.2.1")
    with pytest.raises(servers.ServerError, match=r"192\.0\.2\.1:0 .*another address"):
        server.start()


def test_start_refuses_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    server = servers.Nginx(program(tmp_path, "true"), tmp_path / "file" / "folder")
    with pytest.raises(servers.ServerError, match=r"cannot write to .*/file/folder: "):
        server.start()
