"""The page readers get: what the author sees, complete, in one file that asks no other server."""

from __future__ import annotations

import base64
import contextlib
import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nbformat import v4

from rsconnect_jupyter.errors import NotebookError, RenderError
from rsconnect_jupyter.html.embedding import LIMIT
from rsconnect_jupyter.html.render import network_needs, read_document, render_html

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PNG_TEXT = base64.b64encode(PNG).decode()
VIEW = {"model_id": "0f5f1e2a6c7d4b7e9a3d1c2b3a4d5e6f", "version_major": 2, "version_minor": 0}
MODEL = "0f5f1e2a6c7d4b7e9a3d1c2b3a4d5e6f"
SLIDER = {
    "layout1": {
        "model_module": "@jupyter-widgets/base",
        "model_module_version": "2.0.0",
        "model_name": "LayoutModel",
        "state": {},
    },
    "style1": {
        "model_module": "@jupyter-widgets/controls",
        "model_module_version": "2.0.0",
        "model_name": "SliderStyleModel",
        "state": {},
    },
    MODEL: {
        "model_module": "@jupyter-widgets/controls",
        "model_module_version": "2.0.0",
        "model_name": "IntSliderModel",
        "state": {"value": 42, "description": "Speed", "layout": "IPY_MODEL_layout1", "style": "IPY_MODEL_style1"},
    },
}
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def notebook(*cells: Any, **metadata: Any) -> Any:
    for number, cell in enumerate(cells):
        cell["id"] = f"c{number}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=list(cells), metadata={"kernelspec": kernel, **metadata})


def code(source: str, *outputs: Any, tags: tuple[str, ...] = (), **metadata: Any) -> Any:
    return v4.new_code_cell(source, execution_count=1, outputs=list(outputs), metadata={"tags": list(tags), **metadata})


def text(content: str) -> Any:
    return v4.new_output("stream", name="stdout", text=content)


def shown(**data: Any) -> Any:
    return v4.new_output("display_data", data={key.replace("__", "/"): value for key, value in data.items()})


def widget_view() -> Any:
    return v4.new_output("display_data", data={WIDGET_VIEW: VIEW, "text/plain": "IntSlider(value=42)"})


def body(page: str) -> str:
    return re.sub(r"<(style|script)\b.*?</\1>", "", page, flags=re.DOTALL)


def test_saved_outputs_are_shown_and_nothing_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    page = render_html(notebook(code(f"open({str(mark)!r}, 'w')", text("as it was\n"))), title="Report")
    assert "as it was" in body(page)
    assert not mark.exists()


def test_title_is_text(tmp_path: Path) -> None:
    page = render_html(notebook(), title="<b>Q3 & Q4</b>")
    assert "<title>&lt;b&gt;Q3 &amp; Q4&lt;/b&gt;</title>" in page


def test_a_path_gives_its_name_as_title_and_its_folder_for_pictures(tmp_path: Path) -> None:
    (tmp_path / "p.png").write_bytes(PNG)
    path = tmp_path / "yearly.ipynb"
    path.write_text(json.dumps(notebook(v4.new_markdown_cell("![chart](p.png)"))))
    page = render_html(path)
    assert "<title>yearly</title>" in page
    assert PNG_TEXT in page


def test_the_notebook_is_not_changed() -> None:
    document = notebook(code("1", text("1"), tags=("hide_input", "remove_output")), v4.new_markdown_cell("![](a.png)"))
    before = copy.deepcopy(document)
    render_html(document, title="T", hide_input="tagged")
    assert document == before


@pytest.mark.parametrize(
    ("hide", "plain", "tagged"), [("none", True, True), ("tagged", True, False), ("all", False, False)]
)
def test_hidden_code_leaves_its_outputs(hide: Any, plain: bool, tagged: bool) -> None:
    document = notebook(
        v4.new_markdown_cell("Some words"),
        code("plain_code", text("plain result")),
        code("tagged_code", text("tagged result"), tags=("hide_input",)),
    )
    page = body(render_html(document, title="T", hide_input=hide))
    assert ("plain_code" in page, "tagged_code" in page) == (plain, tagged)
    assert "plain result" in page
    assert "tagged result" in page
    assert "Some words" in page
    assert ("In [1]" in page.replace("&nbsp;", " ")) is (hide != "all")


def test_remove_tags_leave_out_cells_and_outputs() -> None:
    document = notebook(
        code("removed_cell", text("removed with it"), tags=("remove_cell",)),
        code("kept_code", text("removed_output"), tags=("remove_output",)),
        v4.new_markdown_cell("removed words", metadata={"tags": ["remove_cell"]}),
    )
    page = body(render_html(document, title="T"))
    assert "removed" not in page
    assert "kept_code" in page


