"""Findings about keys and passwords in cells, outputs and files of a bundle. Each text is searched once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from posixpath import splitext

import msgspec

from ..bundle.plan import BundlePlan
from ..messages import finding
from ..models import BundleFile, Finding, Where
from ..notebook.execution_state import output_text
from ..notebook.file_cache import FileCache
from ..notebook.reading import Cell, Notebook, once_per_notebook
from ..translation import N_, _
from .secret_detection import LOGIN, VALUE_FOR, Suspicion, suspect

MOST_FILE = 1_000_000
MOST_FILES = 200
TEXT_FILES = {
    ".py", ".r", ".sql", ".sh", ".txt", ".md", ".json", ".yml", ".yaml", ".toml", ".ini", ".cfg", ".conf", ".env", "",
    ".properties", ".xml", ".html", ".js",
}  # fmt: skip
KEPT_BYTES = 100_000_000
"""Size of the files for which is kept what they seem to hold."""

REPLACE = N_("Use an environment variable of the content instead, and replace the key: others may have seen it.")


def secret_findings(plan: BundlePlan) -> Iterator[Finding]:
    """Yield a finding for each text of a bundle that seems to hold a secret."""
    for cell, each in _in_cells(plan.notebook):
        if plan.app_mode.is_page and cell.type == "code" and plan.hide_input == "all":
            continue
        where = Where(cell=cell.index, cell_id=cell.id, line=each.line)
        yield finding("secret-in-cell", where=where, cell=cell.index + 1, kind=_kind(each.kind), replace=_(REPLACE))
    for cell, each in _in_outputs(plan.notebook):
        yield finding(
            "secret-in-output", where=cell.where, cell=cell.index + 1, kind=_kind(each.kind), replace=_(REPLACE)
        )
    own = {plan.notebook.path.name, plan.entrypoint}
    texts = [each for each in plan.files if _may_hold_text(each) and each.path not in own]
    is_reported = any(each.code == "secret-in-requirements" for each in plan.findings)
    for file in texts[:MOST_FILES]:
        for each in _in_file(file):
            if is_reported and file.path == plan.requirements.package_file and each.kind == LOGIN:
                continue
            where = Where(file=file.path, line=each.line)
            yield finding("secret-in-file", where=where, path=file.path, kind=_kind(each.kind), replace=_(REPLACE))


def _kind(kind: str) -> str:
    """Return in the reader's language what a text seems to hold; what was found is kept in English."""
    if kind.startswith(VALUE_FOR):
        return _("a value for {name}").format(name=kind.removeprefix(VALUE_FOR))
    return _(kind)


@once_per_notebook
def _in_cells(notebook: Notebook) -> tuple[tuple[Cell, Suspicion], ...]:
    return tuple((cell, each) for cell in notebook.cells for each in suspect(cell.source))


@once_per_notebook
def _in_outputs(notebook: Notebook) -> tuple[tuple[Cell, Suspicion], ...]:
    cells = [each for each in notebook.code if each.outputs]
    return tuple((cell, each) for cell in cells for each in suspect(output_text(cell)))


def _may_hold_text(file: BundleFile) -> bool:
    return file.size <= MOST_FILE and splitext(file.path)[1].lower() in TEXT_FILES


class _Searched(msgspec.Struct, frozen=True, weakref=True):
    found: tuple[Suspicion, ...]


def _in_file(file: BundleFile) -> tuple[Suspicion, ...]:
    if isinstance(file.source, bytes):
        return suspect(file.source.decode("utf-8", "replace"))
    try:
        return _FILES.get(file.source).found
    except OSError:
        return ()


def _searched(_path: Path, content: bytes, _digest: str, _name: str) -> _Searched:
    return _Searched(suspect(content.decode("utf-8", "replace")))


_FILES = FileCache(_searched, budget=KEPT_BYTES)
