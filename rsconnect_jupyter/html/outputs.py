"""A code cell's outputs as HTML. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

import msgspec

from .charts import PLOTLY, VEGA, VEGA_VERSION, plotly_html, script_json, vega_html
from .figures import LINK_KINDS, figure_kind
from .html_fragments import Change, isolated
from .json_tree import json_html
from .output_kinds import GEOJSON, JAVASCRIPT, JSON, MERMAID, PDF, SVG, TEXT, WIDGET_VIEW, preferred_kind
from .streams import terminal_html

CALLS_REQUIRE = re.compile(r"\brequire(?:js)?\s*\(\s*\[|\brequire(?:js)?\.(?:config|undef)\b")
_COLOURS = ("color", "background", "COLOR", "<style")


class Drawn(msgspec.Struct, frozen=True):
    """An output as HTML.

    Attributes:
        html: Complete; what it writes stays inside.
        kind: Its type.
        prompt: The number beside it; None when there is none.
        wants_modules: True when its scripts call require.js.
        has_colours: True when its author may have set colours.
        figure: Type and text of its picture for links to the page; None when it has none.
    """

    html: str
    kind: str
    prompt: int | None = None
    wants_modules: bool = False
    has_colours: bool = False
    figure: tuple[str, str] | None = None


class Drawing(msgspec.Struct, frozen=True):
    """What the outputs of a page have in common.

    Attributes:
        has_widgets: True when the state of the notebook's widgets was saved.
        change: Changes the tree of HTML.
        markdown: Markdown and a name to HTML.
    """

    has_widgets: bool
    change: Change | None
    markdown: Callable[[str, str], str]


def drawn_outputs(outputs: Sequence[Mapping[str, Any]], *, name: str, drawing: Drawing) -> Iterator[Drawn]:
    """Yield the outputs of a cell; those without anything to show are left out.

    Args:
        outputs: As `document.repair` leaves them.
        name: Of the cell, for the ids in its outputs.
        drawing: Of the page.
    """
    for number, output in enumerate(_joined_streams(outputs)):
        kind = output["output_type"]
        if kind == "stream":
            yield _stream(output["name"], output["text"])
        elif kind == "error":
            yield _error(output)
        elif found := _rich(output, f"{name}-{number}", drawing):
            yield found


def _joined_streams(outputs: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the outputs, what a program printed in one go as one text, as in JupyterLab."""
    waiting: list[Mapping[str, Any]] = []
    for output in outputs:
        same = output["output_type"] == "stream" and (not waiting or waiting[0]["name"] == output["name"])
        if waiting and not same:
            yield {**waiting[0], "text": "".join(each["text"] for each in waiting)}
            waiting = []
        if output["output_type"] == "stream":
            waiting.append(output)
        else:
            yield output
    if waiting:
        yield {**waiting[0], "text": "".join(each["text"] for each in waiting)}


def _stream(name: str, text: str) -> Drawn:
    kind = f"application/vnd.jupyter.{'stderr' if name == 'stderr' else 'stdout'}"
    html = terminal_html(text)
    return Drawn(f"<pre>{html}</pre>", kind, has_colours="style=" in html or "-bg" in html)


def _error(output: Mapping[str, Any]) -> Drawn:
    text = "\n".join(output["traceback"]) or f"{output['ename']}: {output['evalue']}"
    html = terminal_html(text)
    return Drawn(f"<pre>{html}</pre>", "application/vnd.jupyter.error", has_colours="style=" in html or "-bg" in html)


def _rich(output: Mapping[str, Any], name: str, drawing: Drawing) -> Drawn | None:
    data, metadata = output["data"], output["metadata"]
    kind = preferred_kind(data, has_widgets=drawing.has_widgets)
    if kind is None:
        return None
    value, details = data[kind], metadata.get(kind)
    details = details if isinstance(details, Mapping) else {}
    html = _html(kind, value, {**metadata, **details}, name=name, drawing=drawing)
    if html is None:
        return None
    text = value if isinstance(value, str) else ""
    picture = figure_kind(data, LINK_KINDS)
    return Drawn(
        html,
        kind,
        prompt=output.get("execution_count") if output["output_type"] == "execute_result" else None,
        wants_modules=kind in ("text/html", *JAVASCRIPT) and _wants_modules(text),
        has_colours=kind in ("text/html", "text/markdown") and any(each in text for each in _COLOURS),
        figure=(picture, data[picture]) if picture else None,
    )


def _wants_modules(text: str) -> bool:
    """Return True for scripts that call require.js; Altair's do where they find it, and do without where not."""
    return "require" in text and bool(CALLS_REQUIRE.search(text)) and not VEGA_VERSION.search(text)


def _html(kind: str, value: Any, metadata: Mapping[str, Any], *, name: str, drawing: Drawing) -> str | None:
    if VEGA.fullmatch(kind):
        return vega_html(kind, value, metadata.get("embed_options"))
    makers: dict[str, Callable[[], str | None]] = {
        WIDGET_VIEW: lambda: f'<script type="{WIDGET_VIEW}">{script_json(value)}</script>',
        PLOTLY: lambda: plotly_html(value),
        MERMAID: lambda: f'<pre class="page-mermaid">{escape(value, quote=False)}</pre>',
        "text/html": lambda: isolated(value, change=drawing.change),
        "text/markdown": lambda: isolated(drawing.markdown(value, name), change=drawing.change),
        "text/latex": lambda: f'<span class="page-math">{escape(value, quote=False)}</span>',
        PDF: lambda: _pdf(value),
        SVG: lambda: _svg(value, metadata),
        TEXT: lambda: f"<pre>{terminal_html(value)}</pre>",
    }
    if kind in makers:
        return makers[kind]()
    if kind in (*JSON, GEOJSON):
        return json_html(value, is_open=metadata.get("expanded") is True)
    return _javascript(value) if kind in JAVASCRIPT else _picture(kind, value, metadata)


def _javascript(code: str) -> str:
    """Return HTML that runs code as JupyterLab does: in a function of its own that knows its ``element``."""
    return f"<div></div><script>notebookPage.run({script_json(code)});</script>"


def _picture(kind: str, value: str, metadata: Mapping[str, Any]) -> str:
    return f'<img src="data:{kind};base64,{"".join(value.split())}"{_picture_attributes(metadata)}>'


def _svg(value: str, metadata: Mapping[str, Any]) -> str:
    """Return a drawing as a picture, as JupyterLab shows it: names and styles in it are its own."""
    import base64  # noqa: PLC0415 - only pictures as text need it

    data = base64.b64encode(value.encode("utf-8", "replace")).decode("ascii")
    return f'<img src="data:image/svg+xml;base64,{data}"{_picture_attributes(metadata)}>'


def _pdf(value: str) -> str:
    """Return a link to a document, which the page's script shows where the browser can."""
    address = f"data:{PDF};base64,{escape(''.join(value.split()))}"
    return f'<a class="page-pdf" download="document.pdf" href="{address}">Download PDF</a>'


def _picture_attributes(metadata: Mapping[str, Any]) -> str:
    words = metadata.get("alt")
    parts = [f' alt="{escape(words)}"' if isinstance(words, str) else ' alt=""']
    for name in ("width", "height"):
        size = metadata.get(name)
        if isinstance(size, (int, float)) or (isinstance(size, str) and re.fullmatch(r"[0-9.]+(?:px|%)?", size)):
            parts.append(f' {name}="{size}"')
    if metadata.get("unconfined"):
        parts.append(' class="jp-mod-unconfined"')
    return "".join(parts)
