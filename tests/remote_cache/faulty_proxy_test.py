# SPDX-License-Identifier: Apache-2.0
import http.client
import socket
import threading

import pytest

from tests.remote_cache import faulty_proxy
from tests.remote_cache.faulty_proxy import Fault


@pytest.mark.parametrize("size", [0, 1, 127, 128, 300, 16_384, 3_000_000])
def test_read_responses_come_back(size):
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert faulty_proxy.read_response_data(faulty_proxy.read_response(data)) == data


def test_read_response_is_what_protobuf_writes():
    # Field 10, length-delimited, 300 as a varint.
    assert faulty_proxy.read_response(b"a" * 300) == b"\x52\xac\x02" + b"a" * 300


@pytest.mark.parametrize("message", [b"\x0a\x01a", b"\x52\x02a", b"\x52\x01ab", b"\x52"])
def test_other_messages_are_refused(message):
    with pytest.raises(ValueError, match="ReadResponse"):
        faulty_proxy.read_response_data(message)


def test_spoilt_blobs_differ_as_the_fault_says():
    assert faulty_proxy.spoil_blob(Fault.NONE, b"abcd") == b"abcd"
    assert faulty_proxy.spoil_blob(Fault.TRUNCATED, b"abcd") == b"ab"
    assert faulty_proxy.spoil_blob(Fault.WRONG_BYTES, b"abcd") == b"abce"


def test_spoilt_results_are_counted():
    state = faulty_proxy.State()
    digest = b"0123456789abcdef" * 4
    assert state.spoil_result(Fault.NONE, b"x" + digest) == b"x" + digest
    assert state.counts.injected == 0
    assert state.spoil_result(Fault.WRONG_DIGESTS, b"x" + digest) == b"x" + digest[::-1]
    assert state.spoil_result(Fault.GARBAGE_RESULTS, b"abc") == b"\xff\xff\xff"
    assert state.spoil_result(Fault.FOREIGN_RESULTS, b"made_1 sum_2 x_3") == b"MADE_1 SUM_2 x_3"
    assert state.spoil_result(Fault.SWAPPED_RESULTS, b"first") == b"first"
    assert state.spoil_result(Fault.SWAPPED_RESULTS, b"second") == b"first"
    assert state.counts.injected == 4


@pytest.fixture
def server():
    """A gate and a proxy before a port where nothing listens: these faults need no cache."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        faulty = faulty_proxy.FaultyServer("http", faulty_proxy.HttpProxy, unused.getsockname())
        yield faulty
        faulty.close()


def _get(server, timeout=30):
    port = int(server.url.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", "/cas/" + "0" * 64)
        return connection.getresponse().status
    finally:
        connection.close()


def test_faults_are_switched_while_it_runs(server):
    server.set_fault(Fault.ERRORS)
    assert _get(server) == 500
    server.set_fault(Fault.UNAVAILABLE)
    assert _get(server) == 503
    assert server.state.counts.requests == server.state.counts.injected == 1
    server.set_fault(Fault.DOWN)
    with pytest.raises(ConnectionRefusedError):
        _get(server)
    server.set_fault(Fault.ERRORS)
    assert _get(server) == 500


def test_a_killed_server_refuses_what_follows(server):
    server.set_fault(Fault.KILLED)
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        _get(server)
    with pytest.raises(ConnectionRefusedError):
        _get(server)
    assert server.state.counts.injected >= 1


def test_a_stalled_server_answers_only_after_the_fault(server):
    server.set_fault(Fault.STALLED)
    with pytest.raises(TimeoutError):
        _get(server, timeout=0.5)
    assert server.state.counts.injected == 1
    ended = threading.Event()

    def wait():
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            _get(server)
        ended.set()

    thread = threading.Thread(target=wait)
    thread.start()
    while server.state.counts.injected < 2:
        pass
    server.set_fault(Fault.NONE)
    thread.join(30)
    assert ended.is_set()
