"""Importable names: which belong to Python, which are files beside the notebook, which an installed package owns.

Reads the notebook's folder and those it puts on ``sys.path``, runs nothing. As in the kernel, a file there comes before
an installed package, and the standard library before both.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from .imports import Imported
from .local_paths import is_file
from .path_references import notebook_mentions
from .reading import Notebook

STANDARD = frozenset(sys.stdlib_module_names) | {
    "distutils", "imp", "asynchat", "asyncore", "smtpd", "tomllib", "graphlib", "zoneinfo", "annotationlib",
    "compression", "binhex", "parser", "formatter", "cgi", "cgitb", "crypt", "nntplib", "pipes", "telnetlib",
}  # fmt: skip
"""Names of any Python that a kernel may run, not only of the one that runs this."""


def is_standard(imported: Imported) -> bool:
    """Return True when an import is of the standard library. Pure."""
    return imported.level == 0 and imported.module.partition(".")[0] in STANDARD


def search_places(notebook: Notebook) -> tuple[Path, ...]:
    """Return the folders that a notebook's imports are looked for in: its own, then those it puts on ``sys.path``."""
    found = {notebook.folder: None}
    for each in notebook_mentions(notebook):
        if each.kind == "search" and not each.is_pattern:
            found[Path(os.path.normpath(notebook.folder / each.text))] = None
    return tuple(found)


def place_of(imported: Imported, places: Sequence[Path]) -> Path | None:
    """Return the first of the search places that has a file or folder of Python for an import; None when none has."""
    return next((each for each in places if next(import_files(imported, each, each), None) is not None), None)


def is_namespace(imported: Imported, places: Sequence[Path]) -> bool:
    """Return True when an import finds a folder without ``__init__.py``, which an installed package would outdo."""
    path = imported.module.replace(".", "/")
    return bool(path) and any((each / path).is_dir() for each in places)


def is_notebook(imported: Imported, places: Sequence[Path]) -> bool:
    """Return True when an import names a notebook, as ``import_ipynb`` finds it, and no file of Python."""
    path = imported.module.replace(".", "/")
    return bool(path) and not imported.level and any(is_file(each / f"{path}.ipynb") for each in places)


def owners_of(imported: Imported, modules: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """Return the distributions that own an import; empty when a namespace's name alone is imported. Pure.

    Args:
        imported: The import.
        modules: `KernelEnvironment.modules`: names, dotted where several distributions share a folder.

    Returns:
        None when nothing installed owns it.
    """
    parts = imported.full.split(".")
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        if name in modules:
            shared = len(modules[name]) > 1 and any(each.startswith(name + ".") for each in modules)
            if not shared:
                return modules[name]
            return () if length == len(parts) else None
    return None


def import_files(imported: Imported, package: Path, folder: Path) -> Iterator[Path]:
    """Yield the files that an import runs: each package's ``__init__`` on the way, and the module itself."""
    start = folder
    if imported.level:
        start = package
        for _ in range(imported.level - 1):
            start = start.parent
        if folder != start and folder not in start.parents:
            return
    place = start
    for part in [each for each in imported.full.split(".") if each]:
        yield from _top_files(place, part)
        place = place / part
        if not place.is_dir():
            return


def _top_files(folder: Path, name: str) -> Iterator[Path]:
    """Yield ``name/__init__.py`` or ``name.py``, whichever there is; Python prefers the package."""
    if not name.isidentifier():
        return
    package, module = folder / name / "__init__.py", folder / f"{name}.py"
    if package.is_file():
        yield package
    elif module.is_file():
        yield module
