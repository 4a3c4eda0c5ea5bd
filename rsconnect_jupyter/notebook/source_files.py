"""Files of code beside a notebook: modules, scripts and other notebooks, each parsed once until it changes."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec.structs import replace

from ..errors import NotebookError
from ..models import Where
from .file_cache import FileCache
from .imports import Scan, scan_notebook, scan_python
from .ipython import PlainCell, parse_cell
from .path_references import Mention, notebook_mentions, python_mentions
from .reading import read_notebook

KEPT_BYTES = 10_000_000


class SourceFile(msgspec.Struct, frozen=True, kw_only=True, weakref=True):
    """A file of code as it was when read.

    Attributes:
        cells: Its code as plain Python; a module is one cell.
        scan: What it imports.
        mentions: The paths in it, as seen from the folder it runs in.
    """

    cells: tuple[PlainCell, ...] = ()
    scan: Scan = msgspec.field(default_factory=Scan)
    mentions: tuple[Mention, ...] = ()


def read_source(path: Path, *, name: str) -> SourceFile:
    """Return a Python file or a notebook; one that cannot be read has nothing in it.

    Args:
        path: The file.
        name: What findings call it; its ``__file__``.
    """
    try:
        return _notebook(path, name) if path.suffix == ".ipynb" else _PYTHON_FILES.get(path, name)
    except (OSError, NotebookError):
        return SourceFile()


def _notebook(path: Path, name: str) -> SourceFile:
    notebook, where = read_notebook(path), Where(file=name)
    scan, mentions = scan_notebook(notebook), notebook_mentions(notebook)
    return SourceFile(
        cells=tuple(each.plain for each in notebook.code) if notebook.language == "python" else (),
        scan=Scan(
            imports=tuple(replace(each, where=where) for each in scan.imports), names=dict.fromkeys(scan.names, where)
        ),
        mentions=tuple(replace(each, where=where) for each in mentions if each.kind != "image"),
    )


def _python_file(_path: Path, content: bytes, _digest: str, name: str) -> SourceFile:
    plain = parse_cell(content.decode("utf-8-sig", "replace"))
    return SourceFile(cells=(plain,), scan=scan_python(plain, name=name), mentions=python_mentions(plain, name=name))


_PYTHON_FILES = FileCache(_python_file, budget=KEPT_BYTES)
