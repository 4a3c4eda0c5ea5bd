"""The page of benchmarks explains each of its rows, and what `make bench` measures can be measured."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from peers import peer

PROJECT = Path(__file__).parents[1]
PAGE = PROJECT / "docs" / "benchmarks.md"
SMALL: dict[str, dict[str, object]] = {
    "comparing": {"CELLS": 4, "PICTURES": 2},
    "memory": {"NOTEBOOKS": 1},
    "responsiveness": {"FILES": 2, "MANY": 2, "ROUNDS": 1, "IDLE_SECONDS": 1},
    "run": {"PUBLISHES": (1, 2)},
}


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Import the benchmarks, with sizes that take no time."""
    monkeypatch.syspath_prepend(str(PROJECT / "benchmarks"))
    before = set(sys.modules)
    import run

    for module, values in SMALL.items():
        for name, value in values.items():
            monkeypatch.setattr(sys.modules[module], name, value)
    yield run
    for name in set(sys.modules) - before:
        if (PROJECT / "benchmarks" / f"{name}.py").exists():
            del sys.modules[name]


def test_each_row_of_the_page_has_a_meaning_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PROJECT / "benchmarks"))
    import meanings

    figures, explanations = PAGE.read_text(encoding="utf-8").split("## What each figure means")
    titles = re.findall(r"^\| ([^|]+) \|", figures, re.MULTILINE)
    assert len(titles) > 20
    assert [each for each in titles if f"| {meanings.meaning_of(each)} |" not in explanations] == []


@pytest.mark.browser
@pytest.mark.peer
@pytest.mark.thorough
@pytest.mark.parametrize("part", ["searching", "sign-in", "opening", "pages", "compare", "responding", "memory"])
def test_a_part_can_be_measured(benchmarks: Any, tmp_path: Path, part: str) -> None:
    import meanings

    rows = list(benchmarks.PARTS[part](benchmarks.Bench(tmp_path, 1, peer(*benchmarks.PEER))))
    assert rows
    assert [each.title for each in rows if not meanings.meaning_of(each.title) or each.ours < 0] == []
