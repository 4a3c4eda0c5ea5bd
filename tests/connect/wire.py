"""Servers and proxies of our own for what the sandbox cannot do: bad answers by script, TLS, CONNECT, a sink."""

from __future__ import annotations

import hashlib
import io
import json
import select
import socket
import ssl
import struct
import sys
import tarfile
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

GUID = "11111111-2222-3333-4444-555555555555"
KEY = "SECRETKEYSECRETKEYSECRETKEY12345"
SETTINGS = {"version": "2026.06.0", "hostname": "connect", "authentication": {}, "dashboard_path": "/connect"}
USER = {"guid": "u-1", "username": "ada", "user_role": "publisher", "confirmed": True, "locked": False}
CONTENT = {
    "guid": GUID,
    "id": "8",
    "name": "a_name",
    "title": "A title",
    "app_mode": "static",
    "content_url": "https://connect.example/content/x/",
    "dashboard_url": "https://connect.example/connect/#/apps/x",
    "owner_guid": "u-1",
    "app_role": "owner",
    "bundle_id": "3",
}
TASK = {"id": "T1", "output": ["one"], "last": 1, "finished": True, "code": 0, "error": ""}


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """An answer. `how`: whole, reset (nothing, RST), cut (half the body), hang (nothing until the end), drip."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    how: str = "whole"


def reply(value: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json", **headers})


def text(words: str, status: int = 200, kind: str = "text/plain") -> Reply:
    return Reply(status, words.encode(), {"Content-Type": kind})


NOT_ROUTED = text("404 page not found", 404)
Rule = Callable[[Seen], "Reply | None"]


def plain_connect(seen: Seen) -> Reply:
    """Answer as a small, well-behaved Connect does."""
    path = seen.path.partition("/__api__/")[2]
    known: dict[tuple[str, str], Any] = {
        ("GET", "server_settings"): SETTINGS,
        ("GET", "v1/user"): USER,
        ("GET", "v1/server_settings/python"): {"installations": [{"version": "3.11.7"}], "api_enabled": True},
        ("GET", "v1/server_settings/quarto"): {"installations": []},
        ("GET", "v1/content"): [],
        ("GET", "v1/search/content"): {"results": [CONTENT], "total": 1, "current_page": 1},
        ("GET", f"v1/content/{GUID}"): CONTENT,
        ("GET", "applications/8"): {**CONTENT, "id": 8},
        ("GET", f"v1/content/{GUID}/bundles"): [],
        ("GET", f"v1/content/{GUID}/jobs"): [],
        ("POST", "v1/content"): CONTENT,
        ("PATCH", f"v1/content/{GUID}"): CONTENT,
        ("POST", f"v1/content/{GUID}/bundles"): {"id": "77"},
        ("PATCH", f"v1/content/{GUID}/environment"): ["A"],
        ("POST", f"v1/content/{GUID}/deploy"): {"task_id": "T1"},
        ("GET", "v1/tasks/T1"): TASK,
    }
    if seen.path.startswith("/content/"):
        return text("<html>a page</html>", kind="text/html")
    value = known.get((seen.method, path))
    return NOT_ROUTED if value is None else reply(value)


class Script:
    """A running server whose answers a test decides: the first rule that returns a `Reply` wins."""

    def __init__(self, context: ssl.SSLContext | None = None, keep_bodies: bool = True) -> None:
        self.rules: list[Rule] = []
        self.seen: list[Seen] = []
        self.received = 0
        self.connections = 0
        self.keep_bodies = keep_bodies
        self.over = threading.Event()
        script = self

        class Handler(_Handler):
            owner = script

        self.http = _Server(("127.0.0.1", 0), Handler)
        if context is not None:
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.http.server_port
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def on(self, method: str, ending: str, *answers: Reply | Callable[[Seen], Reply]) -> None:
        """Answer requests whose path ends so with `answers` in turn, the last one for ever; checked before others."""
        waiting = list(answers)

        def rule(seen: Seen) -> Reply | None:
            if seen.method != method or not seen.path.endswith(ending):
                return None
            answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            return answer(seen) if callable(answer) else answer

        self.rules.insert(0, rule)

    def answer(self, seen: Seen) -> Reply:
        return next((found for rule in self.rules if (found := rule(seen)) is not None), plain_connect(seen))

    def asked(self, method: str, ending: str) -> list[Seen]:
        return [each for each in self.seen if each.method == method and each.path.endswith(ending)]

    def close(self) -> None:
        self.over.set()
        self.http.shutdown()
        self.http.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: refused handshakes and broken connections are what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or every answer waits 40 ms for the acknowledgement of its headers
    owner: Script

    def setup(self) -> None:
        if isinstance(self.request, ssl.SSLSocket):
            self.request.do_handshake()
        super().setup()
        self.owner.connections += 1
        self.number = self.owner.connections

    def handle(self) -> None:
        try:
            super().handle()
        except (OSError, ValueError):
            self.close_connection = True

    def log_message(self, *args: Any) -> None:
        pass

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        body = self._read_body()
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.command, parts.path, parse_qs(parts.query), headers, body, self.number)
        self.owner.seen.append(seen)
        self._send(self.owner.answer(seen))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _read_body(self) -> bytes:
        left = int(self.headers.get("Content-Length") or 0)
        pieces = []
        while left:
            piece = self.rfile.read(min(left, 1 << 16))
            if not piece:
                raise ConnectionAbortedError("a request that did not arrive whole was never asked")
            left -= len(piece)
            self.owner.received += len(piece)
            if self.owner.keep_bodies:
                pieces.append(piece)
        return b"".join(pieces)

    def _send(self, answer: Reply) -> None:
        if answer.how == "hang":
            self.owner.over.wait()
        if answer.how in ("hang", "reset"):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if answer.how == "cut":
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self.close_connection = True
        elif answer.how == "drip":
            for each in answer.body:
                self.wfile.write(bytes([each]))
                self.wfile.flush()
                if self.owner.over.wait(0.05):
                    return
        elif answer.status != 204:
            self.wfile.write(answer.body)


@contextmanager
def scripted(context: ssl.SSLContext | None = None, keep_bodies: bool = True) -> Iterator[Script]:
    script = Script(context, keep_bodies)
    try:
        yield script
    finally:
        script.close()


def drained(generator: Generator[str, None, Any]) -> tuple[list[str], Any]:
    """Return what a generator yields and what it returns."""
    ends: list[Any] = []

    def run() -> Iterator[str]:
        ends.append((yield from generator))

    return list(run()), ends[0]


class Proxy:
    """A forward proxy that tunnels CONNECT and passes plain requests on; notes whom it was asked for."""

    def __init__(self, refuse: int | None = None) -> None:
        self.asked: list[str] = []
        self.authorizations: list[str] = []
        self.refuse = refuse
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(65536)
                if not piece:
                    return
                head += piece
            lines = head.decode("latin-1").split("\r\n")
            method, target, _ = lines[0].split(" ", 2)
            self.asked.append(f"{method} {target}")
            self.authorizations += [each for each in lines if each.lower().startswith("proxy-authorization")]
            if self.refuse:
                client.sendall(f"HTTP/1.1 {self.refuse} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
                return
            host = target if method == "CONNECT" else urlsplit(target).netloc
            name, _, port = host.partition(":")
            with socket.create_connection((name, int(port or 80))) as server:
                if method == "CONNECT":
                    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                else:
                    server.sendall(head.replace(target.encode(), (urlsplit(target).path or "/").encode(), 1))
                self._pump(client, server)

    @staticmethod
    def _pump(one: socket.socket, two: socket.socket) -> None:
        while True:
            readable, _, _ = select.select([one, two], [], [], 30)
            if not readable:
                return
            for each in readable:
                try:
                    piece = each.recv(65536)
                except OSError:
                    return
                if not piece:
                    return
                (two if each is one else one).sendall(piece)

    def close(self) -> None:
        self._socket.close()


def static_bundle(path: Path, html: str = "<h1>Finished</h1>") -> str:
    """Write a bundle of a finished page and return its MD5."""
    return _bundle(path, {"appmode": "static", "primary_html": "index.html"}, {"index.html": html.encode()})


def notebook_bundle(path: Path, source: str) -> str:
    """Write a bundle of a notebook with one cell and return its MD5."""
    cell: dict[str, Any] = {
        "cell_type": "code",
        "source": source,
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "id": "one",
    }
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    version = ".".join(map(str, sys.version_info[:3]))
    manager = {"name": "pip", "version": "24.0", "package_file": "requirements.txt"}
    files = {"nb.ipynb": json.dumps(notebook).encode(), "requirements.txt": b""}
    return _bundle(
        path,
        {"appmode": "jupyter-static", "entrypoint": "nb.ipynb"},
        files,
        python={"version": version, "package_manager": manager},
    )


def _bundle(path: Path, metadata: dict[str, str], files: dict[str, bytes], **more: Any) -> str:
    sums = {name: {"checksum": hashlib.md5(data).hexdigest()} for name, data in files.items()}
    manifest = {"version": 1, "locale": "en_US", "metadata": metadata, "files": sums, **more}
    with tarfile.open(path, "w:gz") as archive:
        for name, data in {"manifest.json": json.dumps(manifest).encode(), **files}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return hashlib.md5(path.read_bytes()).hexdigest()
