"""The imports keep to the arrows of the design: who may know whom, and which library stays in which room."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from rsconnect_jupyter.bundle.ipython import syntax_tree

PACKAGE = Path(__file__).parents[2] / "rsconnect_jupyter"
GROUND = {"errors", "records"}
CORE = GROUND | {"connect", "bundle"}
EDGE = CORE | {"addresses", "history", "location", "preflight", "publishing", "script", "servers"}

MAY_KNOW: dict[str, set[str]] = {
    "_version": set(),
    "records": set(),
    "errors": {"records"},
    "addresses": set(),
    "storage": set(),
    "location": GROUND,
    "connect": GROUND | {"_version"},
    "bundle": GROUND | {"connect.modes"},
    "api": GROUND | {"connect"},
    "preflight": GROUND | {"bundle", "connect.modes"},
    "servers": GROUND | {"addresses", "storage"},
    "history": GROUND | {"addresses", "servers.sources", "storage"},
    "jobs": GROUND | {"storage"},
    "publishing": CORE | {"addresses", "history", "preflight", "servers"},
    "script": GROUND | {"addresses", "connect.modes", "history", "location", "publishing", "servers"},
    "sandbox": GROUND | {"connect.modes", "bundle.render", "_version"},
    "extension": CORE | {"addresses", "history", "jobs", "publishing", "servers", "_version"},
    "widget": EDGE,
    "cli": EDGE | {""},
    "__main__": {"cli"},
    "": GROUND | {"_version", "extension", "widget", "script"},
}
"""Part -> parts it may import. A part is a module or folder of the package; ``""`` is the package's ``__init__``."""

ONLY_IN = {
    "requests": {"connect/transport.py"},
    "tornado": {"extension", "sandbox"},
    "jupyter_server": {"extension"},
    "ipywidgets": {"widget.py", "widget"},
}


def modules() -> list[Path]:
    return sorted(each for each in PACKAGE.rglob("*.py") if "labextension" not in each.parts)


def part_of(path: Path) -> str:
    inside = path.relative_to(PACKAGE)
    name = inside.parts[0].removesuffix(".py")
    return "" if name == "__init__" else name


def imports(path: Path) -> list[tuple[str, bool]]:
    """Return ``(dotted name, ours)`` for each import; ours are given without the package's own name."""
    found = []
    here = ("rsconnect_jupyter", *path.relative_to(PACKAGE).with_suffix("").parts)
    tree, _wrong = syntax_tree(path.read_text(encoding="utf-8"))
    assert tree is not None
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(here[: len(here) - node.level]) if node.level else ""
            module = ".".join(each for each in (start, node.module) if each)
            found += [f"{module}.{each.name}" for each in node.names]
    ours = "rsconnect_jupyter."
    return [(each.removeprefix(ours), each.startswith(ours)) for each in found]


def allowed(target: str, known: set[str]) -> bool:
    return any(target == each or target.startswith(each + ".") for each in known if each) or (
        "" in known and "." not in target
    )


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_follow_the_arrows(path: Path) -> None:
    part = part_of(path)
    assert part in MAY_KNOW, f"{part} is a new room: draw its arrows in the design and in this table"
    known = MAY_KNOW[part] | ({part} if part else set())
    wrong = [target for target, ours in imports(path) if ours and not allowed(target, known)]
    assert not wrong, f"{path.relative_to(PACKAGE)} imports {wrong}, which its arrows do not allow"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_libraries_stay_in_their_rooms(path: Path) -> None:
    inside = str(path.relative_to(PACKAGE))
    for target, ours in imports(path):
        rooms = ONLY_IN.get(target.split(".")[0])
        if rooms and not ours:
            assert any(inside == room or inside.startswith(room + "/") for room in rooms), (
                f"{inside} imports {target}, which belongs to {sorted(rooms)}"
            )
