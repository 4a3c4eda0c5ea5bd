"""A notebook on disk, read once and tolerantly: its cells, its kernel, its title.

Format: nbformat 4 (https://nbformat.readthedocs.io), all minors; older ones as far as their cells go. Without the
nbformat package, whose import takes seconds where ``jsonschema[format-nongpl]`` is installed, as it is beside every
Jupyter server: a 50 MB notebook is read by one pass of the JSON parser and nothing else.
"""

from __future__ import annotations

import functools
import json
import re
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import msgspec

from ..cpu_lock import one_at_a_time
from ..errors import NotebookError
from ..models import Where
from ..project_files import misread_encoding
from ..translation import _, used_language
from .file_cache import FileCache
from .ipython import PlainCell, parse_cell
from .old_formats import upgraded_cells
from .text_notebooks import is_text_notebook, notebook_from_text, paired_notebook
from .titles import find_title

NEWEST_FORMAT = 4

LANGUAGES = {
    "bash": "bash",
    "deno": "typescript",
    "ir": "r",
    "javascript": "javascript",
    "julia": "julia",
    "octave": "octave",
    "ruby": "ruby",
    "sas": "sas",
    "scala": "scala",
    "stata": "stata",
    "xcpp": "c++",
    "xr": "r",
}
"""How the name of a kernel begins -> its language, for notebooks that do not say it."""

KEPT_BYTES = 64_000_000
"""Size of the notebook files that are kept as read."""

_WRITTEN_NOW = 1.0
"""A file changed less than these seconds ago may be in the middle of a save."""

_LOOKS, _PAUSE = 5, 0.1
"""How often to look whether a save has ended, and the seconds between looks."""

_COLLAPSED_HEADING = ("jp-MarkdownHeadingCollapsed", "heading_collapsed")
"""What JupyterLab and its predecessor write to a heading's cell when it is collapsed."""

T = TypeVar("T")


