"""Panel, widget, function and command are four faces of one publish: the same bundle, byte for byte, to one content."""

from __future__ import annotations

import hashlib
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kernel_client import Kernel
from serving import Jupyter, Sandbox, start_jupyter


@pytest.fixture
def project(make_notebook) -> Path:
    """A notebook that needs a file and a package."""
    notebook: Path = make_notebook("import packaging", "print(open('data.csv').read())")
    (notebook.parent / "data.csv").write_text("a\n1\n")
    return notebook


@pytest.fixture
def jupyter(tmp_path: Path, own_data: Path, project: Path) -> Iterator[Jupyter]:
    """A Jupyter server in the project's folder that shares the user's servers and history with the other faces."""
    running = start_jupyter(tmp_path / "home", project.parent, environment={"JUPYTER_DATA_DIR": str(own_data)})
    yield running
    running.stop()


@pytest.fixture
def kernel(project: Path) -> Iterator[Kernel]:
    running = Kernel(project.parent, project)
    yield running
    running.close()


def test_all_faces_send_the_same_bundle_to_the_same_content(
    project: Path, known_sandbox: Sandbox, jupyter: Jupyter, kernel: Kernel, command
) -> None:
    kernel.run("from rsconnect_jupyter import PublishWidget, publish")
    for mode in ("jupyter-static", "static"):
        by_panel = publish_from_panel(jupyter, project.name, mode)
        by_function = kernel.run(f"guid = publish(mode={mode!r}).guid\nprint()\nprint(guid)")
        by_widget = kernel.run(f"widget = PublishWidget(mode={mode!r}); widget.publish(); print(widget.wait(100).guid)")
        answer = command(project, "--as", mode, "--json")
        assert answer.returncode == 0, answer.stderr
        by_command = json.loads(answer.stdout.splitlines()[-1])["guid"]
        assert by_function.splitlines()[-1] == by_widget == by_command == by_panel
        assert bundles_of(known_sandbox, by_panel) == (4, 1)


def bundles_of(sandbox: Sandbox, guid: str) -> tuple[int, int]:
    """Return how many bundles a content has, and how many different ones."""
    bundles, key = f"{sandbox.url}/__api__/v1/content/{guid}/bundles", {"Authorization": f"Key {sandbox.key}"}
    ids = [each["id"] for each in json.loads(fetch(bundles, key))]
    return len(ids), len({hashlib.sha256(fetch(f"{bundles}/{each}/download", key)).digest() for each in ids})


def publish_from_panel(jupyter: Jupyter, path: str, mode: str) -> str:
    """Ask Jupyter's routes for what the panel asks for, in its order, and return the content's GUID."""
    shown = ask(jupyter, "inspect", {"path": path, "mode": mode})
    assert shown["server"] == "sandbox"
    wanted = {"server": shown["server"], "title": shown["title"], "hide_input": shown["hide_input"]}
    job = ask(jupyter, "publish", {"path": path, "mode": mode, "target": {"new": True}, **wanted})
    while not job["finished"]:
        job = ask(jupyter, f"publish/{job['id']}?first={job['last']}&wait=20")
    assert job["state"] == "done", job["error"]
    return str(job["result"]["guid"])


def ask(jupyter: Jupyter, route: str, body: Any = None) -> Any:
    headers = {"Authorization": f"token {jupyter.token}", "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body).encode()
    return json.loads(fetch(f"{jupyter.url}/rsconnect-jupyter/{route}", headers, content))


def fetch(url: str, headers: dict[str, str], body: bytes | None = None) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
        return bytes(answer.read())
