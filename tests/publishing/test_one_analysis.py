"""From the panel's opening to the end of the publish, each file is parsed once, and again only when it has changed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from publishing_project import Project

from rsconnect_jupyter.models import PublishOptions
from rsconnect_jupyter.notebook import imports, ipython, path_references, reading
from rsconnect_jupyter.publishing.inspection import inspect_notebook
from rsconnect_jupyter.servers.store import ServerStore


class Counts:
    """How often code was parsed and searched."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.notebooks = self._count(reading, "_parsed", lambda content, path: path.name)
        self.texts = self._count(ipython, "_parse", lambda code: code)
        self.imports = self._count(imports, "_imports_of", lambda plain, where: plain.python)
        self.paths = self._count(path_references, "_of_code", lambda plain, where, known: plain.python)

    def _count(self, module: Any, name: str, key: Callable[..., str]) -> Counter[str]:
        calls: Counter[str] = Counter()
        work = getattr(module, name)

        def counting(*args: Any) -> Any:
            calls[key(*args)] += 1
            return work(*args)

        self._monkeypatch.setattr(module, name, counting)
        return calls

    def more_than_once(self) -> set[str]:
        every = (self.notebooks, self.texts, self.imports, self.paths)
        return {key for calls in every for key, count in calls.items() if count > 1}


@pytest.fixture
def mark() -> str:
    """A comment that no other test's code has: code is known by its text."""
    return f"# {uuid4().hex}\n"


@pytest.fixture
def files(project: Project, mark: str) -> dict[str, str]:
    """A notebook that reaches two modules, a script and another notebook."""
    cells = ("import helpers", "%run clean.py\na = 1", "%run other.ipynb\na = 2", "x = open('data.csv')")
    project.write(*(mark + each for each in cells))
    folder = project.notebook.parent
    cell = {"cell_type": "code", "source": f"{mark}import json", "metadata": {}, "outputs": []}
    other = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]}
    sources = {
        "helpers.py": f"{mark}from more import y",
        "more.py": f"{mark}y = 1",
        "clean.py": f"{mark}z = 2",
    }
    for name, source in {**sources, "data.csv": "a", "other.ipynb": json.dumps(other)}.items():
        (folder / name).write_text(source)
    return sources


def inspect(project: Project, **options: Any) -> None:
    inspect_notebook(
        project.notebook,
        root=project.notebook.parent,
        store=ServerStore(folder=project.folder),
        server=project.server,
        options=PublishOptions(**options),
        server_timeout=30,
    )


def test_each_file_is_parsed_once_from_the_panels_opening_to_the_end_of_the_publish(
    project: Project, files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = Counts(monkeypatch)
    inspect(project)
    inspect(project, mode="static")
    inspect(project, mode="jupyter-static", files=["data.csv"], requirements="imports")
    assert project.publish(mode="jupyter-static", files=["data.csv"], requirements="imports").deployment

    assert counts.more_than_once() == set()
    assert counts.notebooks.keys() == {project.notebook.name, "other.ipynb"}
    assert counts.texts.keys() >= set(files.values())
    assert counts.imports.keys() >= set(files.values())
    assert counts.paths.keys() >= set(files.values())


def test_files_of_a_folder_that_is_reached_by_a_link_are_searched_once(
    project: Project, files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    link = project.notebook.parent.with_name("link")
    link.symlink_to(project.notebook.parent, target_is_directory=True)
    project.notebook = link / project.notebook.name
    counts = Counts(monkeypatch)
    inspect(project, requirements="imports")
    inspect(project, requirements="imports")

    assert counts.more_than_once() == set()


def test_a_changed_module_is_parsed_again_and_nothing_else(
    project: Project, files: dict[str, str], mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspect(project)
    changed = f"{mark}y = 3"
    (project.notebook.parent / "more.py").write_text(changed)
    counts = Counts(monkeypatch)
    inspect(project)

    assert (set(counts.notebooks), set(counts.texts)) == (set(), {changed})