def test_what_the_author_collapsed_stays_closed() -> None:
    document = notebook(
        code("closed_code", text("open result"), jupyter={"source_hidden": True}),
        code("open_code", text("closed result"), jupyter={"outputs_hidden": True}),
    )
    page = body(render_html(document, title="T"))
    assert "closed_code" not in page
    assert "open result" in page
    assert "open_code" in page
    assert "closed result" not in page


def test_headings_have_the_anchors_of_jupyterlab_each_its_own() -> None:
    page = body(render_html(notebook(v4.new_markdown_cell("# A b\n\n# A b\n\n<h2></h2>")), title="T"))
    assert re.findall(r'<h\d id="([^"]*)"', page) == ["A-b", "A-b-2", "heading"]


def test_attachments_become_part_of_the_page() -> None:
    cell = v4.new_markdown_cell("![a](attachment:a.png) <img src='attachment:b%20c.png'>")
    cell["attachments"] = {"a.png": {"image/png": PNG_TEXT}, "b c.png": {"image/png": PNG_TEXT}}
    page = body(render_html(notebook(cell), title="T"))
    assert page.count(f"data:image/png;base64,{PNG_TEXT}") == 2
    assert "attachment:" not in page


def test_a_missing_attachment_is_a_broken_picture_and_no_failure() -> None:
    page = body(render_html(notebook(v4.new_markdown_cell("before ![a](attachment:gone.png) after")), title="T"))
    assert "before" in page
    assert "after" in page


def test_local_pictures_become_part_of_the_page(tmp_path: Path) -> None:
    (tmp_path / "img").mkdir()
    (tmp_path / "img" / "my plot.png").write_bytes(PNG)
    (tmp_path / "img" / "a&b.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    document = notebook(
        v4.new_markdown_cell("![p](img/my%20plot.png) <img alt='x' src=\"img/a&amp;b.svg\">"),
        code("Image(url='img/my plot.png')", shown(text__html='<img src="img/my plot.png?1"/>')),
    )
    page = body(render_html(document, title="T", folder=tmp_path))
    assert page.count("data:image/png;base64,") == 2
    assert page.count("data:image/svg+xml;base64,") == 1


def test_nothing_outside_the_project_gets_into_the_page(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "secret.png").write_bytes(PNG)
    (project / "link.png").symlink_to(tmp_path / "secret.png")
    absolute = (tmp_path / "secret.png").as_posix()
    addresses = ["../secret.png", "link.png", absolute, f"file://{absolute}", "..%2fsecret.png", "x/../../secret.png"]
    cells = [v4.new_markdown_cell(f'<img src="{each}">') for each in addresses]
    page = body(render_html(notebook(*cells), title="T", folder=project, root=project))
    assert "data:image" not in page
    assert "../secret.png" in page


