"""A notebook's title as plain text: that of its front matter, else its first heading. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(?P<text>.+?)[ \t]*#*[ \t]*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})[ \t]*$")
_HTML_HEADING = re.compile(r"<h[1-6][^>]*>(?P<text>.*?)</h[1-6]>", re.IGNORECASE)
_MARKUP = re.compile(r"[\\&*_`~<>\[\]{]")
_MATH = re.compile(r"\$[^$\n]+\$")
_LEFT_OUT = re.compile(r"<!--.*?-->|\[\^[^\]]+\]|!\[[^\]]*\]\([^)]*\)|</?[A-Za-z][^>]*>|\s*\{[#.][^}]*\}\s*$")
"""Comments, footnotes, images, tags, and Pandoc's attributes."""


def find_title(cells: Sequence[tuple[str, str]]) -> str:
    """Return the title; empty when there is none.

    Args:
        cells: Type and source of each cell.
    """
    front = _front_matter_title(cells)
    if front:
        return front
    headings = (_first_heading(source) for kind, source in cells if kind == "markdown")
    return next((each for each in headings if each), "")


def _front_matter_title(cells: Sequence[tuple[str, str]]) -> str:
    kind, source = next((each for each in cells if each[1].strip()), ("", ""))
    found = re.match(r"---[ \t]*\n(?P<block>.*?)^(?:---|\.\.\.)[ \t]*$", source.strip(), re.DOTALL | re.MULTILINE)
    if found is None or kind not in ("raw", "markdown"):
        return ""
    import yaml  # noqa: PLC0415 - few notebooks have front matter

    try:
        block = yaml.safe_load(found["block"])
    except yaml.YAMLError:
        return ""
    title = block.get("title") if isinstance(block, dict) else None
    return " ".join(str(title).split()) if isinstance(title, (str, int, float)) else ""


def _first_heading(text: str) -> str:
    fenced, previous = False, ""
    for line in text.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        if fenced:
            continue
        found = _HEADING.match(line) or _HTML_HEADING.search(line)
        words = found["text"] if found else previous if _UNDERLINE.match(line) else ""
        if plain := _plain(words):
            return plain
        previous = line.strip()
    return ""


def _plain(markdown: str) -> str:
    """Return a heading's words without Markdown, HTML and entities; formulas stay as written."""
    if not _MARKUP.search(markdown):
        return " ".join(markdown.split())
    import mistune  # noqa: PLC0415 - most headings have no markup

    formulas = _MATH.findall(markdown)
    text = _LEFT_OUT.sub("", _MATH.sub("\ue000", markdown))
    page = str(mistune.html(f"# {text}")) if text.strip() else ""
    from html import unescape  # noqa: PLC0415 - a table of two thousand names

    words = " ".join(unescape(re.sub(r"</?[A-Za-z][^>]*>", "", page)).split())
    for each in formulas:
        words = words.replace("\ue000", each, 1)
    return words
