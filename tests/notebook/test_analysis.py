"""What is kept of notebooks, and for how long."""

from __future__ import annotations

import gc
import os
import weakref
from pathlib import Path

import pytest

from rsconnect_jupyter.bundle.plan import plan_bundle
from rsconnect_jupyter.models import Mode
from rsconnect_jupyter.notebook.analysis import NotebookAnalysis, analyse
from rsconnect_jupyter.notebook.reading import Cell, Notebook
from rsconnect_jupyter.preflight.checks import check


@pytest.mark.parametrize("mode", ["static", "jupyter-static"])
def test_a_notebook_that_nobody_uses_is_not_kept(tmp_path: Path, mode: Mode) -> None:
    output = {"output_type": "display_data", "data": {"text/html": "<img src='a.png'>"}}
    cell = Cell(index=0, source="import os\nos.environ['KEY']\nopen('a.csv')", outputs=(output,))
    analysis = NotebookAnalysis(notebook=Notebook(path=tmp_path / "n.ipynb", cells=(cell,)))
    analysis.notebook.path.touch()
    assert check(plan_bundle(analysis, root=tmp_path, mode=mode))
    notebook = weakref.ref(analysis.notebook)

    del analysis
    gc.collect()
    assert notebook() is None


def test_a_notebook_is_the_same_until_its_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}')
    first = analyse(path).notebook
    assert analyse(path).notebook is first

    other = path.with_suffix(".new")
    other.write_text('{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": []}')
    os.utime(other, ns=(path.stat().st_mtime_ns, path.stat().st_mtime_ns))
    other.replace(path)
    assert analyse(path).notebook.nbformat == (4, 4)


def test_a_module_that_appears_is_reached_by_the_next_analysis(tmp_path: Path) -> None:
    notebook = Notebook(path=tmp_path / "n.ipynb", cells=(Cell(index=0, source="import helpers"),))
    assert NotebookAnalysis(notebook=notebook).reached == ()

    (tmp_path / "helpers.py").write_text("import pandas")
    (found,) = NotebookAnalysis(notebook=notebook).reached
    assert (found.name, [each.module for each in found.source.scan.imports]) == ("helpers.py", ["pandas"])


def test_a_module_keeps_its_place_in_the_folder(tmp_path: Path) -> None:
    """The same file is named as each notebook sees it."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "__init__.py").write_text("open(")
    far = Notebook(path=tmp_path / "far.ipynb", cells=(Cell(index=0, source="import sub"),))
    near = Notebook(path=tmp_path / "sub" / "near.ipynb", cells=(Cell(index=0, source="%run __init__.py"),))
    names = [NotebookAnalysis(notebook=each).reached[0].source.scan.broken[0].file for each in (far, near)]
    assert names == ["sub/__init__.py", "__init__.py"]
