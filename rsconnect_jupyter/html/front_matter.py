"""What Quarto and Jupytext keep at the top of a notebook: settings for programs, and the title. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..notebook.yaml_text import load_yaml

_BLOCK = re.compile(r"---[ \t]*\n(?P<block>.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


def without_front_matter(cells: list[Any]) -> tuple[list[Any], str | None]:
    """Return cells without front matter, and the title that it states."""
    first = next((index for index, cell in enumerate(cells) if cell["source"].strip()), None)
    if first is None or cells[first]["cell_type"] not in ("raw", "markdown"):
        return cells, None
    cell = cells[first]
    source = cell["source"].lstrip()
    found = _BLOCK.match(source)
    settings = _settings(found["block"]) if found else None
    if found is None or settings is None:
        return cells, None
    title = settings.get("title")
    rest = source[found.end() :]
    kept = [type(cell)({**cell, "source": rest})] if rest.strip() else []
    words = " ".join(str(title).split()) if isinstance(title, (str, int, float)) else ""
    return [*cells[:first], *kept, *cells[first + 1 :]], words or None


def _settings(block: str) -> Mapping[str, Any] | None:
    try:
        value = load_yaml(block)
    except ValueError:
        return None
    return value if isinstance(value, Mapping) and value else None
