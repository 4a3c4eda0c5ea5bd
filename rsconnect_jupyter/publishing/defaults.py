"""What is published where when the author does not say: the same answers for the form and for the publish itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

from ..addresses import plain_address
from ..history import publications as history
from ..models import Choices, Finding, HideInput, Mode, Publication, Server
from ..notebook.reading import Notebook, read_notebook

MODES = get_args(Mode)
SHORTEST_TITLE = 3
LONGEST_TITLE = 1024

_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def earlier(
    notebook: Path, server: Server, *, by: str | None = None, folder: Path | None = None
) -> tuple[Publication, ...]:
    """Return this notebook's publications on one server, newest first.

    Args:
        notebook: Absolute path.
        server: Which server.
        by: Only what this user published, or what does not say who did.
        folder: Our data folder.
    """
    url = plain_address(server.url)
    return tuple(each for each in history.publications(notebook, folder=folder, by=by) if each.server_url == url)


def remembered(notebook: Path, choices: Choices, *, folder: Path | None = None) -> Choices:
    """Return choices with title, mode and hiding filled in as a publish would, without asking a server.

    Args:
        notebook: Absolute path.
        choices: The author's; what is said there stays.
        folder: Our data folder.

    Raises:
        NotebookError: the notebook cannot be read.
    """
    read = read_notebook(notebook)
    known = () if choices.target == "new" else history.publications(notebook, folder=folder)
    last = choose_publication(known, choices.mode)
    return replace(
        choices,
        title=choices.title or default_title(read, last=last),
        mode=choices.mode or default_mode(read, last=last),
        hide_input=choose_hiding(choices, last),
    )


def from_memory(choices: Choices, last: Publication | None, *, absent: Collection[str]) -> Choices:
    """Return choices with those that were not made filled from the last publication. Pure.

    Only whoever asked the author knows which choices were not made: no files picked may mean none wanted.

    Args:
        choices: What was chosen.
        last: What was published last.
        absent: Of ``files`` and ``requirements``, those to fill.
    """
    if last is None:
        return choices
    return replace(
        choices,
        mode=choices.mode or last.mode,
        hide_input=choose_hiding(choices, last),
        files=last.files if "files" in absent else choices.files,
        requirements=last.requirements if "requirements" in absent else choices.requirements,
    )


def choose_publication(known: Sequence[Publication], mode: Mode | None) -> Publication | None:
    """Return the earlier publication to update: the newest, of the chosen mode when one is chosen. Pure."""
    for each in known:
        if mode is None or each.mode == mode:
            return each
    return None


def default_mode(
    notebook: Notebook,
    *,
    last: Publication | None = None,
    available: Sequence[Mode] = MODES,
) -> Mode:
    """Return the mode to propose. Pure.

    What it was published as last; an interactive app when widgets are found alive in the notebook's outputs; the
    finished document when the server could not run the notebook; else the source.

    Args:
        notebook: The notebook.
        last: Its newest publication.
        available: Modes that can be chosen.
    """
    if last is not None and last.mode in available:
        return last.mode
    if has_widgets(notebook) and "jupyter-voila" in available:
        return "jupyter-voila"
    return "jupyter-static" if "jupyter-static" in available else "static"


def has_widgets(notebook: Notebook) -> bool:
    """Return True when an output of the notebook is a widget. Pure."""
    return any(
        _WIDGET_VIEW in (output.get("data") or {})
        for cell in notebook.code
        for output in cell.outputs
        if isinstance(output.get("data"), dict)
    )


def choose_hiding(choices: Choices, last: Publication | None) -> HideInput:
    """Return which code readers do not see: as chosen, as last time, else all of it is shown. Pure."""
    return choices.hide_input or (last.hide_input if last else "none")


def default_title(notebook: Notebook, *, last: Publication | None = None) -> str:
    """Return the title to propose: that of the last publication, the first heading, or the file's name. Pure.

    Connect takes 3 to 1024 characters.
    """
    title = (last.title if last else "") or notebook.title
    if len(title) < SHORTEST_TITLE:
        title = f"{title} notebook".strip()
    return title[:LONGEST_TITLE]


def distinct(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings without repetitions, in order. Pure."""
    kept: list[Finding] = []
    for each in findings:
        if each not in kept:  # a fix may hold a list, so findings have no hash
            kept.append(each)
    return tuple(kept)