def test_a_private_file_behind_the_name_of_a_picture_stays_out_of_the_page(tmp_path: Path) -> None:
    for name in (".env", ".git/config", ".hidden/a.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(PNG)
        (tmp_path / f"{len(name)}.png").symlink_to(name)
    (tmp_path / ".env.png").write_bytes(PNG)
    names = ("4.png", "11.png", "13.png", ".env.png")
    document = notebook(*(v4.new_markdown_cell(f"![x]({name})") for name in names))
    assert "data:image" not in body(render_html(document, title="T", folder=tmp_path))


def test_a_folder_above_the_notebook_but_in_the_project_may_be_shown(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(PNG)
    (tmp_path / "reports").mkdir()
    document = notebook(v4.new_markdown_cell("![logo](../logo.png)"))
    assert PNG_TEXT in render_html(document, title="T", folder=tmp_path / "reports", root=tmp_path)


def test_other_files_are_never_embedded(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KEY=secret")
    (tmp_path / "data.csv").write_text("a,b")
    with (tmp_path / "film.mp4").open("wb") as stream:
        stream.truncate(LIMIT + 1)
    names = (".env", "data.csv", "film.mp4", "gone.png", "https://example.com/a.png", "", "#a")
    document = notebook(*(v4.new_markdown_cell(f'<img src="{name}">') for name in names))
    assert "data:" not in body(render_html(document, title="T", folder=tmp_path))


def test_dark_and_light_and_paper() -> None:
    page = render_html(notebook(), title="T")
    dark = page[page.index("prefers-color-scheme: dark") :]
    assert "--jp-layout-color0: #111" in dark
    assert "@media screen and (prefers-color-scheme: dark)" in page


def test_a_plain_page_brings_no_library() -> None:
    page = render_html(notebook(v4.new_markdown_cell("It costs $5."), code("1 + 1", text("2"))), title="T")
    assert page.count("<script") == 1
    assert len(page) < 100_000
    assert not re.search(r"""(?:src|href)=["']https?:""", page)


@pytest.mark.parametrize(
    "cell",
    [
        v4.new_markdown_cell("Energy $E = mc^2$."),
        v4.new_markdown_cell("$$\nx\n$$"),
        v4.new_markdown_cell("\\begin{align}a&=b\\end{align}"),
        code("display(Math('x'))", shown(text__latex="$x$", text__plain="x")),
    ],
)
def test_mathematics_bring_mathjax_in_the_page(cell: Any) -> None:
    page = render_html(notebook(cell), title="T")
    assert "window.MathJax" in page
    assert len(page) > 2_000_000


def test_outputs_that_call_require_get_it() -> None:
    plotly = shown(text__html='<div></div><script>require(["plotly"], function(P) {});</script>')
    assert "requirejs" in render_html(notebook(code("fig", plotly)), title="T")
    universal = shown(text__html='<script>typeof define=="function"&&define.amd?define(f):require("x")</script>')
    assert "requirejs" not in render_html(notebook(code("fig", universal)), title="T")


def test_widgets_with_saved_state_bring_their_manager() -> None:
    state = {"version_major": 2, "version_minor": 0, "state": SLIDER}
    page = render_html(notebook(code("w", widget_view()), widgets={WIDGET_STATE: state}), title="T")
    assert "@jupyter-widgets/controls" in page
    assert "requirejs" in page
    assert f'<script type="{WIDGET_STATE}">' in page
    assert "unpkg.com" not in page


def test_widget_state_as_colab_saves_it_is_understood() -> None:
    page = render_html(notebook(code("w", widget_view()), widgets={WIDGET_STATE: SLIDER}), title="T")
    saved = re.search(rf'<script type="{re.escape(WIDGET_STATE)}">(.*?)</script>', page, re.DOTALL)
    assert saved
    assert json.loads(saved[1])["state"][MODEL]["state"]["value"] == 42


@pytest.mark.parametrize("widgets", [None, {}, [], "x", {WIDGET_STATE: None}, {WIDGET_STATE: {}}, {"other": 1}])
def test_widgets_without_state_show_their_text(widgets: Any) -> None:
    page = render_html(notebook(code("w", widget_view()), widgets=widgets), title="T")
    assert "IntSlider(value=42)" in page
    assert "requirejs" not in page


def test_same_notebook_same_page(tmp_path: Path) -> None:
    document = notebook(
        v4.new_markdown_cell("# Title\n\n$x$"),
        code("js", shown(application__javascript="element.textContent = 'hello'")),
        code("w", widget_view()),
        widgets={WIDGET_STATE: {"version_major": 2, "version_minor": 0, "state": SLIDER}},
    )
    assert render_html(document, title="T") == render_html(document, title="T")


def test_old_formats_make_the_same_page_too(tmp_path: Path) -> None:
    path = tmp_path / "old.ipynb"
    cell = {"cell_type": "code", "collapsed": False, "input": ["x = 1\n", "x"], "language": "python", "metadata": {}}
    output = {"output_type": "pyout", "prompt_number": 1, "text": ["1"], "metadata": {}}
    sheet = {"cells": [{**cell, "outputs": [output], "prompt_number": 1}], "metadata": {}}
    path.write_text(json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [sheet]}))
    page = render_html(path)
    assert page == render_html(path)
    assert "Out[1]" in page.replace("&nbsp;", " ")


def test_sloppy_notebooks_are_mended(tmp_path: Path) -> None:
    path = tmp_path / "sloppy.ipynb"
    cells = [{"cell_type": "code", "source": ["print(", "1)"]}, {"cell_type": "markdown", "source": "words"}]
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 0, "cells": cells}))
    page = body(render_html(path))
    assert "words" in page
    assert "print" in page


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"nbformat": 4}', b"\xff\xfe", b'{"nbformat": 99}'])
def test_what_is_no_notebook_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.ipynb"
    path.write_bytes(content)
    with pytest.raises(NotebookError, match=r"broken\.ipynb"):
        read_document(path)


def test_a_missing_notebook_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match=r"No such file"):
        read_document(tmp_path / "gone.ipynb")


