"""Which files a path in code means, and how often the disk is asked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from rsconnect_jupyter.bundle import mentioned_files
from rsconnect_jupyter.bundle.plan import plan_bundle
from rsconnect_jupyter.bundle.walking import Walked, walk
from rsconnect_jupyter.notebook.analysis import NotebookAnalysis
from rsconnect_jupyter.notebook.reading import Cell, Notebook
from rsconnect_jupyter.preflight.checks import check

CODE = "glob('data/*.csv')\nglob('data/*.txt')\nglob('*.json')\nos.listdir('data')\nopen(f'data/{name}.csv')"


def test_a_folder_is_walked_once_for_all_patterns_of_a_plan_and_its_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    for name in ("a.csv", "b.txt"):
        (tmp_path / "data" / name).touch()
    notebook = Notebook(path=tmp_path / "n.ipynb", cells=(Cell(index=0, source=CODE), Cell(index=1, source=CODE)))
    notebook.path.touch()
    walks: Counter[str] = Counter()

    def counting(folder: Path, *, root: Path, below: str, most: int) -> Walked:
        walks[below] += 1
        return walk(folder, root=root, below=below, most=most)

    monkeypatch.setattr(mentioned_files, "walk", counting)
    plan = plan_bundle(NotebookAnalysis(notebook=notebook), root=tmp_path, mode="jupyter-static")
    check(plan)

    assert {each.path for each in plan.files} >= {"data/a.csv", "data/b.txt"}
    assert walks == {"data": 1, "": 1}
