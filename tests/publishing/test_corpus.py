"""A few notebooks of the corpus, each with requirements from its imports, run in an environment without others."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

import corpus

NAMES = ["pandas-style", "tqdm-notebook"]
LIBRARIES = ("jinja2", "ipywidgets", "pandas", "tqdm")


@pytest.mark.slow
@pytest.mark.peer
@pytest.mark.thorough
def test_notebooks_run_at_the_first_try_and_give_no_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_PATH", "")
    monkeypatch.setattr(corpus, "LIBRARIES", LIBRARIES)
    results = list(corpus.run(NAMES, tmp_path / "environment", tmp_path))
    assert [(each.name, each.failure, each.findings) for each in results] == [(name, "", ()) for name in NAMES]
