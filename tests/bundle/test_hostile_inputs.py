"""Notebooks and projects made to keep the machine busy: each is looked at in no time."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
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


def code(*sources: str) -> list[dict[str, Any]]:
    return [
        {"cell_type": "code", "source": each, "metadata": {}, "outputs": [], "execution_count": 1} for each in sources
    ]


def text(*sources: str, kind: str = "markdown") -> list[dict[str, Any]]:
    return [{"cell_type": kind, "source": each, "metadata": {}} for each in sources]


def output(data: dict[str, Any]) -> list[dict[str, Any]]:
    shown = {"output_type": "display_data", "data": data, "metadata": {}}
    return [{"cell_type": "code", "source": "1", "metadata": {}, "execution_count": 1, "outputs": [shown]}]


def write(folder: Path, cells: list[dict[str, Any]], files: dict[str, str] | None = None) -> Path:
    for name, content in (files or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    path = folder / "a.ipynb"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": cells}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def look_at(notebook: Path, **options: Any) -> None:
    for mode in MODES:
        with contextlib.suppress(RSConnectException):
            check(plan_bundle(analyse(notebook), root=notebook.parent, mode=mode, options=BundleOptions(**options)))


CELLS = {
    "spaces in a heading": text("# a" + " " * 2_500 + "b"),
    "spaces in a long heading": text("# a" + " " * 200_000 + "b"),
    "spaces after import": code("import" + " " * 1_500 + "=\n(("),
    "many spaces after import": code("import" + " " * 200_000 + "=\n(("),
    "stars in a pattern": code("import glob\nglob.glob('*a*a*a*a*a*a*b')"),
    "unclosed headings of HTML": text("<h1>" * 25_000),
    "brackets in a heading": text("# " + "<" * 200_000),
    "square brackets in a heading": text("# " + "[" * 200_000),
    "headings without words": text("# <!-- -->\n" * 18_000),
    "headings with markup": text(("# <!--" + "*_[" * 500 + "\n") * 130),
    "open brackets in lines": text("[a\n" * 50_000),
    "beginnings of tokens": code("x = '" + "-eyJ" * 100_000 + "'"),
    "values like secrets": code("".join(f'a{n}_token="abc123x{n}"\n' for n in range(9_000))),
    "empty lines of text": text("\n" * 100_000),
    "a fence after empty lines": text("\n" * 100_000 + "``"),
    "empty lines of HTML": output({"text/html": "\n" * 100_000}),
    "open tags in an output": output({"text/html": "<img " * 40_000}),
    "open comments in an output": output({"text/html": "href<!--" * 25_000}),
    "open declarations in an output": output({"text/html": "href<!" * 30_000}),
    "open scripts in an output": output({"text/html": "<script>" * 25_000 + " href"}),
    "a chart of nested data": output({"application/vnd.vega.v5+json": json.loads('{"a":' * 900 + "1" + "}" * 900)}),
    "continued magics": code("%a \\\n" * 40_000),
    "magics": code("%matplotlib inline\n" * 10_000),
    "questions": code("a?\n" + "a " * 100_000 + "\n(("),
    "assignments": code("a " * 100_000 + "\n((\n%x"),
    "nested formats": code("open(" + "'{0}{0}'.format(" * 30 + "'a.csv'" + ")" * 30 + ")"),
    "nested f-strings": code("open(f'{" + "x" * 150_000 + "}')"),
    "a name that doubles": code("a = 'aa'\n" + "a = f'{a}{a}'\n" * 40 + "open(a + '.csv')"),
    "long sums": code("open(" + "'a' + " * 30_000 + "'b')"),
    "many small cells": code(*["import a"] * 2_000),
    "nested brackets": code("(" * 100_000),
    "nested lists": code("x = " + "[" * 90 + "]" * 90),
    "many try blocks": code("try:\n  import a\nexcept ImportError: pass\n" * 4_000),
    "a script block": code("# /// script\n" + "# a\n" * 50_000),
    "front matter that expands": text(
        "---\na: &a [x]\n" + "".join(f"b{n}: &b{n} {{<<: [*b{n - 1}, *b{n - 1}]}}\n" for n in range(1, 40)) + "---",
        kind="raw",
    ),
    "front matter of brackets": text("---\n" + "[" * 19_000 + "\n---", kind="raw"),
    "a number of many digits as title": text("---\ntitle: " + "9" * 10_000 + "\n---", kind="raw"),
    "values in front matter": text("---\n" + "a-" * 100_000 + "\n---", kind="raw"),
    "links": text("[a](" * 50_000),
    "images": text("![" * 100_000),
    "tags": text("<img " * 40_000),
}  # fmt: skip


@pytest.mark.parametrize("cells", CELLS.values(), ids=CELLS.keys())
def test_a_notebook_keeps_nobody_waiting(cells: list[dict[str, Any]], tmp_path: Path) -> None:
    notebook = write(tmp_path, cells, {"a" * 200: "", "b.csv": ""})
    assert seconds(lambda: look_at(notebook)) < LIMIT


def _lock(levels: int) -> str:
    """A uv.lock with two conditional ways from each package to the next: 2 ** levels ways to the last."""
    lines = ['version = 1\n[[package]]\nname = "p"\nsource = { virtual = "." }\ndependencies = [{ name = "a0" }]\n']
    for level in range(levels):
        ways = ", ".join(
            f'{{ name = "a{level + 1}", marker = "python_version {sign} \'3.{level}\'" }}' for sign in ("<", ">")
        )
        lines.append(f'[[package]]\nname = "a{level}"\nversion = "1"\ndependencies = [{ways}]\n')
    lines.append(f'[[package]]\nname = "a{levels}"\nversion = "1"\n')
    return "".join(lines)


RECURSIVE = (
    'version = 1\n[[package]]\nname = "p"\nsource = { virtual = "." }\ndependencies = [{ name = "a", extra = ["x"] }]\n'
    '[[package]]\nname = "a"\nversion = "1"\n[package.optional-dependencies]\nx = [{ name = "a", extra = ["x"] }]\n'
)
FILES = {
    "a long requirement": {"requirements.txt": "a" * 200_000},
    "a requirement of spaces": {"requirements.txt": "a" + " " * 200_000 + "b"},
    "a requirement of extras": {"requirements.txt": "a[" + "b," * 100_000},
    "a requirement of brackets": {"requirements.txt": "a; " + "(" * 200_000},
    "a requirement of versions": {"requirements.txt": "a" + "==1," * 50_000},
    "a requirement of hashes": {"requirements.txt": "a==1" + " --hash=" * 20_000},
    "a requirement of addresses": {"requirements.txt": "a @ " + "://a:" * 40_000},
    "many requirements": {"requirements.txt": "".join(f"a{n}==1\n" for n in range(15_000))},
    "an exponential lock": {"uv.lock": _lock(60)},
    "a lock with an extra of itself": {"uv.lock": RECURSIVE},
    "dotted keys": {"pyproject.toml": "a" + ".a" * 20_000 + " = 1"},
    "dotted keys in quotes": {"pyproject.toml": '"a"' + '."a"' * 20_000 + " = 1"},
    "a dotted table": {"pyproject.toml": "[" + "a." * 20_000 + "a]"},
    "nested tables": {"pyproject.toml": "a = " + "{a = " * 20_000},
    "nested lists": {"pyproject.toml": "a = " + "[" * 100_000},
    "a lock of nested lists": {"pylock.toml": "a = " + "[" * 100_000},
    "a version of digits": {".python-version": "1" * 200_000},
    "versions of Python": {".python-version": "3.8," * 50_000},
    "a Python of digits": {"pyproject.toml": f'[project]\nrequires-python = ">=3.{"1" * 100_000}"'},
    "an ignore file of stars": {".gitignore": "*a*a*a*a*a*a*a*a*b\n" * 100},
    "many ignored names": {".gitignore": "a*b\n" * 50_000},
    "settings with aliases": {
        "b.yml": "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    },
    "settings that merge": {
        "b.yml": "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 40))
    },
    "nested settings": {"b.yml": "[" * 19_000},
    "nested JSON": {"b.json": "[" * 90_000},
}  # fmt: skip


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
