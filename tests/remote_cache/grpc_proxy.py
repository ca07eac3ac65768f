# SPDX-License-Identifier: Apache-2.0
"""The gRPC part of the faulty proxy: forwards every call as bytes, plays the faults of calls."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent import futures

import grpc

from tests.remote_cache.faulty_proxy import (
    Fault,
    State,
    read_response,
    read_response_data,
    request_hash,
    spoil_blob,
)

_WRITES = ("Write", "UpdateActionResult", "BatchUpdateBlobs", "FindMissingBlobs")
_OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class GrpcProxy(grpc.GenericRpcHandler):
    """Forwards all calls of a gRPC cache; plays the faults of single calls."""

    def __init__(self, state: State, target: tuple[str, int]) -> None:
        self._state = state
        self._channel = grpc.insecure_channel(f"{target[0]}:{target[1]}", options=_OPTIONS)
        # Each stalled call occupies a thread.
        self._server = grpc.server(
            futures.ThreadPoolExecutor(max_workers=256), handlers=[self], options=_OPTIONS
        )
        self.address = ("127.0.0.1", self._server.add_insecure_port("127.0.0.1:0"))
        self._server.start()

    def close(self) -> None:
        """Stops serving."""
        self._server.stop(0).wait()
        self._channel.close()

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        """Handles every method as a stream of bytes both ways, which a single message is too."""
        method = handler_call_details.method

        def serve(requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
            return self._serve(method, requests, context)

        return grpc.stream_stream_rpc_method_handler(serve)

    def _serve(
        self, method: str, requests: Iterator[bytes], context: grpc.ServicerContext
    ) -> Iterator[bytes]:
        state = self._state
        fault = state.request()
        name = method.rpartition("/")[2]
        is_write = name in _WRITES
        is_read = name == "Read"
        if fault in (Fault.ERRORS, Fault.UNAVAILABLE) or (fault is Fault.WRITE_ERRORS and is_write):
            state.count(injected=1)
            unavailable = fault is Fault.UNAVAILABLE
            code = grpc.StatusCode.UNAVAILABLE if unavailable else grpc.StatusCode.INTERNAL
            context.abort(code, f"injected error {state.counts.requests}")
        if fault is Fault.LOST_BLOBS and is_read:
            state.count(injected=1)
            context.abort(grpc.StatusCode.NOT_FOUND, "blob not found")
        if fault is Fault.STALLED_BLOBS and is_read:
            # Bazel asks for the rest of a blob; with half of the rest each time it would never end.
            request = next(requests)
            if request_hash(request) in state.stalled:
                state.stall()
                context.abort(grpc.StatusCode.UNAVAILABLE, "injected: stalled")
            state.stalled.add(request_hash(request))
            requests = iter([request])
        try:
            call = self._channel.stream_stream(method)(
                _until_gone(requests), timeout=context.time_remaining()
            )
            for message in call:
                if name == "GetActionResult":
                    yield state.spoil_result(fault, message)
                elif is_read:
                    yield from self._read(fault, message, context)
                else:
                    yield message
        except grpc.RpcError as error:
            context.abort(error.code(), error.details() or "")

    def _read(self, fault: Fault, message: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        """Plays the faults of blobs on one ReadResponse."""
        state = self._state
        data = read_response_data(message)
        if fault in (Fault.CUT_OFF, Fault.STALLED_BLOBS) and len(data) > 1:
            yield read_response(data[: len(data) // 2])
            if fault is Fault.STALLED_BLOBS:
                state.stall()
            else:
                state.count(injected=1)
            context.abort(grpc.StatusCode.UNAVAILABLE, "injected: connection lost")
        spoilt = spoil_blob(fault, data)
        state.count(injected=spoilt != data)
        yield read_response(spoilt)


def _until_gone(requests: Iterator[bytes]) -> Iterator[bytes]:
    """Passes requests on until there are no more, or the client has gone: grpcio would log that."""
    with contextlib.suppress(grpc.RpcError):
        yield from requests
