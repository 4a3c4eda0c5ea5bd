"""Notebooks that a page got wrong once, or must keep right: read from the sandbox, and from disk without a network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from browser.page_reading import CASES, FROM, From, Pages, unreadable, visited
from playwright.sync_api import Browser, Page, expect
from sandbox.publishing import Api, bundle
from serving import Sandbox

from rsconnect_jupyter.html.render import render_html

NOT_PREPARED = ("01-", "02-", "07-")
"""Notebooks without their outputs here, which hold whole libraries: see `test_page_libraries`."""

each_source = pytest.mark.parametrize("source", FROM)


@pytest.fixture(scope="module")
def pages(open_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """All pages, published as one content."""
    folder = tmp_path_factory.mktemp("cases")
    for path in sorted(CASES.glob("*/*.ipynb")):
        if not path.parent.name.startswith(NOT_PREPARED):
            (folder / f"{path.parent.name}-{path.stem}.html").write_text(render_html(path), encoding="utf-8")
    files = {each.name: each.read_bytes() for each in sorted(folder.iterdir())}
    files = {"index.html": b"<h1>Pages</h1>", **files}
    content, _ = Api(open_sandbox.url, open_sandbox.key).publish(bundle("static", files))
    return Pages(content["content_url"], folder)


def outputs(page: Page) -> list[str]:
    return page.locator(".jp-OutputArea-output").all_inner_texts()


def drawn_pictures(page: Page, selector: str = "main img") -> list[bool]:
    page.wait_for_function(f"[...document.querySelectorAll({selector!r})].every(each => each.complete)")
    return list(page.eval_on_selector_all(selector, "all => all.map(each => each.naturalWidth > 0)"))


@each_source
def test_moving_and_still_pictures_are_pictures(chromium: Browser, pages: Pages, source: From) -> None:
    with visited(chromium, pages, "04-gif-webp/animation", source=source) as visit:
        assert drawn_pictures(visit.page) == [True, True, True, *([True] * (len(outputs(visit.page)) - 3))]
        assert visit.page.locator("img[src^='data:image/gif']").count() == 2
        assert visit.page.locator("img[src^='data:image/webp']").count() == 1
        assert "IPython.core.display" not in "".join(outputs(visit.page))


@each_source
def test_old_figures_of_plotly_are_drawn(chromium: Browser, pages: Pages, source: From) -> None:
    with visited(chromium, pages, "05-plotly-old-traces/stations", source=source) as visit:
        page = visit.page
        titles = page.locator(".gtitle")
        expect(titles).to_have_text(["Stations", "heatmapgl", "Sales by region"])
        expect(page.locator(".xtitle")).to_have_text(["region"])
        expect(page.locator(".ytitle")).to_have_text(["EUR"])
        expect(page.locator(".heatmaplayer image")).to_have_count(1)
        page.wait_for_function("() => document.querySelector('.js-plotly-plot')._fullLayout.map._subplot.map.loaded()")
        page.wait_for_function(COUNT_RED_DOTS)


COUNT_RED_DOTS = """
async () => {
  const canvas = document.querySelector('.maplibregl-canvas');
  const map = document.querySelector('.js-plotly-plot')._fullLayout.map._subplot.map;
  return map.queryRenderedFeatures().length === 3 && canvas.width > 0;
}
"""


@each_source
@pytest.mark.parametrize(
    ("name", "tables"),
    [
        ("ragged", [[3, 3, 3], [2, 2], [2, 2], [2, 2, 2]]),
        ("empty-head", [[3, 3]]),
        ("math-bars", [[2, 2, 2]]),
        ("more-cells", [[2, 2, 2]]),
        ("code-bar", [[2, 2, 2]]),
    ],
)
def test_uneven_tables_are_tables(
    chromium: Browser, pages: Pages, source: From, name: str, tables: list[list[int]]
) -> None:
    with visited(chromium, pages, f"08-uneven-tables/{name}", source=source) as visit:
        count = "all => all.map(table => [...table.rows].map(row => row.cells.length))"
        assert visit.page.eval_on_selector_all("main table", count) == tables
        if name == "code-bar":
            assert visit.page.locator("td code").all_inner_texts() == ["a | b", "a & b"]
        if name == "math-bars":
            expect(visit.page.locator("td mjx-container")).to_have_count(2)


@each_source
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_every_text_can_be_read(chromium: Browser, pages: Pages, source: From, scheme: Any) -> None:
    with visited(chromium, pages, "09-dark-readers/styled", source=source, color_scheme=scheme) as visit:
        expect(visit.page.locator(".vega-embed :is(canvas, svg.marks)")).to_have_count(1)
        expect(visit.page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
        assert unreadable(visit.page) == []
        grounds = visit.page.locator("#T_26c47_row1_col1").evaluate("each => getComputedStyle(each).backgroundColor")
        assert grounds == "rgb(255, 255, 0)"


@each_source
@pytest.mark.parametrize("name", ["comment", "script", "bold", "notes", "hidden", "extra-close"])
def test_what_is_left_open_stays_in_its_cell(chromium: Browser, pages: Pages, source: From, name: str) -> None:
    with visited(chromium, pages, f"10-unclosed-html/{name}", source=source) as visit:
        page = visit.page
        result = page.get_by_role("heading", name="Results")
        expect(result).to_be_visible()
        last = page.get_by_text("Last words." if name == "notes" else re.compile("result is 42"))
        expect(last).to_be_visible()
        look = last.evaluate("each => { const s = getComputedStyle(each); return [s.fontWeight, s.color]; }")
        assert look == ["400", "rgb(27, 33, 39)"]
        parents = page.eval_on_selector_all(".jp-Cell", "all => all.map(each => each.parentElement.id)")
        assert set(parents) == {"page-main"}


@each_source
@pytest.mark.parametrize("path", sorted(CASES.glob("11-*/*.ipynb")), ids=lambda path: path.stem)
def test_attachments_show_whatever_their_names(chromium: Browser, pages: Pages, source: From, path: Path) -> None:
    with visited(chromium, pages, f"11-attachment-names/{path.stem}", source=source) as visit:
        found = drawn_pictures(visit.page)
        assert found == [True] * (5 if path.stem == "pasted" else 1)
        assert "attachment" not in visit.page.locator("main").inner_text()


@each_source
@pytest.mark.parametrize("width", [1280, 400])
def test_long_code_scrolls_by_wheel_and_keyboard(chromium: Browser, pages: Pages, source: From, width: int) -> None:
    size = {"width": width, "height": 800}
    with visited(chromium, pages, "12-long-code-wide-tables/long", source=source, viewport=size) as visit:
        box = visit.page.locator(".jp-InputArea pre").first
        box.hover()
        visit.page.mouse.wheel(200, 0)
        visit.page.wait_for_function("() => document.querySelector('.jp-InputArea pre').scrollLeft > 0")
        second = visit.page.locator(".jp-InputArea pre").nth(1)
        second.focus()
        visit.page.keyboard.press("ArrowRight")
        visit.page.wait_for_function("() => document.querySelectorAll('.jp-InputArea pre')[1].scrollLeft > 0")
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        visit.page.emulate_media(media="print")
        wraps = "all => all.every(each => each.scrollWidth <= each.clientWidth + 1)"
        assert visit.page.eval_on_selector_all(".jp-InputArea pre", wraps)


@each_source
def test_wide_tables_scroll_inside_their_box(chromium: Browser, pages: Pages, source: From) -> None:
    size = {"width": 400, "height": 800}
    with visited(chromium, pages, "12-long-code-wide-tables/wide", source=source, viewport=size) as visit:
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        boxes = """all => all.map(table => {
          const box = table.closest('.page-table, .jp-OutputArea-output');
          return box.scrollWidth > box.clientWidth && box.tabIndex === 0;
        })"""
        assert visit.page.eval_on_selector_all("main table", boxes) == [True, True]


@each_source
def test_progress_bars_are_in_their_last_state(chromium: Browser, pages: Pages, source: From) -> None:
    with visited(chromium, pages, "13-carriage-returns/logs", source=source) as visit:
        first, second, third, warning = (each.strip("\n") for each in outputs(visit.page))
        assert first == "progress 100%"
        assert second.startswith("100%|██████████| 50/50 [00:00<00:00, 98.18it/s]")
        assert "\n" not in second
        assert third == "red greeab"
        assert warning == "a warning"


@each_source
def test_scrolled_output_has_a_scroll_bar_and_is_complete_in_print(
    chromium: Browser, pages: Pages, source: From
) -> None:
    with visited(chromium, pages, "14-scrolled-output/scrolled", source=source) as visit:
        box = visit.page.locator(".jp-OutputArea")
        sizes = "each => [each.scrollHeight > 10 * each.clientHeight, getComputedStyle(each).overflowY]"
        assert box.evaluate(sizes) == [True, "auto"]
        expect(visit.page.get_by_role("heading", name="After the log")).to_be_in_viewport()
        visit.page.emulate_media(media="print")
        assert box.evaluate("each => each.scrollHeight <= each.clientHeight + 1")


@each_source
def test_icons_are_seen(chromium: Browser, pages: Pages, source: From) -> None:
    with visited(chromium, pages, "15-widget-icons/button", source=source) as visit:
        icon = visit.page.locator("main i.fa.fa-warning")
        visit.page.locator(".jupyter-button i.fa-check").wait_for()
        visit.page.evaluate("document.fonts.ready")
        for each in (icon, visit.page.locator(".jupyter-button i.fa-check").first):
            family = each.evaluate("each => getComputedStyle(each, '::before').fontFamily")
            assert visit.page.evaluate("family => document.fonts.check(`900 16px ${family}`)", family)
            assert each.evaluate("each => each.getBoundingClientRect().width") > 5
        loaded = visit.page.evaluate("[...document.fonts].filter(each => each.status === 'loaded').length")
        assert loaded >= 1
        assert visit.page.evaluate("[...document.fonts].every(each => each.status !== 'error')")


@each_source
def test_controls_are_drawn(chromium: Browser, pages: Pages, source: From) -> None:
    with visited(chromium, pages, "15-widget-icons/controls", source=source) as visit:
        expect(visit.page.locator(".widget-tab .lm-TabBar-tab")).to_have_count(2)
        expect(visit.page.locator(".jupyter-widget-Collapse-header, .lm-Collapse-header")).to_have_count(2)
        expect(visit.page.locator(".widget-image")).to_have_count(1)


@each_source
def test_front_matter_is_the_title_and_raw_cells_go_by_their_format(
    chromium: Browser, pages: Pages, source: From
) -> None:
    with visited(chromium, pages, "17-raw-front-matter/quarto", source=source) as visit:
        text = visit.page.locator("main").inner_text()
        expect(visit.page.get_by_role("heading", level=1)).to_have_text("Quarterly report")
        assert "toc:" not in text
        assert "A. Nonym" not in text
        assert "\\newpage" not in text
        assert "<b>marks</b> and\ntwo lines" in text
        assert visit.page.get_by_text("html raw").evaluate("e => getComputedStyle(e).color") != "rgb(27, 33, 39)"


@each_source
def test_links_lead_to_headings(chromium: Browser, pages: Pages, source: From) -> None:
    with visited(chromium, pages, "18-toc-anchors/contents", source=source) as visit:
        page = visit.page
        for words, heading in (
            ("Intro: data & tools?", "1. Intro: data & tools?"),
            ("Größe", "Größe und Maße"),
            ("Code", "The read_csv step"),
            ("By id", "Results"),
            ("Lower", "Lower case heading"),
            ("Twice", "Twice"),
        ):
            page.locator("main li a", has_text=re.compile(f"^{re.escape(words)}$")).click()
            expect(page.locator("main").get_by_role("heading", name=heading).first).to_be_in_viewport()
            page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
        ids = page.eval_on_selector_all("main h2", "all => all.map(each => each.id)")
        assert ids[:3] == ["1.-Intro:-data-&-tools?", "Größe-und-Maße", "The-read_csv-step"]
        assert len(set(ids)) == len(ids)


@each_source
def test_mathematics_and_prices_stay_right(chromium: Browser, pages: Pages, source: From) -> None:
    with visited(chromium, pages, "19-math-tasks-dollars/prose", source=source) as visit:
        page = visit.page
        expect(page.locator("mjx-container")).not_to_have_count(0)
        page.wait_for_function("MathJax.startup.promise.then(() => true)")
        assert "A coffee costs $3 and a cake costs $4, together $7." in page.locator("main").inner_text()
        assert page.eval_on_selector_all("main [type=checkbox]", "all => all.map(e => e.checked)") == [True, False]
        assert page.locator("main s").inner_text() == "a slip"
        expect(page.locator(".footnotes li")).to_contain_text("Source of the claim.")
        assert page.locator("mjx-container").count() >= 12
        assert "eqref" not in page.locator("main").inner_text()


@each_source
def test_drawings_keep_their_own_names_and_styles(chromium: Browser, pages: Pages, source: From) -> None:
    with visited(chromium, pages, "20-svg-figures/svg", source=source) as visit:
        assert drawn_pictures(visit.page) == [True, True, True]


@each_source
def test_old_charts_of_vega_lite_are_drawn(chromium: Browser, pages: Pages, source: From) -> None:
    with visited(chromium, pages, "21-old-vega-lite/charts", source=source) as visit:
        expect(visit.page.locator(".vega-embed :is(canvas, svg.marks)")).to_have_count(len(outputs(visit.page)))
        assert "cannot be drawn" not in "".join(outputs(visit.page))
