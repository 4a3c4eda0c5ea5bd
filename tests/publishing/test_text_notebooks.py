"""A text file of Jupytext, published to the sandbox like the notebook that it stands for."""

from __future__ import annotations

import pytest
from publishing_project import Project

from rsconnect_jupyter.history.publications import publications

TEXT = "# %% [markdown]\n# # Prices\n\n# %%\nprint(6 * 7)\n"


@pytest.mark.parametrize("mode", ["jupyter-static", "static"])
def test_a_script_is_published_and_updated(mode: str, project: Project) -> None:
    project.notebook = project.notebook.with_name("prices.py")
    project.notebook.write_text(TEXT)
    first = project.publish(mode=mode, run_first=mode == "static").good
    project.notebook.write_text(TEXT.replace("6", "7"))
    second = project.publish(mode=mode, run_first=mode == "static").good
    assert (second.guid, second.title) == (first.guid, "Prices")
    assert [each.guid for each in publications(project.notebook, folder=project.folder)] == [first.guid]
    assert not project.notebook.with_suffix(".ipynb").exists()
