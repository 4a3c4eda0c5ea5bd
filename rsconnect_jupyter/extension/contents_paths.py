"""From a path of Jupyter's contents API to a notebook file below the root."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from jupyter_core.utils import ensure_async
from tornado.web import HTTPError

from ..errors import NotebookError, RSConnectException
from ..project_files import project_root

Error = TypeVar("Error", bound=RSConnectException)


@dataclass(frozen=True)
class NotebookFile:
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
        NotebookError: code ``no-such-notebook`` - nothing there, hidden, or outside Jupyter's root.
        RSConnectException: code ``not-on-disk`` - this Jupyter server keeps its notebooks elsewhere than in files.
    """
    plain = path.removeprefix("RTC:").strip("/")
    to_file = getattr(contents, "_get_os_path", None)  # FileManagerMixin's; managers without it have no files
    root = getattr(contents, "root_dir", "")
    if to_file is None or not root:
        raise _about_path(RSConnectException, "not-on-disk")
    try:
        file = Path(to_file(plain))
        hidden = not contents.allow_hidden and await ensure_async(contents.is_hidden(plain))
    except (HTTPError, ValueError, OSError) as exc:
        raise _missing(plain) from exc
    return _confined(plain, file, Path(root).resolve(), hidden=hidden)


def _confined(path: str, file: Path, root: Path, *, hidden: bool) -> NotebookFile:
    """Return the notebook when it, and what a symbolic link makes of it, is a file below Jupyter's root."""
    if hidden or ".." in path.split("/") or not _is_file(file):
        raise _missing(path)
    # The folder is resolved, the name kept: history and bundle are named after what the author sees.
    file = file.parent.resolve() / file.name
    if not all(each.is_relative_to(root) for each in (file, file.resolve())):
        raise _missing(path)
    return NotebookFile(path, file, project_root(file))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long for the file system
        return False


def _missing(path: str) -> NotebookError:
    return _about_path(NotebookError, "no-such-notebook", path=path)


def _about_path(kind: type[Error], key: str, **values: Any) -> Error:
    from ..models import Where  # noqa: PLC0415 - Jupyter's start does without the models

    return kind.of(key, where=Where(field="path"), **values)
