"""The parameters of a notebook: what the cell tagged ``parameters``, papermill's tag, assigns. Pure."""

from __future__ import annotations

import ast

import msgspec

from ..models import Where
from .reading import Notebook

LONGEST_VALUE = 200
"""Characters of a value that are shown."""


class Parameter(msgspec.Struct, frozen=True):
    """A name, its value as the code has it, and the cell."""

    name: str
    value: str
    where: Where


def parameters(notebook: Notebook) -> tuple[Parameter, ...]:
    """Return the parameters in order; of a name that is assigned twice the last value."""
    found: dict[str, Parameter] = {}
    for cell in notebook.code if notebook.language == "python" else ():
        tree = cell.plain.tree if "parameters" in cell.tags else None
        for node in tree.body if tree else ():
            target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
            target = node.target if isinstance(node, ast.AnnAssign) else target
            value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
            if isinstance(target, ast.Name) and value is not None:
                text = ast.unparse(value)
                shown = text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
                found[target.id] = Parameter(target.id, shown, cell.where)
    return tuple(found.values())
