"""The first figure: what links to a page and the thumbnail of a content show."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import v4

from rsconnect_jupyter.html.figures import LARGEST, Picture, numbered_figures
from rsconnect_jupyter.html.render import render_html

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'
PLOTLY = "application/vnd.plotly.v1+json"


def encoded(content: bytes) -> str:
    return base64.encodebytes(content).decode()


def cell(*bundles: dict[str, Any], tags: tuple[str, ...] = (), **metadata: Any) -> Any:
    outputs = [v4.new_output("display_data", data=each) for each in bundles]
    return v4.new_code_cell("draw()", outputs=outputs, metadata={"tags": list(tags), **metadata})


def notebook(*cells: Any) -> Any:
    return v4.new_notebook(cells=list(cells))


def first_figure(document: Any, *, largest: int = LARGEST) -> Picture | None:
    return next((picture for _number, picture in numbered_figures(document, largest=largest)), None)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        pytest.param({"image/png": encoded(PNG)}, Picture(PNG, "image/png"), id="png"),
        pytest.param({"image/gif": encoded(GIF), "text/plain": "g"}, Picture(GIF, "image/gif"), id="gif"),
        pytest.param({"image/svg+xml": DRAWING}, Picture(DRAWING.encode(), "image/svg+xml"), id="svg"),
        pytest.param({"image/svg+xml": DRAWING, "image/png": encoded(PNG)}, Picture(PNG, "image/png"), id="both"),
        pytest.param({PLOTLY: {"data": []}, "image/png": encoded(PNG)}, Picture(PNG, "image/png"), id="saved chart"),
        pytest.param({PLOTLY: {"data": []}}, None, id="chart without a picture"),
        pytest.param({"text/latex": "$x$", "image/png": encoded(PNG)}, None, id="formula"),
        pytest.param({"image/webp": encoded(b"RIFF")}, None, id="no type for Connect"),
        pytest.param({"image/png": encoded(b"<script>")}, None, id="no picture"),
        pytest.param({"image/png": "\N{SNOWMAN}!"}, None, id="no base64"),
        pytest.param({"image/svg+xml": "words"}, None, id="no drawing"),
    ],
)
def test_the_figure_of_an_output(data: dict[str, Any], found: Picture | None) -> None:
    assert first_figure(notebook(cell({"text/plain": "1"}), cell(data))) == found


def test_the_first_figure_that_readers_see_is_taken(tmp_path: Path) -> None:
    png, gif = {"image/png": encoded(PNG)}, {"image/gif": encoded(GIF)}
    hidden = [
        cell(png, tags=("remove_cell",)),
        cell(png, tags=("remove_output",)),
        cell(png, jupyter={"outputs_hidden": True}),
        cell(png, collapsed=True),
    ]
    path = tmp_path / "n.ipynb"
    nbformat.write(notebook(*hidden, cell({"text/plain": "1"}, gif), cell(png)), path)
    assert first_figure(path) == Picture(GIF, "image/gif")
    assert first_figure(notebook(*hidden)) is None


def test_a_large_figure_is_none() -> None:
    document = notebook(cell({"image/png": encoded(PNG + bytes(1000))}), cell({"image/gif": encoded(GIF)}))
    assert first_figure(document, largest=1000) is None
    assert first_figure(document) == Picture(PNG + bytes(1000), "image/png")
    drawing = {"image/svg+xml": DRAWING + "\N{SNOWMAN}" * 400}
    assert first_figure(notebook(cell(drawing)), largest=1000) is None


def test_links_to_a_page_show_the_same_figure() -> None:
    page = render_html(notebook(cell({PLOTLY: {"data": []}, "image/png": encoded(PNG)})))
    address = base64.b64encode(PNG).decode()
    assert f'<meta property="og:image" content="data:image/png;base64,{address}">' in page


def test_figures_are_numbered_as_readers_see_them_also_those_that_cannot_be_sent() -> None:
    png, gif = {"image/png": encoded(PNG)}, {"image/gif": encoded(GIF)}
    document = notebook(cell(gif, tags=("remove_cell",)), cell(png, {"image/png": "no picture"}), cell(gif))
    assert list(numbered_figures(document)) == [
        (1, Picture(PNG, "image/png")),
        (2, None),
        (3, Picture(GIF, "image/gif")),
    ]
