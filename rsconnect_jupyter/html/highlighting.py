"""Code with its words in classes that the page's style colours. Pure."""

from __future__ import annotations

import functools
from html import escape

from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

_LONGEST = 300_000
"""Characters; longer code is shown without colours, because those take seconds."""


def highlighted(code: str, language: str) -> str:
    """Return code as HTML for the inside of ``pre``; plain when the language has no lexer."""
    lexer = _lexer(language) if language and len(code) <= _LONGEST else None
    if lexer is None:
        return escape(code, quote=False)
    return str(highlight(code, lexer, _formatter())).rstrip("\n")


def known_language(*names: str) -> str:
    """Return the first name that has a lexer; empty when none has."""
    return next((each for each in names if each and _lexer(each)), "")


@functools.cache
def _formatter() -> HtmlFormatter[str]:
    return HtmlFormatter(nowrap=True)


@functools.lru_cache(maxsize=32)
def _lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return None
