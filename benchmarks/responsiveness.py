"""How long a Jupyter server takes to answer while the extension publishes from it."""

from __future__ import annotations

import json
import shutil
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bundles
from serving import Jupyter, Sandbox, start_jupyter

FILES = 200
MANY = 20


@contextmanager
def publishing_jupyter(scratch: Path, sandbox: Sandbox) -> Iterator[Jupyter]:
    """Run a Jupyter server that knows the sandbox, with a project of 40 MB and twenty small notebooks."""
    root, home = scratch / "root", scratch / "jupyter-home"
    notebook = bundles.make_project(root, files=FILES)
    (root / "requirements.txt").write_text("ipykernel\n")
    for number in range(MANY):
        shutil.copy(notebook, root / f"small-{number}.ipynb")
    home.mkdir()
    jupyter = start_jupyter(home, root)
    try:
        ask(
            jupyter,
            "POST",
            "rsconnect-jupyter/servers",
            {"name": "here", "address": sandbox.url, "api_key": sandbox.key},
        )
        yield jupyter
    finally:
        jupyter.stop()


def measure(scratch: Path, sandbox: Sandbox) -> dict[str, list[float]]:
    """Return seconds of answers of a Jupyter that is idle, publishes a large project, and many notebooks at once."""
    large = {"path": "report.ipynb", "files": ["data*/"], "title": "Responsive"}
    many = [{"path": f"small-{number}.ipynb", "title": f"Small {number}"} for number in range(MANY)]
    with publishing_jupyter(scratch, sandbox) as jupyter:
        return {
            "idle": [answer_time(jupyter) for _ in range(200)],
            "publishing 40 MB": list(answers_while(jupyter, [large])),
            f"publishing {MANY} notebooks at once": list(answers_while(jupyter, many)),
        }


def answers_while(jupyter: Jupyter, wanted: list[dict[str, Any]]) -> Iterator[float]:
    """Publish, and yield how long answers take until all is published."""
    running = [ask(jupyter, "POST", "rsconnect-jupyter/publish", {"server": "here", **each})["id"] for each in wanted]
    while running:
        for _ in range(10):
            yield answer_time(jupyter)
        job = ask(jupyter, "GET", f"rsconnect-jupyter/publish/{running[0]}?first=100000&wait=0")
        if job["finished"]:
            assert job["state"] == "done", job
            del running[0]


def answer_time(jupyter: Jupyter) -> float:
    began = time.perf_counter()
    ask(jupyter, "GET", "api/status")
    return time.perf_counter() - began


def ask(jupyter: Jupyter, method: str, route: str, body: Any = None) -> Any:
    content = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"token {jupyter.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{jupyter.url}/{route}", content, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())
