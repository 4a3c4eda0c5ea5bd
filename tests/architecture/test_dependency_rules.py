"""Who may import whom, and which package may import which library."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from rsconnect_jupyter.connect.app_modes import TITLES
from rsconnect_jupyter.notebook.ipython import syntax_tree

pytestmark = pytest.mark.unmeasured

PACKAGE = Path(__file__).parents[2] / "rsconnect_jupyter"
DATA = {"errors", "messages", "models", "translation"}
SOURCE = DATA | {
    "connect.app_modes",
    "cpu_lock",
    "process_environment",
    "project_files",
    "temporary_files",
    "terminal_text",
    "time_budget",
    "worker_process",
}
"""What the packages that read a notebook may use besides each other."""

CORE = SOURCE | {"addresses", "connect", "bundle", "html", "kernel", "notebook", "preflight", "requirements"}
FRONT_END = CORE | {"foreground", "history", "publishing", "rehearsal", "servers"}

MAY_KNOW: dict[str, set[str]] = {
    "_version": set(),
    "models": set(),
    "errors": {"messages", "models"},
    "messages": {"models", "translation"},
    "addresses": set(),
    "cpu_lock": set(),
    "process_environment": set(),
    "project_files": {"translation"},
    "file_locks": set(),
    "generators": set(),
    "storage": {"file_locks", "translation"},
    "temporary_files": {"errors", "file_locks"},
    "terminal_text": set(),
    "translation": set(),
    "time_budget": set(),
    "worker_process": {"errors", "models", "process_environment", "translation"},
    "option_signature": {"models"},
    "publish_function": DATA | {"foreground", "option_signature"},
    "rehearse_function": DATA | {"foreground", "option_signature", "rehearsal"},
    "connect": DATA | {"_version", "generators"},
    "notebook": SOURCE,
    "kernel": SOURCE | {"notebook"},
    "requirements": SOURCE | {"kernel", "notebook"},
    "html": SOURCE | {"kernel", "notebook", "runner.process_supervisor"},
    "bundle": SOURCE | {"html", "kernel", "notebook", "requirements"},
    "preflight": SOURCE | {"bundle", "html", "kernel", "notebook", "requirements"},
    "api": DATA | {"connect"},
    "differences": DATA | {"connect.app_modes", "notebook"},
    "servers": DATA | {"addresses", "connect", "storage"},
    "history": DATA
    | {
        "addresses",
        "connect.app_modes",
        "notebook",
        "process_environment",
        "project_files",
        "servers.sources",
        "storage",
    },
    "jobs": DATA | {"file_locks", "generators", "storage"},
    "publishing": CORE | {"differences", "history", "servers"},
    "rehearsal": CORE | {"differences", "publishing", "runner", "servers", "storage"},
    "foreground": DATA
    | {
        "addresses",
        "connect",
        "generators",
        "history",
        "kernel",
        "notebook",
        "project_files",
        "publishing",
        "rehearsal",
        "servers",
        "storage",
        "terminal_text",
        "time_budget",
    },
    "runner": set(),
    "sandbox": {"connect.app_modes", "runner"},
    "extension": CORE
    | {"differences", "generators", "history", "jobs", "publishing", "rehearsal", "servers", "storage", "_version"},
    "widget": FRONT_END | {"option_signature"},
    "cli": FRONT_END | {""},
    "__main__": {"cli"},
    "content_functions": DATA | {"foreground"},
    "version_functions": DATA | {"content_functions", "foreground"},
    "": DATA
    | {
        "_version",
        "content_functions",
        "extension",
        "foreground",
        "publish_function",
        "rehearse_function",
        "version_functions",
        "widget",
    },
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
def test_imports_follow_the_table(path: Path) -> None:
    part = part_of(path)
    assert part in MAY_KNOW, f"{part} is new: add it to this table and to CONTRIBUTING.md"
    known = MAY_KNOW[part] | ({part} if part else set())
    wrong = [target for target, ours in imports(path) if ours and not allowed(target, known)]
    assert not wrong, f"{path.relative_to(PACKAGE)} imports {wrong}, which the table does not allow"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_libraries_stay_in_their_packages(path: Path) -> None:
    inside = str(path.relative_to(PACKAGE))
    for target, ours in imports(path):
        packages = ONLY_IN.get(target.split(".")[0])
        if packages and not ours:
            assert any(inside == each or inside.startswith(each + "/") for each in packages), (
                f"{inside} imports {target}, which belongs to {sorted(packages)}"
            )


def test_names_of_modes_are_in_their_table_only() -> None:
    """What a mode means is asked of the table; the sandbox is a server of its own."""
    named = set()
    for path in modules():
        tree, _wrong = syntax_tree(path.read_text(encoding="utf-8"))
        assert tree is not None
        if any(isinstance(each, ast.Constant) and each.value in TITLES for each in ast.walk(tree)):
            named.add(str(path.relative_to(PACKAGE)))
    outside = {each for each in named if not each.startswith("sandbox/")}
    assert outside == {"connect/app_modes.py", "models/content.py"}


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Imports inside functions and those for type checkers count: a reader meets them too."""
    names = {dotted(path): path for path in modules()}
    arrows = {name: {each for each in targets(path, names) if each != name} for name, path in names.items()}
    assert [" -> ".join(each) for each in cycles(arrows)] == []


def dotted(path: Path) -> str:
    inside = path.relative_to(PACKAGE).with_suffix("")
    return ".".join(inside.parts[:-1] if inside.name == "__init__" else inside.parts)


def targets(path: Path, names: dict[str, Path]) -> Iterator[str]:
    """Yield the modules that a module imports, whichever way."""
    for target, ours in imports(path):
        if ours:
            yield target if target in names else target.rpartition(".")[0]


def cycles(arrows: dict[str, set[str]]) -> Iterator[list[str]]:
    """Yield each circle of imports, as the modules on the way round."""
    done: set[str] = set()

    def follow(name: str, way: list[str]) -> Iterator[list[str]]:
        if name in way:
            yield [*way[way.index(name) :], name]
        elif name not in done:
            for each in sorted(arrows.get(name, ())):
                yield from follow(each, [*way, name])
            done.add(name)

    for name in sorted(arrows):
        yield from follow(name, [])
