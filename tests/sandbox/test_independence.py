"""The sandbox does not import the product that is tested with it, and its modules have no import cycles."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import rsconnect_jupyter.sandbox

PACKAGE = Path(rsconnect_jupyter.sandbox.__file__).parent
SHARED = ("rsconnect_jupyter.connect.app_modes", "rsconnect_jupyter.runner")
"""The table of modes, and what makes environments and runs notebooks, which knows nothing of the product."""


def imports() -> dict[str, set[str]]:
    """Return module -> modules of the package that it imports anywhere, for types alone too."""
    found: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        parts = ("rsconnect_jupyter", "sandbox", *path.relative_to(PACKAGE).with_suffix("").parts)
        known = found.setdefault(".".join(parts), set())
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                known |= {each.name for each in node.names}
            elif isinstance(node, ast.ImportFrom):
                start = parts[: len(parts) - node.level] if node.level else ()
                module = ".".join([*start, *([node.module] if node.module else [])])
                known |= {f"{module}.{each.name}" for each in node.names} | {module}
    return {module: {each for each in known if each.startswith("rsconnect_jupyter")} for module, known in found.items()}


def test_of_the_product_it_knows_the_table_of_modes_and_the_runner_alone() -> None:
    own = "rsconnect_jupyter.sandbox"
    strange = {each for known in imports().values() for each in known if not each.startswith(own)}
    assert {each for each in strange if not each.startswith(SHARED)} == set()


def test_no_module_needs_itself() -> None:
    modules = imports()
    list(TopologicalSorter({name: known & modules.keys() for name, known in modules.items()}).static_order())


def test_what_makes_it_fail_on_purpose_is_not_in_it() -> None:
    names = {"fault_rules", "faulty_sandbox", "faults"}
    assert [
        path for path in PACKAGE.rglob("*.py") if path.stem in names or "__sandbox__/faults" in path.read_text()
    ] == []
