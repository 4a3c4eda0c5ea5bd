"""How long a Jupyter server takes to answer while the extension publishes from it.

A request is sent every 10 ms from the first call on. An answer that takes longer stands for those that were due
meanwhile as well, each with the rest of the time: otherwise a pause of a second would count as one slow answer.
"""

from __future__ import annotations

import base64
import json
import random
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import bundles
import hostile_inputs
from answers import PACE
from serving import Jupyter, Sandbox, start_jupyter

FILES = 1000
MANY = 20
ROUNDS = 3
ASKING = Path(__file__).parent / "answers.py"
IDLE_SECONDS = 5
HOSTILE = "inspecting notebooks and projects made to keep it busy"


def measure(scratch: Path, sandbox: Sandbox) -> dict[str, list[float]]:
    """Return seconds of answers of a Jupyter that is idle, publishes a large project, and many notebooks at once."""
    large = {"path": "report.ipynb", "files": ["data*/"], "title": "Responsive"}
    many = [{"path": f"pictures-{number}.ipynb", "new": True} for number in range(MANY)]
    pages = [{**each, "mode": "html"} for each in many]
    sources = [{**each, "mode": "source"} for each in many]
    with publishing_jupyter(scratch, sandbox) as jupyter:
        return {
            "idle": answers_during(jupyter, lambda: time.sleep(IDLE_SECONDS)),
            "inspecting and publishing 200 MB": answers_during(jupyter, lambda: publish(jupyter, large)),
            f"publishing {MANY} finished documents at once": answers_during(jupyter, lambda: publish(jupyter, *pages)),
            f"publishing {MANY} notebooks at once": answers_during(jupyter, lambda: publish(jupyter, *sources)),
            HOSTILE: answers_during(jupyter, lambda: inspect_hostile(jupyter, scratch / "root" / "hostile")),
        }


@contextmanager
def publishing_jupyter(scratch: Path, sandbox: Sandbox) -> Iterator[Jupyter]:
    """Run a Jupyter server that knows the sandbox, with a project of 200 MB and twenty notebooks of 1 MB."""
    root, home = scratch / "root", scratch / "jupyter-home"
    notebook = bundles.make_project(root, files=FILES)
    (root / "requirements.txt").write_text("ipykernel\n")
    for number in range(MANY):
        with_pictures = illustrated(json.loads(notebook.read_text()), number)
        (root / f"pictures-{number}.ipynb").write_text(json.dumps(with_pictures))
    home.mkdir()
    jupyter = start_jupyter(home, root)
    try:
        server = {"name": "here", "address": sandbox.url, "api_key": sandbox.key}
        ask(jupyter, "POST", "rsconnect-jupyter/servers", server)
        yield jupyter
    finally:
        jupyter.stop()


def illustrated(document: dict[str, Any], number: int) -> dict[str, Any]:
    """Return a notebook with twenty cells, each with some code, text and a picture of 50 kB for output."""
    picture = base64.b64encode(random.Random(number).randbytes(37_500)).decode()
    printed = {"output_type": "stream", "name": "stdout", "text": "one line of many\n" * 30}
    shown = {"output_type": "display_data", "metadata": {}, "data": {"image/png": picture, "text/plain": "<Figure>"}}
    cell = {"cell_type": "code", "metadata": {}, "execution_count": 1, "outputs": [printed, shown]}
    title = {"cell_type": "markdown", "metadata": {}, "source": f"# Report {number}"}
    cells = [{**cell, "source": f"for n in range({each}):\n    pass\n" * 5} for each in range(20)]
    return {**document, "cells": [title, *cells]}


def publish(jupyter: Jupyter, *wanted: dict[str, Any]) -> None:
    """Inspect and publish all at once, as many tabs do, and return when all are published; three times over."""
    with ThreadPoolExecutor(len(wanted)) as tabs:
        for _ in range(ROUNDS):
            list(tabs.map(lambda each: publish_one(jupyter, each), wanted))


def publish_one(jupyter: Jupyter, wanted: dict[str, Any]) -> None:
    """Inspect, publish and follow, as a panel does."""
    ask(jupyter, "POST", "rsconnect-jupyter/inspect", {**wanted, "server": "here"})
    job = ask(jupyter, "POST", "rsconnect-jupyter/publish", {**wanted, "server": "here"})
    while not job["finished"]:
        job = ask(jupyter, "GET", f"rsconnect-jupyter/publish/{job['id']}?first={job['last']}&wait=20")
    assert job["state"] == "done", job


def inspect_hostile(jupyter: Jupyter, folder: Path) -> None:
    """Inspect the notebooks and projects of `hostile_inputs`, each once."""
    reading = hostile_inputs.code("import json, numpy", "json.load(open('b.json'))")
    cases = [*((cells, None) for cells in hostile_inputs.CELLS.values()),
             *((reading, files) for files in hostile_inputs.FILES.values())]  # fmt: skip
    for number, (cells, files) in enumerate(cases):
        (folder / str(number)).mkdir(parents=True)
        hostile_inputs.write(folder / str(number), cells, files)
        with suppress(urllib.error.HTTPError):  # 422: it cannot be read
            ask(jupyter, "POST", "rsconnect-jupyter/inspect", {"path": f"{folder.name}/{number}/a.ipynb"})


def answers_during(jupyter: Jupyter, work: Callable[[], None]) -> list[float]:
    """Return how long answers took to requests due every `PACE` seconds while `work` was done."""
    command = [sys.executable, str(ASKING), jupyter.url, jupyter.token]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as asking:
        work()
        told, _ = asking.communicate()
    return [taken - late * PACE for taken in json.loads(told) for late in range(int(taken / PACE) + 1)]


def ask(jupyter: Jupyter, method: str, route: str, body: Any = None) -> Any:
    content = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"token {jupyter.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{jupyter.url}/{route}", content, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or "null")
