"""What a page shows from elsewhere in the project becomes part of the page.

Pictures, sounds and films become ``data:`` addresses, pages in frames their frame's ``srcdoc``. Only what is in the
project and not private when links are followed; nothing is fetched from a network.
"""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import msgspec
from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode

from ..project_files import destination, read_regular

LIMIT = 50_000_000
"""Bytes; a larger file is left where it is: a page that size opens slowly."""

_ADDRESSES = {
    "img": ("src",), "source": ("src",), "audio": ("src",), "video": ("src", "poster"), "object": ("data",),
    "embed": ("src",), "input": ("src",), "image": ("href", "xlink:href"),
}  # fmt: skip
_ELSEWHERE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|/|#|$)", re.IGNORECASE)
_SHOWN = ("image/", "audio/", "video/")
_FRAMED = ("text/html", "application/xhtml+xml")
_ATTACHED = re.compile(r"page-attachment-(?P<number>[0-9]{1,9})-")


class LocalFiles(msgspec.Struct):
    """The files that a page may hold; each is read once.

    Attributes:
        folder: What relative addresses are relative to; None embeds nothing.
        root: Files outside of it stay out.
    """

    folder: Path | None
    root: Path | None
    _known: dict[str, str | None] = msgspec.field(default_factory=dict)

    def embed(self, select: Any) -> bool:
        """Put the files into the elements of a tree that show them; return True when one was.

        Args:
            select: Returns the elements for a CSS selector.
        """
        changed = [self._described(each) for each in select("img:not([alt])")]
        if self.folder is not None:
            for tag, names in _ADDRESSES.items():
                changed += [self._embedded(node, name) for node in select(tag) for name in names]
            changed += [self._framed(node, self.folder) for node in select("iframe[src]")]
        return any(changed)

    def _described(self, node: LexborNode) -> bool:
        """Tell screen readers to pass over a picture without a description."""
        node.attrs["alt"] = ""
        return True

    def _embedded(self, node: LexborNode, name: str) -> bool:
        address = node.attributes.get(name)
        if not address or _ELSEWHERE.match(address.strip()):
            return False
        if address not in self._known:
            self._known[address] = self._data_address(address)
        found = self._known[address]
        if found:
            node.attrs[name] = found
        return bool(found)

    def _data_address(self, address: str) -> str | None:
        name = _file_name(address)
        kind = mimetypes.guess_type(name)[0] or ""
        content = self._content(name, self.folder) if kind.startswith(_SHOWN) else None
        return None if content is None else f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"

    def _framed(self, node: LexborNode, folder: Path) -> bool:
        """Make a local page the content of its frame."""
        address = node.attributes.get("src") or ""
        name = _file_name(address.strip())
        if _ELSEWHERE.match(address.strip()) or "srcdoc" in node.attributes:
            return False
        content = self._content(name, folder) if mimetypes.guess_type(name)[0] in _FRAMED else None
        if content is None:
            return False
        page = content.decode("utf-8", "replace")
        inner = LocalFiles((folder / name).parent, self.root)
        tree = LexborHTMLParser(page, scripting=True, options=LexborDocumentOptions.WO_EVENTS.value)
        if not tree.css_first("iframe[src]") and inner.embed(tree.css):
            page = tree.html or page
        node.attrs["srcdoc"] = page
        del node.attrs["src"]
        return True

    def _content(self, name: str, folder: Path | None) -> bytes | None:
        if "\0" in name or folder is None:
            return None
        place = destination(name, folder=folder, root=self.root or folder)
        if place.verdict != "open" or place.real is None:
            return None
        try:
            return read_regular(place.real, most=LIMIT)
        except OSError:
            return None


def mark_attachments(source: str, attachments: Mapping[str, Any]) -> str:
    """Return Markdown that names its attachments by number: their own names may be none that Markdown allows."""
    if not attachments or "attachment:" not in source:
        return source
    numbers: dict[str, int] = {}
    for number, name in enumerate(attachments):
        escaped = quote(name).replace("(", "%28").replace(")", "%29")
        for each in (name, name.replace(" ", "%20"), quote(name), escaped, escape(name)):
            numbers.setdefault(each, number)
    names = "|".join(re.escape(each) for each in sorted(numbers, key=len, reverse=True))
    return re.sub(
        rf"attachment:({names})(?=[\s)>\"']|$)", lambda found: f"page-attachment-{numbers[found[1]]}-", source
    )


def attached(html: str, attachments: Mapping[str, Any]) -> str:
    """Return the HTML of such Markdown with the attachments in it; in other text than addresses their names."""
    if "page-attachment-" not in html:
        return html
    names = list(attachments)

    def found_at(found: re.Match[str]) -> str:
        number = int(found["number"])
        if number >= len(names):
            return found[0]
        kinds = attachments[names[number]]
        before = html[max(found.start() - 2, 0) : found.start()]
        if not before.endswith(('="', "='")) or not isinstance(kinds, Mapping) or not kinds:
            return escape(f"attachment:{names[number]}")
        kind, data = next(iter(kinds.items()))
        return f"data:{escape(str(kind))};base64,{escape(''.join(data).strip())}"

    return _ATTACHED.sub(found_at, html)


def _file_name(address: str) -> str:
    return unquote(address.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0])
