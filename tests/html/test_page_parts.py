"""Small parts of a page: front matter, attachments, files beside the notebook, JSON, types of outputs."""

from __future__ import annotations

from html import unescape
from pathlib import Path
from typing import Any

import pytest

from rsconnect_jupyter.html import embedding
from rsconnect_jupyter.html.charts import fetches_data, plotly_html, vega_html
from rsconnect_jupyter.html.embedding import LocalFiles, attached, mark_attachments
from rsconnect_jupyter.html.front_matter import without_front_matter
from rsconnect_jupyter.html.html_fragments import MOST_PARSED, Fragment, isolated
from rsconnect_jupyter.html.json_tree import json_html
from rsconnect_jupyter.html.markdown_html import markdown_html
from rsconnect_jupyter.html.network import network_needs
from rsconnect_jupyter.html.output_kinds import unshown_types


def cell(source: str, kind: str = "raw") -> dict[str, Any]:
    return {"cell_type": kind, "source": source}


@pytest.mark.parametrize(
    ("cells", "sources", "title"),
    [
        ([], [], None),
        ([cell("  "), cell("---\ntitle: A\n  B\n---\n")], ["  "], "A B"),
        ([cell("---\ntitle: 7\n...\nrest", "markdown")], ["rest"], "7"),
        ([cell("---\ntitle: [a]\n---")], [], None),
        ([cell("---\n: : :\n---")], ["---\n: : :\n---"], None),
        ([cell("---\nwords\n---")], ["---\nwords\n---"], None),
        ([cell("---\n---")], ["---\n---"], None),
        ([cell("---\ntitle: A\n---", "code")], ["---\ntitle: A\n---"], None),
        ([cell("words\n---", "markdown")], ["words\n---"], None),
    ],
    ids=["nothing", "title", "and more", "odd title", "no YAML", "no mapping", "empty", "code", "no block"],
)
def test_front_matter(cells: list[dict[str, Any]], sources: list[str], title: str | None) -> None:
    kept, found = without_front_matter(cells)
    assert ([each["source"] for each in kept], found) == (sources, title)


PNG = {"image/png": "AAAA\n"}


@pytest.mark.parametrize(
    ("source", "attachments", "shown"),
    [
        ("![x](attachment:a.png)", {"a.png": PNG}, '<img src="data:image/png;base64,AAAA" alt="x">'),
        ("![x](attachment:b%20(1).png)", {"b (1).png": PNG}, "data:image/png;base64,AAAA"),
        ("![x](attachment:b%20%281%29.png)", {"b (1).png": PNG}, "data:image/png;base64,AAAA"),
        ("![x](attachment:c.png)", {"c.png": {}}, 'src="attachment:c.png"'),
        ("the text attachment:a.png", {"a.png": PNG}, "the text attachment:a.png"),
        ("![x](attachment:a.png)", {}, "attachment:a.png"),
        ("![x](page-attachment-7-)", {"a.png": PNG}, "page-attachment-7-"),
    ],
    ids=["picture", "odd name", "escaped name", "empty", "text", "none", "no such number"],
)
def test_attachments(source: str, attachments: dict[str, Any], shown: str) -> None:
    html = markdown_html(mark_attachments(source, attachments), name="c").replace(" />", ">")
    assert shown in attached(html, attachments)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "p.png").write_bytes(b"picture")
    (tmp_path / "data.csv").write_text("1")
    (tmp_path / "map.html").write_text("<p>map</p><img src=p.png alt=a>")
    (tmp_path / "plain.html").write_text("<p>plain</p>")
    (tmp_path / "framing.html").write_text("<iframe src=map.html></iframe><img src=p.png>")
    return tmp_path


PICTURE = "data:image/png;base64,cGljdHVyZQ=="


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        (
            '<img src="p.png?x#y" alt="a"><img src="p.png?x#y">',
            f'<img src="{PICTURE}" alt="a"><img src="{PICTURE}" alt="">',
        ),
        ('<video poster="p.png"></video>', f'<video poster="{PICTURE}"></video>'),
        ('<img src="https://example.org/p.png" alt="a">', ""),
        ('<img alt="a"><img src="data.csv" alt="a"><img src="%00.png" alt="a"><img src="gone.png" alt="a">', ""),
        ('<img src="../p.png" alt="a">', ""),
        ('<iframe src="plain.html"></iframe>', '<iframe srcdoc="<p>plain</p>"></iframe>'),
        (
            '<iframe src="map.html"></iframe>',
            f'srcdoc="<html><head></head><body><p>map</p><img src="{PICTURE}" alt="a"></body></html>"',
        ),
        ('<iframe src="framing.html"></iframe>', 'srcdoc="<iframe src=map.html></iframe><img src=p.png>"'),
        (
            '<iframe src="data.csv"></iframe><iframe src="a.html" srcdoc="a"></iframe><iframe src="/a.html"></iframe>',
            "",
        ),
    ],
    ids=[
        "pictures",
        "poster",
        "elsewhere",
        "others",
        "outside",
        "frame",
        "frame's picture",
        "frame in a frame",
        "no frame",
    ],
)
def test_files_beside_the_notebook(html: str, shown: str, project: Path) -> None:
    fragment = Fragment(html)
    assert LocalFiles(project, None).embed(fragment.select) is bool(shown)
    assert shown in unescape(fragment.html)


