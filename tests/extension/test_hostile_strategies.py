"""Random notebooks, projects and records through the route that the panel asks: an answer each time, and soon."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from hostile_inputs import code, output, text, write
from hostile_strategies import json_values, lines, markdown, python, some, toml
from hypothesis import given
from processes import children_with
from serving import Jupyter, Sandbox
from starting import start_server

LIMIT = 2.0
"""Seconds of processor time for one inspection."""

pytestmark = pytest.mark.slow

WORKER = "rsconnect_jupyter.extension.notebook_worker"


class Inspector:
    """A Jupyter server whose inspections are measured."""

    def __init__(self, jupyter: Jupyter, sandbox: Sandbox) -> None:
        self.root = Path(jupyter.root)
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"token {jupyter.token}"
        self.address = f"{jupyter.url}/rsconnect-jupyter"
        server = {"name": "here", "address": sandbox.url, "api_key": sandbox.key}
        assert self.session.post(f"{self.address}/servers", json=server, timeout=60).status_code == 201
        self.server = sandbox.url
        self.pid = jupyter.process.pid
        self.made = 0

    def folder(self) -> Path:
        """Return a new folder below the root."""
        self.made += 1
        folder = self.root / str(self.made)
        folder.mkdir()
        return folder

    def inspect(self, notebook: Path, **request: Any) -> None:
        """Inspect a notebook in each mode; each answer is none of a failure, and takes little work."""
        path = str(notebook.relative_to(self.root))
        for mode in ("source", "html"):
            before = self.processor()
            body = {"path": path, "mode": mode, **request}
            answer = self.session.post(f"{self.address}/inspect", json=body, timeout=120)
            assert answer.status_code in (200, 422), answer.text
            assert self.processor() - before < LIMIT

    def processor(self) -> float:
        """Return the seconds of processor time of the process that inspects."""
        (worker,) = children_with(WORKER, self.pid)
        times = worker.cpu_times()
        return float(times.user + times.system)


@pytest.fixture(scope="module")
def inspector(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Iterator[Inspector]:
    home, root = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("root")
    running = start_server(home, root)
    try:
        inspector = Inspector(running, sandbox)
        plain = write(inspector.folder(), code("import numpy"))
        inspector.session.post(
            f"{inspector.address}/inspect", json={"path": str(plain.relative_to(root))}, timeout=120
        ).raise_for_status()
        yield inspector
    finally:
        running.stop()


@some
@given(markdown, python, markdown)
def test_no_notebook(inspector: Inspector, said: str, run: str, shown: str) -> None:
    cells = [*text(said), *code(run), *output({"text/html": shown})]
    inspector.inspect(write(inspector.folder(), cells))


@some
@given(toml, lines, lines)
def test_no_project(inspector: Inspector, tables: str, required: str, ignored: str) -> None:
    files = {
        "pyproject.toml": tables,
        "uv.lock": tables,
        "requirements.txt": required,
        ".gitignore": ignored,
        "c/a": "",
    }
    inspector.inspect(write(inspector.folder(), code("import numpy"), files), files=["c"])


@some
@given(json_values, json_values, json_values, json_values)
def test_no_record_and_no_metadata(inspector: Inspector, record: Any, ours: Any, first: Any, second: Any) -> None:
    kept = {**(record if isinstance(record, dict) else {}), "rsconnect_jupyter": ours}
    records = {"rsconnect-python/a.json": json.dumps({inspector.server: kept}), "b.json": json.dumps(record)}
    notebook = write(inspector.folder(), code("open('b.json')"), records)
    document = json.loads(notebook.read_text())
    for metadata in (
        record,
        {**document["metadata"], "rsconnect": first, "title": second, "papermill": record},
        {"kernelspec": first, "language_info": second, "rsconnect": {"servers": ours}},
        {"kernelspec": {"name": first, "language": second, "display_name": record}, "authors": ours},
    ):
        notebook.write_text(json.dumps({**document, "metadata": metadata}))
        inspector.inspect(notebook)
