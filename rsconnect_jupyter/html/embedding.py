"""What a page shows from elsewhere in the project becomes part of the page, as ``data:`` addresses.

Only pictures, sounds and films, only what is in the project and not private when links are followed; nothing is fetched
from a network.
"""

from __future__ import annotations

import base64
import html
import mimetypes
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ..project_files import destination, read_regular

LIMIT = 50_000_000
"""Bytes; a larger file is left where it is: a page that size opens slowly."""

_SOURCE = re.compile(
    r"""(?P<head><(?:img|source|video|audio)\b(?:[^<>"']|"[^"]*"|'[^']*')*?\s(?:src|poster)\s*=\s*)"""
    r"""(?P<quote>["'])(?!data:)(?P<address>[^"']*)(?P=quote)""",
    re.IGNORECASE,
)
_ATTACHMENT = re.compile(r"""attachment:(?P<name>[^\s)"'>]+)""")
_ELSEWHERE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|/|#|$)", re.IGNORECASE)
_SHOWN = ("image/", "audio/", "video/")


def embed_files(page: str, *, folder: Path, root: Path) -> str:
    """Return the page with local pictures, sounds and films in it.

    Args:
        page: HTML.
        folder: What relative addresses are relative to.
        root: Files outside of it stay out.
    """
    known: dict[str, str | None] = {}

    def embedded(found: re.Match[str]) -> str:
        address = found["address"]
        if address not in known:
            known[address] = _data_address(address, folder, root)
        replacement = known[address]
        return f"{found['head']}{found['quote']}{replacement}{found['quote']}" if replacement else found[0]

    return _SOURCE.sub(embedded, page)


def embed_attachments(source: str, attachments: Mapping[str, Any]) -> str:
    """Return a cell's Markdown with its attachments in it; an address of a missing one is made harmless."""

    def embedded(found: re.Match[str]) -> str:
        kinds = attachments.get(found["name"], attachments.get(unquote(found["name"])))
        if not isinstance(kinds, Mapping) or not kinds:
            return f"missing-attachment/{found['name']}"  # nbconvert fails on it; Jupyter shows a broken image
        kind, data = next(iter(kinds.items()))
        return f"data:{kind};base64,{''.join(data).strip()}"

    return _ATTACHMENT.sub(embedded, source)


def _data_address(address: str, folder: Path, root: Path) -> str | None:
    name = html.unescape(address)
    if _ELSEWHERE.match(name):
        return None
    name = unquote(name.split("?")[0].split("#")[0])
    kind = mimetypes.guess_type(name)[0] or ""
    if not kind.startswith(_SHOWN) or "\0" in name:
        return None
    place = destination(name, folder=folder, root=root)
    if place.verdict != "open" or place.real is None:
        return None
    try:
        content = read_regular(place.real, most=LIMIT)
    except OSError:
        return None
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
