"""Text files of Jupytext: read as the notebooks they stand for, published as such, or refused with the way out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rsconnect_jupyter.bundle.plan import plan_bundle, write_bundle
from rsconnect_jupyter.errors import NotebookError
from rsconnect_jupyter.foreground.inputs import existing_notebook
from rsconnect_jupyter.history.publications import NotebookHistory
from rsconnect_jupyter.models import BundleOptions
from rsconnect_jupyter.notebook import text_notebooks
from rsconnect_jupyter.notebook.analysis import analyse
from rsconnect_jupyter.notebook.reading import read_notebook

KERNEL = "kernelspec:\n  display_name: Python 3\n  language: python\n  name: python3\n"
MARKDOWN = f"---\njupyter:\n  {KERNEL}---\n\n# Prices of 2025\n\n```python\nimport yaml\nopen('data.csv').read()\n```\n"
MARKDOWN = MARKDOWN.replace("\n  display", "\n    display").replace("\n  language", "\n    language")
MARKDOWN = MARKDOWN.replace("\n  name:", "\n    name:")
PERCENT = "# %% [markdown]\n# # Prices of 2025\n\n# %%\nimport yaml\nopen('data.csv').read()\n"
LIGHT = "# # Prices of 2025\n\nimport yaml\nopen('data.csv').read()\n"
MYST = (
    "---\njupytext:\n  text_representation:\n    extension: .md\n    format_name: myst\n" + KERNEL + "---\n\n"
    "# Prices of 2025\n\n```{code-cell} ipython3\nimport yaml\nopen('data.csv').read()\n```\n"
)
TEXTS = {
    "Markdown": ("report.md", MARKDOWN),
    "percent script": ("report.py", PERCENT),
    "light script": ("report.py", LIGHT),
    "MyST": ("report.md", MYST),
}


@pytest.mark.parametrize("case", TEXTS)
def test_a_text_file_is_bundled_as_the_notebook_that_it_stands_for(case: str, tmp_path: Path) -> None:
    name, text = TEXTS[case]
    (tmp_path / name).write_text(text)
    (tmp_path / "data.csv").write_text("a\n")
    plan = plan_bundle(analyse(tmp_path / name), root=tmp_path, mode="jupyter-static")
    assert plan.notebook.title == "Prices of 2025"
    assert plan.entrypoint == "report.ipynb"
    assert [each.path for each in plan.files] == ["data.csv", "report.ipynb", "requirements.txt"]
    assert any(each.startswith("PyYAML") for each in plan.requirements.lines)
    sent = next(each.source for each in plan.files if each.path == "report.ipynb")
    assert isinstance(sent, bytes)
    assert [each["cell_type"] for each in json.loads(sent)["cells"]] == ["markdown", "code"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["data.csv", name]


def test_the_same_text_gives_the_same_bytes(tmp_path: Path) -> None:
    made = [text_notebooks.notebook_from_text(tmp_path / "report.md", MARKDOWN.encode()) for _ in range(2)]
    assert made[0] == made[1]


def test_outputs_come_from_the_notebook_that_it_is_paired_with(tmp_path: Path) -> None:
    paired = MYST.replace("jupytext:\n", "jupytext:\n  formats: ipynb,md:myst\n")
    (tmp_path / "report.md").write_text(paired)
    assert read_notebook(tmp_path / "report.md").code[0].outputs == ()
    output = {"output_type": "stream", "name": "stdout", "text": "42\n"}
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "execution_count": 1, "outputs": [output]}
    cells = [{**cell, "source": "import yaml\nopen('data.csv').read()"}]
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    (tmp_path / "report.ipynb").write_text(json.dumps(document))
    assert read_notebook(tmp_path / "report.md").code[0].outputs[0]["text"] == "42\n"


@pytest.mark.parametrize("run_first", [False, True])
def test_a_finished_document_is_made_of_it(run_first: bool, tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text(MARKDOWN)
    (tmp_path / "data.csv").write_text("seen\n")
    options = BundleOptions(run_first=run_first)
    plan = plan_bundle(analyse(tmp_path / "report.md"), root=tmp_path, mode="static", options=options)
    bundle = write_bundle(plan, tmp_path / "bundle.tar.gz")
    assert bundle.entrypoint == "report.html"
    assert sorted(bundle.sizes) == ["report.html"]


def test_it_is_remembered_by_its_own_path(tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text(MARKDOWN)
    assert NotebookHistory(tmp_path / "report.md").publications() == ()
    assert read_notebook(tmp_path / "report.md").path == tmp_path / "report.md"


def test_what_jupytext_cannot_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "report.py").write_bytes(b"# %%\nx = '\xff\xfe'\n")
    with pytest.raises(NotebookError) as caught:
        read_notebook(tmp_path / "report.py")
    assert caught.value.code == "not-a-notebook"
    assert "Jupytext" in caught.value.message


class TestWithoutJupytext:
    @pytest.fixture(autouse=True)
    def without_jupytext(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    @pytest.mark.parametrize("name", ["report.md", "report.py", "report.qmd", "report.Rmd"])
    def test_the_message_names_it_and_the_way_out(self, name: str, tmp_path: Path) -> None:
        (tmp_path / name).write_text("# Report\n")
        with pytest.raises(NotebookError) as caught:
            read_notebook(existing_notebook(tmp_path / name))
        assert caught.value.code == "not-a-notebook"
        assert "Jupytext" in caught.value.message
        assert f"jupytext --to ipynb {name}" in caught.value.hint
