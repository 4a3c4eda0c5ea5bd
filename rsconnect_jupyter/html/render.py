"""A notebook becomes the page its readers get: what the author sees, in one HTML file.

Saved outputs, no execution (`execute_notebook` is a step of its own), by nbconvert's ``lab`` template with our changes:

- Cells tagged ``remove_cell`` and outputs of cells tagged ``remove_output`` are left out; so is the code that
  ``hide_input`` says, and what the author collapsed in JupyterLab.
- Attachments, and local images, sounds and films inside the project, become part of the page.
- It follows the reader's dark or light setting; on paper it is light.

nbconvert's own page fetches four scripts from public servers, which fails for readers behind a firewall. Here:

- *MathJax* is in the page (2.2 MB), when the page has mathematics.
- *require.js* and the *widget manager* are in the page (3.7 MB), when it has widgets whose state was saved. Widgets
  other than ipywidgets' own still fetch their code from a public server when the page is read.
- *require.js* alone is in the page when an output calls it (Plotly before version 6 does).
- *Plotly* (4.8 MB) and *Vega* (0.8 MB, for Altair) are in the page when there are charts of theirs.
- *Mermaid* diagrams that were not drawn when the notebook was saved still fetch Mermaid from a public server.

What the outputs themselves fetch is theirs to know; `network_needs` tells what a page will ask for.

This module knows only the records and errors, so that the sandbox can use it as well. nbconvert takes half a second to
import; it is imported on first use.
"""

from __future__ import annotations

import copy
import functools
import gzip
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..kernel.execution import execute_notebook
from ..models import HideInput
from ..notebook.reading import joined
from .charts import chart_libraries, chart_settings, draw_charts, fetched_data, unshown_types
from .document import read_document, repair
from .embedding import embed_attachments, embed_files

__all__ = ["execute_notebook", "network_needs", "read_document", "render_html"]

HIDE_TAG = "hide_input"
REMOVE_CELL_TAG = "remove_cell"
REMOVE_OUTPUT_TAG = "remove_output"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"

_LIBRARIES = Path(__file__).parent / "templates" / "page" / "libraries"
_SCRIPTS_PLACE = "<!--scripts of the page-->"


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
    from .page_exporter import export  # noqa: PLC0415 - slow, see the module's docstring

    if isinstance(notebook, Path):
        folder, title = folder or notebook.parent, title or notebook.stem
        notebook = read_document(notebook)
    document = _prepared(notebook, hide_input)
    if title:
        document.metadata["title"] = title
    html = export(document, hide_code=hide_input == "all", scripts=_SCRIPTS_PLACE, has_mermaid=_has_mermaid(document))
    if folder is not None:
        html = embed_files(html, folder=folder, root=root or folder)
    scripts = "\n".join(f"<script>{script}</script>" for script in _scripts(document))
    return html.replace(_SCRIPTS_PLACE, scripts, 1)


def network_needs(notebook: Any) -> tuple[str, ...]:
    """Return what a page of this notebook will fetch from other servers when it is read, one phrase each.

    Args:
        notebook: As nbformat gives it, or a mapping of that shape.
    """
    needs = []
    if _has_mermaid(notebook):
        needs.append("Mermaid for its diagrams")
    if _foreign_widgets(notebook):
        needs.append("the code of its widgets: " + ", ".join(_foreign_widgets(notebook)))
    if fetched_data(notebook):
        needs.append("maps or data for its charts")
    if any(_FETCHES.search(joined(data)) for _type, data in _data(notebook, *_SCRIPTED, "text/markdown")):
        needs.append("scripts, styles or images of its outputs")
    return tuple(needs)


def _prepared(notebook: Any, hide_input: HideInput) -> Any:
    """Return a copy that holds what readers get and nothing else."""
    document = repair(copy.deepcopy(notebook))
    document.cells = [cell for cell in document.cells if REMOVE_CELL_TAG not in cell.metadata["tags"]]
    for cell in document.cells:
        collapsed = cell.metadata.get("jupyter")
        collapsed = collapsed if isinstance(collapsed, Mapping) else {}
        if collapsed.get("source_hidden") or (hide_input == "tagged" and HIDE_TAG in cell.metadata["tags"]):
            cell.metadata["transient"] = {"remove_source": True}
        if cell.cell_type == "code" and (collapsed.get("outputs_hidden") or REMOVE_OUTPUT_TAG in cell.metadata["tags"]):
            cell.outputs = []
        if cell.cell_type == "markdown":
            cell.source = embed_attachments(cell.source, cell.get("attachments") or {})
    _mend_widgets(document)
    draw_charts(document)
    for cell in document.cells:  # nbconvert would warn in the terminal, and leave an empty place
        if cell.cell_type == "code":
            cell.outputs = [each for each in cell.outputs if not unshown_types(each) and each.get("data") != {}]
    return document


