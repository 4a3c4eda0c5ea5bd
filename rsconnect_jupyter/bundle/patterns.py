"""Patterns as in ``.gitignore``, matched name by name in time proportional to the path. Pure.

Format: https://git-scm.com/docs/gitignore. Patterns come from projects and notebooks that somebody else wrote; as one
regular expression for a whole path, ``*a*a*a*a*a*b`` takes minutes for a name of 200 letters.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

import msgspec

LONGEST = 1000
MOST_LINES = 2000
"""Characters of a pattern and lines of a file that are used."""

ANY = None
"""Part of a pattern that fits any number of names: ``**``."""

Part = Callable[[str], object] | None


class Pattern(msgspec.Struct, frozen=True):
    """One pattern, by the names between its slashes."""

    parts: tuple[Part, ...]
    folders_only: bool
    leaves_in: bool

    def fits(self, path: str) -> bool:
        """Return True when the pattern names a path, which ends in ``/`` when it is a folder, or a folder above it."""
        *above, last = path.strip("/").split("/")
        places = self._with_any({0})
        for name in above:
            places = self._after(places, name)
            if len(self.parts) in places:
                return True
        is_candidate = path.endswith("/") or not self.folders_only
        return is_candidate and len(self.parts) in self._after(places, last)

    def _after(self, places: set[int], name: str) -> set[int]:
        """Return where in the pattern one can be after another name."""
        reached = set()
        for place in places - {len(self.parts)}:
            part = self.parts[place]
            if part is ANY:
                reached.add(place)
            elif part(name):
                reached.add(place + 1)
        return self._with_any(reached)

    def _with_any(self, places: set[int]) -> set[int]:
        for place, part in enumerate(self.parts):
            if part is ANY and place in places:
                places.add(place + 1)
        return places


class Patterns(msgspec.Struct, frozen=True):
    """Patterns of which the last that fits decides."""

    patterns: tuple[Pattern, ...]

    def verdict(self, path: str) -> bool | None:
        """Return True for a path that is named, False for one that ``!`` takes back, None when no pattern fits."""
        return next((not each.leaves_in for each in reversed(self.patterns) if each.fits(path)), None)

    def match_file(self, path: str) -> bool:
        """Return True for a path that is named."""
        return bool(self.verdict(path))


def compile_patterns(lines: Iterable[str]) -> Patterns:
    """Return the patterns of an ignore file's lines; comments, blanks and what is too long are left out."""
    found = [pattern for line in list(lines)[:MOST_LINES] if (pattern := _compiled(line)) is not None]
    return Patterns(tuple(found))


def _compiled(line: str) -> Pattern | None:
    text = line.rstrip("\r\n")
    if text.startswith("#") or len(text) > LONGEST:
        return None
    while text.endswith(" ") and not text.endswith("\\ "):
        text = text[:-1]
    leaves_in = text.startswith("!")
    text = text.removeprefix("!")
    folders_only, text = text.endswith("/"), text.rstrip("/")
    if not text:
        return None
    names = text.lstrip("/").split("/")
    if "/" not in text:
        names.insert(0, "**")
    if names[-1] == "**":  # what is inside a folder, not the folder
        names[-1] = "*"
    parts = tuple(ANY if each == "**" else _fitting(each) for each in names)
    return Pattern(parts, folders_only, leaves_in)


@lru_cache(maxsize=2048)
def _fitting(name: str) -> Callable[[str], object]:
    """Return what tells whether a name fits; `fnmatch` makes expressions that do not go back over a ``*``."""
    text = re.sub(r"\\(.)", lambda found: f"[{found[1]}]" if found[1] in "*?[" else found[1], name)
    return re.compile(fnmatch.translate(text.replace("[^", "[!"))).match
