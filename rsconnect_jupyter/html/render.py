"""A notebook becomes the page its readers get: what the author sees, in one HTML file.

Saved outputs, no execution (`run_process` is a step of its own):

- Cells tagged ``remove_cell`` and outputs of cells tagged ``remove_output`` are left out; so is the code that
  ``hide_input`` says, and what the author collapsed in JupyterLab.
- Attachments, and local images, sounds, films and framed pages inside the project, become part of the page.
- It follows the reader's dark or light setting; on paper it is light.
- Libraries that it needs are in it (`libraries`). What the outputs themselves fetch is theirs to know; `network_needs`
  tells what a page will ask for.

A cell becomes a complete fragment of HTML (`cells`), and the page is made around them (`page`). Its libraries take half
a second to import; they are imported on first use.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import RenderError
from ..models import HideInput
from .document import read_document
from .front_matter import without_front_matter
from .network import WIDGET_STATE, network_needs
from .readers_document import readers_document

__all__ = ["network_needs", "page_of", "read_document", "render_html"]

_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
_RENDERING = threading.Lock()
"""Held for one page at a time: several at once are no faster in one interpreter, and all else in it would wait."""


def render_html(
    notebook: Any,
    *,
    title: str | None = None,
    hide_input: HideInput = "none",
    folder: Path | None = None,
    root: Path | None = None,
) -> str:
    """Return a notebook as one HTML page.

    Args:
        notebook: A path, or a notebook as `read_document` and nbformat give it; it is not changed.
        title: Of the page; None takes the notebook's file name (a document's own metadata title).
        hide_input: Which code readers do not see.
        folder: What paths of images are relative to; a path's own folder when omitted, else nothing is embedded.
        root: No file outside of it gets into the page; ``folder`` when omitted.

    Raises:
        NotebookError: There is no readable notebook at the path.
        RenderError: code ``render-failed``: the notebook is built in a way that cannot be shown.
    """
    return "".join(page_of(notebook, title=title, hide_input=hide_input, folder=folder, root=root))


def page_of(
    notebook: Any,
    *,
    title: str | None = None,
    hide_input: HideInput = "none",
    folder: Path | None = None,
    root: Path | None = None,
) -> list[str]:
    """Return what `render_html` returns, in pieces, so that large outputs are not copied."""
    if isinstance(notebook, Path):
        folder, title = folder or notebook.parent, title or notebook.stem
        notebook = read_document(notebook)
    try:
        with _RENDERING:
            document = readers_document(notebook, hide_input=hide_input)
            return list(_parts(document, title=title, hide_input=hide_input, folder=folder, root=root))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as exc:
        raise RenderError.of("render-failed", reason=exc) from exc


def _parts(
    document: Any, *, title: str | None, hide_input: HideInput, folder: Path | None, root: Path | None
) -> Iterator[str]:
    from .cells import CellWriter, CodeView  # noqa: PLC0415 - slow, see the module's docstring
    from .charts import script_json  # noqa: PLC0415
    from .embedding import LocalFiles  # noqa: PLC0415
    from .page import PageText, page_parts  # noqa: PLC0415

    views: dict[HideInput, CodeView] = {"all": "removed", "folded": "folded"}
    code = views.get(hide_input, "shown")
    cells, heading = without_front_matter(document["cells"])
    metadata = document["metadata"]
    state = metadata.get("widgets", {}).get(WIDGET_STATE)
    writer = CellWriter(LocalFiles(folder, root), _language(metadata), has_widgets=state is not None, code=code)
    made = [writer.cell(cell, number=number) for number, cell in enumerate(cells, 1)]
    text = PageText(title or metadata.get("title") or heading or "Notebook", heading, _reading_language(metadata), code)
    shown = [each for each in made if each is not None]
    yield from page_parts(text, shown, widget_state=None if state is None else script_json(state))


def _language(metadata: Mapping[str, Any]) -> str:
    """Return the name of the lexer for the notebook's code."""
    from .highlighting import known_language  # noqa: PLC0415 - slow, see the module's docstring

    info = metadata.get("language_info", {})
    kernel = metadata.get("kernelspec", {})
    names = (info.get("pygments_lexer"), info.get("name"), kernel.get("language"))
    return known_language(*(each for each in names if isinstance(each, str)))


def _reading_language(metadata: Mapping[str, Any]) -> str:
    named = metadata.get("language_code") or metadata.get("lang")
    return named if isinstance(named, str) and _LANGUAGE_TAG.fullmatch(named) else "en"
