"""The page around a notebook's cells: head, contents, and what readers press. Pure."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

import msgspec

from .cells import CellHtml, CodeView
from .contents import contents_html, has_contents
from .html_fragments import Fragment
from .libraries import end_scripts, head_scripts, icon_style, page_needs
from .sections import cells_in_sections

TEMPLATES = Path(__file__).parent / "templates" / "page"
LONGEST_DESCRIPTION = 300
LARGEST_CARD = 200_000
"""Characters of a picture in the page's head, which is there twice then."""


class PageText(msgspec.Struct, frozen=True):
    """What the page says besides its cells.

    Attributes:
        title: Of the window, and of a link to the page.
        heading: Above the cells; None when the cells have their own.
        language: BCP 47 tag.
        code: How readers meet code.
    """

    title: str
    heading: str | None = None
    language: str = "en"
    code: CodeView = "shown"


def page_parts(text: PageText, cells: Sequence[CellHtml], *, widget_state: str | None) -> Iterator[str]:
    """Yield the page in pieces.

    Args:
        text: What it says.
        cells: In order.
        widget_state: JSON, ready for a script; None when there are no widgets.
    """
    outputs = [output for cell in cells for output in cell.outputs]
    needs = page_needs(outputs, [cell.text for cell in cells])
    yield from _head(text, cells)
    if needs.icons:
        yield f"<style>{icon_style()}</style>\n"
    yield f"<script>{_script()}</script>\n"
    yield from head_scripts(needs, outputs)
    yield "\n</head>\n"
    yield from _body_start(text, cells)
    yield from cells_in_sections(cells)
    yield "</main>\n"
    if needs.widgets and widget_state is not None:
        yield f'<script type="application/vnd.jupyter.widget-state+json">{widget_state}</script>\n'
    yield from end_scripts(needs)
    yield "</body>\n</html>\n"


def _head(text: PageText, cells: Sequence[CellHtml]) -> Iterator[str]:
    yield (
        f'<!DOCTYPE html>\n<html lang="{escape(text.language)}">\n<head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(text.title, quote=False)}</title>\n"
    )
    yield from _card(text, cells)
    yield f"<style>\n{_style()}</style>\n"


def _card(text: PageText, cells: Sequence[CellHtml]) -> Iterator[str]:
    """Yield what chats and search engines show of a link to the page."""
    description, picture = _description(cells), _first_picture(cells)
    yield _meta("name", "generator", "rsconnect-jupyter")
    yield _meta("property", "og:type", "article")
    yield _meta("property", "og:title", text.title)
    yield _meta("name", "twitter:title", text.title)
    yield _meta("name", "twitter:card", "summary_large_image" if picture else "summary")
    if description:
        for kind, name in (("name", "description"), ("property", "og:description"), ("name", "twitter:description")):
            yield _meta(kind, name, description)
    if picture and len(picture) <= LARGEST_CARD:
        yield _meta("property", "og:image", picture)


def _first_picture(cells: Sequence[CellHtml]) -> str | None:
    """Return the first figure as a ``data:`` address; None when no output has one."""
    figures = (each.figure for cell in cells for each in cell.outputs if each.figure)
    kind, text = next(figures, ("", ""))
    return f"data:{kind};base64,{''.join(text.split())}" if text else None


def _description(cells: Sequence[CellHtml]) -> str:
    """Return the first paragraph's words."""
    for cell in cells:
        for node in Fragment(cell.text).select("p") if "<p" in cell.text else ():
            words = " ".join((node.text() or "").split())
            if words:
                short = words[: LONGEST_DESCRIPTION - 1].rsplit(" ", 1)[0] + "…"
                return words if len(words) <= LONGEST_DESCRIPTION else short
    return ""


def _meta(kind: str, name: str, content: str) -> str:
    return f'<meta {kind}="{name}" content="{escape(content)}">\n'


def _body_start(text: PageText, cells: Sequence[CellHtml]) -> Iterator[str]:
    with_contents = has_contents(cells)
    has_code = any('class="jp-Cell-inputWrapper' in part for cell in cells for part in cell.parts[1:2])
    layout = " page-with-contents" if with_contents else ""
    yield f'<body class="jp-Notebook page-no-math{layout}" data-page="notebook">\n'
    yield '<a class="page-skip" href="#page-main">Skip to the content</a>\n<header class="page-bar">\n'
    if with_contents:
        yield (
            '<button type="button" class="page-button page-contents-button" aria-expanded="false" '
            'aria-controls="page-contents">Contents</button>\n'
        )
    if has_code:
        shown = text.code == "shown"
        yield (
            f'<button type="button" class="page-button page-code-button" aria-pressed="{str(shown).lower()}">'
            f"{'Hide code' if shown else 'Show code'}</button>\n"
        )
    yield '<button type="button" class="page-button page-theme-button">Theme: system</button>\n</header>\n'
    if with_contents:
        yield from contents_html(cells)
    yield '<main id="page-main" tabindex="-1">\n'
    if text.heading:
        yield f'<div class="jp-RenderedHTMLCommon page-heading"><h1>{escape(text.heading, quote=False)}</h1></div>\n'


@functools.cache
def _style() -> str:
    """Return the page's style; the dark colours stand in it once for readers' systems and once for their choice."""
    style = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    dark = (TEMPLATES / "dark.css").read_text(encoding="utf-8")
    return style.replace("/* dark colours */", dark)


@functools.cache
def _script() -> str:
    return (TEMPLATES / "page.js").read_text(encoding="utf-8")