class Cell(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One cell.

    Attributes:
        index: 0-based place in the notebook. `id`: nbformat's id, None before 4.5.
        type: ``"code"``, ``"markdown"`` or ``"raw"`` (or whatever an unusual tool wrote).
        source: The text, always one string.
        execution_count: The number in its brackets; None when it was not run.
        outputs: As in the file, ``text`` and mime texts not joined; see `joined`.
        attachments: File name -> mime type -> base64 text.
    """

    index: int
    id: str | None = None
    type: str = "code"
    source: str = ""
    tags: tuple[str, ...] = ()
    execution_count: int | None = None
    outputs: tuple[Mapping[str, Any], ...] = ()
    attachments: Mapping[str, Any] = msgspec.field(default_factory=dict)
    metadata: Mapping[str, Any] = msgspec.field(default_factory=dict)

    @property
    def where(self) -> Where:
        """This cell as a finding's place."""
        return Where(cell=self.index, cell_id=self.id)

    @cached_property
    def plain(self) -> PlainCell:
        """The source as plain Python."""
        return parse_cell(self.source)


class Notebook(msgspec.Struct, frozen=True, kw_only=True, eq=False, dict=True, weakref=True):
    """A notebook as it was on disk when read.

    Attributes:
        path: Absolute path.
        nbformat: ``(major, minor)`` as in the file, before any upgrade.
        kernel: Kernelspec name; empty when the notebook names none.
        language: Lower case: ``"python"``, ``"r"``, ``"julia"`` …
        title: Front matter's title, else the first heading, else the file's stem.
        hash: SHA-256 hex digest of the file's bytes. `size`: their number.
        converted: The ``.ipynb`` file that a text file of Jupytext stands for; None for a notebook.
    """

    path: Path
    cells: tuple[Cell, ...] = ()
    metadata: Mapping[str, Any] = msgspec.field(default_factory=dict)
    nbformat: tuple[int, int] = (4, 5)
    kernel: str = ""
    language: str = "python"
    title: str = ""
    hash: str = ""
    size: int = 0
    converted: bytes | None = None

    @property
    def file_name(self) -> str:
        """The name of the notebook in a bundle."""
        return self.path.name if self.converted is None else f"{self.path.stem}.ipynb"

    @property
    def folder(self) -> Path:
        """The folder that paths in the notebook are relative to."""
        return self.path.parent

    @property
    def python_version(self) -> str:
        """The version of the Python that last ran it; empty when it does not say."""
        version = _text(_mapping(self.metadata.get("language_info")).get("version"))
        found = re.match(r"3\.\d{1,3}(\.\d{1,3})?", version) if self.language == "python" else None
        return found[0] if found else ""

    @property
    def has_parameters(self) -> bool:
        """True when a cell is tagged ``parameters``: papermill's tag of the cell with their defaults."""
        return any("parameters" in each.tags for each in self.code)

    @property
    def code(self) -> tuple[Cell, ...]:
        """The code cells."""
        return tuple(each for each in self.cells if each.type == "code")


def read_notebook(path: Path) -> Notebook:
    """Return the notebook at a path; the same one until its file changes.

    Jupyter and other editors write a notebook in place, so it is a part of a JSON document for a moment: one that was
    changed just now is looked at again.

    Raises:
        NotebookError: code ``notebook-missing``, ``notebook-unreadable``, ``notebook-not-json``, ``not-a-notebook``
            or ``notebook-too-new``.
    """
    path = path.absolute()
    encoding = misread_encoding(path)
    if encoding:
        raise NotebookError.of("notebook-unreadable/locale", encoding=encoding)
    try:
        return _whole_notebook(path)
    except FileNotFoundError as exc:
        raise NotebookError.of("notebook-missing", name=path.name, folder=path.parent) from exc
    except OSError as exc:
        raise NotebookError.of("notebook-unreadable", name=path.name, reason=exc.strerror or exc) from exc


def _whole_notebook(path: Path, looks: int = _LOOKS) -> Notebook:
    try:
        return _present_notebook(path)
    except NotebookError as exc:
        if not looks or exc.code != "notebook-not-json" or time.time() - path.stat().st_mtime > _WRITTEN_NOW:
            raise
    time.sleep(_PAUSE)
    return _whole_notebook(path, looks - 1)


@one_at_a_time
def _present_notebook(path: Path) -> Notebook:
    return _NOTEBOOKS.get(path, _version_of_outputs(path) if is_text_notebook(path) else "")


def once_per_notebook(work: Callable[[Notebook], T]) -> Callable[[Notebook], T]:
    """Keep what a function makes of a notebook, in each language, as long as it; it must not refer to the notebook."""
    kept: WeakKeyDictionary[Notebook, dict[str, T]] = WeakKeyDictionary()

    @functools.wraps(work)
    def remembering(notebook: Notebook) -> T:
        made, language = kept.setdefault(notebook, {}), used_language()
        if language not in made:
            made[language] = work(notebook)
        return made[language]

    return remembering


def _version_of_outputs(path: Path) -> str:
    try:
        status = paired_notebook(path).stat()
    except OSError:
        return ""
    return f"{status.st_mtime_ns} {status.st_size}"


def _made_of(path: Path, content: bytes, digest: str, _name: str) -> Notebook:
    converted = notebook_from_text(path, content) if is_text_notebook(path) else None
    document = _parsed(content if converted is None else converted, path)
    major, minor = _format_of(document, path)
    if major < NEWEST_FORMAT:
        document = {**document, "cells": upgraded_cells(document)}
    cells = _cells(document.get("cells"), path)
    metadata = _mapping(document.get("metadata"))
    title = find_title([(each.type, each.source) for each in cells])
    return Notebook(
        path=path,
        cells=cells,
        metadata=metadata,
        nbformat=(major, minor),
        kernel=_text(_mapping(metadata.get("kernelspec")).get("name")),
        language=_language(metadata),
        title=title or _text(metadata.get("title")).strip() or path.stem,
        hash=digest,
        size=len(content),
        converted=converted,
    )


_NOTEBOOKS = FileCache(_made_of, budget=KEPT_BYTES)


def has_collapsed_heading(metadata: Mapping[str, Any]) -> bool:
    """Return True when a cell's metadata say that what is below its heading is collapsed."""
    return any(metadata.get(each) is True for each in _COLLAPSED_HEADING)


def joined(value: Any) -> str:
    """Return a multi-line text of nbformat (a string or a list of strings) as one string; anything else is empty."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(each for each in value if isinstance(each, str))
    return ""


def _parsed(content: bytes, path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as exc:
        line = getattr(exc, "lineno", None)
        place = " " + _("(line {line})").format(line=line) if line else ""
        where = Where(file=path.name, line=line)
        raise NotebookError.of("notebook-not-json", where=where, name=path.name, place=place) from exc
    if not isinstance(document, Mapping):
        raise _no_notebook(path, _("its content is not an object"))
    return document


def _no_notebook(path: Path, why: str, *, cell: int | None = None) -> NotebookError:
    return NotebookError.of("not-a-notebook", where=Where(file=path.name, cell=cell), name=path.name, reason=why)


def _format_of(document: Mapping[str, Any], path: Path) -> tuple[int, int]:
    major, minor = document.get("nbformat"), document.get("nbformat_minor", 0)
    if not isinstance(major, int) or isinstance(major, bool) or major < 1:
        raise _no_notebook(path, _('the key "nbformat" is missing'))
    if major > NEWEST_FORMAT:
        raise NotebookError.of("notebook-too-new", name=path.name, version=major)
    return major, minor if isinstance(minor, int) else 0


def _cells(entries: Any, path: Path) -> tuple[Cell, ...]:
    if not isinstance(entries, list):
        raise _no_notebook(path, _("it has no list of cells"))
    return tuple(_cell(index, entry, path) for index, entry in enumerate(entries))


def _cell(index: int, entry: Any, path: Path) -> Cell:
    if not isinstance(entry, Mapping):
        raise _no_notebook(path, _("its cell {index} is not an object").format(index=index + 1), cell=index)
    metadata = _mapping(entry.get("metadata"))
    count = entry.get("execution_count")
    tags = metadata.get("tags")
    return Cell(
        index=index,
        id=_text(entry.get("id")) or None,
        type=_text(entry.get("cell_type")) or "raw",
        source=joined(entry.get("source")),
        tags=tuple(each for each in tags if isinstance(each, str)) if isinstance(tags, list) else (),
        execution_count=count if isinstance(count, int) and not isinstance(count, bool) else None,
        outputs=tuple(each for each in _list(entry.get("outputs")) if isinstance(each, Mapping)),
        attachments=_mapping(entry.get("attachments")),
        metadata=metadata,
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _language(metadata: Mapping[str, Any]) -> str:
    spec, info = _mapping(metadata.get("kernelspec")), _mapping(metadata.get("language_info"))
    name = _text(info.get("name")) or _text(spec.get("language"))
    name = (name or LANGUAGES.get(re.split(r"[-_\d]", _text(spec.get("name")).lower())[0], "")).lower()
    return "python" if name in ("", "ipython", "python3", "python2") else name
