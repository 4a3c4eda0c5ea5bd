"""A notebook is read tolerantly, quickly, and refused with a reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rsconnect_jupyter.bundle.plan import plan_bundle
from rsconnect_jupyter.errors import NotebookError
from rsconnect_jupyter.models import Where
from rsconnect_jupyter.notebook import reading
from rsconnect_jupyter.notebook.analysis import analyse
from rsconnect_jupyter.notebook.execution_state import output_text
from rsconnect_jupyter.notebook.old_formats import upgraded_cells
from rsconnect_jupyter.notebook.output_references import output_mentions
from rsconnect_jupyter.notebook.path_references import linked, notebook_mentions
from rsconnect_jupyter.notebook.reading import Cell, Notebook, read_notebook
from rsconnect_jupyter.preflight import checks as preflight

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def write(folder: Path, *cells: Any, **document: Any) -> Path:
    path = folder / "some.ipynb"
    content = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **document}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def huge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook with 50 MB of outputs, as a week of verbose training leaves behind."""
    path = tmp_path_factory.mktemp("huge") / "huge.ipynb"
    line = "epoch 17 step 000123 loss 0.123456 \u2588\u2588\u2588 " * 3 + "\n"
    output = {"output_type": "stream", "name": "stdout", "text": [line] * 10_000}
    cells = [
        {
            "cell_type": "code",
            "execution_count": n + 1,
            "id": f"c{n}",
            "metadata": {},
            "outputs": [output],
            "source": "1",
        }
        for n in range(45)
    ]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def test_reads_cells_kernel_and_title() -> None:
    read = read_notebook(NOTEBOOKS / "sales-pandas.ipynb")
    assert read.title == "Quarterly sales"
    assert (read.kernel, read.language, read.nbformat) == ("python3", "python", (4, 5))
    assert [each.type for each in read.cells] == ["markdown", "code", "code", "code", "markdown"]
    assert read.cells[1].source.startswith("import pandas as pd\n\nsales")
    assert read.cells[1].execution_count == 1
    assert read.cells[1].where.cell_id == read.cells[1].id
    assert len(read.hash) == 64


@pytest.mark.parametrize("part", [0.0, 0.5, 0.99], ids=["empty", "half", "without its end"])
def test_a_notebook_in_the_middle_of_a_save_is_read_when_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: float
) -> None:
    path = write(tmp_path, {"cell_type": "code", "source": "1"})
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    os.utime(path, (time.time() + 3600,) * 2)  # just now, however slow this machine is
    monkeypatch.setattr(reading, "time", SimpleNamespace(time=time.time, sleep=lambda _: path.write_bytes(whole)))
    assert [each.source for each in read_notebook(path).cells] == ["1"]


def test_one_that_stays_incomplete_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []
    monkeypatch.setattr(reading, "time", SimpleNamespace(time=time.time, sleep=looks.append))
    path = tmp_path / "some.ipynb"
    path.write_text('{"cells": [')
    for changed, count in ((time.time() - 3600, 0), (time.time() + 3600, 5)):
        os.utime(path, (changed, changed))
        with pytest.raises(NotebookError) as caught:
            read_notebook(path)
        assert (caught.value.code, len(looks)) == ("notebook-not-json", count)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("front-matter", "From the front matter"),
        ("ab", "ab"),
        ("Größe und Café 数据", "Größe, Café, 数据 🚀"),
        ("colab", "From Colab"),
        ("format-4-0", "Format 4.0"),
        ("format-3", "Format 3"),
    ],
)
def test_title(name: str, title: str) -> None:
    assert read_notebook(NOTEBOOKS / f"{name}.ipynb").title == title


