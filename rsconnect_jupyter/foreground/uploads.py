"""Notebooks that a front end sends to a kernel which does not see their file."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath, PureWindowsPath

from ..storage import data_folder, private_folder


def keep_upload(name: str, content: bytes) -> Path:
    """Write an uploaded notebook into our data folder and return its path.

    A name has the same path each time, so that the history of its publishes is found again. There is nothing beside it.
    """
    plain = PurePosixPath(PureWindowsPath(name).name).name or "notebook.ipynb"
    stem = hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:24]
    path = private_folder(data_folder() / "uploads" / stem) / plain
    path.write_bytes(content)
    path.chmod(0o600)
    return path