def _mend_widgets(document: Any) -> None:
    """Bring saved widget state into the form that nbconvert expects, or leave it out.

    Colab and old front ends save the models without the ``state`` object around them, on which nbconvert fails.
    """
    widgets = document.metadata.pop("widgets", None)
    state = widgets.get(WIDGET_STATE) if isinstance(widgets, Mapping) else None
    if not isinstance(state, Mapping) or not state:
        return
    if not isinstance(state.get("state"), Mapping):
        state = {"version_major": 2, "version_minor": 0, "state": state}
    document.metadata["widgets"] = {WIDGET_STATE: state}


def _scripts(document: Any) -> Iterator[str]:
    """Yield the scripts that the page cannot do without."""
    charts = chart_libraries(document)
    yield from (_script(each) for each in charts)  # before require.js: there they would be modules without a name
    has_widgets = "widgets" in document.metadata and any(True for _each in _data(document, WIDGET_VIEW))
    if has_widgets or any(_CALLS_REQUIRE.search(joined(data)) for _type, data in _data(document, *_SCRIPTED)):
        yield _script("require.js")
    if charts:
        yield chart_settings(document)
    if has_widgets:
        yield _script("embed-amd.js")
    if _has_math(document):
        yield _MATH_SETTINGS
        yield _script("tex-svg-full.js")


@functools.cache
def _script(name: str) -> str:
    """Return a library of the folder ``page``; where each comes from stands in its README."""
    return gzip.decompress((_LIBRARIES / f"{name}.gz").read_bytes()).decode("utf-8")


def _has_math(document: Any) -> bool:
    texts = [cell["source"] for cell in document["cells"] if cell["cell_type"] == "markdown"]
    texts += [joined(data) for _type, data in _data(document, "text/markdown", "text/html")]
    return any(True for _each in _data(document, "text/latex")) or any(_MATH.search(each) for each in texts)


def _has_mermaid(document: Any) -> bool:
    fences = any(_MERMAID.search(cell["source"]) for cell in document["cells"] if cell["cell_type"] == "markdown")
    return fences or any(True for _each in _data(document, "text/vnd.mermaid"))


def _foreign_widgets(document: Any) -> list[str]:
    """Return the widget libraries, besides ipywidgets' own, whose state is saved in the notebook."""
    widgets = document["metadata"].get("widgets")
    state = widgets.get(WIDGET_STATE) if isinstance(widgets, Mapping) else None
    models = state.get("state") if isinstance(state, Mapping) else None
    found = list(models.values()) if isinstance(models, Mapping) else []
    modules = [each.get("model_module") for each in found if isinstance(each, Mapping)]
    return sorted({each for each in modules if isinstance(each, str) and not each.startswith("@jupyter-widgets/")})


def _data(document: Any, *types: str) -> Iterator[tuple[str, Any]]:
    """Yield ``(mime type, data)`` of the code cells' outputs, for these types."""
    for cell in document["cells"]:
        for output in cell.get("outputs") or ():
            bundle = output.get("data")
            if isinstance(bundle, Mapping):
                yield from ((each, bundle[each]) for each in types if each in bundle)


_SCRIPTED = ("text/html", "application/javascript")
_CALLS_REQUIRE = re.compile(r"\brequire(?:js)?\s*\(\s*\[|\brequire(?:js)?\.(?:config|undef)\b")
_MATH = re.compile(r"\$[^\s$][^$]*\$|\$\$|\\\\?[(\[]|\\begin\{")
_MERMAID = re.compile(r"^[ \t]*(?:```|~~~)[ \t]*mermaid", re.MULTILINE)
_FETCHES = re.compile(
    r"""(?:<|&lt;)(?:script|img|iframe|link)\b(?:(?!&lt;)[^<>]){0,500}?(?:src|href)\s*=\s*(?:["']|&quot;|&\#x?\d\d;)?(?:https?:)?//"""
    r"""|\bfrom\s*["']https?://|["']https://cdn\.(?:bokeh|holoviz|pydata)\.org/""",
    re.IGNORECASE,
)
_MATH_SETTINGS = r"""window.MathJax = {
  tex: {
    inlineMath: [["$", "$"], ["\\(", "\\)"]], displayMath: [["$$", "$$"], ["\\[", "\\]"]],
    processEscapes: true, processEnvironments: true, tags: "ams"
  },
  options: {enableMenu: false, ignoreHtmlClass: "mathjax_ignore|tex2jax_ignore"},
  svg: {fontCache: "global"},
  startup: {
    ready: () => {
      MathJax.startup.defaultReady();
      // the widget manager 1.0 still speaks to MathJax 2
      const typeset = (call) => call[0] === "Typeset" && MathJax.typesetPromise(call[2] ? [call[2]] : undefined);
      MathJax.Hub = {Config: () => {}, Queue: (...calls) => calls.forEach(typeset)};
    }
  }
};"""
