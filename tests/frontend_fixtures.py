"""What the tests of the front ends share: the command as a user starts it, notebooks of their own, a known sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from forked_command import run_forked
from notebook_documents import notebook_document
from serving import Sandbox

Run = Callable[..., subprocess.CompletedProcess[str]]
Make = Callable[..., Path]


@pytest.fixture
def make_notebook(tmp_path: Path) -> Make:
    """Write a notebook into a project of this test; returns its path."""
    folder = tmp_path / "project"

    def make(*cells: str, name: str = "sales.ipynb", **options: Any) -> Path:
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_text(json.dumps(notebook_document(*(cells or ("print(6 * 7)",)), **options)), encoding="utf-8")
        return path

    return make


@pytest.fixture
def notebook(make_notebook: Make) -> Path:
    """A small notebook that runs."""
    return make_notebook()


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of servers and a history for each test, here and in what it starts."""
    data = tmp_path / "jupyter-data"
    data.mkdir()
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(data))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return data


@pytest.fixture
def known_sandbox(sandbox: Sandbox, own_data: Path) -> Sandbox:
    """The sandbox, kept as the server ``sandbox`` in this test's store."""
    from rsconnect_jupyter.models import Secret
    from rsconnect_jupyter.servers.store import ServerStore

    ServerStore().add(name="sandbox", url=sandbox.url, api_key=Secret(sandbox.key))
    return sandbox


@pytest.fixture
def command(tmp_path: Path) -> Run:
    """Run ``jupyter publish`` as a user does, without a terminal; returns code, stdout and stderr.

    What the interpreter itself reads, such as ``PYTHONPATH`` and ``LC_ALL``, begins a new one.
    """

    def run(
        *arguments: str | Path,
        env: Mapping[str, str | None] | None = None,
        cwd: Path | None = None,
        prefix: Sequence[str] = (),
    ) -> subprocess.CompletedProcess[str]:
        around = {name: value for name, value in {**os.environ, **(env or {})}.items() if value is not None}
        if not prefix and not any(name.startswith(("PYTHON", "LC_")) for name in env or ()):
            return run_forked(list(map(str, arguments)), around, cwd or tmp_path)
        return subprocess.run(
            [*prefix, sys.executable, "-m", "rsconnect_jupyter", *map(str, arguments)],
            env=around,
            cwd=cwd or tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run
