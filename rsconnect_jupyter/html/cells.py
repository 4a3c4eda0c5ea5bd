"""A notebook's cells as HTML: complete fragments, of which none changes how another looks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Literal

import msgspec

from ..notebook.reading import has_collapsed_heading
from .embedding import LocalFiles, attached, mark_attachments
from .highlighting import highlighted
from .html_fragments import Fragment, isolated
from .markdown_html import markdown_html
from .output_kinds import WIDGET_VIEW
from .outputs import Drawing, Drawn, drawn_outputs

CodeView = Literal["shown", "folded", "removed"]
"""How readers meet code: shown, hidden until they ask for it, or not at all."""

_LEVELS = "h1, h2, h3, h4, h5, h6"
_RAW_HTML = ("text/html", "html")
_RAW_MARKDOWN = ("text/markdown", "markdown", "pandoc")
_SET_COLOURS = re.compile(r"colou?r|background", re.IGNORECASE)
_CLASSES = {
    "text/html": "jp-RenderedHTMLCommon jp-RenderedHTML page-math",
    "text/markdown": "jp-RenderedHTMLCommon jp-RenderedMarkdown",
    "text/latex": "jp-RenderedLatex",
    "image/svg+xml": "jp-RenderedSVG",
    "application/javascript": "jp-RenderedHTMLCommon jp-RenderedJavaScript",
    "application/vnd.jupyter.stderr": "jp-RenderedText jp-mod-stderr",
    "application/vnd.jupyter.error": "jp-RenderedText jp-mod-error",
    "application/vnd.jupyter.stdout": "jp-RenderedText",
    "text/plain": "jp-RenderedText",
}


class Heading(msgspec.Struct, frozen=True):
    """A heading of a Markdown cell."""

    level: int
    text: str
    anchor: str
    has_mathematics: bool


class CellHtml(msgspec.Struct, frozen=True):
    """A cell of the page.

    Attributes:
        parts: Its HTML, in pieces so that large outputs are not copied.
        outputs: Of a code cell.
        text: HTML of a Markdown cell.
        headings: In it.
        is_collapsed: True when its author closed what is below its heading.
    """

    parts: tuple[str, ...]
    outputs: tuple[Drawn, ...] = ()
    text: str = ""
    headings: tuple[Heading, ...] = ()
    is_collapsed: bool = False

    @property
    def level(self) -> int | None:
        """Its highest heading's level, from 1; None without headings."""
        return min((each.level for each in self.headings), default=None)


