"""Whether the notebook's file is older than what is on screen, as far as a kernel can know."""

from __future__ import annotations

import sys
from pathlib import Path

from ..errors import NotebookError
from ..notebook.reading import read_notebook


def looks_unsaved(notebook: Path) -> bool:
    """Return True when the cell that ran last is not in the file.

    A kernel does not see the editor: it knows which source it was given, and which sources the file has. Code that
    was typed and never run stays unknown.
    """
    source = _last_input()
    if not source:
        return False
    try:
        saved = {cell.source.strip() for cell in read_notebook(notebook).code}
    except NotebookError:
        return False
    return source not in saved


def _last_input() -> str:
    """Return the source of the cell that ran last (or runs now) in this kernel; empty where there is none."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    history = getattr(getattr(shell, "history_manager", None), "input_hist_raw", None) or [""]
    return str(history[-1]).strip()
