"""Markdown as JupyterLab shows it: GitHub's kind, with mathematics and footnotes, to HTML. Pure."""

from __future__ import annotations

import functools
from collections.abc import MutableMapping, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

from . import mathematics
from .highlighting import highlighted
from .html_fragments import restored_places

MERMAID_CLASS = "page-mermaid"


def markdown_html(source: str, *, name: str) -> str:
    """Return Markdown as HTML; what it has of HTML stays as it is, complete or not.

    Args:
        source: Markdown.
        name: Tells its footnotes from those of other cells.
    """
    text, formulas = mathematics.take_out(source.replace("\r\n", "\n"))
    html = str(_parser().render(text, {"docId": name}))
    return mathematics.put_back(restored_places(html, formulas), formulas)


@functools.cache
def _parser() -> MarkdownIt:
    options: dict[str, Any] = {"html": True, "tasklists": True}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    parser.use(footnote_plugin, inline=False).use(gfm_autolink_plugin)
    parser.validateLink = _is_link  # type: ignore[method-assign,assignment] # as its documentation says
    for name in ("fence", "code_block", "table_open", "table_close"):
        parser.add_render_rule(name, globals()[f"_{name}"])
    return parser


def _is_link(address: str) -> bool:
    """Allow ``data:`` pictures, which `validateLink` refuses for some types, but no script."""
    return not address.strip().lower().startswith(("javascript:", "vbscript:"))


def _fence(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: MutableMapping[str, Any]
) -> str:
    token = tokens[index]
    language = token.info.strip().split(" ")[0].strip("{}.")
    if language.lower() == "mermaid":
        return f'<pre class="{MERMAID_CLASS}">{escape(token.content)}</pre>\n'
    return f'<div class="highlight"><pre tabindex="0"><code>{highlighted(token.content, language)}</code></pre></div>\n'


def _code_block(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: MutableMapping[str, Any]
) -> str:
    return f'<pre tabindex="0"><code>{escape(tokens[index].content, quote=False)}</code></pre>\n'


def _table_open(*_parts: Any) -> str:
    return '<div class="page-table" tabindex="0"><table>\n'


def _table_close(*_parts: Any) -> str:
    return "</table></div>\n"
