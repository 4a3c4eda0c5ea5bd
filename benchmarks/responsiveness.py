"""How long a Jupyter server takes to answer while the extension publishes from it."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import bundles
from serving import Jupyter, Sandbox, start_jupyter

FILES = 200


def measure(scratch: Path, sandbox: Sandbox) -> tuple[list[float], list[float]]:
    """Return seconds of answers of an idle Jupyter, and of one that packs, sends and follows a publish of 40 MB."""
    root = scratch / "root"
    notebook = bundles.make_project(root, files=FILES)
    (root / "requirements.txt").write_text("ipykernel\n")
    home = scratch / "jupyter-home"
    home.mkdir()
    jupyter = start_jupyter(home, root)
    try:
        server = {"name": "here", "address": sandbox.url, "api_key": sandbox.key}
        ask(jupyter, "POST", "rsconnect-jupyter/servers", server)
        idle = [answer_time(jupyter) for _ in range(100)]
        wanted = {"path": notebook.name, "server": "here", "files": ["data*/"], "title": "Responsive"}
        job = ask(jupyter, "POST", "rsconnect-jupyter/publish", wanted)["id"]
        busy = []
        while not ask(jupyter, "GET", f"rsconnect-jupyter/publish/{job}?first=0&wait=0")["finished"]:
            busy += [answer_time(jupyter) for _ in range(5)]
    finally:
        jupyter.stop()
    return idle, busy


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
