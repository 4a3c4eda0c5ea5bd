"""Cells of two notebooks, side by side: which are new, gone, changed, and which words. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from ..models import ComparedCell
from ..notebook.reading import Cell
from .alignment import Effort, aligned
from .meaning import counts, meaning_of_outputs, plain_source

_SIMILAR = 0.5
"""Share of the words that two cells must have in common to be one cell, changed."""

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_STEPS_FOR_CELLS = 10_000_000
"""Enough for 5,000 cells of which each seventh differs."""

_MOST_WORDS = 4000
"""Longer sources are compared by lines."""

_MOST_SHOWN = 100_000
"""Characters of a source; of a longer one the parts that are the same are left out, and the ends of long parts."""

_EDGE = 2_000
"""Characters that stay at each end of what is left out."""

_LEFT_OUT = "\n⋯\n"

_MOST_PAIRS = 4000
"""Pairs of cells that are looked at for likeness, in one place of the notebook."""


def compare_cells(old: Sequence[Cell], new: Sequence[Cell], *, outputs: bool) -> tuple[ComparedCell, ...]:
    """Return all cells of two notebooks in order; empty ones are left out.

    Args:
        old: Cells of the earlier version.
        new: Cells of the later one.
        outputs: True compares outputs too.
    """
    before, after = [each for each in old if counts(each)], [each for each in new if counts(each)]
    made: list[ComparedCell] = []
    keys = [[(each.type, plain_source(each.source)) for each in cells] for cells in (before, after)]
    pair = partial(_pair, effort=Effort(), outputs=outputs)
    for kind, a, b, c, d in aligned(keys[0], keys[1], Effort(each=_STEPS_FOR_CELLS)):
        if kind == "equal":
            made += map(pair, before[a:b], after[c:d])
        else:
            made += _side_by_side(before[a:b], after[c:d], pair, outputs=outputs)
    return tuple(map(_shortened, made))


def compare_paragraphs(old: Sequence[str], new: Sequence[str]) -> tuple[ComparedCell, ...]:
    """Return the paragraphs of two texts in order, as cells of Markdown."""
    cells = [[Cell(index=number, type="text", source=each) for number, each in enumerate(text)] for text in (old, new)]
    return compare_cells(*cells, outputs=False)


def compare_words(old: str, new: str, effort: Effort | None = None) -> tuple[tuple[str, str], ...]:
    """Return ``(kind, text)``: ``"="`` in both, ``"-"`` in the old text only, ``"+"`` in the new one only."""
    long = max(len(old), len(new)) > _MOST_SHOWN
    parts = [] if long else [_WORD.findall(each) for each in (old, new)]
    if long or max(map(len, parts)) > _MOST_WORDS:
        parts = [each.splitlines(keepends=True) for each in (old, new)]
    found: list[tuple[str, str]] = []
    for kind, a, b, c, d in aligned(parts[0], parts[1], effort or Effort()):
        if kind == "equal":
            found.append(("=", "".join(parts[0][a:b])))
        else:
            found += [
                (sign, text) for sign, text in (("-", "".join(parts[0][a:b])), ("+", "".join(parts[1][c:d]))) if text
            ]
    return tuple(found)


def _side_by_side(
    old: Sequence[Cell], new: Sequence[Cell], pair: Callable[[Cell, Cell], ComparedCell], *, outputs: bool
) -> Iterator[ComparedCell]:
    """Yield cells of a place where the notebooks differ: pairs by id or likeness, the rest as removed and added."""
    start_old = start_new = 0
    for x, y in [*_pairs(old, new), (len(old), len(new))]:
        yield from (_removed(each, outputs=outputs) for each in old[start_old:x])
        yield from (_added(each, outputs=outputs) for each in new[start_new:y])
        if x < len(old):
            yield pair(old[x], new[y])
        start_old, start_new = x + 1, y + 1


def _pairs(old: Sequence[Cell], new: Sequence[Cell]) -> list[tuple[int, int]]:
    """Return places of cells that are one cell, changed; ascending in both."""
    if len(old) * len(new) > _MOST_PAIRS:
        ids = {each.id: place for place, each in enumerate(new) if each.id}
        found = [(place, ids[each.id]) for place, each in enumerate(old) if each.id in ids]
    else:
        found = _similar_pairs(old, new)
    kept: list[tuple[int, int]] = []
    for x, y in found:
        if old[x].type == new[y].type and (not kept or y > kept[-1][1]):
            kept.append((x, y))
    return kept


def _similar_pairs(old: Sequence[Cell], new: Sequence[Cell]) -> list[tuple[int, int]]:
    words = [[set(re.findall(r"\w+|[^\w\s]", each.source[:20_000])) for each in cells] for cells in (old, new)]
    found, next_new = [], 0
    for x, before in enumerate(old):
        likeness = [(_likeness(before, new[y], words[0][x], words[1][y]), -y) for y in range(next_new, len(new))]
        best = max(likeness, default=(0.0, 0))
        if best[0] >= _SIMILAR:
            found.append((x, -best[1]))
            next_new = -best[1] + 1
    return found


def _likeness(old: Cell, new: Cell, words: set[str], others: set[str]) -> float:
    """Return how much two cells share, 0 to 1; the same id counts for as much as half of the words."""
    if old.type != new.type:
        return 0.0
    shared = len(words & others) / max(1, len(words | others))
    same_id = old.id is not None and old.id == new.id
    return shared + 0.5 * same_id if shared >= 0.1 else shared


def _pair(old: Cell, new: Cell, *, effort: Effort, outputs: bool) -> ComparedCell:
    differs = plain_source(old.source) != plain_source(new.source)
    shown = outputs and old.outputs != new.outputs and meaning_of_outputs(old) != meaning_of_outputs(new)
    return ComparedCell(
        kind=new.type,
        change="changed" if differs or shown else "same",
        old_source=old.source,
        new_source=new.source,
        words=compare_words(old.source, new.source, effort) if differs else (),
        old_outputs=old.outputs if shown else (),
        new_outputs=new.outputs if shown else (),
        outputs_changed=shown,
        old_number=old.index + 1,
        new_number=new.index + 1,
    )


def _removed(cell: Cell, *, outputs: bool) -> ComparedCell:
    shown = cell.outputs if outputs else ()
    number = cell.index + 1
    return ComparedCell(kind=cell.type, change="removed", old_source=cell.source, old_outputs=shown, old_number=number)


def _added(cell: Cell, *, outputs: bool) -> ComparedCell:
    shown = cell.outputs if outputs else ()
    number = cell.index + 1
    return ComparedCell(kind=cell.type, change="added", new_source=cell.source, new_outputs=shown, new_number=number)


def _shortened(cell: ComparedCell) -> ComparedCell:
    """Return a cell whose sources can be shown: of long ones what differs, with some of what is beside it."""
    if max(len(cell.old_source or ""), len(cell.new_source or "")) <= _MOST_SHOWN:
        return cell
    return replace(
        cell,
        old_source=_short(cell.old_source, _MOST_SHOWN),
        new_source=_short(cell.new_source, _MOST_SHOWN),
        words=_short_words(cell.words),
        shortened=True,
    )


def _short_words(words: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return the parts with their middles left out, and none after the most that is shown."""
    kept: list[tuple[str, str]] = []
    left = _MOST_SHOWN
    for kind, text in words:
        if left <= 0:
            return (*kept, ("=", _LEFT_OUT))
        kept.append((kind, _short(text, 2 * _EDGE if kind == "=" else 10 * _EDGE) or ""))
        left -= len(kept[-1][1])
    return tuple(kept)


def _short(text: str | None, most: int) -> str | None:
    if text is None or len(text) <= most:
        return text
    return f"{text[: most // 2]}{_LEFT_OUT}{text[-(most // 2) :]}"
