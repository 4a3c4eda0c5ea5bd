"""Whatever HTML a cell writes, what follows it is parsed as if it were not there; scripts keep every byte."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat import v4
from playwright.sync_api import Browser, sync_playwright
from selectolax.lexbor import LexborHTMLParser

from rsconnect_jupyter.html.html_fragments import isolated
from rsconnect_jupyter.html.render import render_html

NAMES = (
    "div", "p", "b", "i", "a", "span", "font", "h2", "table", "tr", "td", "tbody", "caption", "ul", "li", "dl", "dd",
    "form", "button", "select", "option", "textarea", "script", "style", "title", "template", "noscript", "iframe",
    "svg", "g", "foreignObject", "desc", "math", "mi", "annotation-xml", "plaintext", "xmp", "pre", "details",
    "summary", "body", "html", "head", "frameset", "nobr", "marquee", "object", "img", "br", "hr", "input", "base",
    "main", "nav", "header", "dialog", "center", "noembed", "noframes", "ruby", "rt", "col", "colgroup",
)  # fmt: skip
ATTRIBUTES = st.sampled_from(["", " id=x", ' class="a b"', " style='color:red'", ' title="<b>"', " hidden", ' x="'])
TAGS = st.builds(
    lambda name, attributes, form: {"open": f"<{name}{attributes}>", "close": f"</{name}>", "odd": f"<{name}"}[form],
    st.sampled_from(NAMES),
    ATTRIBUTES,
    st.sampled_from(["open", "open", "open", "close", "close", "odd"]),
)
PIECES = TAGS | st.sampled_from(
    ["words", " ", "\n\n", "<!--", "-->", "<!-->", "--!>", "<![CDATA[", "]]>", "<?x", "&lt;", "&", "<", ">", "\x00",
     "</", "<!doctype html>", "`", "```\n", "$x$", "<script>let a = '<!--<script>';", "# head", "* ", "| a | b |\n|--|"]
)  # fmt: skip
FRAGMENTS = st.lists(PIECES, max_size=12).map("".join)
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def cells_of(page: str) -> list[str]:
    """Return the cells of a page that stand where cells must stand, as parsed."""
    tree = LexborHTMLParser(page, scripting=True)
    return [each.html or "" for each in tree.css("body > main > div.jp-Cell")]


def following(fragment: str, kind: str) -> tuple[int, list[str]]:
    """Return how many cells a page has with a fragment in its first, and the others."""
    first: Any = v4.new_markdown_cell(fragment)
    if kind == "output":
        first = v4.new_code_cell("", outputs=[v4.new_output("display_data", data={"text/html": fragment or "-"})])
    last = v4.new_code_cell("x = 1", outputs=[v4.new_output("stream", text="printed")])
    cells = [first, v4.new_markdown_cell("After *it*\n\n| a |\n|---|\n| 1 |"), last]
    for number, cell in enumerate(cells):
        cell["id"] = f"c{number}"
    found = cells_of(render_html(v4.new_notebook(cells=cells), title="T"))
    return len(found), found[1:]


@FUZZ
@given(fragment=FRAGMENTS, kind=st.sampled_from(["markdown", "output"]))
def test_fragments_never_change_what_follows(fragment: str, kind: str) -> None:
    assert following(fragment, kind) == following("plain", kind)


@FUZZ
@given(fragment=FRAGMENTS)
def test_isolated_html_is_stable(fragment: str) -> None:
    once = isolated(fragment)
    assert isolated(once) == once


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        running.close()


IN_A_BROWSER = """
fragments => fragments.filter(html => {
  const text = `<!doctype html><body>-<main><div><div>${html}</div></div><div>after <b>it</b></div></main>`;
  const page = new DOMParser().parseFromString(text, 'text/html');
  const main = page.querySelector('body > main');
  return !main || main.children.length !== 2 || main.children[1].innerHTML !== 'after <b>it</b>'
    || page.body.attributes.length || page.documentElement.attributes.length;
})
"""


@pytest.mark.browser
def test_chromium_sees_nothing_leave_its_place_either(browser: Browser) -> None:
    collected: list[str] = []

    @settings(FUZZ, max_examples=600)
    @given(fragment=FRAGMENTS)
    def collect(fragment: str) -> None:
        collected.append(isolated(fragment))

    collect()
    page = browser.new_page()
    assert page.evaluate(IN_A_BROWSER, collected) == []


WHOLE = [
    "<script>if (a < b && c > d) { x = '&amp;</b>'; }</script>",
    "<style>a > b { content: '<' }</style>",
    '<iframe srcdoc="&lt;p&gt;&amp;amp; &quot;x&quot;&lt;/p&gt;"></iframe>',
    "<!-- a <b> comment -->",
    "<textarea>\n\n a &amp; <b></textarea>",
    "<p>one<p>two<ul><li>a<li>b</ul>",
]


@pytest.mark.parametrize("html", WHOLE)
@pytest.mark.parametrize("kind", ["output", "raw"])
def test_complete_html_keeps_every_byte(html: str, kind: str) -> None:
    cell: Any = v4.new_code_cell("", outputs=[v4.new_output("display_data", data={"text/html": html})])
    if kind == "raw":
        cell = v4.new_raw_cell(html, metadata={"format": "text/html"})
    assert html in render_html(v4.new_notebook(cells=[cell]), title="T")


@pytest.mark.parametrize("html", WHOLE[:4])
def test_scripts_keep_every_byte_beside_what_was_left_open(html: str) -> None:
    cell = v4.new_code_cell("", outputs=[v4.new_output("display_data", data={"text/html": f"<div><b>{html}"})])
    assert html in render_html(v4.new_notebook(cells=[cell]), title="T")


def test_javascript_outputs_keep_every_byte() -> None:
    code = "const a = '</script><!--'; element.textContent = `${a}\\u2028`;"
    cell = v4.new_code_cell("", outputs=[v4.new_output("display_data", data={"application/javascript": code})])
    page = render_html(v4.new_notebook(cells=[cell]), title="T")
    import json

    (call,) = [each for each in page.split("notebookPage.run(")[1:] if each.startswith('"')]
    assert json.JSONDecoder().raw_decode(call)[0] == code
