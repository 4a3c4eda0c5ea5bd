"""Hostile notebooks and projects through the route that the panel asks: an answer, never a failure of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hostile_inputs import CELLS, FILES, code, write


async def test_every_hostile_notebook_gets_an_answer(api: Any, jp_root_dir: Path) -> None:
    for number, (name, cells) in enumerate(CELLS.items()):
        (jp_root_dir / str(number)).mkdir()
        write(jp_root_dir / str(number), cells)
        answer = await api("POST", "inspect", {"path": f"{number}/a.ipynb", "mode": "html"})
        assert answer.status in (200, 422), f"{name}: {answer.body}"


async def test_every_hostile_project_gets_an_answer(api: Any, jp_root_dir: Path) -> None:
    for number, (name, files) in enumerate(FILES.items()):
        (jp_root_dir / str(number)).mkdir()
        write(jp_root_dir / str(number), code("import json, numpy", "json.load(open('b.json'))"), files)
        answer = await api("POST", "inspect", {"path": f"{number}/a.ipynb"})
        assert answer.status == 200, f"{name}: {answer.body}"
