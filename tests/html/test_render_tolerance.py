"""Whatever Jupyter opens can be shown: odd notebooks make a page or a clear error, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rsconnect_jupyter.errors import NotebookError, RenderError
from rsconnect_jupyter.html.render import network_needs, read_document, render_html


def saved(folder: Path, document: Any) -> Path:
    path = folder / "odd.ipynb"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def with_cell(cell: Any, **top: Any) -> dict[str, Any]:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell], **top}


CODE: dict[str, Any] = {"cell_type": "code", "source": "shown_source", "metadata": {}, "outputs": []}


@pytest.mark.parametrize(
    "document",
    [
        with_cell({**CODE, "id": 5}),
        with_cell({**CODE, "id": ""}),
        with_cell({"cell_type": "code", "source": "shown_source"}),
        with_cell({**CODE, "metadata": None}),
        with_cell({**CODE, "metadata": {"tags": "hide_input", "jupyter": "odd", "collapsed": "maybe"}}),
        with_cell({**CODE, "outputs": None}),
        with_cell({**CODE, "outputs": ["odd", {}, {"output_type": "from the future"}]}),
        with_cell({**CODE, "outputs": [{"output_type": "stream"}, {"output_type": "error"}]}),
        with_cell({**CODE, "outputs": [{"output_type": "display_data"}, {"output_type": "execute_result"}]}),
        with_cell({**CODE, "outputs": [{"output_type": "display_data", "data": {"text/plain": 5, "image/png": None}}]}),
        with_cell({**CODE, "outputs": [{"output_type": "display_data", "data": {"application/x-odd": "?"}}]}),
        with_cell({**CODE, "execution_count": "5"}),
        with_cell(CODE, metadata={"kernelspec": {"name": "x"}, "language_info": "odd"}),
        with_cell(CODE, metadata={"kernelspec": None, "language_info": {"name": "no such language"}}),
        with_cell(CODE, metadata={"title": 5, "language": 7}),
        with_cell(CODE, metadata=None),
    ],
    ids=range(16),
)
def test_sloppy_notebooks_are_shown(tmp_path: Path, document: Any) -> None:
    assert "shown_source" in render_html(saved(tmp_path, document))


def test_two_cells_of_one_id_make_the_same_page_each_time(tmp_path: Path) -> None:
    document = with_cell({**CODE, "id": "same"})
    document["cells"] = [*document["cells"], {**CODE, "id": "same"}, {**CODE}]
    path = saved(tmp_path, document)
    assert render_html(path) == render_html(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)
SOURCES = st.text(max_size=80) | st.lists(st.text(max_size=20), max_size=4)
MIMES = st.sampled_from(
    [
        "text/plain",
        "text/html",
        "text/markdown",
        "text/latex",
        "image/png",
        "image/svg+xml",
        "application/json",
        "application/javascript",
        "application/vnd.jupyter.widget-view+json",
    ]
)
OUTPUTS = st.one_of(
    st.builds(lambda text: {"output_type": "stream", "name": "stdout", "text": text}, SOURCES),
    st.builds(
        lambda data, meta: {"output_type": "display_data", "data": data, "metadata": meta},
        st.dictionaries(MIMES, SOURCES | JSON, max_size=3),
        JSON,
    ),
    st.builds(lambda lines: {"output_type": "error", "traceback": lines, "ename": "E", "evalue": ""}, SOURCES),
    JSON,
)
CELLS = st.builds(
    lambda kind, source, outputs, metadata: {
        "cell_type": kind,
        "source": source,
        "outputs": outputs,
        "metadata": metadata,
    },
    st.sampled_from(["code", "markdown", "raw", "odd"]),
    SOURCES | JSON,
    st.lists(OUTPUTS, max_size=3) | JSON,
    st.dictionaries(st.sampled_from(["tags", "jupyter", "name", "collapsed"]), JSON, max_size=2) | JSON,
)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(cells=st.lists(CELLS, max_size=3), metadata=JSON)
def test_odd_notebooks_make_a_page_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, cells: list[Any], metadata: Any
) -> None:
    path = saved(tmp_path_factory.mktemp("odd"), {"nbformat": 4, "metadata": metadata, "cells": cells})
    try:
        document = read_document(path)
        network_needs(document)
        page = render_html(document, title="T", folder=path.parent)
    except (NotebookError, RenderError):
        return
    assert "</html>" in page
