"""Formulas in Markdown are found as JupyterLab finds them."""

from __future__ import annotations

import pytest

from rsconnect_jupyter.html.mathematics import put_back, put_back_text, take_out


@pytest.mark.parametrize(
    ("source", "formulas"),
    [
        ("no mathematics", []),
        ("$a_1$ and $b$", ["$a_1$", "$b$"]),
        ("$$\nx\n$$", ["$$\nx\n$$"]),
        (r"\\(x\\) and \\[y\\]", [r"\\(x\\)", r"\\[y\\]"]),
        ("\\begin{align*}x\\end{align*}", ["\\begin{align*}x\\end{align*}"]),
        (r"see \ref{a} and \eqref{b}", [r"\ref{a}", r"\eqref{b}"]),
        (r"$a \ref{b}$", [r"$a \ref{b}$"]),
        (r"costs \$5 and \$6", []),
        ("costs $5\n\nor $6", []),
        ("${$}$", ["${$}$"]),
        ("$}a$", ["$}a$"]),
        ("$a", []),
        ("`$a$` and $b$", ["$b$"]),
        ("``a ` $b$`` $c$", ["$c$"]),
        ("a ` b\n\nc ` $d$", ["$d$"]),
        ("```\n$a$\n```\n$b$", ["$b$"]),
        ("~~~ python\n$a$\n```\n$b$\n~~~\n$c$", ["$c$"]),
        ("```\n$a$", []),
        ("``` a`b\n$c$", ["$c$"]),
        ("<script>$a$</script>$b$", ["$b$"]),
        ("<style>$a$", []),
        ("`<script>` $a$ `</script>`", []),
    ],
)
def test_formulas_are_taken_out_and_put_back(source: str, formulas: list[str]) -> None:
    taken, found = take_out(source)
    assert found == formulas
    assert put_back_text(taken, found) == source


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("$a<b$", '<span class="page-math">$a&lt;b$</span>'),
        (r"\\(x\\)", r'<span class="page-math">\(x\)</span>'),
        ("\ue0007\ue001", "\ue0007\ue001"),
    ],
    ids=["dollars", "backslashes", "what looks like a place"],
)
def test_mathjax_finds_them(source: str, html: str) -> None:
    assert put_back(*take_out(source)) == html


def test_a_place_that_none_was_taken_from_stays() -> None:
    assert put_back_text("\ue0009\ue001", ["$a$"]) == "\ue0009\ue001"
