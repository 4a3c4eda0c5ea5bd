"""Outputs that bring a library or need one of the page's: read from the sandbox, and from disk without a network.

Bokeh's and ITables' notebooks are in ``tests/html/saved``, run by ``tests/html_notebooks.py``.
"""

from __future__ import annotations

import base64
import gzip
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from browser.page_reading import CASES, FROM, From, Pages, unreadable, visited
from html_notebooks import saved
from playwright.sync_api import Browser, expect
from sandbox.publishing import Api, bundle
from serving import Sandbox

from rsconnect_jupyter.bundle.plan import plan_bundle
from rsconnect_jupyter.html.libraries import LIBRARIES
from rsconnect_jupyter.html.render import render_html
from rsconnect_jupyter.notebook.analysis import analyse

each_source = pytest.mark.parametrize("source", FROM)

PDF = b"""%PDF-1.1
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>endobj
trailer<</Root 1 0 R>>
"""
CDN_HOSTS = {"cdn.jsdelivr.net", "code.jquery.com", "cdnjs.cloudflare.com", "netdna.bootstrapcdn.com"}
"""What the map of case 07 asks for its own library."""


def vega_lite(version: int) -> dict[str, Any]:
    bars = {"mark": "bar", "encoding": {"x": {"field": "a", "type": "nominal"}, "y": {"field": "b"}}}
    bars["encoding"]["y"]["type"] = "quantitative"  # type: ignore[index]
    values = [{"a": "x", "b": 1}, {"a": "y", "b": 2}]
    if version < 5:
        return {**bars, "data": {"values": values}, "selection": {"brush": {"type": "interval"}}}
    return {**bars, "data": {"values": values}, "params": [{"name": "brush", "select": "interval"}]}


CHARTS = {
    "application/vnd.vegalite.v3+json": vega_lite(3),
    "application/vnd.vegalite.v5+json": vega_lite(5),
    "application/vnd.vegalite.v6.json": vega_lite(6),
    "application/vnd.vega.v5+json": {"width": 90, "height": 40, "marks": [{"type": "symbol", "from": {"data": "d"}}],
                                     "data": [{"name": "d", "values": [{"a": 1}]}]},
}  # fmt: skip
MERMAID = "text/vnd.mermaid"
DRAWN: dict[str, list[Any]] = {
    "vega": list(CHARTS.items()),
    "mermaid": [(MERMAID, "graph LR\n  C[Cause] --> D[Effect]"), (MERMAID, "no diagram")],
    "documents": [
        ("application/pdf", base64.encodebytes(PDF).decode()),
        ("application/pdf", "~"),
        ("application/geo+json", {"type": "Feature", "geometry": {"type": "Point", "coordinates": [8, 50]}}),
    ],
}
FENCE = "# Drawn\n\n```mermaid\nsequenceDiagram\n  Alice->>Bob: Hello <b>\n```"


def write_notebook(path: Path, outputs: list[tuple[str, Any]], *, text: str) -> None:
    cells = [{"cell_type": "markdown", "metadata": {}, "source": text}] + [
        {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": "1", "outputs": [
            {"output_type": "display_data", "metadata": {}, "data": {kind: value, "text/plain": "as text"}}]}
        for kind, value in outputs
    ]  # fmt: skip
    document = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
    path.write_text(json.dumps(document), encoding="utf-8")


def framed_pages(folder: Path) -> Mapping[str, bytes]:
    """Write the pages that case 07's frames show, as pyvis and Plotly make them; return what its readers get."""
    project = folder / "project"
    shutil.copytree(CASES / "07-local-frames", project)
    canvas = "<canvas width=9 height=9></canvas><script>document.querySelector('canvas').getContext('2d')</script>"
    (project / "graph.html").write_text(f"<!doctype html><body>{canvas}<p id=net>a graph</p>")
    plotly = gzip.decompress((LIBRARIES / "plotly.min.js.gz").read_bytes()).decode()
    drawing = "<div id=p></div><script>Plotly.newPlot('p', [{type: 'bar', x: ['a', 'b'], y: [1, 2]}])</script>"
    (project / "iframe_figures").mkdir()
    (project / "iframe_figures" / "figure_4.html").write_text(f"<body><script>{plotly}</script>{drawing}")
    plan = plan_bundle(analyse(project / "frames.ipynb"), root=project, mode="static")
    files = {each.path: each.source.read_bytes() for each in plan.files if isinstance(each.source, Path)}
    return {**files, "frames.html": render_html(project / "frames.ipynb").encode()}


