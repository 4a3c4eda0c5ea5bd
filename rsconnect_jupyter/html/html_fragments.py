"""HTML that others wrote, made safe to stand beside other HTML: nothing in it stays open or closes what is around it.

Lexbor builds the tree that a browser would build. HTML that is complete keeps every byte; what is not gets the tags
that the browser would add. Scripts, styles, comments and ``srcdoc`` are never changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape

from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode

from . import mathematics

MOST_PARSED = 16_000_000
"""Characters; a tree takes 25 times the memory of its text. The browser reads longer HTML apart from the page."""

_AS_WRITTEN = LexborDocumentOptions.WO_EVENTS.value
_LEFT_OUT = "base, meta[http-equiv], title, noscript"
"""Elements that change the page they are in, wherever they are, or that a page with scripts never shows."""

_TO_CHANGE = re.compile(
    r"<(?:[iI][mMnNfF]|[sS][oO][uU]|[aA][uU]|[vV][iI][dD]|[oO][bB]|[eE][mM][bB]|[bB][aA][sS]|[mM][eE]|[tT][iI]|[nN][oO][sS]|[hH][1-6])"
)
"""Beginnings of what somebody might change; large tables have none of it, and no second tree is made of them."""

Change = Callable[["Fragment"], bool]


class Fragment:
    """The tree of a piece of HTML."""

    def __init__(self, html: str) -> None:
        self._parser = LexborHTMLParser(
            html.encode("utf-8", "replace"), is_fragment=True, scripting=True, options=_AS_WRITTEN
        )

    @property
    def html(self) -> str:
        """The tree as HTML, complete."""
        return self._parser.html or ""

    def select(self, selector: str) -> list[LexborNode]:
        """Return the elements that a CSS selector is for."""
        return list(self._parser.css(selector))


def isolated(html: str, *, change: Change | None = None) -> str:
    """Return HTML that can stand inside a ``div`` and changes nothing outside of it.

    Args:
        html: Whatever somebody wrote.
        change: Changes the tree; returns True when it did.
    """
    if "<" not in html:
        return html
    if len(html) > MOST_PARSED:
        return _deferred(html)
    if not _TO_CHANGE.search(html) and _is_self_contained(html):
        return html
    fragment = Fragment(html)
    changed = change(fragment) if change else False
    left_out = fragment.select(_LEFT_OUT)
    for node in left_out:
        node.decompose()
    if not changed and not left_out and _is_self_contained(html):
        return html
    complete = fragment.html
    return complete if _is_self_contained(complete) else _deferred(html)


def _is_self_contained(html: str) -> bool:
    """Return True when what follows the HTML is parsed as if the HTML were not there."""
    text = f"<!doctype html><body>-<main><div><div>{html}</div><span></span><form></form></div></main><p></p>"
    page = LexborHTMLParser(text.encode("utf-8", "replace"), scripting=True, options=_AS_WRITTEN)
    body, root = page.body, page.root
    if body is None or root is None or body.attributes or root.attributes:
        return False
    main = _following(body.first_child)
    cell = main.first_child if main else None
    inner = cell.first_child if cell else None
    expected = ((inner, ["div", "span", "form"]), (cell, ["div"]), (main, ["main", "p"]))
    return all([_tag(each) for each in _siblings(node)] == tags for node, tags in expected)


def _siblings(node: LexborNode | None) -> Iterator[LexborNode]:
    while node is not None:
        yield node
        node = node.next


def _following(node: LexborNode | None) -> LexborNode | None:
    return node.next if node else None


def _tag(node: LexborNode) -> str:
    return node.tag or ""


def _deferred(html: str) -> str:
    """Return an element that the page's script fills, as JupyterLab fills its outputs."""
    return f'<div data-page-html="{escape(html)}"></div>'


def restored_places(html: str, formulas: list[str]) -> str:
    """Return HTML whose attributes hold formulas as written; those in its text keep their places."""
    if not formulas or "=" not in html:
        return html
    fragment = Fragment(html)
    changed = [_restore(node, formulas) for node in fragment.select("*")]
    return fragment.html if any(changed) else html


def _restore(node: LexborNode, formulas: list[str]) -> bool:
    held = {name: value for name, value in node.attributes.items() if value and mathematics.PLACE.search(value)}
    for name, value in held.items():
        node.attrs[name] = mathematics.put_back_text(value, formulas)
    return bool(held)