def test_a_file_that_is_too_large_stays_where_it_is(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "LIMIT", 3)
    fragment = Fragment('<img src="p.png" alt="">')
    assert not LocalFiles(project, None).embed(fragment.select)


def test_without_a_folder_nothing_is_embedded() -> None:
    fragment = Fragment('<img src="p.png" alt="a">')
    assert not LocalFiles(None, None).embed(fragment.select)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("```mermaid\na<b\n```", '<pre class="page-mermaid">a&lt;b'),
        ("```{python}\nx\n```", '<div class="highlight">'),
        ("    a<b", '<pre tabindex="0"><code>a&lt;b'),
        ("|a|\n|-|\n|b|", '<div class="page-table" tabindex="0"><table>'),
        ("[a](javascript:x)", "[a](javascript:x)"),
        ('<b title="$a$">$b$</b>', '<b title="$a$"><span class="page-math">$b$</span></b>'),
        ('<b title="a">$b$</b>', '<b title="a"><span class="page-math">$b$</span></b>'),
    ],
    ids=["diagram", "code", "indented", "table", "script", "formula in an attribute", "none in it"],
)
def test_markdown(source: str, shown: str) -> None:
    assert shown in markdown_html(source, name="c")


def test_html_that_is_too_long_to_be_parsed_is_left_to_the_browser() -> None:
    assert isolated("<p>" + "x" * MOST_PARSED).startswith('<div data-page-html="&lt;p&gt;x')


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"a": [1, "b"]}, '{} 1 key</span></summary><details open><summary><span class="page-json-name">&quot;a&quot;'),
        ([], "[] 0 items"),
        ("<", '<span class="page-json-text">&quot;&lt;&quot;</span>'),
        (nested(100), '<pre class="page-json">[\n'),
        (list(range(6000)), '<pre class="page-json">[\n'),
    ],
    ids=["object", "list", "text", "deep", "long"],
)
def test_json(value: Any, shown: str) -> None:
    assert shown in json_html(value, is_open=True)


PLOTLY = "application/vnd.plotly.v1+json"


@pytest.mark.parametrize(
    ("output", "types"),
    [
        ({}, ()),
        ({"data": {"text/plain": "a"}}, ()),
        ({"data": {"image/png": "a", "application/x": {}}}, ()),
        ({"data": {"text/plain": "a", "application/x": {}, "application/papermill.y": {}}}, ("application/x",)),
        ({"data": {"application/pdf": "a"}}, ("application/pdf",)),
        ({"data": {"application/geo+json": {}}}, ("application/geo+json",)),
        ({"data": {PLOTLY: {"data": [{"type": "bar"}, {"type": "new"}]}}}, ("Plotly trace 'new'",)),
        ({"data": {"text/vnd.mermaid": "a", "image/svg+xml": "<svg>"}}, ()),
    ],
    ids=["no data", "text", "picture", "others", "PDF", "map", "Plotly", "diagram"],
)
def test_types_that_a_page_cannot_show(output: dict[str, Any], types: tuple[str, ...]) -> None:
    assert unshown_types(output) == types


def deep_chart() -> dict[str, Any]:
    return {"application/vnd.vega.v5+json": {"a": nested(100_000)}}


def test_charts_that_are_none() -> None:
    assert plotly_html("odd") is None
    assert vega_html("application/vnd.vega.v5+json", "odd", None) is None
    assert not fetches_data(deep_chart())


@pytest.mark.parametrize(
    "widgets", ["odd", {}, {"application/vnd.jupyter.widget-state+json": {"state": [1]}}], ids=["odd", "none", "list"]
)
def test_widgets_without_state_fetch_nothing(widgets: Any) -> None:
    assert network_needs({"metadata": {"widgets": widgets}, "cells": [{"outputs": [{"text": "a"}]}]}) == ()
