"""A handful of the notebooks that `benchmarks/rehearsals.py` rehearses: one of several kinds."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.peer]
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
HANDFUL = ("module-3", "variable-key", "widget-not-chosen", "version-webcolors", "harmless-3")


@pytest.fixture(scope="module")
def corpus() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        spec = importlib.util.spec_from_file_location("rehearsals", BENCHMARKS / "rehearsals.py")
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules["rehearsals"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module


@pytest.mark.thorough
def test_a_handful_is_caught_with_cell_and_cause_and_fixed(
    corpus: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    made = {each.name: each for each in (*corpus.failing(), *corpus.running())}
    assert len(made) == 120
    for name in HANDFUL:
        result = corpus.one(made[name], tmp_path / "work", None)
        assert result.caught == bool(made[name].cause), result
        assert result.runs == (made[name].mended or not made[name].cause), result
