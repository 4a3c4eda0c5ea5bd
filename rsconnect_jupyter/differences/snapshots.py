"""Two versions compared as a whole: cells or page, files, requirements. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser

import msgspec
from msgspec.structs import replace

from ..models import ListedChange, VersionComparison
from ..notebook.reading import Cell
from .cells import compare_cells, compare_paragraphs
from .meaning import requirement_lines

_BLOCKS = frozenset(
    "address article aside blockquote dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol "  # noqa: SIM905
    "p pre section table td th tr ul".split()
)
_SILENT = frozenset({"script", "style", "head", "template", "svg"})
_MOST_PARAGRAPHS = 20_000
_PIECE = 1_000_000
"""Characters of a page that are read at once."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one version.

    Attributes:
        name: What it is called: ``"version 12"``.
        cells: None when the source is not there.
        page: HTML of a finished document; None when it is none.
        files: Path -> digest of the bytes; without notebook, page, manifest and list of packages.
        requirements: Lines of the list of packages.
        outputs: True when readers get the outputs that are saved in the notebook.
        mode: What it is published as; empty when that is not known.
    """

    name: str
    mode: str = ""
    cells: tuple[Cell, ...] | None = None
    page: str | None = None
    files: Mapping[str, str] = msgspec.field(default_factory=dict)
    requirements: tuple[str, ...] = ()
    outputs: bool = False


def compare(old: Snapshot, new: Snapshot) -> VersionComparison:
    """Return what differs between two versions."""
    outputs = old.outputs and new.outputs
    comparison = VersionComparison(
        old=old.name,
        new=new.name,
        basis="none",
        files=listed_changes(old.files, new.files),
        requirements=listed_changes(
            dict.fromkeys(requirement_lines(old.requirements), ""),
            dict.fromkeys(requirement_lines(new.requirements), ""),
        ),
        outputs=outputs,
    )
    if old.cells is not None and new.cells is not None:
        return replace(comparison, basis="notebook", cells=compare_cells(old.cells, new.cells, outputs=outputs))
    if old.page is not None and new.page is not None:
        return replace(comparison, basis="page", cells=compare_paragraphs(page_text(old.page), page_text(new.page)))
    return comparison


def listed_changes(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[ListedChange, ...]:
    """Return which names one of two lists lacks, and which stand for something else."""
    found = []
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            found.append(ListedChange(name=name, change="added"))
        elif name not in new:
            found.append(ListedChange(name=name, change="removed"))
        elif old[name] != new[name]:
            found.append(ListedChange(name=name, change="changed"))
    return tuple(found)


def page_text(page: str) -> tuple[str, ...]:
    """Return the paragraphs of a page as text; of an endless one the first 20,000, roughly."""
    reader = _Paragraphs()
    for start in range(0, len(page), _PIECE):
        reader.feed(page[start : start + _PIECE])
        if reader.blocks > 2 * _MOST_PARAGRAPHS:
            break
    else:
        reader.close()
    return tuple(reader.found())[:_MOST_PARAGRAPHS]


class _Paragraphs(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._silent = 0
        self.blocks = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._silent += tag in _SILENT
        self.blocks += tag in _BLOCKS
        self._parts += ["\0"] if tag in _BLOCKS else ["\n"] if tag == "br" else []

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        self._parts += ["\0"] if tag in _BLOCKS else []

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._parts.append(data)

    def found(self) -> list[str]:
        texts = (re.sub(r"[ \t\r\f\v\xa0]+", " ", each).strip() for each in "".join(self._parts).split("\0"))
        return [each for each in texts if each]
