"""From a path of Jupyter's contents API to a notebook file: below the root, or a copy where Jupyter has no files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import msgspec
from jupyter_core.utils import ensure_async
from tornado.web import HTTPError

from ..errors import NotebookError, RSConnectException
from ..project_files import project_root
from ..storage import data_folder, private_folder, read_json, write_json
from .contents_drives import Place, has_files, place_of, plain_path

Error = TypeVar("Error", bound=RSConnectException)


class NotebookFile(msgspec.Struct, frozen=True):
    """A notebook and where it is.

    Attributes:
        path: Its path in Jupyter's contents API, without leading or trailing slash.
        file: Absolute path of the file.
        root: Absolute path of the project that the bundle's files may come from.
    """

    path: str
    file: Path
    root: Path


async def find_notebook_file(contents: Any, path: str) -> NotebookFile:
    """Return the notebook file behind a contents path.

    Args:
        contents: Jupyter's contents manager.
        path: As the browser knows it; ``RTC:`` of real-time collaboration before it is ignored.

    Raises:
        NotebookError: code ``no-such-notebook``: nothing there, hidden, or outside Jupyter's root;
            ``notebook-linked-out``: the notebook is itself a link, to a file outside the root and its own project.
    """
    plain = plain_path(path)
    place = await _shown_place(contents, plain)
    if not _is_there(place.file.is_file):
        raise _missing(plain)
    return _confined(plain, place.file, place.root)


async def find_folder(contents: Any, path: str) -> Path:
    """Return the folder behind a contents path.

    Raises:
        RSConnectException: code ``not-on-disk``: Jupyter keeps its notebooks elsewhere than in files.
        NotebookError: code ``no-such-notebook``: it is no folder below Jupyter's root, or hidden.
    """
    if not has_files(contents, path):
        raise _about_path(RSConnectException, "not-on-disk")
    folder = (await _shown_place(contents, plain_path(path))).file.resolve()
    if not _is_there(folder.is_dir):
        raise _missing(plain_path(path))
    return folder


async def _shown_place(contents: Any, path: str) -> Place:
    place = await place_of(contents, path)
    if place is None or place.hidden or ".." in path.split("/"):
        raise _missing(path)
    return place


async def read_from_jupyter(contents: Any, path: str) -> Any:
    """Return the notebook, as JSON has it, that a contents manager without files keeps.

    Raises:
        NotebookError: code ``no-such-notebook``.
        RSConnectException: code ``not-on-disk``: the contents manager cannot read notebooks.
    """
    try:
        model = await ensure_async(contents.get(plain_path(path), type="notebook", content=True))
    except (HTTPError, ValueError, OSError) as exc:
        raise _missing(plain_path(path)) from exc
    except NotImplementedError as exc:
        raise _about_path(RSConnectException, "not-on-disk") from exc
    return model["content"]


def keep_copy(document: Any, path: str, *, name: str) -> NotebookFile:
    """Write a notebook that is no file into our data folder, unless it is there as it is, and return where.

    A path has the same copy each time, so that the history of its publishes is found again. There is nothing beside it.

    Args:
        document: As JSON has it.
        path: In Jupyter's contents API.
        name: Its own, with what is above it or without.
    """
    plain = plain_path(path)
    folder = data_folder() / "contents" / hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:24]
    file = private_folder(folder) / f"{PurePosixPath(name).stem}.ipynb"
    try:
        known = read_json(file)
    except ValueError:
        known = None
    if known != document:
        write_json(file, document, indent=1)
    return NotebookFile(plain, file, folder.resolve())


def _confined(path: str, file: Path, root: Path) -> NotebookFile:
    """Return the notebook below Jupyter's root, or below what a link of a folder leads to: Jupyter shows both."""
    # The folder is resolved, the name kept: history and bundle are named after what the author sees.
    file = file.parent.resolve() / file.name
    project, leads_to = project_root(file), file.resolve()
    if not any(leads_to.is_relative_to(each) for each in (project, root.resolve())):
        raise _about_path(NotebookError, "notebook-linked-out", path=path, target=leads_to)
    return NotebookFile(path, file, project)


def _is_there(test: Callable[[], bool]) -> bool:
    try:
        return test()
    except (OSError, ValueError):  # a name too long for the file system
        return False


def _missing(path: str) -> NotebookError:
    return _about_path(NotebookError, "no-such-notebook", path=path)


def _about_path(kind: type[Error], key: str, **values: Any) -> Error:
    from ..models import Where  # noqa: PLC0415 - Jupyter's start does without the models

    return kind.of(key, where=Where(field="path"), **values)
