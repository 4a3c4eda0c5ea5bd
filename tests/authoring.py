"""Notebooks that tests make, cell by cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat


def write_notebook(path: Path, *cells: str, **metadata: Any) -> Path:
    """Write a notebook of these cells; one that starts with ``#`` and a space and is the first is its heading."""
    made = [
        nbformat.v4.new_markdown_cell(each, id=f"cell-{number}")
        if number == 0 and each.startswith("# ")
        else nbformat.v4.new_code_cell(each, id=f"cell-{number}")
        for number, each in enumerate(cells)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    document = nbformat.v4.new_notebook(
        cells=made, metadata={"kernelspec": kernel, "language_info": {"name": "python"}, **metadata}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(document, path)
    return path
