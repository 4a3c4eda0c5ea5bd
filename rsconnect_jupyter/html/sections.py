"""Collapsed headings: the cells below one are closed until readers open them, as in JupyterLab. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from .cells import CellHtml


def section_ends(cells: Sequence[CellHtml]) -> dict[int, int]:
    """Return where what is below each collapsed heading ends: the cell's index, and the one after its last cell.

    A section reaches to the next cell with a heading of the same level or a higher one. Headings with nothing below
    them have none.
    """
    ends, opened = {}, list[tuple[int, int]]()
    for index, cell in enumerate(cells):
        if cell.level is not None:
            while opened and opened[-1][1] >= cell.level:
                ends[opened.pop()[0]] = index
            if cell.is_collapsed:
                opened.append((index, cell.level))
    ends.update((start, len(cells)) for start, _ in opened)
    return {start: end for start, end in ends.items() if end > start + 1}


def cells_in_sections(cells: Sequence[CellHtml]) -> Iterator[str]:
    """Yield the cells, those below a collapsed heading in an element that readers open."""
    ends = section_ends(cells)
    closing = Counter(ends.values())
    for index, cell in enumerate(cells):
        yield "</details>\n" * closing[index]
        yield from cell.parts
        if index in ends:
            count = ends[index] - index - 1
            words = "1 cell" if count == 1 else f"{count} cells"
            yield f'<details class="page-section" id="{section_id(index)}">'
            yield f'<summary>{words}<span class="page-section-closed"> hidden</span></summary>\n'
    yield "</details>\n" * closing[len(cells)]


def section_id(index: int) -> str:
    """Return the id of the element with the cells below a collapsed heading."""
    return f"page-section-{index + 1}"
