"""The figures of a notebook: one of them is the picture of links to its page, and of its content on a server.

An output has a figure when the page draws it as a picture, or as a chart that was saved as a picture, too. The picture
of a formula is none.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from .charts import PLOTLY, VEGA
from .document import read_document
from .output_kinds import MERMAID, SVG, preferred_kind
from .readers_document import readers_document

LARGEST = 2_000_000
"""Bytes of a picture that is worth sending beside its notebook."""

LINK_KINDS = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""What chats and search engines show beside a link."""

THUMBNAIL_KINDS = ("image/png", "image/jpeg", "image/gif", SVG)
"""What Connect takes as thumbnail of a content."""

_BEGINNINGS = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8"}


class Picture(msgspec.Struct, frozen=True):
    """A picture as a file.

    Attributes:
        content: Its bytes.
        media_type: Such as ``image/png``.
    """

    content: bytes
    media_type: str


def numbered_figures(notebook: Any, *, largest: int = LARGEST) -> Iterator[tuple[int, Picture | None]]:
    """Yield the figures that readers of a notebook's page see, with their numbers from 1.

    Args:
        notebook: A path, or a notebook as `document.read_document` gives it; it is not changed.
        largest: Bytes; a larger picture is None, as is one that is none of its type.

    Raises:
        NotebookError: There is no readable notebook at the path.
    """
    document = read_document(notebook) if isinstance(notebook, Path) else notebook
    for number, (kind, text) in enumerate(_figures(readers_document(document, hide_input="none")), start=1):
        content = _decoded(kind, text) if len(text) <= largest * 2 else None
        yield number, Picture(content, kind) if content and len(content) <= largest else None


def figure_kind(data: Mapping[str, Any], kinds: Collection[str]) -> str | None:
    """Return which of the types of an output is its figure; None when it has none.

    Args:
        data: Of the output, by type.
        kinds: Which types of pictures will do, the best first.
    """
    shown = preferred_kind(data)
    if shown is None or not (shown.startswith("image/") or shown in (PLOTLY, MERMAID) or VEGA.fullmatch(shown)):
        return None
    return next((each for each in kinds if isinstance(data.get(each), str)), None)


def _figures(document: Any) -> Iterator[tuple[str, str]]:
    """Yield type and text of each figure."""
    for cell in document["cells"]:
        for output in cell.get("outputs") or ():
            data = output.get("data") or {}
            kind = figure_kind(data, THUMBNAIL_KINDS)
            if kind:
                yield kind, data[kind]


def _decoded(kind: str, text: str) -> bytes | None:
    """Return a picture's bytes; None when they are no picture of this type."""
    if kind == SVG:
        return text.encode("utf-8", "replace") if "<svg" in text else None
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if content.startswith(_BEGINNINGS[kind]) else None