@pytest.mark.parametrize(
    ("markdown", "title"),
    [
        ("## **Bold** and [a link](x.html) `code` ##", "Bold and a link code"),
        ("Underlined\n==========\ntext", "Underlined"),
        ("```\n# a comment\n```\n# Real", "Real"),
        ("<h1 align='center'>Centred <b>one</b></h1>", "Centred one"),
        ("# Named {#sec-one}", "Named"),
        ("#no-heading\ntext", "some"),
        ("# ![logo](x.png)\n# After the logo", "After the logo"),
        ("# R&amp;D results &mdash; 2024", "R&D results — 2024"),
        ("# Caf&eacute; &#8211; &quot;one&quot;", 'Café – "one"'),
        ("# 1\\. Introduction", "1. Introduction"),
        ("# Decay of $\\alpha$ and $\\beta_1$", "Decay of $\\alpha$ and $\\beta_1$"),
        ("# $a_1$ *and* $b_1$", "$a_1$ and $b_1$"),
        ("# :bar_chart: Sales", ":bar_chart: Sales"),
        ("# Sales <!-- draft -->", "Sales"),
        ("# Sales[^1]", "Sales"),
        ("# A\\_b and C\\*d", "A_b and C*d"),
        ("# snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("# a < b & c > d", "a < b & c > d"),
    ],
)
def test_title_of_markdown(tmp_path: Path, markdown: str, title: str) -> None:
    path = write(tmp_path, {"cell_type": "markdown", "metadata": {}, "source": markdown})
    assert read_notebook(path).title == title


@pytest.mark.parametrize(
    ("block", "title"),
    [
        ("title: >\n  A title in\n  two lines\nformat: html", "A title in two lines"),
        ('title: "Sales: north" # working title', "Sales: north"),
        ("author: me\nformat:\n  html:\n    title: inner", "Real title"),
        ("title: 'It''s done'", "It's done"),
        ("title: |\n  Literal\n", "Literal"),
        ("title: 2024", "2024"),
        ("title: [not, a, text]", "Real title"),
        ("title: 'not closed", "Real title"),
    ],
)
def test_title_of_front_matter(tmp_path: Path, block: str, title: str) -> None:
    path = write(
        tmp_path,
        {"cell_type": "raw", "metadata": {}, "source": f"---\n{block}\n---"},
        {"cell_type": "markdown", "metadata": {}, "source": "# Real title"},
    )
    assert read_notebook(path).title == title


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("invalid-json", "notebook-not-json"),
        ("no-notebook", "not-a-notebook"),
        ("too-new", "notebook-too-new"),
        ("nothing-here", "notebook-missing"),
    ],
)
def test_refusals_say_why(name: str, code: str) -> None:
    with pytest.raises(NotebookError) as caught:
        read_notebook(NOTEBOOKS / f"{name}.ipynb")
    assert caught.value.code == code
    assert name in caught.value.message
    assert caught.value.hint


def test_broken_json_names_the_line() -> None:
    with pytest.raises(NotebookError) as caught:
        read_notebook(NOTEBOOKS / "invalid-json.ipynb")
    assert caught.value.where is not None
    assert caught.value.where.line == 2


@pytest.mark.parametrize("nbformat", [3, 4])
@pytest.mark.parametrize("cells", ["text", [1], None])
def test_cells_that_are_none(tmp_path: Path, cells: Any, nbformat: int) -> None:
    with pytest.raises(NotebookError, match="not a Jupyter notebook"):
        read_notebook(write(tmp_path, cells=cells, nbformat=nbformat))


def test_a_folder_is_no_notebook(tmp_path: Path) -> None:
    (tmp_path / "folder.ipynb").mkdir()
    with pytest.raises(NotebookError, match="Is a directory") as caught:
        read_notebook(tmp_path / "folder.ipynb")
    assert caught.value.code == "notebook-unreadable"


@pytest.mark.parametrize(
    ("name", "language"),
    [("r-kernel", "r"), ("julia-kernel", "julia"), ("no-kernelspec", "python"), ("colab", "python")],
)
def test_language(name: str, language: str) -> None:
    assert read_notebook(NOTEBOOKS / f"{name}.ipynb").language == language


def test_source_as_one_string_and_as_lines_read_alike(tmp_path: Path) -> None:
    def code(source: Any) -> dict[str, Any]:
        return {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}

    read = read_notebook(write(tmp_path, code("a = 1\nb = 2"), code(["a = 1\n", "b = 2"])))
    assert read.cells[0].source == read.cells[1].source == "a = 1\nb = 2"


