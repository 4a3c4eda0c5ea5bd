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
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rsconnect_jupyter.bundle.plan import plan_bundle
from rsconnect_jupyter.errors import RSConnectException
from rsconnect_jupyter.models import BundleOptions, Mode, TaskResult
from rsconnect_jupyter.notebook.analysis import analyse
from rsconnect_jupyter.preflight.checks import check
from rsconnect_jupyter.publishing.diagnosis import diagnose

LIMIT = 2.0
"""Seconds of processor time for a plan with its checks."""

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


def pumped(words: str, *more: str) -> st.SearchStrategy[str]:
    """Texts of at most 200 kB in which some parts come very often."""
    part = st.lists(st.sampled_from([*words.split(), *more]), min_size=1, max_size=4).map("".join)
    many = st.tuples(part, st.sampled_from([1, 3, 1_000, 40_000])).map(lambda each: each[0] * each[1])
    return st.lists(many, min_size=1, max_size=4).map(lambda parts: "".join(parts)[:200_000])


markdown = pumped("# < > [ ] ( ) ! ` * _ a $ & \\ { } . | h1 </h1> <!-- -->", " ", "\n", "\t", "---\n", ": ")
python = pumped(
    "( ) [ ] { } ' \" f' % ! ? = . , # : @ + 0 - a eyJ :// open( glob( '*a*' try: lambda token='",
    *("import ", "from ", " ", "\n", "\\\n", "\t", "def f", "pip install "),
)
toml = pumped("[ ] { } a . = \" ' , 1 # \\", "[[package]]\n", "\n", " ", "name = 'a'\n", "[project]\n")
lines = pumped("a == 1 [ ] ; ( ) , # --hash= @ file: :// < '3' .", " ", "\n", "-r ", "\\\n", " and ")
log_text = pumped(
    "a Error ' 0m - 1 Cell is needed ( ) ] \x1b[",
    *(" ", "\n", ": ", "uv pip ", "install ", "> ", "In[", "No module named ", "requires ", "(Error code: "),
)

some = settings(
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


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
