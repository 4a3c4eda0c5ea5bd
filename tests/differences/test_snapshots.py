"""The text of pages."""

from __future__ import annotations

from rsconnect_jupyter.differences.snapshots import page_text


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
