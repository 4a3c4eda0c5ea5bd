"""What a repository made to steal got, and the server of who made it."""

from __future__ import annotations

import base64
import io
import json
import re
import tarfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from hostile_project import LINES, LINKS, STOLEN
from serving import Sandbox

from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.models import Secret, Server

Evil = tuple[str, list[str]]


@contextmanager
def evil_server() -> Iterator[Evil]:
    """Run a server of who made the repository: its address, and what it was asked."""
    asked: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_error(404)

        do_POST = do_GET  # noqa: N815 - http.server's name

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()


def make_bait(sandbox: Sandbox) -> str:
    """Return the GUID of a content of who made the repository that the user may change."""
    with open_client(Server(name="sandbox", url=sandbox.url, api_key=Secret(sandbox.key))) as client:
        return client.create("bait", "Quarterly sales (shared)").guid


def assert_nothing_stolen(sandbox: Sandbox, evil: Evil, bait: str, guid: str) -> str:
    """Look at all that was published; return the mode."""
    assert len(LINKS) + len(LINES) >= 25
    assert guid != bait
    assert bundles_of(sandbox, bait) == []
    assert evil[1] == []
    (members,) = bundles_of(sandbox, guid)
    assert [name for name, content in members.items() if STOLEN.encode() in content] == []
    mode = str(json.loads(members["manifest.json"])["metadata"]["appmode"])
    entry = "sales.html" if mode == "static" else "sales.ipynb"
    assert set(members) <= {"manifest.json", entry, "requirements.txt", "map.shp"}
    embedded = re.findall(rb"base64,([A-Za-z0-9+/=]+)", members[entry])
    assert [each for each in embedded if STOLEN.encode() in base64.b64decode(each)] == []
    return mode


def bundles_of(sandbox: Sandbox, guid: str) -> list[dict[str, bytes]]:
    """Return the files of each bundle of a content."""
    bundles = f"{sandbox.url}/__api__/v1/content/{guid}/bundles"
    key = {"Authorization": f"Key {sandbox.key}"}
    return [_members(fetch(f"{bundles}/{each['id']}/download", key)) for each in json.loads(fetch(bundles, key))]


def _members(bundle: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(bundle)) as archive:
        return {each.name: stream.read() for each in archive if (stream := archive.extractfile(each))}


def fetch(url: str, headers: dict[str, str], body: bytes | None = None) -> bytes:
    """Return what an address answers."""
    with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
        return bytes(answer.read())
