"""A cloned repository, published with default choices in each front end, takes nothing and chooses nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile_outcome import Evil, assert_nothing_stolen, evil_server, fetch, make_bait
from hostile_project import STOLEN, write_outside, write_project
from kernel_client import Kernel
from serving import Jupyter, Sandbox
from starting import start_server


@pytest.fixture
def evil() -> Iterator[Evil]:
    with evil_server() as running:
        yield running


@pytest.fixture
def bait(sandbox: Sandbox) -> str:
    return make_bait(sandbox)


@pytest.fixture
def notebook(tmp_path: Path, own_data: Path, known_sandbox: Sandbox, evil: Evil, bait: str) -> Path:
    home = tmp_path / "home"
    write_outside(home)
    return write_project(home / "code" / "repo", home=home, sandbox_url=known_sandbox.url, evil_url=evil[0], guid=bait)


def by_panel(notebook: Path, mode: str, tmp_path: Path) -> str:
    """Do what the panel does, in a Jupyter whose root is the user's home."""
    home = tmp_path / "home"
    data = {"JUPYTER_DATA_DIR": str(tmp_path / "jupyter-data"), "HOME": str(home)}
    (tmp_path / "server").mkdir()
    jupyter = start_server(tmp_path / "server", home, environment=data)
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
    evil: Evil,
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

    assert assert_nothing_stolen(known_sandbox, evil, bait, guid) == mode


def ask(jupyter: Jupyter, route: str, body: Any = None) -> Any:
    headers = {"Authorization": f"token {jupyter.token}", "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body).encode()
    return json.loads(fetch(f"{jupyter.url}/rsconnect-jupyter/{route}", headers, content))
