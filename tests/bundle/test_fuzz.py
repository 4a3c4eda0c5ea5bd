"""Notebooks nobody would write, and every tool may: nothing in the plan, the manifest or preflight falls over them."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rsconnect_jupyter.bundle.files import choose_files
from rsconnect_jupyter.bundle.plan import plan_bundle
from rsconnect_jupyter.errors import BundleError, NotebookError, RequirementsError, RSConnectException
from rsconnect_jupyter.models import BundleOptions, ServerFacts
from rsconnect_jupyter.notebook.analysis import NotebookAnalysis, analyse
from rsconnect_jupyter.notebook.imports import scan_notebook
from rsconnect_jupyter.notebook.ipython import parse_cell, syntax_tree
from rsconnect_jupyter.notebook.reading import Cell, Notebook, read_notebook
from rsconnect_jupyter.preflight import checks as preflight
from rsconnect_jupyter.preflight.secret_detection import suspect
from rsconnect_jupyter.requirements.python_version import python_constraint
from rsconnect_jupyter.requirements.selection import choose_requirements

KERNELS = ("python3", "ir", "..", "/x", "a\0b")
MODES = ("jupyter-static", "static", "jupyter-voila", "quarto-static")

fuzz = settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

WORDS = (
    "import", "from", "as", ".", "numpy", "pandas", "google.cloud", "helpers", "%matplotlib", "%%bash", "%%time",
    "%timeit", "-n", "!", "?", "??", "=", "(", ")", "[", "]", "{", "}", "'", '"', "\'\'\'", '"""', "\\", "#", "\n",
    "\n",
    "\n", "\t", ":", ",", ";", "def f(x):", "await", "async with", "open('data.csv')", "Path('data')", "/", "'x'",
    "f'{x}.csv'", "%run x.py", "lambda", "try:", "except ImportError:", "input()", "token='abcdefgh'", "https://a:b@c/",
    "![x](y.png)", "<img src=x>", "---", "title:", "\0", "\ud800", "/etc/passwd", "../up.csv", "~/x", "C:\\x\\y.csv",
    "%pip install", "\u2028", "\x0c", "0x", "1_000", "@", "->", "**",
)  # fmt: skip
LINES = (
    "-r x", "-c x.txt", "-e .", "a @ b", "a==1", "==", "[[packages]]", "[[package]]", "name = 'a'", "[project]",
    "dependencies = [1, 'a']", "version = 1", "version = '1'", "source = 3", "dependencies = [{}]", "vcs = 1", "\\",
)  # fmt: skip
words = st.sampled_from(WORDS)
code = st.one_of(
    st.text(max_size=200), st.lists(words, max_size=40).map(" ".join), st.lists(words, max_size=40).map("".join)
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
source = st.one_of(code, code.map(lambda text: text.splitlines(keepends=True)), values)
mime = st.dictionaries(
    st.sampled_from(["text/plain", "text/html", "image/png", "application/vnd.jupyter.widget-view+json"]),
    st.one_of(source, values),
    max_size=2,
)
output = st.one_of(
    values,
    st.fixed_dictionaries(
        {"output_type": st.sampled_from(["stream", "error", "execute_result", "display_data", "pyout", 1])},
        optional={"text": source, "data": mime | values, "ename": values, "evalue": source, "traceback": values,
                  "execution_count": values, "metadata": values},
    ),
)  # fmt: skip
cell = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "code", "code", "markdown", "raw", "heading", None])},
    optional={
        "source": source, "input": source, "outputs": st.lists(output, max_size=3) | values, "execution_count": values,
        "metadata": st.fixed_dictionaries({}, optional={"tags": values | st.lists(st.sampled_from(
            ["parameters", "hide_input", "remove_cell"]), max_size=2)}) | values,
        "id": values, "attachments": values, "prompt_number": values,
    },
)  # fmt: skip
metadata = st.one_of(
    values,
    st.fixed_dictionaries(
        {},
        optional={
            "kernelspec": values | st.fixed_dictionaries({"name": st.sampled_from(KERNELS)}),
            "language_info": values | st.fixed_dictionaries({"name": st.sampled_from(["python", "R", "julia", "\n"])}),
            "widgets": values,
            "title": values,
        },
    ),
)
sheet = st.fixed_dictionaries({"cells": st.lists(cell, max_size=3)})
notebooks = st.fixed_dictionaries(
    {"cells": st.lists(cell, max_size=5), "metadata": metadata, "nbformat": st.sampled_from([4, 4, 4, 3]),
     "nbformat_minor": st.integers(0, 5) | values},
    optional={"worksheets": st.lists(sheet, max_size=2) | values},
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("fuzz") / "project"
    (place / "data").mkdir(parents=True)
    for name in ("data.csv", "data/x", "helpers.py", "x.py", "y.png", ".env"):
        (place / name).write_text("import pandas\n", encoding="utf-8")
    (place.parent / "up.csv").touch()
    return place


def raised(kind: type[RSConnectException], act: Callable[[], object]) -> RSConnectException | None:
    """Return the error of that kind that an action ends in, None when it goes through; others are bugs."""
    try:
        act()
    except kind as exc:
        return exc
    return None


def write(folder: Path, document: Any) -> Path:
    path = folder / "some notebook.ipynb"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


ODD_COUNT = {"cell_type": "code", "outputs": [{"output_type": "execute_result", "execution_count": []}], "source": "1"}


@fuzz
@given(document=notebooks, mode=st.sampled_from(MODES))
@example(document={"cells": [ODD_COUNT], "metadata": {}, "nbformat": 4, "nbformat_minor": 0}, mode="jupyter-static")
def test_any_notebook_is_planned_and_checked(document: Any, mode: Any, folder: Path) -> None:
    path = write(folder, document)
    plan = plan_bundle(analyse(path), root=folder.parent, mode=mode)
    findings = preflight.check(plan, facts=ServerFacts(python=("3.11.1",)), unsaved=True)
    assert json.dumps([each.as_dict() for each in findings])
    manifest = json.loads(json.dumps(plan.manifest))
    assert manifest["version"] == 1
    assert manifest["metadata"]["appmode"] == mode
    assert all(each.source == b"" or ".." not in each.path for each in plan.files)
    assert not {".env", "../up.csv"} & {each.path for each in plan.files}


@fuzz
@given(document=values | st.fixed_dictionaries({"nbformat": values, "cells": values}))
def test_what_is_no_notebook_is_refused_with_a_reason(document: Any, folder: Path) -> None:
    path = write(folder, document)
    refusal = raised(NotebookError, lambda: read_notebook(path))
    assert refusal is None or (refusal.hint and path.name in refusal.message)


@fuzz
@given(content=st.binary(max_size=200))
def test_any_bytes(content: bytes, folder: Path) -> None:
    path = folder / "bytes.ipynb"
    path.write_bytes(content)
    with pytest.raises(NotebookError):
        read_notebook(path)


@settings(fuzz, max_examples=400)
@given(text=code)
def test_any_cell_is_parsed_line_for_line(text: str) -> None:
    plain = parse_cell(text)
    scan_notebook(Notebook(path=Path("n.ipynb"), cells=(Cell(index=0, source=text),)))
    if plain.tree is not None and not text.lstrip().startswith("%%"):
        assert plain.python.count("\n") == text.replace("\r\n", "\n").replace("\r", "\n").count("\n")


@fuzz
@given(sources=st.lists(code, max_size=4))
def test_ipython_agrees_on_what_is_imported(sources: list[str]) -> None:
    """Where IPython's own transformer gives valid Python, no import it sees is lost."""
    from IPython.core.inputtransformer2 import TransformerManager

    for text in sources:
        if "%%" in text or "\0" in text:
            continue
        try:
            tree, _wrong = syntax_tree(TransformerManager().transform_cell(text))
        except SyntaxError:
            continue
        if tree is None:
            continue
        seen = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
        cells = (Cell(index=0, source=text),)
        assert seen <= {each.module for each in scan_notebook(Notebook(path=Path("n.ipynb"), cells=cells)).imports}


@fuzz
@given(picks=st.lists(st.text(max_size=12) | st.text("*?[]!/.#\\ data.csvenv~", max_size=12), max_size=3))
def test_any_pick_stays_in_the_folder(picks: list[str], folder: Path) -> None:
    notebook = Notebook(path=write(folder, {"cells": [], "nbformat": 4}))
    options = BundleOptions(files=tuple(picks))
    refusal = raised(
        BundleError, lambda: choose_files(NotebookAnalysis(notebook=notebook), root=folder.parent, options=options)
    )
    if refusal is not None:
        assert refusal.code == "file-outside-project"
        return
    for each in choose_files(NotebookAnalysis(notebook=notebook), root=folder.parent, options=options).included:
        assert (folder / each.path).resolve().is_relative_to(folder.resolve())
        assert each.path != ".env" or any(".env" in pick for pick in picks)


@fuzz
@given(
    name=st.sampled_from(["requirements.txt", "pylock.toml", "uv.lock", "pyproject.toml"]),
    text=st.one_of(
        st.text(max_size=100),
        st.lists(st.sampled_from(LINES), max_size=6).map("\n".join),
    ),
)  # fmt: skip
def test_any_project_file(name: str, text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp() / "any-project-file"
    folder.mkdir(exist_ok=True)
    for each in folder.iterdir():
        each.unlink()
    (folder / name).write_text(text, encoding="utf-8", errors="replace")
    notebook = Notebook(path=folder / "n.ipynb")
    choose_requirements(NotebookAnalysis(notebook=notebook), None, root=folder)
    refusal = raised(
        RequirementsError,
        lambda: choose_requirements(NotebookAnalysis(notebook=notebook), None, root=folder, choice=name),
    )
    assert refusal is None or refusal.hint


@fuzz
@given(
    name=st.sampled_from([".python-version", "pyproject.toml", "setup.cfg"]),
    text=st.text("3.8,<>=!~*ab\n [options]", max_size=20),
)
def test_any_python_version(name: str, text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp() / "any-version"
    folder.mkdir(exist_ok=True)
    for each in folder.iterdir():
        each.unlink()
    (folder / name).write_text(text, encoding="utf-8")
    constraint, _ = python_constraint(folder)
    assert constraint is None or constraint.strip()


@fuzz
@given(before=st.text(max_size=20), secret=st.from_regex(r"ghp_[A-Za-z0-9]{36}", fullmatch=True), after=code)
def test_a_secret_is_never_part_of_the_answer(before: str, secret: str, after: str) -> None:
    found = suspect(f"{before}\n{secret} {after}")
    assert secret[4:] not in repr(found)
