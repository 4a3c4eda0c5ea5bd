"""What readers do with a page: find their way, open code, copy, link, choose light or dark, use a phone, print."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser.page_reading import Pages, unreadable, violations, visited
from nbformat import v4
from playwright.sync_api import Browser, Page, expect

from rsconnect_jupyter.html.render import render_html

PROJECT = Path(__file__).parents[2]
VIEWS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 320, "height": 640}},
    "dark phone": {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"},
}
EACH_NAME_AND_VIEW = {("shown", "light"), ("folded", "phone"), ("folded", "dark"), ("analysis", "dark phone")}
"""What `make test` looks at: every page and every view; `make thorough` looks at all pairs."""
GROUND = "getComputedStyle(document.body).backgroundColor"
TABLE = "<table class='dataframe'><tr>" + "<td>123456.789</td>" * 30 + "</tr></table>"


def output(**data: Any) -> Any:
    return v4.new_output("display_data", data={name.replace("__", "/"): value for name, value in data.items()})


def long_notebook() -> Any:
    """Return thirty cells of all kinds."""
    cells = [v4.new_markdown_cell("# The whole\n\nWords with a [link](https://example.org) and `code`.")]
    for number in range(1, 10):
        cells += [
            v4.new_markdown_cell(f"## Part {number}\n\n" + "A sentence that says something. " * 20),
            v4.new_code_cell(
                f"long_{number} = '{'text ' * 60}'\nprint(long_{number})  # a comment",
                execution_count=number,
                outputs=[v4.new_output("stream", text=f"printed {number}\n" * 5), output(text__html=TABLE)],
            ),
            v4.new_markdown_cell(f"### Detail {number}\n\n| a | b |\n|--|--|\n| 1 | {number} |\n\n```python\nx\n```"),
        ]
    cells += [
        v4.new_code_cell("1/0", execution_count=110, outputs=[v4.new_output(
            "error", ename="ZeroDivisionError", evalue="division by zero",
            traceback=["\x1b[31mZeroDivisionError\x1b[39m: division by zero", "\x1b[32mline\x1b[0m 1"])]),
        v4.new_code_cell("data", execution_count=111, outputs=[
            output(application__json={"names": ["a", {"deep": True}], "count": 3}),
            v4.new_output("stream", name="stderr", text="a warning\n")]),
    ]  # fmt: skip
    for number, cell in enumerate(cells):
        cell["id"] = f"c{number}"
    return v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})


def collapsed_notebook() -> Any:
    """Return a notebook whose second heading is collapsed; below it are a heading and long code."""
    cells = [
        v4.new_markdown_cell("# Report"),
        v4.new_markdown_cell("## Method", metadata={"jp-MarkdownHeadingCollapsed": True}),
        v4.new_code_cell(f"x = '{'text ' * 60}'"),
        v4.new_markdown_cell("### Details\n\n" + "A sentence that says something. " * 200),
        v4.new_markdown_cell("## Result"),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"c{number}"
    return v4.new_notebook(cells=cells)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    folder = tmp_path_factory.mktemp("reading")
    views: dict[str, Any] = {"shown": "none", "folded": "folded", "removed": "all"}
    for name, hide in views.items():
        html = render_html(long_notebook(), title="The whole", hide_input=hide)
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    (folder / "collapsed.html").write_text(render_html(collapsed_notebook(), title="Report"), encoding="utf-8")
    for path in (PROJECT / "examples").glob("*.ipynb"):
        (folder / f"{path.stem}.html").write_text(render_html(path), encoding="utf-8")
    return Pages("", folder)


@pytest.mark.parametrize(
    ("name", "view"),
    [
        pytest.param(name, view, marks=() if (name, view) in EACH_NAME_AND_VIEW else pytest.mark.thorough)
        for name in ("shown", "folded", "analysis")
        for view in VIEWS
    ],
)
def test_pages_have_no_accessibility_violations(chromium: Browser, pages: Pages, name: str, view: str) -> None:
    with visited(chromium, pages, name, **VIEWS[view]) as visit:
        assert violations(visit.page) == []
        assert unreadable(visit.page) == []
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_contents_are_beside_the_text_on_wide_screens(chromium: Browser, pages: Pages) -> None:
    with visited(chromium, pages, "shown", viewport={"width": 1440, "height": 900}) as visit:
        contents = visit.page.get_by_role("navigation", name="Contents")
        expect(contents).to_be_visible()
        expect(visit.page.get_by_role("button", name="Contents")).to_be_hidden()
        expect(contents.get_by_role("link")).to_have_count(19)
        contents.get_by_role("link", name="Part 5").click()
        expect(visit.page.get_by_role("heading", name="Part 5")).to_be_in_viewport()
        expect(contents.locator("[aria-current]")).to_have_text("Part 5")


def test_contents_are_behind_a_button_on_phones(chromium: Browser, pages: Pages) -> None:
    with visited(chromium, pages, "shown", viewport={"width": 320, "height": 640}) as visit:
        page = visit.page
        button, contents = page.get_by_role("button", name="Contents"), page.locator("#page-contents")
        expect(contents).to_be_hidden()
        button.focus()
        page.keyboard.press("Enter")
        expect(contents).to_be_visible()
        assert violations(page) == []
        page.keyboard.press("Escape")
        expect(contents).to_be_hidden()
        expect(button).to_be_focused()
        button.click()
        contents.get_by_role("link", name="Detail 7").click()
        expect(page.get_by_role("heading", name="Detail 7")).to_be_in_viewport()
        expect(contents).to_be_hidden()


def test_what_is_below_a_collapsed_heading_is_opened_by_readers(chromium: Browser, pages: Pages) -> None:
    with visited(chromium, pages, "collapsed", viewport={"width": 1440, "height": 900}) as visit:
        page, contents = visit.page, visit.page.get_by_role("navigation", name="Contents")
        section, details = page.locator("details.page-section"), page.get_by_role("heading", name="Details")
        expect(section.get_by_text("3 cells hidden")).to_have_count(0)
        expect(section.get_by_text("2 cells hidden")).to_be_visible()
        expect(details).to_be_hidden()
        expect(contents.get_by_role("link")).to_have_text(["Report", "Method", "Result"])
        expect(contents.locator("[aria-current]")).to_have_text("Report")
        page.evaluate("addEventListener('resize', () => { window.resized = true; })")
        section.locator("> summary").press("Enter")
        expect(details).to_be_visible()
        page.wait_for_function("window.resized")  # charts that were drawn while they were closed are drawn to fit
        expect(contents.get_by_role("link")).to_have_text(["Report", "Method", "Details", "Result"])
        expect(page.locator(".jp-InputArea pre")).to_have_attribute("tabindex", "0")
        assert violations(page) == []
        section.locator("> summary").first.press("Enter")
        expect(details).to_be_hidden()
        contents.locator("summary").press("Enter")
        contents.get_by_role("link", name="Details").click()
        expect(details).to_be_in_viewport()
        page.reload()
        expect(details).to_be_in_viewport()


def shown_code(page: Page) -> int:
    return page.locator(".jp-InputArea pre:visible").count()


def test_readers_open_the_code_of_a_cell_and_of_all(chromium: Browser, pages: Pages) -> None:
    with visited(chromium, pages, "folded") as visit:
        page = visit.page
        assert shown_code(page) == 0
        first = page.locator("details.page-code > summary").first
        first.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".jp-InputArea pre:visible")).to_have_count(1)
        expect(page.locator(".jp-InputArea pre:visible")).to_have_attribute("tabindex", "0")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Show code").press("Enter")
        expect(page.locator(".jp-InputArea pre:visible")).to_have_count(11)
        page.get_by_role("button", name="Hide code").press("Enter")
        expect(page.locator(".jp-InputArea pre:visible")).to_have_count(0)


def test_shown_code_can_be_hidden_and_removed_code_is_not_there(chromium: Browser, pages: Pages) -> None:
    with visited(chromium, pages, "shown") as visit:
        assert shown_code(visit.page) == 11
        visit.page.get_by_role("button", name="Hide code").click()
        expect(visit.page.locator(".jp-InputArea pre:visible")).to_have_count(0)
    with visited(chromium, pages, "removed") as visit:
        assert "long_1" not in visit.page.content()
        expect(visit.page.get_by_role("button", name="Hide code")).to_have_count(0)
        assert "printed 1" in visit.page.locator("main").inner_text()


def test_readers_choose_light_and_dark(chromium: Browser, pages: Pages) -> None:
    with visited(chromium, pages, "shown", color_scheme="dark") as visit:
        button = visit.page.get_by_role("button", name="Theme")
        assert visit.page.evaluate(GROUND) == "rgb(17, 17, 17)"
        button.press("Enter")
        expect(button).to_have_text("Theme: light")
        assert visit.page.evaluate(GROUND) == "rgb(255, 255, 255)"
        assert unreadable(visit.page) == []
        button.press("Enter")
        expect(button).to_have_text("Theme: dark")


def test_the_chosen_theme_is_kept_and_reaches_other_pages_of_the_site(chromium: Browser, pages: Pages) -> None:
    """On a site: after a reload from disk, Chromium on a busy machine may give the page an empty storage."""
    site = "http://localhost/shown.html"
    with visited(chromium, pages, "shown", color_scheme="light") as visit:
        context = visit.page.context
        context.route(site, lambda route: route.fulfill(path=pages.folder / "shown.html"))
        first, second = context.new_page(), context.new_page()
        for page in (first, second):
            page.goto(site)
            expect(page.get_by_role("button", name="Theme")).to_have_text("Theme: system")
        for chosen in ("Theme: light", "Theme: dark"):
            first.get_by_role("button", name="Theme").press("Enter")
            for page in (first, second):
                expect(page.get_by_role("button", name="Theme")).to_have_text(chosen)
        assert second.evaluate(GROUND) == "rgb(17, 17, 17)"
        first.reload()
        expect(first.get_by_role("button", name="Theme")).to_have_text("Theme: dark")


def test_code_is_copied(chromium: Browser, pages: Pages) -> None:
    with visited(chromium, pages, "shown", permissions=["clipboard-read", "clipboard-write"]) as visit:
        cell = visit.page.locator(".jp-CodeCell").first
        button = cell.get_by_role("button", name="Copy")
        button.focus()
        visit.page.keyboard.press("Enter")
        expect(button).to_have_text("Copied")
        copied = visit.page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith("long_1 = 'text text")
        assert copied.endswith("# a comment")


def test_cells_and_headings_have_links(chromium: Browser, pages: Pages) -> None:
    with visited(chromium, pages, "shown") as visit:
        page = visit.page
        page.get_by_role("link", name="Link to cell 12", exact=True).press("Enter")
        assert page.url.endswith("#cell-id=c11")
        expect(page.locator("[id='cell-id=c11']")).to_be_in_viewport()
        page.get_by_role("heading", name="Part 3").get_by_role("link", name="Link to this heading").press("Enter")
        assert page.url.endswith("#Part-3")


def test_without_scripts_a_page_is_whole(chromium: Browser, pages: Pages) -> None:
    with visited(chromium, pages, "folded", java_script_enabled=False) as visit:
        expect(visit.page.get_by_role("navigation", name="Contents")).to_be_visible()
        visit.page.locator("details.page-code > summary").first.click()
        expect(visit.page.locator(".jp-InputArea pre").first).to_be_visible()


@pytest.mark.parametrize("name", ["shown", "analysis"])
def test_print_is_complete(chromium: Browser, pages: Pages, name: str, tmp_path: Path) -> None:
    """Nothing of a page of thirty cells is cut off on A4, and what readers press is not on it."""
    paper = {"width": 688, "height": 1000}
    with visited(chromium, pages, name, viewport=paper, color_scheme="dark") as visit:
        page = visit.page
        page.emulate_media(media="print")
        cut = """all => all.filter(e => {
          const box = e.getBoundingClientRect();
          return box.right > innerWidth + 1 || box.left < 0;
        }).map(e => e.outerHTML)"""
        what = "main :is(pre, table, img, td, .jp-InputPrompt, .jp-OutputPrompt)"
        assert page.eval_on_selector_all(what, cut) == []
        wraps = (
            "all => all.filter(e => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1).length"
        )
        assert page.eval_on_selector_all("main pre", wraps) == 0
        expect(page.get_by_role("button")).to_have_count(0)
        expect(page.locator("#page-contents")).to_be_hidden()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.pdf(path=tmp_path / "page.pdf", format="A4").startswith(b"%PDF-")


def test_links_to_a_page_show_what_it_is_about(pages: Pages) -> None:
    page = (pages.folder / "analysis.html").read_text(encoding="utf-8")
    head = page.partition("</head>")[0]
    assert '<meta property="og:title" content="analysis">' in head
    assert '<meta property="og:description" content="Two years of orders' in head
    assert '<meta name="twitter:card" content="summary_large_image">' in head
    assert '<meta property="og:image" content="data:image/png;base64,' in head


def test_pages_weigh_little(pages: Pages) -> None:
    html = render_html(v4.new_notebook(cells=[v4.new_markdown_cell("# T"), v4.new_code_cell("1")]), title="T")
    assert len(html.encode()) < 100_000
