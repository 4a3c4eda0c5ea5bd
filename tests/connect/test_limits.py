"""No answer takes for ever, and none takes the machine's memory."""

from __future__ import annotations

import gzip
import socket
import threading
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from connect.wire import GUID, KEY, Reply, Script

from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.connect.transport import Transport
from rsconnect_jupyter.errors import BadAnswerError, NoAnswerError
from rsconnect_jupyter.models import Secret, Server

TRICKLES = {
    "a status line": b"HTTP/1.1 200 OK" + b" " * 2000,
    "a header": b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 2000,
    "100 Continue": b"HTTP/1.1 100 Continue\r\n\r\n" * 2000,
    "a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 2000,
}


@contextmanager
def trickling(data: bytes, *, piece: int) -> Iterator[tuple[str, threading.Event]]:
    """Run a server that answers every connection with `data`, a piece every 20 ms; tell when a client hung up."""
    closed, over = threading.Event(), threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while not over.is_set():
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                client.recv(65536)
                try:
                    for start in range(0, len(data), piece):
                        client.sendall(data[start : start + piece])
                        if over.wait(0.02):
                            return
                except OSError:
                    closed.set()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", closed
    finally:
        over.set()
        listener.close()


@pytest.mark.parametrize("kind", TRICKLES)
def test_an_answer_that_trickles_ends_at_the_deadline(kind: str) -> None:
    data = TRICKLES[kind]
    with trickling(data, piece=25 if kind == "100 Continue" else 1) as (url, closed):
        transport = Transport(Server(name="x", url=url), timeout=0.1, retry_seconds=0)
        with pytest.raises(NoAnswerError) as caught:
            transport.exchange("GET", "__api__/server_settings")
        assert caught.value.data["sent"] is True
        assert "in time" in caught.value.message
        assert closed.wait(10)


def test_slow_redirects_share_one_deadline(script: Script) -> None:
    script.on("GET", GUID, Reply(307, b"12345", {"Location": "?again"}, how="drip"))
    transport = Transport(Server(name="x", url=script.url), timeout=0.2, retry_seconds=0)
    with pytest.raises(NoAnswerError) as caught:
        transport.exchange("GET", f"__api__/v1/content/{GUID}")
    assert "in time" in caught.value.message


def test_a_small_answer_that_unpacks_to_a_huge_one_takes_little_memory(script: Script) -> None:
    unpacked = 400 * 1024 * 1024
    packer = zlib.compressobj(wbits=31)
    inner = b"".join([packer.compress(bytes(1 << 20)) for _ in range(unpacked >> 20)]) + packer.flush()
    bomb = gzip.compress(inner)
    assert len(bomb) < 13_000
    script.on("GET", GUID, Reply(200, bomb, {"Content-Encoding": "gzip, gzip"}))
    with open_client(Server(name="x", url=script.url, api_key=Secret(KEY))) as client:
        tracemalloc.start()
        try:
            with pytest.raises(BadAnswerError) as caught:
                client.content(GUID)
            assert tracemalloc.get_traced_memory()[1] < unpacked / 4
        finally:
            tracemalloc.stop()
    assert caught.value.code == "answer-too-large"


def test_an_answer_larger_than_any_of_connects_is_an_error(script: Script) -> None:
    huge = b"[" + b" " * (33 * 1024 * 1024) + b"]"
    with open_client(Server(name="x", url=script.url, api_key=Secret(KEY))) as client:
        packed = {"Content-Encoding": "gzip"}
        for answer in (Reply(200, huge), Reply(200, gzip.compress(huge), packed)):
            script.on("GET", GUID, answer)
            with pytest.raises(BadAnswerError) as caught:
                client.content(GUID)
            assert caught.value.code == "answer-too-large"
            assert "32 MB" in caught.value.message
        script.on("GET", f"/content/{GUID}/", Reply(200, huge))
        assert client.transport.exchange("GET", f"content/{GUID}/", at_most=1000).status == 200
