"""The text of pages."""

from __future__ import annotations

from msgspec.structs import replace

from rsconnect_jupyter.differences.snapshots import Snapshot, compare, listed_changes, page_text
from rsconnect_jupyter.notebook.reading import Cell


def test_the_text_of_a_page_is_its_paragraphs_without_scripts() -> None:
    script = f"<script>var figure = '{'<p>' * 500_000}';</script>"
    assert page_text(f"<head><title>T</title></head><h1>One</h1>{script}<p>two<br>lines</p><li>&lt;3") == (
        "One",
        "two\nlines",
        "<3",
    )


def test_of_an_endless_page_the_first_paragraphs_are_read() -> None:
    page = "".join(f"<p>{number}</p>" for number in range(200_000))
    assert page_text(page) == tuple(map(str, range(20_000)))


def test_a_version_without_source_and_page_is_compared_by_its_lists() -> None:
    old = Snapshot(name="version 1", page="<p>a", requirements=("pandas==1",))
    found = compare(old, Snapshot(name="the notebook", cells=(), requirements=("pandas==2",)))
    assert (found.basis, found.cells) == ("none", ())
    assert {(each.name, each.change) for each in found.requirements} == {
        ("pandas==1", "removed"),
        ("pandas==2", "added"),
    }


def test_versions_are_compared_cell_by_cell_or_else_by_the_text_of_their_pages() -> None:
    old, new = (Snapshot(name=each, page=f"<p>{each}</p>", cells=(Cell(index=0, source=each),)) for each in "ab")
    by_cell, by_page = compare(old, new), compare(replace(old, cells=None), new)
    assert [(each.basis, each.cells[0].kind) for each in (by_cell, by_page)] == [("notebook", "code"), ("page", "text")]
    assert by_cell.differs
    assert by_page.differs


def test_listed_changes_are_in_the_order_of_their_names() -> None:
    found = listed_changes({"a": "1", "c": "1", "d": "1"}, {"b": "1", "c": "2", "d": "1"})
    assert [(each.name, each.change) for each in found] == [("a", "removed"), ("b", "added"), ("c", "changed")]


def test_pages_are_compared_by_their_paragraphs() -> None:
    found = compare(Snapshot(name="1", page="<p>one<p>two"), Snapshot(name="2", page="<p>one<p>three"))
    assert found.basis == "page"
    assert "three" in str(found.cells)