def test_format_3_is_upgraded() -> None:
    read = read_notebook(NOTEBOOKS / "format-3.ipynb")
    assert read.nbformat == (3, 0)
    assert [each.source for each in read.code] == ["import numpy\n1"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"output_type": "stream", "stream": "stdout", "text": "a"}, {"output_type": "stream", "text": "a"}),
        ({"output_type": "pyerr", "ename": "E"}, {"output_type": "error", "ename": "E"}),
        ({"output_type": "pyout", "text": "5", "prompt_number": 3},
         {"output_type": "execute_result", "data": {"text/plain": "5"}, "execution_count": 3}),
        ({"output_type": "display_data", "png": "iVB"}, {"output_type": "display_data", "data": {"image/png": "iVB"}}),
    ],
    ids=["stream", "error", "result", "picture"],
)  # fmt: skip
def test_outputs_of_format_3_are_upgraded(tmp_path: Path, old: dict[str, Any], new: dict[str, Any]) -> None:
    cell = {"cell_type": "code", "input": "1", "prompt_number": 1, "outputs": [old, 5]}
    (output,) = read_notebook(write(tmp_path, worksheets=[{"cells": [cell]}], nbformat=3)).cells[0].outputs
    assert new.items() <= output.items()


def test_of_very_long_outputs_the_start_is_looked_at() -> None:
    texts = [{"output_type": "stream", "name": "stdout", "text": letter * 1_500_000} for letter in "abc"]
    text = output_text(Cell(index=0, outputs=tuple(texts)))
    assert len(text) < 3_000_010
    assert text.endswith("b")


def test_code_of_other_languages_names_files_in_quotes() -> None:
    source = "sales <- read.csv('data/sales.csv'); page <- url(\"https://example.org/a.csv\")"
    notebook = Notebook(path=Path("n.ipynb"), language="r", cells=(Cell(index=0, source=source),))
    assert [each.text for each in notebook_mentions(notebook)] == ["data/sales.csv"]


def test_addresses_of_a_charts_data_are_found_wherever_they_are() -> None:
    chart = {"data": {"url": "a.csv"}, "layer": [{"data": {"url": "b.csv"}}, 5, [{"url": "https://e.org/c.csv"}]]}
    output = {"output_type": "display_data", "data": {"application/vnd.vegalite.v5+json": chart}}
    found = output_mentions(Notebook(path=Path("n.ipynb"), cells=(Cell(index=0, outputs=(output,)),)))
    assert [(each.text, each.kind) for each in found] == [("a.csv", "link"), ("b.csv", "link")]


def test_huge_notebook_is_read_without_nbformat(huge: Path) -> None:
    """Checking 50 MB against the schema takes many times longer than reading it."""
    assert huge.stat().st_size > 50_000_000
    script = (
        "import sys, pathlib; from rsconnect_jupyter.notebook.reading import read_notebook\n"
        "print(len(read_notebook(pathlib.Path(sys.argv[1])).cells), 'nbformat' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(huge)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["45", "False"]


def test_huge_notebook_is_planned_and_checked(huge: Path) -> None:
    plan = plan_bundle(analyse(huge), root=huge.parent, mode="static")
    assert plan.notebook.size > 50_000_000
    assert preflight.check(plan) == ()


def test_odd_cells_of_old_formats_are_kept_as_they_are() -> None:
    outputs = ["odd", {"output_type": "pyerr"}, {"output_type": "stream", "text": "a"}]
    sheet: dict[str, Any] = {
        "cells": ["odd", {"cell_type": "code", "input": "1", "outputs": outputs}, {"cell_type": "heading"}]
    }
    assert upgraded_cells({"worksheets": ["odd", sheet]})[1:] == [
        {
            **sheet["cells"][1],
            "source": "1",
            "execution_count": None,
            "outputs": ["odd", {"output_type": "error"}, {"output_type": "stream", "text": "a"}],
        },
        {"cell_type": "markdown", "source": "# "},
    ]


@pytest.mark.parametrize(
    ("target", "paths"),
    [
        ("a%20b.png?x#y", ["a b.png"]),
        ("a&amp;b.png", ["a&b.png"]),
        ("https://example.org/a.png", []),
        ("//example.org/a.png", []),
        ("#top", []),
    ],
)
def test_addresses_of_files_beside_the_notebook(target: str, paths: list[str]) -> None:
    assert [each.text for each in linked(target, "image", Where())] == paths
