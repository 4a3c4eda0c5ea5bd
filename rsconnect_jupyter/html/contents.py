"""The list of contents: a page's headings; those below a collapsed heading are closed there, too. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from .cells import CellHtml, Heading
from .sections import section_ends, section_id

_FEWEST_HEADINGS = 2
"""A page with fewer has no list of contents."""


def has_contents(cells: Sequence[CellHtml]) -> bool:
    """Return True for a page that gets a list of contents."""
    return sum(len(cell.headings) for cell in cells) >= _FEWEST_HEADINGS


def contents_html(cells: Sequence[CellHtml]) -> Iterator[str]:
    """Yield the list; levels that no heading has take no room."""
    levels = sorted({each.level for cell in cells for each in cell.headings})
    yield '<nav id="page-contents" class="page-contents" aria-label="Contents"><h2>Contents</h2>\n<ol>\n'
    yield from _items(cells, 0, len(cells), levels=levels, ends=section_ends(cells))
    yield "</ol></nav>\n"


def _items(
    cells: Sequence[CellHtml], start: int, end: int, *, levels: Sequence[int], ends: dict[int, int]
) -> Iterator[str]:
    index = start
    while index < end:
        headings, after = cells[index].headings, ends.get(index, index + 1)
        for each in headings:
            yield _opening(each, levels)
            if each is headings[-1] and any(cell.headings for cell in cells[index + 1 : after]):
                words = f"Headings below {escape(each.text, quote=False)}"
                yield f'<details data-page-section="{section_id(index)}"><summary>'
                yield f'<span class="page-unseen">{words}</span></summary>\n<ol>\n'
                yield from _items(cells, index + 1, after, levels=levels, ends=ends)
                yield "</ol></details>"
            yield "</li>\n"
        index = after


def _opening(heading: Heading, levels: Sequence[int]) -> str:
    math = " page-math" if heading.has_mathematics else ""
    return (
        f'<li class="page-level-{min(levels.index(heading.level) + 1, 4)}">'
        f'<a class="page-contents-link{math}" href="#{escape(heading.anchor)}">{escape(heading.text, quote=False)}</a>'
    )
