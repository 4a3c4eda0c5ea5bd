"""What the cell tagged ``parameters`` assigns."""

from __future__ import annotations

import json
from pathlib import Path

from authoring import write_notebook

from rsconnect_jupyter.notebook.parameters import parameters
from rsconnect_jupyter.notebook.reading import read_notebook


def test_names_and_values_are_those_of_the_tagged_cell(tmp_path: Path) -> None:
    cell = "region = 'north'\nyear: int = 2026\nregion = 'south'\na, b = 1, 2\nprint(year)\nlong = 'x' * 3"
    path = write_notebook(tmp_path / "p.ipynb", "other = 1", cell)
    document = json.loads(path.read_text())
    document["cells"][1]["metadata"]["tags"] = ["parameters"]
    path.write_text(json.dumps(document))
    found = parameters(read_notebook(path))
    assert [(each.name, each.value) for each in found] == [("region", "'south'"), ("year", "2026"), ("long", "'x' * 3")]
    assert {each.where.cell for each in found} == {1}
    assert parameters(read_notebook(write_notebook(tmp_path / "none.ipynb", "region = 1"))) == ()
