"""Notebooks and projects made to keep the machine busy: each is looked at in no time."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hostile_inputs import CELLS, FILES, code, output, text, write
from hostile_strategies import lines, log_text, markdown, python, some, toml
from hypothesis import given

from rsconnect_jupyter.bundle.plan import plan_bundle
from rsconnect_jupyter.errors import RSConnectException
from rsconnect_jupyter.models import BundleOptions, Mode, TaskResult
from rsconnect_jupyter.notebook.analysis import analyse
from rsconnect_jupyter.preflight.checks import check
from rsconnect_jupyter.publishing.diagnosis import diagnose

LIMIT = 20.0
"""Seconds of processor time for a plan with its checks: usual are tenths, these inputs took minutes."""

MODES: tuple[Mode, ...] = ("jupyter-static", "static")


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def look_at(notebook: Path, **options: Any) -> None:
    for mode in MODES:
        with contextlib.suppress(RSConnectException):
            check(plan_bundle(analyse(notebook), root=notebook.parent, mode=mode, options=BundleOptions(**options)))


@pytest.mark.parametrize("cells", CELLS.values(), ids=CELLS.keys())
def test_a_notebook_keeps_nobody_waiting(cells: list[dict[str, Any]], tmp_path: Path) -> None:
    notebook = write(tmp_path, cells, {"a" * 200: "", "b.csv": ""})
    assert seconds(lambda: look_at(notebook)) < LIMIT


@pytest.mark.parametrize("files", FILES.values(), ids=FILES.keys())
def test_a_project_keeps_nobody_waiting(files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    which = shutil.which  # uv reads its lock itself where it is
    monkeypatch.setattr("shutil.which", lambda name, **more: None if name == "uv" else which(name, **more))
    cells = code("import json, numpy", "json.load(open('b.json'))\nyaml.load(open('b.yml'))")
    notebook = write(tmp_path, cells, {**files, "a" * 200: "", "c/" + "a" * 200: ""})
    assert seconds(lambda: look_at(notebook, files=("c",))) < LIMIT


LOGS = {
    "one long line": ["uv pip " * 1_500_000],
    "one long word": ["a" * 1_500_000],
    "many lines": ["CellExecutionError: An error occurred while executing the following cell:"] * 100_000,
    "quotes": ["FileNotFoundError: " + "'" * 1_000_000],
    "escapes": ["\x1b[" * 500_000],
    "missing modules": ["ModuleNotFoundError: " + "no compatible requires " * 50_000],
}


@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS.keys())
def test_a_log_keeps_nobody_waiting(log: list[str]) -> None:
    result = TaskResult(task_id="t", code=1, error="it failed")
    assert seconds(lambda: diagnose(log, result)) < LIMIT


# What nobody has thought of yet


@some
@given(markdown, python, markdown)
def test_no_notebook_keeps_anybody_waiting(
    tmp_path_factory: pytest.TempPathFactory, said: str, run: str, shown: str
) -> None:
    notebook = write(tmp_path_factory.mktemp("n"), [*text(said), *code(run), *output({"text/html": shown})])
    assert seconds(lambda: look_at(notebook)) < LIMIT


@some
@given(toml, lines, lines)
def test_no_project_keeps_anybody_waiting(
    tmp_path_factory: pytest.TempPathFactory, tables: str, required: str, ignored: str
) -> None:
    folder = tmp_path_factory.mktemp("p")
    files = {"pyproject.toml": tables, ".gitignore": ignored, "c/a": ""}
    notebook = write(folder, code("import numpy"), files)
    assert seconds(lambda: look_at(notebook, files=("c",))) < LIMIT
    (folder / "requirements.txt").write_text(required, encoding="utf-8")
    assert seconds(lambda: look_at(notebook, files=("c",))) < LIMIT


@some
@given(log_text)
def test_no_log_keeps_anybody_waiting(log: str) -> None:
    result = TaskResult(task_id="t", code=1, error=log[:1000])
    assert seconds(lambda: diagnose(log.split("\n"), result)) < LIMIT
