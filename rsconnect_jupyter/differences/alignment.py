"""What two sequences have in common, in order, by `difflib` with limited effort. Pure.

`difflib` takes time with the cube of the length where most of what differs is mixed with what is the same: 600 words
that all differ, with the spaces between them, took 37 seconds. Here it gives up in time, and what it has not matched
by then counts as different.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from difflib import Match, SequenceMatcher
from itertools import accumulate
from typing import TypeVar

import msgspec

T = TypeVar("T", bound=Hashable)

Opcode = tuple[str, int, int, int, int]


class Effort(msgspec.Struct):
    """What the alignments of one comparison may take together, in steps of `difflib`; a million takes 0.1 seconds.

    Attributes:
        left: Steps for all of them.
        each: Steps for one.
    """

    left: int = 20_000_000
    each: int = 2_000_000


def aligned(old: Sequence[T], new: Sequence[T], effort: Effort) -> Iterable[Opcode]:
    """Return `difflib`'s opcodes: ``(kind, old_start, old_end, new_start, new_end)``, kind ``"equal"`` or another."""
    return _Limited(old, new, effort).get_opcodes()


class _Limited(SequenceMatcher[T]):
    def __init__(self, old: Sequence[T], new: Sequence[T], effort: Effort) -> None:
        super().__init__(None, old, new)
        self._length = len(old)
        self._effort = effort
        self._left = effort.each
        places: dict[T, list[int]] = self.b2j  # type: ignore[attr-defined] # documented, not in the type stubs
        self._steps = [0, *accumulate(1 + len(places.get(each, ())) for each in old)]

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Match:
        end = self._length if ahi is None else ahi
        steps = self._steps[end] - self._steps[alo]
        self._left -= steps
        self._effort.left -= steps
        if self._left < 0 or self._effort.left < 0:
            return Match(alo, blo, 0)
        return super().find_longest_match(alo, ahi, blo, bhi)
