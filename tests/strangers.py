"""Programs that listen where a sandbox was, and note what they are sent."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[str], tuple[int, bytes]]


@dataclass
class Stranger:
    """What came in: paths, and the lower-case names of headers."""

    url: str
    asked: list[str] = field(default_factory=list)
    headers: set[str] = field(default_factory=set)


def _say_yes(_path: str) -> tuple[int, bytes]:
    return 200, b'{"proofs": [""], "version": "2026.06.0", "guid": "1", "username": "admin"}'


@contextmanager
def listening_stranger(*, port: int = 0, answer: Answer = _say_yes) -> Iterator[Stranger]:
    """Listen on a port of loopback and answer everything; `answer` makes status and body from a path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stranger.asked.append(self.path)
            stranger.headers |= {name.lower() for name in self.headers}
            status, body = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_parts: object) -> None:
            pass

    for verb in ("POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{verb}", Handler.do_GET)
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    stranger = Stranger(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield stranger
    finally:
        server.shutdown()
        server.server_close()