@pytest.fixture(scope="module")
def pages(open_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """All pages, published as one content."""
    folder, sources = tmp_path_factory.mktemp("libraries"), tmp_path_factory.mktemp("sources")
    for name in ("bokeh", "itables"):
        (folder / f"{name}.html").write_text(render_html(saved(name, sources)), encoding="utf-8")
    for name, outputs in DRAWN.items():
        write_notebook(sources / f"{name}.ipynb", outputs, text=FENCE if name == "mermaid" else f"# {name}")
        (folder / f"{name}.html").write_text(render_html(sources / f"{name}.ipynb"), encoding="utf-8")
    for path, data in framed_pages(sources).items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(data)
    made = {str(each.relative_to(folder)): each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file()}
    content, _ = Api(open_sandbox.url, open_sandbox.key).publish(bundle("static", {"index.html": b"<p>", **made}))
    return Pages(content["content_url"], folder)


@each_source
def test_plots_of_bokeh_are_drawn(chromium: Browser, pages: Pages, source: From) -> None:
    """Also where a tooltip's HTML has pictures of another server, which is asked when readers point at it."""
    with visited(chromium, pages, "bokeh", source=source) as visit:
        expect(visit.page.locator(".bk-Figure")).to_have_count(3)
        drawn = """() => {
          const canvases = [];
          const walk = root => root.querySelectorAll('*').forEach(each => {
            if (each.matches('canvas')) { canvases.push(each); }
            if (each.shadowRoot) { walk(each.shadowRoot); }
          });
          walk(document.querySelector('main'));
          const inked = each => each.width && new Uint32Array(
            each.getContext('2d').getImageData(0, 0, each.width, each.height).data.buffer).some(Boolean);
          return canvases.filter(inked).length;
        }"""
        visit.page.wait_for_function(f"{drawn.replace('return canvases', 'return 3 <= canvases')}")
        assert visit.page.locator("main").inner_text().count("Loading") == 0


@each_source
def test_tables_with_pictures_appear(chromium: Browser, pages: Pages, source: From) -> None:
    with visited(chromium, pages, "itables", source=source) as visit:
        tables = visit.page.locator("main table.dataTable")
        expect(tables).to_have_count(2)
        expect(tables.nth(0).locator("tbody tr")).to_have_count(10)
        expect(tables.nth(1).locator("tbody tr")).to_have_count(2)
        assert tables.nth(1).locator("img").evaluate_all("all => all.map(e => e.naturalWidth)") == [1, 1]
        visit.page.get_by_role("searchbox").first.fill("29")
        expect(tables.nth(0).locator("tbody tr")).to_have_count(1)


@each_source
def test_frames_show_local_pages_and_links_lead_to_them(chromium: Browser, pages: Pages, source: From) -> None:
    with visited(chromium, pages, "frames", source=source, wrong=True) as visit:
        frames = visit.page.locator("main iframe")
        expect(frames.nth(2).content_frame.locator("#net")).to_have_text("a graph")
        expect(frames.nth(2).content_frame.locator("canvas")).to_have_count(1)
        expect(frames.nth(3).content_frame.locator(".bars .point")).to_have_count(2)
        expect(frames.nth(0).content_frame.locator(".folium-map")).to_have_count(1)
        assert visit.page.locator("main img").first.evaluate("e => e.naturalWidth > 0")
        assert visit.page.locator("main object").evaluate("e => e.data").startswith("data:image/svg+xml")
        assert {urlsplit(each).hostname for each in visit.failed} <= CDN_HOSTS
        assert set(visit.errors) <= {"L is not defined", "$ is not defined"}
        links = visit.page.locator("main a", has_text="map")
        hrefs = links.evaluate_all("all => all.map(e => e.href)")
        assert len(hrefs) == 2
        if source == "sandbox":
            assert [visit.page.request.get(each).status for each in hrefs] == [200, 200]


@each_source
def test_charts_of_each_version_of_vega_are_drawn(chromium: Browser, pages: Pages, source: From) -> None:
    with visited(chromium, pages, "vega", source=source) as visit:
        expect(visit.page.locator(".vega-embed :is(canvas, svg.marks)")).to_have_count(len(CHARTS))
        assert "cannot be drawn" not in visit.page.locator("main").inner_text()


@pytest.mark.parametrize(("source", "scheme"), [("sandbox", "light"), ("disk", "dark")])
def test_diagrams_of_mermaid_are_drawn(chromium: Browser, pages: Pages, source: From, scheme: Any) -> None:
    """What is no diagram stays the text that it is."""
    with visited(chromium, pages, "mermaid", source=source, color_scheme=scheme) as visit:
        expect(visit.page.locator(".page-mermaid svg")).to_have_count(2)
        words = visit.page.locator(".page-mermaid").all_inner_texts()
        assert "Hello <b>" in words[0]
        assert "Cause" in words[1]
        assert words[2] == "no diagram"
        expect(visit.page.get_by_text("Syntax error")).to_have_count(0)
        assert [each for each in unreadable(visit.page) if each[0] == "no diagram"] == []


@each_source
def test_pdf_files_can_be_read_and_geojson_is_a_tree(chromium: Browser, pages: Pages, source: From) -> None:
    with visited(chromium, pages, "documents", source=source) as visit:
        page = visit.page
        shown = page.evaluate("navigator.pdfViewerEnabled && (origin !== 'null' || location.protocol === 'file:')")
        expect(page.locator("main embed[type='application/pdf']")).to_have_count(int(shown))
        with page.expect_download() as download:
            page.get_by_role("link", name="Download PDF").first.click()
        assert download.value.suggested_filename == "document.pdf"
        assert download.value.path().read_bytes() == PDF
        tree = page.locator(".page-json")
        tree.locator("summary", has_text="geometry").press("Enter")
        expect(tree.locator("summary", has_text="coordinates")).to_be_visible()
        assert "as text" not in page.locator("main").inner_text()