PLOTLY = "application/vnd.plotly.v1+json"
FIGURE = {
    "data": [{"type": "bar", "x": [1, 2], "y": [3, 4]}],
    "layout": {"title": {"text": "A </script><b id=out>"}},
}
VEGALITE = {
    "data": {"values": [{"a": 1, "b": 2}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a", "type": "ordinal"}, "y": {"field": "b", "type": "quantitative"}},
}
ALTAIR = """<div id="altair"></div><script>
  var VEGA_DEBUG = (typeof VEGA_DEBUG == "undefined") ? {} : VEGA_DEBUG;
  (() => {
    const paths = {"vega": "https://cdn.example/vega", "vega-lite": "https://cdn.example/lite",
                   "vega-embed": "https://cdn.example/embed"};
    const outputDiv = document.getElementById("altair"), spec = SPEC;
    function maybeLoadScript(lib, version) {
      if (VEGA_DEBUG[lib.replace("-", "") + "_version"] == version) return Promise.resolve();
      return Promise.reject("fetched");
    }
    if (typeof define === "function" && define.amd) {
      requirejs.config({paths});
      require(["vega-embed"], (vegaEmbed) => vegaEmbed(outputDiv, spec, {"mode": "vega-lite"}));
    } else {
      maybeLoadScript("vega", "6").then(() => maybeLoadScript("vega-lite", "6.4.1"))
        .then(() => maybeLoadScript("vega-embed", "7")).then(() => vegaEmbed(outputDiv, spec, {"mode": "vega-lite"}));
    }
  })();
</script>""".replace("SPEC", json.dumps(VEGALITE))


def charts(**metadata: Any) -> Any:
    return notebook(
        code("plotly", shown(**{PLOTLY: FIGURE})),
        code("vega", shown(**{"application/vnd.vegalite.v5+json": VEGALITE, "text/plain": "Chart(...)"})),
        code("altair", shown(text__html=ALTAIR)),
        code("json", shown(application__json={"deep": ["</pre><i id=out>"]}, text__plain="<JSON object>")),
        code("w", widget_view()),
        **metadata,
    )


def test_charts_that_are_saved_as_data_are_drawn() -> None:
    page = render_html(charts(), title="T")
    assert page.count("Plotly.newPlot(place") == 1
    assert page.count("vegaEmbed(place") == 1
    assert "&quot;deep&quot;" in page
    assert "Chart(...)" not in page
    assert "<b id=out>" not in page
    assert "<i id=out>" not in page


def test_a_page_without_charts_carries_no_library_of_theirs() -> None:
    assert "Plotly" not in render_html(notebook(code("1", text("1"))), title="T")


def test_what_only_jupyter_can_show_leaves_no_empty_place(recwarn: pytest.WarningsRecorder) -> None:
    page = render_html(notebook(code("x", shown(**{"application/vnd.other+json": {}}), text("words"))), title="T")
    assert body(page).count("jp-OutputArea-child") == 1
    assert not recwarn.list


@pytest.mark.parametrize(
    "output",
    [
        shown(**{PLOTLY: {"data": [{"type": "choropleth"}]}}),
        shown(**{"application/vnd.vegalite.v5+json": {"data": {"url": "https://example.org/a.csv"}}}),
        shown(text__html='<iframe srcdoc="&lt;script src=&quot;https://cdn.example/leaflet.js&quot;&gt;"></iframe>'),
        shown(application__javascript="const urls = ['https://cdn.bokeh.org/bokeh/release/bokeh-3.0.0.min.js']"),
    ],
)
def test_what_outputs_fetch_is_told(output: Any) -> None:
    assert len(network_needs(notebook(code("1", output)))) == 1


def test_charts_of_the_page_fetch_nothing() -> None:
    assert network_needs(charts()) == ()


def test_network_needs_are_told() -> None:
    foreign = {"m": {"model_module": "jupyter-leaflet", "model_name": "LeafletMapModel", "state": {}}}
    document = notebook(
        code("fig", shown(text__html='<script src="https://cdn.plot.ly/plotly-3.0.0.min.js"></script>')),
        widgets={WIDGET_STATE: {"state": {**SLIDER, **foreign}}},
    )
    needs = network_needs(document)
    assert len(needs) == 2
    assert any("jupyter-leaflet" in each for each in needs)
    assert network_needs(notebook(v4.new_markdown_cell("[a link](https://example.com)"), code("1", text("1")))) == ()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = Path("/usr/bin/chromium")
    with sync_api.sync_playwright() as playwright:
        options = {"executable_path": str(chromium)} if chromium.exists() else {}
        running = playwright.chromium.launch(args=["--no-sandbox"], **options)
        yield running
        running.close()


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(17, 17, 17)")])
def test_the_page_works_in_a_browser_without_any_network(
    tmp_path: Path, browser: Any, scheme: str, ground: str
) -> None:
    document = notebook(
        v4.new_markdown_cell("# Title\n\nEnergy $E = mc^2$."),
        code("w", widget_view()),
        code("js", shown(application__javascript="element.innerHTML = '<b id=ran>ran</b>'")),
        widgets={WIDGET_STATE: {"version_major": 2, "version_minor": 0, "state": SLIDER}},
    )
    with opened(render_html(document, title="Offline"), tmp_path, browser, color_scheme=scheme) as page:
        page.locator("mjx-container svg").first.wait_for()
        page.locator(".widget-readout", has_text="42").wait_for()
        assert page.locator("#ran").inner_text() == "ran"
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground


@pytest.mark.browser
@pytest.mark.parametrize("has_modules", [False, True], ids=["alone", "with require.js"])
def test_charts_are_drawn_without_any_network(tmp_path: Path, browser: Any, has_modules: bool) -> None:
    state = {WIDGET_STATE: {"version_major": 2, "version_minor": 0, "state": SLIDER}}
    document = charts(widgets=state) if has_modules else charts()
    with opened(render_html(document, title="Charts"), tmp_path, browser) as page:
        page.locator(".js-plotly-plot .main-svg .bars .point").first.wait_for()
        for number in range(2):
            page.locator(".vega-embed canvas, .vega-embed svg.marks").nth(number).wait_for()
        assert page.locator("#out").count() == 0


@contextlib.contextmanager
def opened(html: str, folder: Path, browser: Any, **options: Any) -> Iterator[Any]:
    """Open a page; in the end it must have asked nobody for anything and met no error."""
    path = folder / "page.html"
    path.write_text(html, encoding="utf-8")
    asked: list[str] = []
    errors: list[str] = []
    page = browser.new_page(**options)
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    yield page
    assert [each for each in asked if not each.startswith(("file:", "data:", "blob:"))] == []
    assert errors == []
    page.close()


def test_each_kind_of_output_is_drawn() -> None:
    outputs = (
        shown(image__svg__xml="<svg/>"),
        shown(application__pdf="AA\nBB"),
        shown(text__latex="$a<b$"),
        shown(application__javascript="alert(1)"),
        shown(text__vnd="x", **{"text/vnd.mermaid": "graph TD"}),
        v4.new_output(
            "display_data",
            data={"image/png": "AA"},
            metadata={"image/png": {"width": 5, "height": "6px", "unconfined": True, "alt": "a dot"}},
        ),
        v4.new_output("display_data", data={"image/png": "BB"}, metadata={"width": "none of these"}),
        v4.new_output("error", ename="ValueError", evalue="wrong", traceback=[]),
        shown(**{PLOTLY: "no figure", "text/plain": "the words"}),
    )
    outputs[0]["data"] = {"image/svg+xml": "<svg/>"}
    page = body(render_html(notebook(code("1", *outputs)), title="T"))
    for each in (
        '<img src="data:image/svg+xml;base64,PHN2Zy8+" alt="">',
        'href="data:application/pdf;base64,AABB"',
        '<span class="page-math">$a&lt;b$</span>',
        '<pre class="page-mermaid">graph TD</pre>',
        '<img src="data:image/png;base64,AA" alt="a dot" width="5" height="6px" class="jp-mod-unconfined">',
        '<img src="data:image/png;base64,BB" alt="">',
        "<pre>ValueError: wrong</pre>",
    ):
        assert each in page


def test_raw_cells_are_shown_by_their_format() -> None:
    document = notebook(
        v4.new_raw_cell("<b>as HTML</b>", metadata={"raw_mimetype": "text/html"}),
        v4.new_raw_cell("*as Markdown*", metadata={"format": "text/markdown"}),
        v4.new_raw_cell("<as text>"),
        v4.new_raw_cell("for LaTeX", metadata={"format": "text/latex"}),
        v4.new_markdown_cell("---\ntitle: Not at the top\n---\n\n# Same\n\n# Same\n\n# $"),
    )
    page = body(render_html(document, title="T"))
    for each in ("<b>as HTML</b>", "<em>as Markdown</em>", "&lt;as text&gt;", 'id="Same"', 'id="Same-2"'):
        assert each in page
    assert "for LaTeX" not in page


def test_front_matter_gives_the_heading() -> None:
    page = render_html(notebook(v4.new_raw_cell("---\ntitle: From the top\n---")))
    assert "<h1>From the top</h1>" in page


def test_a_broken_notebook_is_an_error_of_rendering() -> None:
    with pytest.raises(RenderError):
        render_html({"cells": 5, "metadata": {}}, title="T")
