"""A cloned repository, published with default choices in each front end, takes nothing and chooses nothing."""

from __future__ import annotations

import base64
import io
import json
import re
import tarfile
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hostile_project import LINES, LINKS, STOLEN, write_outside, write_project
from kernel_client import Kernel
from serving import Jupyter, Sandbox, start_jupyter

from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.models import Secret, Server


@pytest.fixture
def evil() -> Iterator[tuple[str, list[str]]]:
    """A server of who made the repository: its address, and what it was asked."""
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


@pytest.fixture
def bait(sandbox: Sandbox) -> str:
    """The GUID of a content of who made the repository that the user may change."""
    with open_client(Server(name="sandbox", url=sandbox.url, api_key=Secret(sandbox.key))) as client:
        return client.create("bait", "Quarterly sales (shared)").guid


@pytest.fixture
def notebook(tmp_path: Path, own_data: Path, known_sandbox: Sandbox, evil: tuple[str, list[str]], bait: str) -> Path:
    home = tmp_path / "home"
    write_outside(home)
    return write_project(home / "code" / "repo", home=home, sandbox_url=known_sandbox.url, evil_url=evil[0], guid=bait)


def by_panel(notebook: Path, mode: str, tmp_path: Path) -> str:
    """Do what the panel does, in a Jupyter whose root is the user's home."""
    home = tmp_path / "home"
    data = {"JUPYTER_DATA_DIR": str(tmp_path / "jupyter-data"), "HOME": str(home)}
    (tmp_path / "server").mkdir()
    jupyter = start_jupyter(tmp_path / "server", home, environment=data)
    try:
        path = notebook.relative_to(home).as_posix()
        shown = ask(jupyter, "inspect", {"path": path, "mode": mode})
        assert STOLEN not in json.dumps(shown)
        assert (shown["target"], shown["publications"]) == ("new", [])
        job = ask(jupyter, "publish", {"path": path, "mode": mode, "server": shown["server"]})
        while not job["finished"]:
            job = ask(jupyter, f"publish/{job['id']}?first={job['last']}&wait=20")
        assert job["state"] == "done", job["error"]
        return str(job["result"]["guid"])
    finally:
        jupyter.stop()


def by_widget(notebook: Path, mode: str, tmp_path: Path) -> str:
    return in_kernel(
        notebook, f"w = PublishWidget(mode={mode!r}); w.publish(); d = w.wait(100); print()\nprint(d.guid)"
    )


def by_function(notebook: Path, mode: str, tmp_path: Path) -> str:
    return in_kernel(notebook, f"d = publish(mode={mode!r}); print()\nprint(d.guid)")


def in_kernel(notebook: Path, code: str) -> str:
    kernel = Kernel(notebook.parent, notebook)
    try:
        printed = kernel.run(f"from rsconnect_jupyter import PublishWidget, publish\n{code}")
        assert STOLEN not in printed
        return printed.splitlines()[-1]
    finally:
        kernel.close()


@pytest.mark.parametrize("mode", ["jupyter-static", "static"])
@pytest.mark.parametrize("front_end", ["panel", "widget", "function", "command"])
def test_nothing_is_stolen(
    front_end: str,
    mode: str,
    notebook: Path,
    tmp_path: Path,
    known_sandbox: Sandbox,
    evil: tuple[str, list[str]],
    bait: str,
    command: Any,
) -> None:
    if front_end == "command":
        answer = command(notebook, "--as", mode, "--json", "--yes")
        assert answer.returncode == 0, answer.stderr
        assert STOLEN not in answer.stdout + answer.stderr
        guid = json.loads(answer.stdout.splitlines()[-1])["guid"]
    else:
        guid = {"panel": by_panel, "widget": by_widget, "function": by_function}[front_end](notebook, mode, tmp_path)

    assert len(LINKS) + len(LINES) >= 25
    assert guid != bait
    assert bundles_of(known_sandbox, bait) == []
    assert evil[1] == []
    (members,) = bundles_of(known_sandbox, guid)
    assert [name for name, content in members.items() if STOLEN.encode() in content] == []
    entry = "sales.html" if mode == "static" else "sales.ipynb"
    assert set(members) <= {"manifest.json", entry, "requirements.txt", "map.shp"}
    embedded = re.findall(rb"base64,([A-Za-z0-9+/=]+)", members[entry])
    assert [each for each in embedded if STOLEN.encode() in base64.b64decode(each)] == []
    assert json.loads(members["manifest.json"])["metadata"]["appmode"] == mode


def bundles_of(sandbox: Sandbox, guid: str) -> list[dict[str, bytes]]:
    """Return the files of each bundle of a content."""
    bundles = f"{sandbox.url}/__api__/v1/content/{guid}/bundles"
    key = {"Authorization": f"Key {sandbox.key}"}
    return [_members(fetch(f"{bundles}/{each['id']}/download", key)) for each in json.loads(fetch(bundles, key))]


def _members(bundle: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(bundle)) as archive:
        return {each.name: stream.read() for each in archive if (stream := archive.extractfile(each))}


def ask(jupyter: Jupyter, route: str, body: Any = None) -> Any:
    headers = {"Authorization": f"token {jupyter.token}", "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body).encode()
    return json.loads(fetch(f"{jupyter.url}/rsconnect-jupyter/{route}", headers, content))


def fetch(url: str, headers: dict[str, str], body: bytes | None = None) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
        return bytes(answer.read())
