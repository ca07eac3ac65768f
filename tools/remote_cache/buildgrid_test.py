# SPDX-License-Identifier: Apache-2.0
"""The real BuildGrid, as people start it, spoken to by its own protos."""

from __future__ import annotations

import base64
import hashlib
import os
import pathlib
import re
import signal
import subprocess

import grpc
import pytest
from buildgrid._protos.build.bazel.remote.execution.v2 import (
    remote_execution_pb2,
    remote_execution_pb2_grpc,
)
from buildgrid._protos.google.bytestream import bytestream_pb2, bytestream_pb2_grpc

from tools.remote_cache.buildgrid_server import BuildGrid
from tools.remote_cache.configurations import ServerError, Tls, tls_of
from tools.remote_cache.server_process import Server

BUILDGRID = pathlib.Path(os.environ["BUILDGRID_PROGRAM"]).absolute()
NGINX = pathlib.Path(os.environ["NGINX_PROGRAM"]).absolute()
SERVER = pathlib.Path(os.environ["BUILDGRID_SERVER"]).absolute()
BLOB = b"a blob"


def digest(data: bytes) -> remote_execution_pb2.Digest:
    return remote_execution_pb2.Digest(hash=hashlib.sha256(data).hexdigest(), size_bytes=len(data))


ACTION = digest(b"an action")


class Client:
    """The calls that Bazel makes."""

    def __init__(self, server: Server, ca: pathlib.Path | None = None, password: str = ""):
        address = f"{server.host}:{server.port}"
        options = [("grpc.max_receive_message_length", -1)]
        if ca:
            trust = grpc.ssl_channel_credentials(ca.read_bytes())
            self.channel = grpc.secure_channel(address, trust, options)
        else:
            self.channel = grpc.insecure_channel(address, options)
        self.metadata = []
        if password:
            token = base64.b64encode(password.encode()).decode()
            self.metadata = [("authorization", f"Basic {token}")]
        self.cas = remote_execution_pb2_grpc.ContentAddressableStorageStub(self.channel)
        self.cache = remote_execution_pb2_grpc.ActionCacheStub(self.channel)
        self.stream = bytestream_pb2_grpc.ByteStreamStub(self.channel)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.channel.close()

    def missing(self, data: bytes) -> bool:
        wanted = remote_execution_pb2.FindMissingBlobsRequest(blob_digests=[digest(data)])
        return bool(self.cas.FindMissingBlobs(wanted, metadata=self.metadata).missing_blob_digests)

    def update(self, data: bytes) -> None:
        request = remote_execution_pb2.BatchUpdateBlobsRequest()
        request.requests.add(digest=digest(data), data=data)
        [response] = self.cas.BatchUpdateBlobs(request, metadata=self.metadata).responses
        assert response.status.code == 0, response

    def read(self, data: bytes) -> bytes:
        wanted = remote_execution_pb2.BatchReadBlobsRequest(digests=[digest(data)])
        [response] = self.cas.BatchReadBlobs(wanted, metadata=self.metadata).responses
        assert response.status.code == 0, response
        return response.data

    def write_stream(self, data: bytes) -> None:
        name = f"uploads/12345678-1234-1234-1234-123456789012/blobs/{digest(data).hash}/{len(data)}"
        step = 1 << 20
        requests = (
            bytestream_pb2.WriteRequest(
                resource_name=name,
                write_offset=at,
                data=data[at : at + step],
                finish_write=at + step >= len(data),
            )
            for at in range(0, len(data), step)
        )
        response = self.stream.Write(requests, metadata=self.metadata)
        assert response.committed_size == len(data)

    def read_stream(self, data: bytes) -> bytes:
        wanted = bytestream_pb2.ReadRequest(resource_name=f"blobs/{digest(data).hash}/{len(data)}")
        return b"".join(part.data for part in self.stream.Read(wanted, metadata=self.metadata))

    def update_result(self) -> None:
        result = remote_execution_pb2.ActionResult(stdout_raw=b"said")
        self.cache.UpdateActionResult(
            remote_execution_pb2.UpdateActionResultRequest(
                action_digest=ACTION, action_result=result
            ),
            metadata=self.metadata,
        )

    def result(self) -> bytes:
        wanted = remote_execution_pb2.GetActionResultRequest(action_digest=ACTION)
        return self.cache.GetActionResult(wanted, metadata=self.metadata).stdout_raw


