"""Paths as code writes them, and the files of the notebook's folder."""

from __future__ import annotations

import os
from pathlib import Path


def inside(text: str, folder: Path) -> str | None:
    """Return a path relative to an absolute folder, ``..`` resolved; None when it leads out of it. Pure."""
    path, start = os.path.normpath(os.path.join(folder, text)), os.path.normpath(folder)  # noqa: PTH118 - thousands of paths
    if path == start:
        return "."
    start = start if start.endswith(os.sep) else start + os.sep
    return path[len(start) :].replace(os.sep, "/") if path.startswith(start) else None


def is_file(path: Path) -> bool:
    """Return True for a file; unlike `Path.is_file`, a name that no file system allows is none."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Return True for a folder; unlike `Path.is_dir`, a name that no file system allows is none."""
    return os.path.isdir(path)  # noqa: PTH112
