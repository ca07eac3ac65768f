import socket
import threading

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
