"""The block of inline script metadata (PEP 723) in a notebook: its dependencies and the Python it needs. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..models import Requirements
from ..notebook.reading import Notebook
from ..translation import _

_BLOCK = re.compile(r"^# /// script$\s(?P<content>(?:^#(?:| .*)$\s)+)^# ///$", re.MULTILINE)


def script_requirements(notebook: Notebook) -> Requirements | None:
    """Return the dependencies that the notebook's block lists; None when it lists none."""
    dependencies = _block(notebook).get("dependencies")
    lines = tuple(each for each in dependencies if isinstance(each, str)) if isinstance(dependencies, list) else ()
    if not lines:
        return None
    name = notebook.path.name
    origin = _("the script block of {name}").format(name=name)
    text = f"# From the script block of {name}.\n" + "".join(f"{each}\n" for each in lines)
    return Requirements(source="file", lines=lines, text=text, origin=origin)


def script_python(notebook: Notebook) -> str:
    """Return ``requires-python`` of the notebook's block; empty without one."""
    value = _block(notebook).get("requires-python")
    return value if isinstance(value, str) else ""


def _block(notebook: Notebook) -> Mapping[str, Any]:
    """Return the first block that is TOML; empty without one."""
    for cell in notebook.code:
        found = _BLOCK.search(cell.source) if "# /// script" in cell.source else None
        if found is not None:
            from .lock_files import parsed_toml  # noqa: PLC0415 - few notebooks have one

            return parsed_toml("".join(line[2:] + "\n" for line in found["content"].splitlines()))
    return {}
