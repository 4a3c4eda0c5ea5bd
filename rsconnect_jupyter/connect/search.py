"""What a search asks for, and which of the found comes first. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..models import Content
from .app_modes import APP_MODES


def best_first(items: Iterable[Content], text: str) -> list[Content]:
    """Return the items of notebooks that the caller may deploy to: those titled exactly `text`, then the newest."""
    wanted = text.strip().casefold()
    found = [each for each in items if each.editable and _is_notebook(each)]
    found.sort(key=lambda each: each.last_deployed or each.created, reverse=True)
    found.sort(key=lambda each: (each.title or each.name).strip().casefold() != wanted)
    return found


def _is_notebook(content: Content) -> bool:
    """Tell whether a notebook could be here; content that was never deployed can still become anything."""
    return content.mode in APP_MODES or (content.mode == "unknown" and content.bundle_id is None)


def query_words(text: str) -> str:
    """Return a text without the signs of Connect's query language: ``key:value`` filters, quotes, leading dashes."""
    return " ".join(word.lstrip("-") for word in re.sub(r"[:\"',|]", " ", text).split()).strip()


def contains_words(content: Content, text: str) -> bool:
    """Tell whether title and name together hold every word of `text`, whatever the case."""
    inside = f"{content.title or ''} {content.name}".casefold()
    return all(word in inside for word in text.casefold().split())
