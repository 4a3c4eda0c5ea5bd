"""What makes a notebook recognisable after it was renamed, moved or edited. Pure but for `of_notebook`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import NotebookError
from ..notebook.reading import read_notebook

CELLS = 200
"""Cells that count; enough to know a notebook by, small enough to be kept."""

MOST_BYTES = 500_000_000
"""A larger file is no notebook."""


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """What is kept of a notebook to know it again.

    Attributes:
        hash: SHA-256 of the file's bytes.
        ids: nbformat's cell ids (none before 4.5). `sources`: a short digest of each cell's text.
        metadata: The notebook's metadata, as read now; not kept.
    """

    hash: str = ""
    ids: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {"hash": self.hash, "ids": sorted(self.ids), "sources": sorted(self.sources)}

    @classmethod
    def from_dict(cls, kept: Any) -> Fingerprint:
        """Return what `as_dict` kept; anything unusual gives an empty one, which is like no notebook."""
        if not isinstance(kept, Mapping):
            return cls()
        return cls(
            hash=_text(kept.get("hash")),
            ids=_texts(kept.get("ids")),
            sources=_texts(kept.get("sources")),
        )


def of_notebook(path: Path) -> Fingerprint:
    """Return a notebook's fingerprint; an empty one when it cannot be read or is no notebook."""
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:  # a link to a device, or a named pipe
            return Fingerprint()
        notebook = read_notebook(path)
    except (NotebookError, OSError):
        return Fingerprint()
    cells = notebook.cells[:CELLS]
    texts = [each.source.strip() for each in cells]
    return Fingerprint(
        hash=notebook.hash,
        ids=frozenset(each.id for each in cells if each.id),
        sources=frozenset(hashlib.sha256(each.encode("utf-8", "replace")).hexdigest()[:12] for each in texts if each),
        metadata=notebook.metadata,
    )


def same_notebook(one: Fingerprint, other: Fingerprint) -> bool:
    """Return True when two fingerprints are of one notebook at two times.

    Equal bytes say so. Else at least half of the smaller one's cells must be shared, by id *and* by text: ids alone are
    shared by all copies of a template. Without ids, at least half of all texts. (The file's inode says nothing: a new
    file gets that of one just deleted.)
    """
    if not one.sources or not other.sources:
        return False
    if one.hash == other.hash:
        return True
    shared = len(one.sources & other.sources)
    if one.ids and other.ids:
        same_ids = len(one.ids & other.ids) >= min(len(one.ids), len(other.ids)) / 2
        return same_ids and shared >= min(len(one.sources), len(other.sources)) / 2
    return shared >= 2 and shared >= len(one.sources | other.sources) / 2


def unlike(one: Fingerprint, other: Fingerprint) -> bool:
    """Return True when two known fingerprints have nothing in common."""
    known = one.sources and other.sources
    return bool(known) and not (one.sources & other.sources or one.ids & other.ids)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> frozenset[str]:
    return frozenset(each for each in value if isinstance(each, str)) if isinstance(value, list) else frozenset()
