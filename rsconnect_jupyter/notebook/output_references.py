"""Which local files the saved outputs show: addresses in their HTML and in the data of Vega charts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from .path_references import Kind, Mention, linked
from .reading import Cell, Notebook, joined

OUTPUT = "an output"
"""What uses the paths found here, as their mentions say."""

MOST_HTML = 5_000_000
EMBEDDED = {"img", "source", "video", "audio"}
"""Elements whose files become part of a page."""

ADDRESSES = {"src", "href", "poster", "data"}
_MAY_HAVE_ADDRESS = re.compile(r"src|href|data\s*=|url\(", re.IGNORECASE)
_CSS_URL = re.compile(r"url\(\s*[\"']?(?P<path>[^\"')]+)", re.IGNORECASE)
_VEGA = re.compile(r"application/vnd\.vega(?:lite)?\.v\d+\+json")


def output_mentions(notebook: Notebook) -> tuple[Mention, ...]:
    """Return the relative addresses in the outputs of a notebook's cells, in order."""
    return tuple(each for cell in notebook.code for each in _of_cell(cell))


def _of_cell(cell: Cell) -> Iterator[Mention]:
    for output in cell.outputs:
        data = output.get("data")
        for kind, value in data.items() if isinstance(data, Mapping) else ():
            if kind == "text/html":
                for tag, address in _addresses(joined(value)):
                    yield from _shown(address, "image" if tag in EMBEDDED else "link", cell)
            elif isinstance(kind, str) and _VEGA.fullmatch(kind):
                for address in _data_urls(value):
                    yield from _shown(address, "link", cell)


def _shown(address: str, kind: Kind, cell: Cell) -> Iterator[Mention]:
    yield from (replace(each, by=OUTPUT) for each in linked(address, kind, cell.where))


def _addresses(html: str) -> list[tuple[str, str]]:
    """Return element and address of each, those of frames' own pages (``srcdoc``) included."""
    if len(html) > MOST_HTML or not _MAY_HAVE_ADDRESS.search(html):
        return []
    parser = _Parser()
    parser.feed(html)
    return parser.found


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        for name, value in attrs:
            text = (value or "").strip()
            if name in ADDRESSES and (name != "data" or tag == "object"):
                self.found.append((tag, text))
            elif name == "srcset":
                self.found += [(tag, each.split()[0]) for each in text.split(",") if each.strip()]
            elif name == "style":
                self._css(text)
            elif name == "srcdoc":
                self.found += _addresses(text)

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self._css(data)

    def _css(self, text: str) -> None:
        self.found += [("style", each["path"].strip()) for each in _CSS_URL.finditer(text)]


def _data_urls(value: Any) -> Iterator[str]:
    """Yield the addresses of a chart's data."""
    if isinstance(value, Mapping):
        url = value.get("url")
        if isinstance(url, str):
            yield url
        for each in value.values():
            yield from _data_urls(each)
    elif isinstance(value, list):
        for each in value:
            yield from _data_urls(each)
