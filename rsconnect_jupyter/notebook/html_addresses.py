"""The addresses in a piece of HTML. Pure."""

from __future__ import annotations

import re
from html.parser import HTMLParser

ADDRESSES = {"src", "href", "poster", "data"}
_CSS_URL = re.compile(r"url\(\s*[\"']?(?P<path>[^\"')]+)", re.IGNORECASE)


def addresses(html: str) -> list[tuple[str, str]]:
    """Return element and address of each, those of frames' own pages (``srcdoc``) included."""
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
                self.found += addresses(text)

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self._css(data)

    def _css(self, text: str) -> None:
        self.found += [("style", each["path"].strip()) for each in _CSS_URL.finditer(text)]
