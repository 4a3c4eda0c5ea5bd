"""Mathematics in Markdown: taken out before it is parsed, as JupyterLab does, and put back for MathJax. Pure.

Markdown would take ``_`` and ``*`` of a formula for emphasis and ``|`` for the end of a table's cell. So each formula
becomes one character of Unicode's private use area with a number, which Markdown leaves alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

_OPEN, _CLOSE = "\ue000", "\ue001"
PLACE = re.compile(f"{_OPEN}([0-9]{{1,9}}){_CLOSE}")

_CODE = re.compile(r"(?<![`\\])(`+)(?!`)")
_FENCE = re.compile(r"[ ]{0,3}(?P<marks>`{3,}|~{3,})(?P<info>[^\n]*)")
_RAW_ELEMENT = re.compile(r"<(script|style|textarea)\b")
_BORDER = re.compile(
    r"\\(?:eq)?ref\{[^{}\n]*\}|\$\$?|\\(?:begin|end)\{[a-zA-Z]*\*?\}|\\[{}$]|[{}]|\\\\[()\[\]]|\n[ \t]*(?=\n)"
)
_ENDS = {"$": "$", "$$": "$$", r"\\(": r"\\)", r"\\[": r"\\]"}


def take_out(source: str) -> tuple[str, list[str]]:
    """Return Markdown with a place for each formula, and the formulas as written.

    Formulas end before an empty line and have balanced braces; code holds none.
    """
    formulas: list[str] = []

    def stored(formula: str) -> str:
        formulas.append(formula)
        return f"{_OPEN}{len(formulas) - 1}{_CLOSE}"

    source = PLACE.sub(lambda found: stored(found[0]), source)
    if not any(each in source for each in ("$", "\\\\(", "\\\\[", "\\begin{", "ref{")):
        return source, formulas
    parts, at = [], 0
    for start, end in [*sorted(_code_spans(source) + _raw_elements(source)), (len(source), len(source))]:
        if end > at:
            parts += [_without_formulas(source[at : max(start, at)], stored), source[max(start, at) : end]]
            at = end
    parts.append(_without_formulas(source[at:], stored))
    return "".join(parts), formulas


def put_back(html: str, formulas: list[str]) -> str:
    """Return HTML with its formulas, each in an element that MathJax looks into."""
    return PLACE.sub(lambda found: _element(_formula(found, formulas)), html) if formulas else html


def put_back_text(text: str, formulas: list[str]) -> str:
    """Return a text, which is no HTML, with its formulas as written."""
    return PLACE.sub(lambda found: _formula(found, formulas), text) if formulas else text


def _formula(found: re.Match[str], formulas: list[str]) -> str:
    number = int(found[1])
    return formulas[number] if number < len(formulas) else found[0]


def _element(formula: str) -> str:
    if PLACE.fullmatch(formula):  # the author wrote characters that look like a place
        return formula
    written = formula.replace("\\\\", "\\", 1) if formula.startswith(("\\\\(", "\\\\[")) else formula
    if written is not formula:
        written = written[:-3] + written[-2:]
    return f'<span class="page-math">{escape(written, quote=False)}</span>'


def _code_spans(source: str) -> list[tuple[int, int]]:
    """Return where code begins and ends: fenced blocks, and what is between equally many backticks."""
    spans: list[tuple[int, int]] = []
    at, fence, start = 0, "", 0
    text_start = 0
    for line in source.splitlines(keepends=True):
        found = _FENCE.match(line)
        if fence:
            closes = found and found["marks"].startswith(fence) and not found["info"].strip()
            if closes:
                spans.append((start, at + len(line)))
                fence, text_start = "", at + len(line)
        elif found and not (found["marks"][0] == "`" and "`" in found["info"]):
            spans += _inline_spans(source, text_start, at)
            fence, start = found["marks"], at
        at += len(line)
    if fence:
        return [*spans, (start, len(source))]
    return spans + _inline_spans(source, text_start, len(source))


def _raw_elements(source: str) -> list[tuple[int, int]]:
    """Return where elements are whose text is no HTML."""
    lower, spans, at = source.lower(), [], 0
    while found := _RAW_ELEMENT.search(lower, at):
        end = lower.find(f"</{found[1]}", found.end())
        at = len(source) if end < 0 else end
        spans.append((found.start(), at))
    return spans


def _inline_spans(source: str, start: int, end: int) -> list[tuple[int, int]]:
    marks = [(each.start(), each.end()) for each in _CODE.finditer(source, start, end)]
    places: dict[int, list[int]] = {}
    for number, (first, last) in enumerate(marks):
        places.setdefault(last - first, []).append(number)
    spans, number = [], 0
    while number < len(marks):
        first, last = marks[number]
        same = places[last - first]
        same.pop(0)
        if same and "\n\n" not in source[last : marks[same[0]][0]]:
            closing = same[0]
            spans.append((first, marks[closing][1]))
            for skipped in range(number + 1, closing + 1):
                places[marks[skipped][1] - marks[skipped][0]].pop(0)
            number = closing
        number += 1
    return spans


def _without_formulas(text: str, stored: Callable[[str], str]) -> str:
    """Return a text without code, formulas stored."""
    parts, done = [], 0
    begin, end, braces = -1, "", 0
    for found in _BORDER.finditer(text):
        mark = found[0]
        if "ref{" in mark:
            if begin < 0:
                parts += [text[done : found.start()], stored(mark)]
                done = found.end()
        elif begin < 0:
            end = _end_of(mark)
            begin, braces = (found.start(), 0) if end else (-1, 0)
        elif mark == end and braces == 0:
            parts += [text[done:begin], stored(text[begin : found.end()])]
            begin, done = -1, found.end()
        elif mark.startswith("\n"):
            begin = -1
        elif mark in "{}":
            braces = max(braces + (1 if mark == "{" else -1), 0)
    return "".join([*parts, text[done:]])


def _end_of(mark: str) -> str:
    """Return what ends mathematics that begins with a mark; empty when it begins none."""
    if mark.startswith("\\begin"):
        return mark.replace("begin", "end", 1)
    return _ENDS.get(mark, "")
