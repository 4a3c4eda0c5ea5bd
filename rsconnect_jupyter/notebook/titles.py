"""A notebook's title as plain text: that of its front matter, else its first heading. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

LONGEST_LINE = 2_000
"""Characters of a line that are looked at; Connect takes 1,024 for a title."""

LONGEST_TEXT = 1_000_000
MOST_HEADINGS = 20
"""Headings that are read until one has words."""

_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t](?P<text>.+)$")
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<block>.*?)^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
_UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})[ \t]*$")
_HTML_HEADING = re.compile(r"<h[1-6][^<>]*>(?P<text>(?:[^<]|<(?!/?h[1-6]))*)</h[1-6]>", re.IGNORECASE)
_MARKUP = re.compile(r"[\\&*_`~<>\[\]{]")
_MATH = re.compile(r"\$[^$\n]+\$")
_LEFT_OUT = re.compile(
    r"<!--(?:[^<]|<(?!!--))*?-->|\[\^[^\[\]]+\]|!\[[^\[\]]*\]\([^()]*\)|</?[A-Za-z][^<>]*>|\{[#.][^{}]*\}\s*$"
)
"""Comments, footnotes, images, tags, and Pandoc's attributes."""


def find_title(cells: Sequence[tuple[str, str]]) -> str:
    """Return the title; empty when there is none.

    Args:
        cells: Type and source of each cell.
    """
    front = _front_matter_title(cells)
    if front:
        return front
    headings = (each for kind, source in cells if kind == "markdown" for each in _headings(source))
    return next((words for each in islice(headings, MOST_HEADINGS) if (words := _plain(each))), "")


def _front_matter_title(cells: Sequence[tuple[str, str]]) -> str:
    kind, source = next((each for each in cells if each[1].strip()), ("", ""))
    found = _FRONT_MATTER.match(source.strip())
    if found is None or kind not in ("raw", "markdown"):
        return ""
    from .yaml_text import load_yaml  # noqa: PLC0415 - few notebooks have front matter

    try:
        block = load_yaml(found["block"])
        title = block.get("title") if isinstance(block, dict) else None
        return " ".join(str(title).split()) if isinstance(title, (str, int, float)) else ""
    except ValueError:  # a number of too many digits is one too
        return ""


def _headings(text: str) -> Iterator[str]:
    """Yield the headings that are not empty, as written."""
    fenced, previous = False, ""
    for line in (each[:LONGEST_LINE] for each in text[:LONGEST_TEXT].splitlines()):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        if fenced:
            continue
        found = _HEADING.match(line) or _HTML_HEADING.search(line)
        words = _unclosed(found["text"]) if found else previous if _UNDERLINE.match(line) else ""
        if words:
            yield words
        previous = line.strip()


def _unclosed(heading: str) -> str:
    """Return a heading without the ``#`` that may close it."""
    text = heading.strip()
    bare = text.rstrip("#")
    return bare.rstrip() if bare[-1:] in ("", " ", "\t") else text


def _plain(markdown: str) -> str:
    """Return a heading's words without Markdown, HTML and entities; formulas stay as written."""
    if not _MARKUP.search(markdown):
        return " ".join(markdown.split())
    import mistune  # noqa: PLC0415 - most headings have no markup

    formulas = _MATH.findall(markdown)
    text = _LEFT_OUT.sub("", _MATH.sub("\ue000", markdown))
    page = str(mistune.html(f"# {text}")) if text.strip() else ""
    from html import unescape  # noqa: PLC0415 - a table of two thousand names

    words = " ".join(unescape(re.sub(r"</?[A-Za-z][^<>]*>", "", page)).split())
    for each in formulas:
        words = words.replace("\ue000", each, 1)
    return words