def refused(function, *arguments: object) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as error:
        function(*arguments)
    if error.value.code() == grpc.StatusCode.UNAUTHENTICATED:
        assert error.value.details() == "uploading takes credentials"
    return error.value.code()


def round_trip(client: Client) -> None:
    assert client.missing(BLOB)
    client.update(BLOB)
    assert not client.missing(BLOB)
    assert client.read(BLOB) == BLOB

    large = bytes(range(256)) * (10 << 12)
    client.write_stream(large)
    assert client.read_stream(large) == large

    assert refused(client.result) == grpc.StatusCode.NOT_FOUND
    client.update_result()
    assert client.result() == b"said"


def test_buildgrid_with_tls_needs_nginx(tmp_path):
    tls = Tls(tmp_path, tmp_path)
    with pytest.raises(ServerError, match="need nginx"):
        BuildGrid("bgd", tmp_path, tls=tls)


def test_round_trip_and_what_outlives_the_server(tmp_path):
    server = BuildGrid(BUILDGRID, tmp_path)
    with server:
        url = server.url
        with Client(server) as client:
            round_trip(client)
        server.kill()
        server.start()
        assert server.url == url
        with Client(server) as client:
            assert client.read(BLOB) == BLOB
            # The documentation says so: if this changes, change it too.
            assert refused(client.result) == grpc.StatusCode.NOT_FOUND
            client.update_result()
            assert client.result() == b"said"


@pytest.fixture(scope="module")
def credentials(tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("made") / "credentials"
    script = pathlib.Path("tools/remote_cache/make_credentials.sh")
    subprocess.run([script, folder, "builder"], check=True)
    return folder


def test_tls_and_credentials(tmp_path, credentials):
    ca = credentials / "ca.pem"
    right = ":".join((credentials / "netrc").read_text().split()[3:6:2])
    tls = tls_of(credentials / "server.pem", credentials / "server.key", credentials / "htpasswd")
    with BuildGrid(BUILDGRID, tmp_path, tls=tls, nginx=NGINX) as server:
        assert server.url.startswith("grpcs://")
        # Only users with credentials may write.
        for password in ("", "builder:wrong"):
            with Client(server, ca, password) as client:
                assert client.missing(BLOB)
                for write in (client.update_result, client.update, client.write_stream):
                    arguments = [] if write == client.update_result else [BLOB]
                    assert refused(write, *arguments) == grpc.StatusCode.UNAUTHENTICATED
                assert client.missing(BLOB)
                assert refused(client.result) == grpc.StatusCode.NOT_FOUND
        with Client(server, ca, right) as client:
            round_trip(client)
            # Methods that are not known to be harmless.
            method = client.channel.unary_unary("/build.bazel.remote.asset.v1.Push/PushBlob")
            assert refused(method, b"") == grpc.StatusCode.UNIMPLEMENTED
        # Everybody may read.
        with Client(server, ca) as client:
            assert not client.missing(BLOB)
            assert client.read(BLOB) == BLOB
            assert client.read_stream(BLOB) == BLOB
            assert client.result() == b"said"
        # Not without TLS.
        with Client(server) as client:
            assert refused(client.missing, BLOB) == grpc.StatusCode.UNAVAILABLE
        # BuildGrid itself is behind nginx, where only this user comes.
        [path] = re.findall(r"unix:([^\"]+)/socket", (tmp_path / "buildgrid.yml").read_text())
        assert pathlib.Path(path).stat().st_mode & 0o777 == 0o700
        log = server.log.read_text() + (tmp_path / "front" / "nginx.log").read_text()
        assert right.split(":")[1] not in log
    assert not pathlib.Path(path).exists()
    assert not server.running


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_program_serves_until_it_is_stopped(number, tmp_path):
    command = [SERVER, f"--buildgrid={BUILDGRID}", f"--nginx={NGINX}", f"--folder={tmp_path}/cache"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        assert re.fullmatch(r"--remote_cache=grpc://127\.0\.0\.1:\d+\n", line), line
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (0, "", "")
    finally:
        # It has ended by now, unless it failed the test.
        process.terminate()
        process.wait(60)
