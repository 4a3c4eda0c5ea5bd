"""What a notebook shows otherwise in the rehearsal than in its author's session: text, tables, pictures. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from msgspec.structs import replace

from ..differences.meaning import meaning_of_outputs
from ..messages import finding
from ..models import Finding
from ..notebook.reading import Cell, joined

_MOST_WORDS = 4000
"""Longer texts are not compared word by word: `difflib` takes time with the square of their length."""

_LONGEST = 60
"""Characters of a difference that are shown."""

_WORD = re.compile(r"[\w.,:%+-]+|\s+|[^\w\s]")
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\b\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?"
    r"|^(?:CPU times|Wall time): .{1,200}$",
    re.MULTILINE,
)
"""Moments and durations, which differ from run to run."""


def output_differences(before: Sequence[Cell], after: Sequence[Cell]) -> tuple[Finding, ...]:
    """Return what cells show otherwise in the rehearsal; a cell that was not run before has nothing to compare.

    Args:
        before: The notebook's cells, as its author saved them.
        after: The same cells after the rehearsal.
    """
    rehearsed = {each.index: each for each in after}
    found: list[Finding] = []
    for each in before:
        other = rehearsed.get(each.index)
        if each.type == "code" and each.outputs and other is not None:
            found += _differences(each, other)
    return tuple(found)


def _differences(before: Cell, after: Cell) -> Iterator[Finding]:
    if _steady(before) == _steady(after):
        return
    number, where = before.index + 1, before.where
    if _kinds(before, "image/") and not _kinds(after, "image/"):
        yield finding("rehearsed-otherwise/picture", where=where, number=number)
    old, new = _text(before), _text(after)
    if old == new:
        return
    if not new:
        yield finding("rehearsed-otherwise/nothing", where=where, number=number)
        return
    change = _first_change(old, new)
    if change is None:
        yield finding("rehearsed-otherwise/long", where=where, number=number)
    else:
        key = "rehearsed-otherwise/table" if _is_table(before) else "rehearsed-otherwise"
        yield finding(key, where=where, number=number, before=change[0], after=change[1])


def _first_change(old: str, new: str) -> tuple[str, str] | None:
    """Return the words that differ first, short enough to be shown; None when they are not."""
    words = [_WORD.findall(each) for each in (old, new)]
    if max(map(len, words)) > _MOST_WORDS:
        return None
    for kind, a, b, c, d in SequenceMatcher(None, words[0], words[1], autojunk=False).get_opcodes():
        if kind != "equal":
            parts = ("".join(words[0][a:b]).strip(), "".join(words[1][c:d]).strip())
            shown = all(parts) and all(len(each) <= _LONGEST and "\n" not in each for each in parts)
            return parts if shown else None
    return None


def _text(cell: Cell) -> str:
    """Return what a cell prints and shows as text, without what differs from run to run."""
    lines = [joined(each.get("text")) for each in cell.outputs if each.get("name") == "stdout"]
    lines += [joined(data.get("text/plain")) for data in _all_data(cell) if not _is_picture(data)]
    return "\n".join(_plain(each) for each in lines).strip()


def _steady(cell: Cell) -> list[Any]:
    """Return the meaning of a cell's outputs without times; what it warns of is no output of its own."""
    kept = tuple(each for each in cell.outputs if each.get("name") != "stderr")
    return [[name, _timeless(value)] for name, value in meaning_of_outputs(replace(cell, outputs=kept))]


def _timeless(value: Any) -> Any:
    if isinstance(value, str):
        return _TIME.sub("", value)
    return [_timeless(each) for each in value] if isinstance(value, list) else value


def _plain(text: str) -> str:
    [[_, steady]] = _steady(Cell(index=0, outputs=({"output_type": "stream", "name": "stdout", "text": text},)))
    return str(steady)


def _all_data(cell: Cell) -> Iterator[Mapping[str, Any]]:
    for each in cell.outputs:
        if isinstance(each.get("data"), Mapping):
            yield each["data"]


def _is_picture(data: Mapping[str, Any]) -> bool:
    return any(name.startswith("image/") for name in data)


def _kinds(cell: Cell, start: str) -> bool:
    return any(name.startswith(start) for data in _all_data(cell) for name in data)


def _is_table(cell: Cell) -> bool:
    return any("<table" in joined(data.get("text/html")) for data in _all_data(cell))
