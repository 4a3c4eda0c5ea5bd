"""Cells of notebook formats 1 to 3 in the shape of format 4. Pure.

Source: the format history at https://nbformat.readthedocs.io/en/latest/changelog.html. Only what is looked at later is
carried over; publishing sends the file itself, and rendering leaves the upgrade to nbformat.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OUTPUT_TYPES = {"pyout": "execute_result", "pyerr": "error"}
MIME_TYPES = {
    "text": "text/plain",
    "html": "text/html",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "latex": "text/latex",
    "json": "application/json",
}


def upgraded_cells(document: Mapping[str, Any]) -> Any:
    """Return the cells of an old notebook as format 4 has them; None when there is no list of them."""
    sheets = document.get("worksheets")
    if not isinstance(sheets, list):
        cells = document.get("cells")
        return [_cell(each) for each in cells] if isinstance(cells, list) else None
    lists = [each.get("cells") for each in sheets if isinstance(each, Mapping)]
    return [_cell(cell) for each in lists if isinstance(each, list) for cell in each]


def _cell(old: Any) -> Any:
    if not isinstance(old, Mapping):
        return old
    kind = old.get("cell_type")
    if kind == "code":
        outputs = old.get("outputs")
        return {
            **old,
            "source": old.get("input", old.get("code", "")),
            "execution_count": old.get("prompt_number"),
            "outputs": [_output(each) for each in outputs] if isinstance(outputs, list) else [],
        }
    if kind == "heading":
        level = old.get("level")
        marks = "#" * level if isinstance(level, int) and 0 < level < 7 else "#"
        source = old.get("source")
        words = "".join(each for each in source if isinstance(each, str)) if isinstance(source, (list, str)) else ""
        return {**old, "cell_type": "markdown", "source": f"{marks} {words}"}
    return old


def _output(old: Any) -> Any:
    if not isinstance(old, Mapping):
        return old
    kind = old.get("output_type")
    if kind not in ("pyout", "display_data"):
        return {**old, "output_type": OUTPUT_TYPES.get(str(kind), kind)}
    data = {mime: old[key] for key, mime in MIME_TYPES.items() if key in old}
    return {
        "output_type": OUTPUT_TYPES.get(str(kind), kind),
        "data": data,
        "metadata": {},
        "execution_count": old.get("prompt_number"),
    }
