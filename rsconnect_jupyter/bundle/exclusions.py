"""Names that folders and globs never pick: caches, version control, virtual environments.

Pure but for `is_environment` and `is_bundle`, which look at the disk.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from ..project_files import any_of

LEFT_OUT_FOLDERS = {
    ".git", ".svn", ".hg", ".bzr", "CVS", ".ipynb_checkpoints", "__pycache__", ".mypy_cache", ".pytest_cache",
    ".ruff_cache", ".cache", ".tox", ".nox", ".eggs", ".hypothesis", ".virtual_documents", "node_modules",
    "rsconnect-python", ".rsconnect-python", "rsconnect", ".posit", "packrat", ".Rproj.user", ".quarto", ".idea",
    ".vscode", ".venv", ".local", ".jupyter", ".conda", "site-packages",
}  # fmt: skip
LEFT_OUT_PATHS = ("renv/library", "renv/sandbox", "renv/staging")
LEFT_OUT_FILES = (
    ".DS_Store", "Thumbs.db", "desktop.ini", "*.pyc", "*.pyo", ".Rhistory", "*.Rproj", ".rscignore", ".gitignore",
    ".gitattributes", ".gitmodules", "*.swp", "*~", ".coverage",
)  # fmt: skip
RESERVED = "manifest.json"
"""Name of the file that every bundle gets at its root."""


def is_left_out_folder(path: str) -> bool:
    """Return True for a folder that is never walked into, by its name alone."""
    name = path.rpartition("/")[2]
    return name in LEFT_OUT_FOLDERS or name.endswith(("_cache", ".egg-info")) or path.endswith(LEFT_OUT_PATHS)


def is_left_out_file(path: str) -> bool:
    """Return True for a file that globs and folders never pick, by its name alone."""
    return path == RESERVED or bool(any_of(LEFT_OUT_FILES).match(path.rpartition("/")[2]))


def is_environment(folder: Path) -> bool:
    """Return True for a virtual or conda environment: it holds a Python of its own."""
    marks = ("pyvenv.cfg", "conda-meta", "bin/python", "Scripts/python.exe", "python.exe")
    return any((folder / each).exists() for each in marks)


def is_bundle(path: str) -> bool:
    """Return True for a bundle made by us: a ``.tar.gz`` whose first member is the manifest."""
    if not path.endswith((".tar.gz", ".tgz")):
        return False
    try:
        with gzip.open(path) as file:
            return file.read(100).rstrip(b"\0") == RESERVED.encode()
    except (OSError, EOFError, zlib.error):
        return False
