"""Collapsed headings: what is below them is closed, in the page and in its contents."""

from __future__ import annotations

from typing import Any

import pytest
from nbformat import v4
from selectolax.lexbor import LexborHTMLParser

from rsconnect_jupyter.html.cells import CellHtml, Heading
from rsconnect_jupyter.html.render import render_html
from rsconnect_jupyter.html.sections import section_ends


def cells(*words: str) -> list[CellHtml]:
    """Return cells from words such as ``2`` (a heading), ``2-`` (a collapsed one) and ``x`` (no heading)."""
    headings = [(Heading(int(each[0]), each, each, has_mathematics=False),) if each != "x" else () for each in words]
    return [CellHtml((), headings=each, is_collapsed="-" in word) for each, word in zip(headings, words, strict=True)]


@pytest.mark.parametrize(
    ("words", "ends"),
    [
        pytest.param("1 x 2 x", {}, id="nothing collapsed"),
        pytest.param("1- x 2 x", {0: 4}, id="all below"),
        pytest.param("1 2- x 2 x", {1: 3}, id="to the next of its level"),
        pytest.param("2- x 1 x", {0: 2}, id="to a higher one"),
        pytest.param("1- x 2- x 3 x 2 x", {0: 8, 2: 6}, id="one in another"),
        pytest.param("1- 1- x 1-", {1: 3}, id="nothing below"),
        pytest.param("x- x", {}, id="no heading"),
    ],
)
def test_what_is_below_a_collapsed_heading(words: str, ends: dict[int, int]) -> None:
    assert section_ends(cells(*(each.replace("x-", "x") for each in words.split()))) == ends


def notebook(name: str) -> Any:
    document = v4.new_notebook(
        cells=[
            v4.new_markdown_cell("# Report"),
            v4.new_markdown_cell("## Method", metadata={name: True}),
            v4.new_code_cell("x = 1"),
            v4.new_markdown_cell("### Details"),
            v4.new_markdown_cell("## Result"),
        ]
    )
    for number, cell in enumerate(document.cells):
        cell["id"] = f"c{number}"
    return document


@pytest.mark.parametrize("name", ["jp-MarkdownHeadingCollapsed", "heading_collapsed"])
def test_collapsed_cells_are_in_an_element_that_readers_open(name: str) -> None:
    tree = LexborHTMLParser(render_html(notebook(name), title="T"))
    section = tree.css_first("main > details.page-section:not([open])")
    assert section is not None
    assert [each.text() for each in section.css(".page-section > summary")] == ["2 cells hidden"]
    assert [each.text(deep=False) for each in section.css("h2, h3")] == ["Details"]
    assert [each.text() for each in tree.css("main > .jp-Cell :is(h1, h2, h3)")] == ["Report", "Method", "Result"]
    entries = tree.css(".page-contents > ol > li > a")
    assert [each.text() for each in entries] == ["Report", "Method", "Result"]
    closed = tree.css(f".page-contents details[data-page-section={section.attributes['id']}]:not([open]) a")
    assert [each.text() for each in closed] == ["Details"]


def test_without_collapsed_headings_nothing_is_closed() -> None:
    document = notebook("other")
    document.cells[1].metadata["heading_collapsed"] = False
    assert "<details data-page-section" not in render_html(document)
