# SPDX-License-Identifier: Apache-2.0
"""Tests of configurations.py."""

from __future__ import annotations

import pathlib

import pytest

from tools.remote_cache import configurations
from tools.remote_cache.configurations import ServerError, Tls


def test_fill_replaces_indents_and_drops_lines():
    template = "a {{x}}\n  {{lines}}\n  {{empty}}\nb\n"
    values = {"x": "1", "lines": "one\n  two", "empty": ""}
    assert configurations.fill(template, values) == "a 1\n  one\n    two\nb\n"


def test_fill_refuses_a_placeholder_without_value():
    with pytest.raises(KeyError, match="y"):
        configurations.fill("{{x}}\n{{y}}\n", {"x": ""})


@pytest.mark.parametrize("name", ["nginx.conf.template", "grpc_front.conf.template"])
@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("guarded", [False, True])
def test_nginx_config_has_what_was_asked_for(name, encrypted, guarded):
    grpc = name.startswith("grpc")
    tls = None
    if encrypted:
        passwords = pathlib.Path("/p") if guarded else None
        tls = Tls(pathlib.Path("/a b.pem"), pathlib.Path("/b.key"), passwords)
    config = configurations.nginx_config(
        template=(configurations.TEMPLATES / name).read_text(),
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
    tls = Tls(pathlib.Path("/$a.pem"), pathlib.Path("/b.key"))
    with pytest.raises(ServerError, match=r"/\$a\.pem.*must not have"):
        configurations.nginx_config(template="", listen="", tls=tls)


def test_buildgrid_config_quotes_paths():
    config = configurations.buildgrid_config(
        template=(configurations.TEMPLATES / "buildgrid.yml.template").read_text(),
        address="unix:/s",
        storage=pathlib.Path('/a: "b" #c'),
    )
    assert 'address: "unix:/s"\n' in config
    assert 'path: "/a: \\"b\\" #c"\n' in config
    assert "{{" not in config


@pytest.mark.parametrize("address", ["", "1234", "a:b", "a:-1", "a:99999", "a b:1", "[::1]:1"])
def test_parse_address_refuses(address):
    with pytest.raises(ServerError, match="address|port"):
        configurations.parse_address(address)


def test_parse_address():
    assert configurations.parse_address("localhost:80") == ("localhost", 80)


def test_tls_of(tmp_path):
    for name in ("c", "k", "p"):
        (tmp_path / name).write_text("x")
    c, k, p = (tmp_path / name for name in "ckp")
    assert configurations.tls_of(None, None, None) is None
    assert configurations.tls_of(c, k, p) == Tls(c, k, p)
    assert configurations.tls_of(c, k, None) == Tls(c, k, None)
    for parts, message in [
        ((None, None, p), "passwords sent in clear"),
        ((c, None, p), "only one of the two"),
        ((None, k, None), "only one of the two"),
        ((c, tmp_path / "none", p), "cannot read .*none: No such file"),
        ((c, k, tmp_path), "cannot read .*: Is a directory"),
    ]:
        with pytest.raises(ServerError, match=message):
            configurations.tls_of(*parts)
