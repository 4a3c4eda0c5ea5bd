"""Which local files the saved outputs show: addresses in their HTML and in the data of Vega charts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from ..translation import N_
from .path_references import Kind, Mention, linked
from .reading import Cell, Notebook, joined, once_per_notebook

OUTPUT = N_("an output")
"""What uses the paths found here, as their mentions say."""

MOST_HTML = 5_000_000
EMBEDDED = {"img", "source", "video", "audio"}
"""Elements whose files become part of a page."""

_MAY_HAVE_ADDRESS = re.compile(r"src|href|data\s*=|url\(", re.IGNORECASE)
_VEGA = re.compile(r"application/vnd\.vega(?:lite)?\.v\d+\+json")


@once_per_notebook
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
    if len(html) > MOST_HTML or not _MAY_HAVE_ADDRESS.search(html):
        return []
    from .html_addresses import addresses  # noqa: PLC0415 - a table of two thousand names, for a few outputs

    return addresses(html)


def _data_urls(value: Any) -> Iterator[str]:
    """Yield the addresses of a chart's data."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            if isinstance(each.get("url"), str):
                yield each["url"]
            waiting += reversed(list(each.values()))
        elif isinstance(each, list):
            waiting += reversed(each)
