"""What is published when the author does not say and nothing is remembered. Pure."""

from __future__ import annotations

from ..connect.app_modes import FINISHED, INTERACTIVE, SOURCE
from ..models import Mode
from ..notebook.execution_state import run_state
from ..notebook.reading import Notebook

SHORTEST_TITLE = 3
LONGEST_TITLE = 1024


def default_mode(notebook: Notebook) -> Mode:
    """Return the mode to propose for new content. Pure.

    The finished document when Connect cannot run the notebook; an interactive app when its outputs hold widgets that
    readers can use; else the source.
    """
    if notebook.language != "python":
        return FINISHED
    return INTERACTIVE if run_state(notebook).widgets else SOURCE


def default_title(notebook: Notebook) -> str:
    """Return the title to propose for new content: the first heading, or the file's name. Pure.

    Connect takes 3 to 1024 characters.
    """
    title = notebook.title
    if len(title) < SHORTEST_TITLE:
        title = f"{title} notebook".strip()
    return title[:LONGEST_TITLE]