class CellWriter(msgspec.Struct):
    """Makes the cells of one page.

    Attributes:
        files: What may become part of the page.
        language: The lexer's name for the notebook's code.
        has_widgets: True when the widgets' state was saved.
        code: How readers meet code.
    """

    files: LocalFiles
    language: str
    has_widgets: bool
    code: CodeView
    _anchors: set[str] = msgspec.field(default_factory=set)

    def cell(self, cell: Any, *, number: int) -> CellHtml | None:
        """Return a cell's HTML; None when readers see nothing of it.

        Args:
            cell: As `document.repair` leaves it.
            number: Its place in the page, from 1.
        """
        if cell["cell_type"] == "markdown":
            return self._markdown(cell, number)
        return self._code(cell, number) if cell["cell_type"] == "code" else self._raw(cell, number)

    def _markdown(self, cell: Any, number: int) -> CellHtml:
        html, headings = self._markdown_text(cell["source"], cell.get("attachments") or {}, f"c{number}")
        colours = " data-page-colours" if _SET_COLOURS.search(cell["source"]) else ""
        opening = (
            f'<div class="jp-Cell jp-MarkdownCell jp-Notebook-cell" id="{_cell_id(cell, number)}">{_link(cell, number)}'
            f'<div class="jp-RenderedHTMLCommon jp-RenderedMarkdown jp-MarkdownOutput" data-mime-type="text/markdown"'
            f"{colours}>\n"
        )
        return CellHtml(
            (opening, html, "\n</div></div>\n"),
            text=html,
            headings=headings,
            is_collapsed=has_collapsed_heading(cell["metadata"]),
        )

    def _markdown_text(self, source: str, attachments: Mapping[str, Any], name: str) -> tuple[str, tuple[Heading, ...]]:
        headings: list[Heading] = []

        def change(fragment: Fragment) -> bool:
            embedded = self.files.embed(fragment.select)
            headings.extend(self._headings(fragment))
            return embedded or bool(headings)

        html = isolated(markdown_html(mark_attachments(source, attachments), name=name), change=change)
        return attached(html, attachments), tuple(headings)

    def _headings(self, fragment: Fragment) -> Iterator[Heading]:
        """Give each heading the anchor that JupyterLab gives it; yield them in order."""
        for node in fragment.select(_LEVELS):
            text = " ".join((node.text() or "").split())
            anchor = node.attributes.get("id") or self._free_anchor((node.text() or "").strip().replace(" ", "-"))
            node.attrs["id"] = anchor
            self._anchors.add(anchor)
            if text:
                level = int((node.tag or "h6")[1])
                yield Heading(level, text, anchor, node.css_first(".page-math") is not None)

    def _free_anchor(self, wanted: str) -> str:
        count = 2
        free = wanted = wanted or "heading"
        while free in self._anchors:
            free, count = f"{wanted}-{count}", count + 1
        return free

    def _raw(self, cell: Any, number: int) -> CellHtml | None:
        """Return a raw cell by its format: HTML and Markdown as such, none as text; others are for other programs."""
        kind = cell["metadata"].get("raw_mimetype") or cell["metadata"].get("format") or ""
        source = cell["source"]
        if not source.strip() or not isinstance(kind, str):
            return None
        if kind.lower() in _RAW_MARKDOWN:
            return self._markdown({**cell, "attachments": {}}, number)
        if kind.lower() in _RAW_HTML:
            inside = isolated(source, change=lambda fragment: self.files.embed(fragment.select))
            colours = " data-page-colours" if _SET_COLOURS.search(source) else ""
            inside = f'<div class="jp-RenderedHTMLCommon jp-RenderedHTML page-math"{colours}>{inside}</div>'
        elif kind.lower() in ("", "text/plain"):
            inside = f'<div class="jp-RenderedText"><pre tabindex="0">{escape(source, quote=False)}</pre></div>'
        else:
            return None
        opening = f'<div class="jp-Cell jp-RawCell jp-Notebook-cell" id="{_cell_id(cell, number)}">'
        return CellHtml((opening, inside, "</div>\n"), text=inside)

    def _code(self, cell: Any, number: int) -> CellHtml | None:
        drawing = Drawing(
            has_widgets=self.has_widgets,
            change=lambda fragment: self.files.embed(fragment.select),
            markdown=lambda source, name: self._markdown_text(source, {}, name)[0],
        )
        outputs = tuple(drawn_outputs(cell["outputs"], name=f"c{number}", drawing=drawing))
        source = self._source(cell, number)
        if not outputs and not source:
            return None
        place = f'id="{_cell_id(cell, number)}">{_link(cell, number)}'
        opening = f'<div class="jp-Cell jp-CodeCell jp-Notebook-cell" {place}'
        area = self._output_area(cell, outputs) if outputs else ()
        return CellHtml((opening, source, *area, "</div>\n"), outputs=outputs)

    def _source(self, cell: Any, number: int) -> str:
        source = cell["source"].strip("\n")
        transient = cell["metadata"].get("transient")
        if self.code == "removed" or transient or not source.strip():
            return ""
        count = cell.get("execution_count")
        count = count if isinstance(count, int) else "\N{NO-BREAK SPACE}"
        opened = " open" if self.code == "shown" else ""
        return (
            f'<details class="jp-Cell-inputWrapper page-code"{opened}><summary aria-label="Code of cell {number}">'
            f'<span class="jp-InputPrompt" title="Code of cell {number}">In [{count}]:</span></summary>'
            f'<div class="jp-InputArea jp-Cell-inputArea"><div class="highlight">'
            f'<pre tabindex="0" aria-label="Code of cell {number}" role="region"><code>'
            f"{highlighted(source, self.language)}</code></pre></div></div></details>\n"
        )

    def _output_area(self, cell: Any, outputs: tuple[Drawn, ...]) -> Iterator[str]:
        scrolled = " jp-mod-outputsScrolled" if cell["metadata"].get("scrolled") is True else ""
        focus = ' tabindex="0" role="region" aria-label="Output, scrolls"' if scrolled else ""
        yield f'<div class="jp-Cell-outputWrapper"><div class="jp-OutputArea jp-Cell-outputArea{scrolled}"{focus}>\n'
        for output in outputs:
            yield from _output(output, with_prompt=self.code != "removed")
        yield "</div></div>"


def _output(output: Drawn, *, with_prompt: bool) -> Iterator[str]:
    classes = _CLASSES.get(output.kind, "jp-RenderedHTMLCommon")
    if output.kind.startswith("image/") and output.kind not in _CLASSES:
        classes = "jp-RenderedImage"
    if output.kind == WIDGET_VIEW:
        classes = "jupyter-widgets jp-OutputArea-output"
    yield '<div class="jp-OutputArea-child">'
    if with_prompt and isinstance(output.prompt, int):
        yield f'<div class="jp-OutputPrompt">Out[{output.prompt}]:</div>'
    modules = " data-page-modules" if output.wants_modules else ""
    colours = " data-page-colours" if output.has_colours else ""
    yield (
        f'<div class="{classes} jp-OutputArea-output" data-mime-type="{escape(output.kind)}" tabindex="0"'
        f"{modules}{colours}>"
    )
    yield output.html
    yield "</div></div>\n"


def _cell_id(cell: Any, number: int) -> str:
    return escape(f"cell-id={cell.get('id') or f'cell-{number - 1}'}")


def _link(cell: Any, number: int) -> str:
    return f'<a class="page-link" href="#{_cell_id(cell, number)}" aria-label="Link to cell {number}" title="Link"></a>'
